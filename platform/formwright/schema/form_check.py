"""Checks forms as a whole: every rule against what it may name, every reference, every right, no ring of computed fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from formwright.registry import nearest
from formwright.schema import dependencies
from formwright.schema.environment import types_of
from formwright.schema.field_types.links import RelationSettings
from formwright.schema.field_types.rows import RowsSettings
from formwright.schema.field_types.texts import SerialSettings
from formwright.schema.forms import walk_layout
from formwright.schema.model import SYSTEM_FIELDS, App, Check, Field, Finding, Form, Grant, View
from formwright.schema.reading import pointer
from formwright.schema.rights import check_field_rights, unknown_field
from formwright.schema.rule_check import findings_of, list_findings
from formwright.schema.rule_places import form_rule_places
from formwright.texts import both, show
from formwright_rules import check


def check_forms(app: App) -> list[Finding]:
    """All findings on the forms of an app."""
    findings: list[Finding] = []
    reads: dict[dependencies.Place, frozenset[tuple[str, ...]]] = {}
    for place in form_rule_places(app):
        checked = check(place.text, place.environment, "expression", place.expect)
        findings += findings_of(checked, place.text, place.at)
        if checked.ok and place.listed is not None:
            findings += list_findings(check(place.listed, place.environment, expect=place.expect), place.text, place.at)
        if place.computes:
            reads[place.computes] = checked.reads
    for form in app.forms.values():
        findings += _check_form(app, form)
    return [*findings, *_rings(app, reads)]


def _check_form(app: App, form: Form) -> Iterator[Finding]:
    at = pointer("forms", form.id)
    for i, field in enumerate(form.fields):
        yield from _check_field(app, form, field, None, f"{at}/fields/{i}")
        for j, column in enumerate(field.fields):
            yield from _check_field(app, form, column, field, f"{at}/fields/{i}/fields/{j}")
    yield from _check_checks(app, form, form.checks, None, at + "/checks")
    yield from _check_layout(form, at + "/layout")
    seen: set[str] = set()
    for i, view in enumerate(form.views):
        if view.id in seen:
            message = both(f"视图“{view.id}”重复", f'View "{view.id}" is there twice')
            yield Finding("error", "duplicate_id", f"{at}/views/{i}/id", message)
        seen.add(view.id)
        yield from _check_view(app, form, view, f"{at}/views/{i}")
    for i, grant in enumerate(form.grants):
        yield from _check_grant(app, form, grant, f"{at}/grants/{i}")


def _check_field(app: App, form: Form, field: Field, rows: Field | None, at: str) -> Iterator[Finding]:
    yield from _check_checks(app, form, field.checks, rows, at + "/checks")
    settings = field.settings
    if isinstance(settings, RelationSettings):
        target = app.forms.get(settings.form)
        if target is None:
            yield _unknown_form(settings.form, app, at + "/form")
            return
        for i, shown in enumerate(settings.show):
            yield from _check_path(app, target, shown, f"{at}/show/{i}")
    elif isinstance(settings, SerialSettings):
        for i, part in enumerate(settings.parts):
            if part.kind == "field":
                yield from _check_path(app, form, part.value, f"{at}/parts/{i}/field")
    elif isinstance(settings, RowsSettings):
        known = [column.id for column in field.fields]
        for i, row in enumerate(settings.defaults):
            yield from (
                unknown_field(name, known, f"{at}/defaults/{i}{pointer(name)}", form)
                for name in row
                if name not in known
            )


def _check_checks(app: App, form: Form, checks: tuple[Check, ...], rows: Field | None, at: str) -> Iterator[Finding]:
    for i, each in enumerate(checks):
        if each.at and not (rows is not None and rows.column(each.at) is not None):
            yield from _check_path(app, form, each.at, f"{at}/{i}/at")


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


def _check_view(app: App, form: Form, view: View, at: str) -> Iterator[Finding]:
    for key, paths in (("columns", view.columns), ("sort", tuple(each.removeprefix("-") for each in view.sort))):
        for i, path in enumerate(paths):
            if path != "title":
                yield from _check_path(app, form, path, f"{at}/{key}/{i}")
    for key, path in view.settings.items():
        if path != "title":
            yield from _check_path(app, form, str(path), f"{at}/{key}")
    if view.type == "kanban" and view.group_by is None:
        yield Finding(
            "error", "missing_key", at + "/group_by", both("看板要写 group_by", "A kanban view needs group_by")
        )


def _check_grant(app: App, form: Form, grant: Grant, at: str) -> Iterator[Finding]:
    yield from check_field_rights(grant.fields, form, at + "/fields")
    if grant.who == "role":
        yield from check_role(app, grant.value, at + "/role")


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
    fields: Mapping[str, Field] = {each.id: each for each in form.fields}
    for i, step in enumerate(steps):
        found = fields.get(step)
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
    names = [show(form.name, language, form.id)]
    fields = form.fields
    for step in place[1:]:
        field = next(each for each in fields if each.id == step)
        names.append(show(field.label, language, step))
        fields = field.fields
    return ".".join(names)


def _pointer(app: App, place: dependencies.Place) -> str:
    form = app.forms[place[0]]
    at = pointer("forms", form.id)
    fields = form.fields
    for step in place[1:]:
        index = next(i for i, each in enumerate(fields) if each.id == step)
        at += f"/fields/{index}"
        fields = fields[index].fields
    return at
