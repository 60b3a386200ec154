"""The rules of one published form, compiled once: computed fields, defaults, fills, visibility, checks, titles and grants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from formwright.errors import Invalid
from formwright.records.compute import Path, dependency, order
from formwright.records.model import Rights
from formwright.schema.environment import candidate_environment, form_environment, row_environment
from formwright.schema.field_types import field_types
from formwright.schema.model import App, Check, Field, Form, Grant
from formwright.texts import both
from formwright_rules import BOOLEAN, PEOPLE, Environment, RuleError, check, compile_python
from formwright_rules.tree import Literal, Tree
from formwright_rules.types import Type


@dataclass(frozen=True, slots=True)
class Rule:
    """One compiled rule. `reads` are the fields of this record (or columns of its rows) that it depends on."""

    at: str
    text: str
    tree: Tree
    run: Callable[[Mapping[str, Any], Any], Any]
    paths: frozenset[Path]
    """Every path as the rule writes it, through relations too."""
    reads: frozenset[Path]

    @property
    def constant(self) -> bool:
        return isinstance(self.tree, Literal)

    @property
    def always(self) -> bool:
        """Whether it is the constant `true`."""
        return isinstance(self.tree, Literal) and self.tree.value is True

    def __call__(self, values: Mapping[str, Any], context: Any) -> Any:
        """Its value for `values`; raises Invalid `rule_error` where the rule has no answer (overflow, too long …)."""
        try:
            return self.run(values, context)
        except RuleError as error:
            message = (
                error.findings[0].message if error.findings else both("规则无法计算", "The rule cannot be computed")
            )
            raise Invalid("rule_error", message, at=self.at) from error


@dataclass(frozen=True, slots=True)
class CheckRule:
    """A check; `locks` are the relations through which it reads other records, `rows` the rows field whose rows it holds for."""

    check: Check
    rule: Rule
    at: Path
    rows: str | None
    locks: frozenset[Path]


@dataclass(frozen=True, slots=True)
class FieldRules:
    """What the rules say about one field, or one column of rows."""

    path: Path
    field: Field
    default: Rule | None = None
    compute: Rule | None = None
    fill: Rule | None = None
    visible: Rule | None = None
    editable: Rule | None = None
    required: Rule | None = None
    where: Rule | None = None
    people: Rule | None = None
    """`from` of a member field: who may be chosen."""
    checks: tuple[CheckRule, ...] = ()


@dataclass(frozen=True, slots=True)
class GrantRule:
    """A grant; its rule says for which records it holds (and, for people found by a rule, for whom)."""

    grant: Grant
    rule: Rule
    rights: Rights


class FormRules:
    """All rules of one form. Raises RuleError where a rule does not compile, which the check before publication prevents."""

    def __init__(self, app: App, form: Form) -> None:
        self.app = app
        self.form = form
        self.environment = form_environment(app, form.id)
        self.rows_environments = {
            field.id: row_environment(app, form.id, field.id) for field in form.fields if field.type == "rows"
        }
        self._by_path = dict(form.every_field())
        self.fields = {path: self._field_rules(path, field) for path, field in self._by_path.items()}
        self.empties = {each.id: empty_of(each) for each in form.fields}
        self.with_default = tuple(
            each
            for each in self.fields.values()
            if each.default is not None or (each.field.type == "rows" and each.field.settings.defaults)
        )
        self.with_required = {path: each for path, each in self.fields.items() if each.required is not None}
        self.with_fill = tuple(each for each in self.fields.values() if each.fill is not None)
        self.computed_reads = {path: rules.compute.reads for path, rules in self.fields.items() if rules.compute}
        self.computed = order(self.computed_reads)
        self.checks = tuple(self._check(each, (each.at,) if each.at else (), None) for each in form.checks)
        self.title = None if form.title is None else self._rule(form.title, "title")
        self.grants = tuple(self._grant(grant, number) for number, grant in enumerate(form.grants))
        self.has_row_rules = {
            field.id: any(_has_rules(self.fields[field.id, column.id]) for column in field.fields)
            for field in form.fields
            if field.type == "rows"
        }

    @property
    def locks(self) -> frozenset[Path]:
        """The relations whose records a save locks before any check reads them."""
        every = (*self.checks, *(each for rules in self.fields.values() for each in rules.checks))
        return frozenset[Path]().union(*(each.locks for each in every))

    def _field_rules(self, path: Path, field: Field) -> FieldRules:
        rows = path[0] if len(path) > 1 else None
        at = "/values/" + "/".join(path)

        def rule(text: str | None, expect: Type | None = None) -> Rule | None:
            return None if text is None else self._rule(text, at, rows, expect)

        return FieldRules(
            path=path,
            field=field,
            default=rule(field.default),
            compute=rule(field.compute),
            fill=rule(field.fill),
            visible=rule(field.visible, BOOLEAN),
            editable=rule(field.editable, BOOLEAN),
            required=rule(field.required, BOOLEAN),
            where=self._where(field, at, rows),
            people=rule(
                getattr(field.settings, "from_", None) if field.type in ("member", "members") else None, PEOPLE
            ),
            checks=tuple(self._check(each, path, rows) for each in field.checks),
        )

    def _rule(
        self,
        text: str,
        at: str,
        rows: str | None = None,
        expect: Type | None = None,
        environment: Environment | None = None,
    ) -> Rule:
        environment = environment or (self.rows_environments[rows] if rows else self.environment)
        checked = check(text, environment, expect=expect).require()
        return Rule(
            at=at,
            text=text,
            tree=checked.tree,
            run=compile_python(checked.tree, environment, expect=expect),
            paths=checked.reads,
            reads=frozenset(dependency(self.form, path, rows) for path in checked.reads),
        )

    def _check(self, given: Check, at: Path, rows: str | None) -> CheckRule:
        rule = self._rule(given.rule, "/values/" + "/".join(at) if at else "", rows, BOOLEAN)
        locks = (self._relation(path, rows) for path in rule.paths)
        return CheckRule(given, rule, at, rows, frozenset(path for path in locks if path is not None))

    def _relation(self, read: Path, rows: str | None) -> Path | None:
        """The relation of this record through which a path reads another record, if it does."""
        path = dependency(self.form, read, rows)
        field = self._by_path.get(path)
        own = read[1:] if rows is not None and read[0] in ("row", "record") else read
        consumed = len(path) if own[0] == path[0] else 1
        return path if field is not None and field.type == "relation" and len(own) > consumed else None

    def _where(self, field: Field, at: str, rows: str | None) -> Rule | None:
        where = getattr(field.settings, "where", None) if field.type in ("relation", "relations") else None
        if where is None:
            return None
        environment = candidate_environment(self.app, self.form.id, field.settings.form, rows_field=rows)
        return self._rule(where, at, expect=BOOLEAN, environment=environment)

    def _grant(self, grant: Grant, number: int) -> GrantRule:
        text = grant.records
        if grant.who == "rule":
            text = f"(me in ({grant.value})) and ({grant.records})"
        return GrantRule(
            grant, self._rule(text, f"/grants/{number}", expect=BOOLEAN), Rights(grant.fields, grant.actions)
        )


def rules_for(app: App, form_id: str) -> FormRules:
    """The compiled rules of a form, made once for each App object, that is once a publication in each process."""
    key = ("records.rules", form_id)
    found = app.derived.get(key)
    if not isinstance(found, FormRules):
        found = app.derived[key] = FormRules(app, app.forms[form_id])
    return found


def _has_rules(rules: FieldRules) -> bool:
    return any((rules.default, rules.compute, rules.fill, rules.visible, rules.editable, rules.required, rules.checks))


def empty_of(field: Field) -> Any:
    """What an empty field holds: `()` where the value is a list, else None."""
    spec = field_types[field.type].column(field)
    return () if spec is None or spec.kind in ("choices", "json") else None
