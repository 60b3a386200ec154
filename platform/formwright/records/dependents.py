"""Whose computed fields and titles read a form's records from outside: worked out once for each publication."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from formwright.records.compute import Path
from formwright.records.rules import FormRules, Rule, rules_for
from formwright.schema.model import App, Field

FORM = "form:"
"""How a rule's paths name another form (`formwright_rules.reading`)."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One relation on the way from a dependent to what it reads: `path` in `form`."""

    form: str
    path: Path


@dataclass(frozen=True, slots=True)
class Dependent:
    """Records of `form` that must be computed anew when a record of the form they read changes in one of `fields`.

    `hops` lead from them to the changed record; without hops the changed record's own `relation` names them (ROLLUP, `form.field`).
    `read` is the path by which their rules know what changed.
    """

    form: str
    read: Path
    fields: frozenset[str]
    hops: tuple[Hop, ...] = ()
    relation: str = ""


def dependents_of(app: App, form_id: str) -> tuple[Dependent, ...]:
    """Everything that reads records of this form from outside through a computed field or a title."""
    found = app.derived.get("records.dependents")
    if not isinstance(found, dict):
        found = app.derived["records.dependents"] = _gathered(app)
    dependents: tuple[Dependent, ...] = found.get(form_id, ())
    return dependents


def _gathered(app: App) -> Mapping[str, tuple[Dependent, ...]]:
    fields: dict[tuple[str, str, Path, tuple[Hop, ...], str], set[str]] = {}
    for form_id in app.forms:
        for target, dependent in _readings(app, rules_for(app, form_id)):
            key = (target, dependent.form, dependent.read, dependent.hops, dependent.relation)
            fields.setdefault(key, set()).update(dependent.fields)
    gathered: dict[str, list[Dependent]] = {}
    for (target, form, read, hops, relation), names in fields.items():
        gathered.setdefault(target, []).append(Dependent(form, read, frozenset(names), hops, relation))
    return {target: tuple(each) for target, each in gathered.items()}


def _readings(app: App, rules: FormRules) -> Iterator[tuple[str, Dependent]]:
    for path, each in rules.fields.items():
        if each.compute is not None:
            yield from _of_rule(app, rules, each.compute, path[0] if len(path) > 1 else None)
    if rules.title is not None:
        yield from _of_rule(app, rules, rules.title, None)


def _of_rule(app: App, rules: FormRules, rule: Rule, rows: str | None) -> Iterator[tuple[str, Dependent]]:
    for path in rule.paths:
        if path[0].startswith(FORM):
            other = app.forms.get(path[0].removeprefix(FORM))
            relation = other.field(path[1]) if other is not None and len(path) > 1 else None
            if other is not None and relation is not None and _leads_to(relation) == rules.form.id:
                names = frozenset(path[1:3])
                yield other.id, Dependent(rules.form.id, (path[0],), names, relation=relation.id)
            continue
        yield from _along(app, rules, path, rows)


def _along(app: App, rules: FormRules, path: Path, rows: str | None) -> Iterator[tuple[str, Dependent]]:
    """A path through relations depends on each field that it reads beyond the record itself."""
    form = rules.form
    hops: list[Hop] = []
    steps = list(path)
    if rows is not None and steps[0] in ("row", "record"):
        rows = rows if steps[0] == "row" else None
        steps = steps[1:]
    while steps:
        own = form.field(rows) if rows is not None and not hops else None
        column = own.column(steps[0]) if own is not None else None
        field = column or form.field(steps[0])
        here: Path = (str(rows), steps[0]) if column is not None else (steps[0],)
        steps = steps[1:]
        if field is not None and field.type == "rows" and steps:
            field, here, steps = field.column(steps[0]), (here[0], steps[0]), steps[1:]
        target = None if field is None else _leads_to(field)
        if target is None or target not in app.forms or not steps:
            return
        hops.append(Hop(form.id, here))
        form = app.forms[target]
        yield target, Dependent(rules.form.id, hops[0].path, frozenset(steps[:1]), tuple(hops))


def _leads_to(field: Field) -> str | None:
    return field.settings.form if field.type == "relation" else None
