"""Checks forms as a whole: every rule against what it may name, every reference, every right, no ring of computed fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from formwright.registry import nearest
from formwright.schema import dependencies
from formwright.schema.environment import candidate_environment, form_environment, row_environment, types_of
from formwright.schema.field_types.choices import ChoiceSettings
from formwright.schema.field_types.links import PeopleSettings, RelationSettings
from formwright.schema.field_types.rows import RowsSettings
from formwright.schema.field_types.texts import SerialSettings
from formwright.schema.forms import walk_layout
from formwright.schema.model import SYSTEM_FIELDS, App, Check, Field, Finding, Form, Grant, View
from formwright.schema.reading import pointer
from formwright.schema.rights import check_field_rights, unknown_field
from formwright.schema.rule_check import findings_of, rule_findings
from formwright.texts import both, show
from formwright_rules import BOOLEAN, PEOPLE, TEXT, Environment, Type, check

_KINDS_OF_RULE = ("default", "compute", "fill", "required", "visible", "editable")
_CONDITIONS = ("required", "visible", "editable")


@dataclass
class _Checking:
    """The app at hand, what was found, and what the computed fields read."""

    app: App
    findings: list[Finding] = field(default_factory=list)
    reads: dict[dependencies.Place, frozenset[tuple[str, ...]]] = field(default_factory=dict)

    def rule(self, text: str | None, environment: Environment, at: str, expect: Type | None = None) -> None:
        if text is not None:
            self.findings += rule_findings(text, environment, at, expect=expect)


def check_forms(app: App) -> list[Finding]:
    """All findings on the forms of an app."""
    checking = _Checking(app)
    for form in app.forms.values():
        _check_form(checking, form)
    checking.findings += _rings(app, checking.reads)
    return checking.findings


def _check_form(checking: _Checking, form: Form) -> None:
    app, at = checking.app, pointer("forms", form.id)
    environment = form_environment(app, form.id)
    for i, each in enumerate(form.fields):
        _check_field(checking, form, each, (form.id, each.id), environment, f"{at}/fields/{i}")
        inner = row_environment(app, form.id, each.id) if each.fields else environment
        for j, column in enumerate(each.fields):
            _check_field(checking, form, column, (form.id, each.id, column.id), inner, f"{at}/fields/{i}/fields/{j}")
    checking.rule(form.title, environment, at + "/title")
    _check_checks(checking, form.checks, environment, form, at + "/checks")
    checking.findings += _check_layout(form, at + "/layout")
    seen: set[str] = set()
    for i, view in enumerate(form.views):
        if view.id in seen:
            message = both(f"视图“{view.id}”重复", f'View "{view.id}" is there twice')
            checking.findings.append(Finding("error", "duplicate_id", f"{at}/views/{i}/id", message))
        seen.add(view.id)
        _check_view(checking, form, view, environment, f"{at}/views/{i}")
    for i, grant in enumerate(form.grants):
        _check_grant(checking, form, grant, environment, f"{at}/grants/{i}")


def _check_field(
    checking: _Checking, form: Form, each: Field, place: dependencies.Place, environment: Environment, at: str
) -> None:
    own_type = types_of(checking.app).of(each)
    for kind in _KINDS_OF_RULE:
        text: str | None = getattr(each, kind)
        if text is None:
            continue
        checked = check(text, environment, "expression", BOOLEAN if kind in _CONDITIONS else own_type)
        checking.findings += findings_of(checked, text, f"{at}/{kind}")
        if kind == "compute":
            checking.reads[place] = checked.reads
    _check_checks(checking, each.checks, environment, form, at + "/checks", within=place)
    _check_settings(checking, form, each, place, environment, at)


def _check_settings(
    checking: _Checking, form: Form, each: Field, place: dependencies.Place, environment: Environment, at: str
) -> None:
    app, settings = checking.app, each.settings
    if isinstance(settings, RelationSettings):
        target = app.forms.get(settings.form)
        if target is None:
            checking.findings.append(_unknown_form(settings.form, app, at + "/form"))
            return
        rows_field = place[1] if len(place) == 3 else None
        checking.rule(
            settings.where,
            candidate_environment(app, form.id, target.id, rows_field=rows_field),
            at + "/where",
            BOOLEAN,
        )
        for i, shown in enumerate(settings.show):
            checking.findings += _check_path(app, target, shown, f"{at}/show/{i}")
    elif isinstance(settings, PeopleSettings):
        # A department field narrows departments; only for members is the kind of the answer known.
        checking.rule(settings.from_, environment, at + "/from", PEOPLE if each.type == "member" else None)
    elif isinstance(settings, ChoiceSettings) and settings.where is not None:
        checking.rule(settings.where, _with_option(checking.app, form, place), at + "/where", BOOLEAN)
    elif isinstance(settings, SerialSettings):
        for i, part in enumerate(settings.parts):
            if part.kind == "field":
                checking.findings += _check_path(app, form, part.value, f"{at}/parts/{i}/field")
    elif isinstance(settings, RowsSettings):
        known = [column.id for column in each.fields]
        checking.findings += [
            unknown_field(name, known, f"{at}/defaults/{i}{pointer(name)}", form)
            for i, row in enumerate(settings.defaults)
            for name in row
            if name not in known
        ]


def _with_option(app: App, form: Form, place: dependencies.Place) -> Environment:
    names: Mapping[str, Type] = {"option": TEXT}
    if len(place) == 3:
        return row_environment(app, form.id, place[1], names=names)
    return form_environment(app, form.id, names=names)


def _check_checks(
    checking: _Checking,
    checks: tuple[Check, ...],
    environment: Environment,
    form: Form,
    at: str,
    within: tuple[str, ...] = (),
) -> None:
    rows = form.field(within[1]) if len(within) == 3 else None
    for i, each in enumerate(checks):
        checking.rule(each.rule, environment, f"{at}/{i}/rule", BOOLEAN)
        if each.at and not (rows is not None and rows.column(each.at) is not None):
            checking.findings += _check_path(checking.app, form, each.at, f"{at}/{i}/at")


def _check_layout(form: Form, at: str) -> Iterator[Finding]:
    known = [each.id for each in form.fields]
    findings: list[Finding] = []
    placed: set[str] = set()

    def visit(field_id: str, here: str) -> None:
        if field_id not in known:
            findings.append(unknown_field(field_id, known, here, form))
        elif field_id in placed:
            message = both(f"字段“{field_id}”在布局中出现两次", f'Field "{field_id}" stands twice in the layout')
            findings.append(Finding("error", "field_twice", here, message))
        placed.add(field_id)

    def problem(what: str, here: str) -> None:
        message = both(
            "布局由字段 id 的列表、{section, rows}、{tabs: [{tab, rows}]} 和 {note} 组成",
            "A layout is made of lists of field ids, {section, rows}, {tabs: [{tab, rows}]} and {note}",
        )
        findings.append(Finding("error", f"layout_{what}", here, message))

    walk_layout(form.layout, at, visit, problem)
    yield from findings
    missing = [each for each in known if each not in placed] if form.layout else []
    if missing:
        listed = ", ".join(missing)
        message = both(
            f"布局中没有这些字段，填写时看不到它们：{listed}",
            f"Not in the layout, so nobody sees them on the form: {listed}",
        )
        yield Finding("hint", "not_in_layout", at, message)


def _check_view(checking: _Checking, form: Form, view: View, environment: Environment, at: str) -> None:
    checking.rule(view.filter, environment, at + "/filter", BOOLEAN)
    checking.rule(view.group_by, environment, at + "/group_by")
    for key, paths in (("columns", view.columns), ("sort", tuple(each.removeprefix("-") for each in view.sort))):
        for i, path in enumerate(paths):
            if path != "title":
                checking.findings += _check_path(checking.app, form, path, f"{at}/{key}/{i}")
    for key, path in view.settings.items():
        checking.findings += _check_path(checking.app, form, str(path), f"{at}/{key}") if path != "title" else ()
    if view.type == "kanban" and view.group_by is None:
        message = both("看板要写 group_by", "A kanban view needs group_by")
        checking.findings.append(Finding("error", "missing_key", at + "/group_by", message))


def _check_grant(checking: _Checking, form: Form, grant: Grant, environment: Environment, at: str) -> None:
    checking.rule(grant.records, environment, at + "/records", BOOLEAN)
    checking.findings += check_field_rights(grant.fields, form, at + "/fields")
    if grant.who == "rule":
        checking.rule(grant.value, environment, at + "/rule", PEOPLE)
    elif grant.who == "role":
        checking.findings += check_role(checking.app, grant.value, at + "/role")


def check_role(app: App, role: str, at: str) -> Iterator[Finding]:
    """A role that app.yaml does not declare."""
    declared = types_of(app).roles
    if role not in declared:
        near = nearest(role, declared)
        hint_zh, hint_en = (f"，是不是“{near}”？", f'. Did you mean "{near}"?') if near else ("", "")
        message = both(f"app.yaml 没有声明角色“{role}”{hint_zh}", f'app.yaml declares no role "{role}"{hint_en}')
        yield Finding("error", "unknown_role", at, message)


def _unknown_form(form: str, app: App, at: str) -> Finding:
    near = nearest(form, list(app.forms))
    hint_zh, hint_en = (f"，是不是“{near}”？", f'. Did you mean "{near}"?') if near else ("", "")
    return Finding(
        "error", "unknown_form", at, both(f"没有表单“{form}”{hint_zh}", f'There is no form "{form}"{hint_en}')
    )


def _check_path(app: App, form: Form, path: str, at: str) -> Iterator[Finding]:
    """A field of the form, a system field, a column of its rows, or a path through relations."""
    steps: list[str] = path.split(".")
    current: Form = form
    fields: Mapping[str, Any] = {each.id: each for each in form.fields}
    for i, step in enumerate(steps):
        found: Field | None = fields.get(step)
        last = i == len(steps) - 1
        if found is None:
            if not (step in SYSTEM_FIELDS and last):
                yield unknown_field(step, [*fields, *SYSTEM_FIELDS], at, current)
            return
        if last:
            return
        if found.type == "relation" and found.settings.form in app.forms:
            current = app.forms[found.settings.form]
            fields = {each.id: each for each in current.fields}
        elif found.type == "rows":
            fields = {each.id: each for each in found.fields}
        else:
            yield unknown_field(".".join(steps[i + 1 :]), [], at, current)
            return


def _rings(app: App, reads: dependencies.Reads) -> Iterator[Finding]:
    for ring in dependencies.rings(app, reads):
        names = {language: " → ".join(_name(app, place, language) for place in ring) for language in ("zh", "en")}
        message = both(
            f"计算字段互相依赖，成了环：{names['zh']}", f"Computed fields depend on each other in a ring: {names['en']}"
        )
        yield Finding("error", "compute_ring", _pointer(app, ring[0]) + "/compute", message)


def _name(app: App, place: dependencies.Place, language: str) -> str:
    form = app.forms[place[0]]
    found = form.field(place[1])
    names = [show(found.label, language, place[1]) if found else place[1]]
    column = found.column(place[2]) if found and len(place) == 3 else None
    if column is not None:
        names.append(show(column.label, language, column.id))
    return f"{show(form.name, language, form.id)}." + ".".join(names)


def _pointer(app: App, place: dependencies.Place) -> str:
    form = app.forms[place[0]]
    index = next(i for i, each in enumerate(form.fields) if each.id == place[1])
    at = pointer("forms", form.id, "fields", index)
    if len(place) == 3:
        at += f"/fields/{next(i for i, each in enumerate(form.fields[index].fields) if each.id == place[2])}"
    return at
