"""What the rules of an app may name: the types of its forms, rows and parameters, and its shared rules."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from formwright.schema.field_types import field_types
from formwright.schema.model import App, Field, Parameter
from formwright.schema.reading import Reader
from formwright.texts import LANGUAGES, Text, both
from formwright_rules import (
    DATETIME,
    DEPARTMENT,
    IDENTITY,
    MEMBER,
    NUMBER,
    TEXT,
    Environment,
    RuleError,
    RuleSet,
    Type,
    choice,
    list_of,
    parse,
    record,
    rows,
)
from formwright_rules import rule_set as combine
from formwright_rules.tree import Rules
from formwright_rules.types import Record, Rows

FLOW_STATUSES: dict[str, Text] = {
    "draft": both("草稿", "Draft"),
    "running": both("流转中", "Running"),
    "suspended": both("已挂起", "Suspended"),
    "approved": both("已通过", "Approved"),
    "rejected": both("已拒绝", "Rejected"),
    "withdrawn": both("已撤回", "Withdrawn"),
    "terminated": both("已终止", "Terminated"),
    "error": both("出错", "In error"),
}

SYSTEM_TYPES: dict[str, Type] = {
    "id": IDENTITY,
    "version": NUMBER,
    "owner": MEMBER,
    "department": DEPARTMENT,
    "created_by": MEMBER,
    "created_at": DATETIME,
    "updated_by": MEMBER,
    "updated_at": DATETIME,
    "flow_status": choice(
        (status, dict(label)) for status, label in FLOW_STATUSES.items() if isinstance(label, Mapping)
    ),
    "flow_node": list_of(TEXT),
}

SYSTEM_LABELS: dict[str, Text] = {
    "id": both("编号", "Record id"),
    "version": both("版本", "Version"),
    "owner": both("负责人", "Owner"),
    "department": both("归属部门", "Department"),
    "created_by": both("创建人", "Created by"),
    "created_at": both("创建时间", "Created at"),
    "updated_by": both("更新人", "Updated by"),
    "updated_at": both("更新时间", "Updated at"),
    "flow_status": both("流程状态", "Flow status"),
    "flow_node": both("当前节点", "Current node"),
}


class AppTypes:
    """The rule types of one app, made when first asked for, so that forms may name each other in a ring."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._records: dict[str, Record] = {}
        self._rows: dict[int, Rows] = {}

    def record(self, form: str) -> Record:
        """The record type of a form; one without fields when there is no such form (a finding elsewhere says so)."""
        if form not in self._records:
            self._records[form] = record(lambda: self.fields(form), form, lambda: self.labels(form))
        return self._records[form]

    def rows(self, field: Field) -> Rows:
        """The type of a rows field."""
        if id(field) not in self._rows:
            self._rows[id(field)] = rows(self._types(field.fields), labels=_labels(field.fields))
        return self._rows[id(field)]

    def fields(self, form: str) -> Mapping[str, Type]:
        """Field id → type, system fields included."""
        found = self._app.forms.get(form)
        return {**SYSTEM_TYPES, **(self._types(found.fields) if found else {})}

    def labels(self, form: str) -> Mapping[str, Mapping[str, str]]:
        """Field id → labels. A system field keeps its label only where no field of the form has the same one."""
        found = self._app.forms.get(form)
        own = _labels(found.fields) if found else {}
        taken = {label for labels in own.values() for label in labels.values()}
        system = {name: _languages(label) for name, label in SYSTEM_LABELS.items()}
        return {name: labels for name, labels in system.items() if taken.isdisjoint(labels.values())} | own

    def of(self, field: Field) -> Type:
        """The type of one field."""
        return field_types[field.type].rule_type(field, self)

    def _types(self, fields: tuple[Field, ...]) -> dict[str, Type]:
        return {field.id: self.of(field) for field in fields}

    @cached_property
    def parameters(self) -> Mapping[str, Type]:
        return {parameter.id: self.of(parameter_field(parameter)) for parameter in self._app.parameters}

    @cached_property
    def roles(self) -> frozenset[str]:
        """The declared ones; every `role("…")` names one of them."""
        return frozenset(role for role, _ in self._app.roles)

    def form(self, form: str) -> Type | None:
        return self.record(form) if form in self._app.forms else None


def types_of(app: App) -> AppTypes:
    """The one AppTypes of this app."""
    found = app.derived.get("types")
    if not isinstance(found, AppTypes):
        found = app.derived["types"] = AppTypes(app)
    return found


def parameter_field(parameter: Parameter) -> Field:
    """A parameter as the field that would hold its value: for parsing, showing and its type."""
    settings = field_types[parameter.type].read_settings(Reader({}, "", []))
    return Field(parameter.id, parameter.type, parameter.label, settings)


def rule_set(app: App) -> RuleSet:
    """The definitions and tables of all `rules/*.rules`; files that cannot be read are left out (checking reports them)."""
    found = app.derived.get("rule_set")
    if not isinstance(found, RuleSet):
        found = app.derived["rule_set"] = _gather(app)
    return found


def _gather(app: App) -> RuleSet:
    gathered = RuleSet()
    files: list[Rules] = []
    for text in app.rules.values():
        try:
            tree = parse(text, "rules")
            if isinstance(tree, Rules):
                gathered = combine((*files, tree))
                files.append(tree)
        except RuleError:
            continue
    return gathered


def form_environment(app: App, form_id: str, *, names: Mapping[str, Type] | None = None) -> Environment:
    """What a rule of this form may name; `names` are further ones at its place (outcome, target, row …).

    The same object for the same form and names, so that compiled rules can be kept by it.
    """
    types = types_of(app)
    return _environment(app, ("form", form_id), types.fields(form_id), types.labels(form_id), form_id, names)


def row_environment(app: App, form_id: str, rows_field: str, *, names: Mapping[str, Type] | None = None) -> Environment:
    """What a rule of a column may name: the row's columns, then the form's fields; `row` is the row, `record` the form's record.

    Its values are `{**values of the record, **values of the row, "row": row, "record": record}`.
    """
    types = types_of(app)
    form = app.forms[form_id]
    field = form.field(rows_field)
    columns = field.fields if field else ()
    inner = {column.id: types.of(column) for column in columns}
    own: dict[str, Type] = {"record": types.record(form_id)}
    if field is not None:
        own["row"] = types.rows(field).element
    labels = {**types.labels(form_id), **_labels(columns)}
    taken = {label for column in columns for label in _languages(column.label).values()}
    labels = {name: each for name, each in labels.items() if name in inner or taken.isdisjoint(each.values())}
    return _environment(
        app, ("row", form_id, rows_field), {**types.fields(form_id), **inner}, labels, form_id, {**own, **(names or {})}
    )


def candidate_environment(app: App, form_id: str, target: str, *, rows_field: str | None = None) -> Environment:
    """For `where` of a relation to `target`: the candidate's fields are bare, the current record is `record`.

    Within rows `row` is the current row.
    """
    types = types_of(app)
    names: dict[str, Type] = {"record": types.record(form_id)}
    field = app.forms[form_id].field(rows_field) if rows_field else None
    if field is not None:
        names["row"] = types.rows(field).element
    return form_environment(app, target, names=names)


def people_environment(app: App) -> Environment:
    """For rules that read no record, such as `managers`: people, roles and parameters."""
    found = app.derived.get("people_environment")
    if not isinstance(found, Environment):
        types = types_of(app)
        found = Environment({}, parameters=types.parameters, rules=rule_set(app), forms=types.form, roles=types.roles)
        app.derived["people_environment"] = found
    return found


def _environment(
    app: App,
    key: tuple[str, ...],
    fields: Mapping[str, Type],
    labels: Mapping[str, Mapping[str, str]],
    form_id: str,
    names: Mapping[str, Type] | None,
) -> Environment:
    cache_key = ("environment", key, frozenset((names or {}).items()))
    found = app.derived.get(cache_key)
    if not isinstance(found, Environment):
        types = types_of(app)
        found = app.derived[cache_key] = Environment(
            fields,
            labels=labels,
            parameters=types.parameters,
            rules=rule_set(app),
            forms=types.form,
            roles=types.roles,
            names=dict(names or {}),
            form=form_id,
        )
    return found


def _labels(fields: tuple[Field, ...]) -> dict[str, Mapping[str, str]]:
    return {field.id: _languages(field.label) for field in fields}


def _languages(label: Text) -> Mapping[str, str]:
    return dict.fromkeys(LANGUAGES, label) if isinstance(label, str) else label
