"""Whether a record may be kept as it stands: what must be there, what may be written, which checks hold."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from formwright.errors import Invalid, NotAllowed, Problem
from formwright.records.compute import Path, touches
from formwright.records.parsing import Given, forbidden, may_write
from formwright.records.permissions import right_of
from formwright.records.rules import CheckRule, FieldRules
from formwright.records.working import Working
from formwright.schema.model import FieldRights
from formwright.texts import both, show
from formwright_rules.values import is_empty


def refuse_locked_cells(working: Working, given: Given) -> None:
    """Raises NotAllowed `field_forbidden` where the caller changed what `visible` or `editable` does not let them change."""
    problems = [
        forbidden(rules.field, cell.at)
        for cell in given.cells
        for rules in (working.rules.fields[cell.path],)
        if _locked(working, rules, cell.row)
    ]
    if problems:
        raise NotAllowed(problems=problems)


def refuse_incomplete(
    working: Working, rights: FieldRights, required_fields: Collection[str] = (), *, check_all: bool = True
) -> None:
    """Raises Invalid with everything that is missing (`required`, row counts) or does not hold (`check_failed`).

    Only fields that the writer may write can be missing; `required_fields` are those that a flow's node asks for.
    """
    problems = [*_missing(working, rights, frozenset(required_fields)), *_row_counts(working)]
    if check_all:
        problems += [*failed_checks(working), *_outside_where(working), *_outside_people(working)]
    if problems:
        raise Invalid(problems=problems)


def shown(working: Working, path: Path, view: Mapping[str, Any]) -> bool:
    """Whether a field is visible, together with the rows field that it stands in."""
    rules = working.rules.fields[path]
    if rules.visible is not None and not rules.visible(view, working.context):
        return False
    return len(path) == 1 or shown(working, path[:1], working.view)


def _locked(working: Working, rules: FieldRules, row: int | None) -> bool:
    if rules.visible is None and rules.editable is None and len(rules.path) == 1:
        return False
    for view, holder, _, number in working.places(rules.path):
        if number == row and not (_editable(working, rules, view, holder) and _in_sight(working, rules, view, holder)):
            return True
    return False


def _editable(working: Working, rules: FieldRules, view: Mapping[str, Any], holder: dict[str, Any]) -> bool:
    """Whether `editable` holds with everything else as it will be, but this field as it was: no value unlocks itself."""
    if rules.editable is None:
        return True
    name = rules.path[-1]
    new = holder.get(name)
    holder[name] = _old_value(working, rules.path, holder)
    try:
        return bool(rules.editable(view, working.context))
    finally:
        holder[name] = new


def _in_sight(working: Working, rules: FieldRules, view: Mapping[str, Any], holder: Mapping[str, Any]) -> bool:
    return is_empty(holder.get(rules.path[-1])) or shown(working, rules.path, view)


def _old_value(working: Working, path: Path, holder: Mapping[str, Any]) -> Any:
    before = working.before.values if working.before else {}
    if len(path) == 1:
        return before.get(path[0])
    return next((row.get(path[1]) for row in before.get(path[0]) or () if row["id"] == holder["id"]), None)


def _missing(working: Working, rights: FieldRights, required_fields: frozenset[str]) -> Iterator[Problem]:
    every = required_fields or _asks(rights)
    for path, rules in (working.rules.fields if every else working.rules.with_required).items():
        empty = [(view, at) for view, holder, at, _ in working.places(path) if is_empty(holder.get(path[-1]))]
        if not empty:
            continue
        always = right_of(rights, path) == "required" or path[0] in required_fields and len(path) == 1
        if not always and (rules.required is None or not may_write(rules.field, rights, path)):
            continue
        for view, at in empty:
            if shown(working, path, view) and (always or (rules.required and rules.required(view, working.context))):
                yield Problem(at, "required", required_message(rules))


def _asks(rights: FieldRights) -> bool:
    """Whether the rights themselves require any field."""
    asked = rights.rest == "required" or "required" in rights.by_field.values()
    return asked or any(_asks(rows.fields) for rows in rights.rows.values())


def required_message(rules: FieldRules) -> dict[str, str]:
    label = rules.field.label
    return both(f"请填写{show(label, 'zh', rules.field.id)}", f"{show(label, 'en', rules.field.id)} is required")


def _row_counts(working: Working) -> Iterator[Problem]:
    for field in working.form.fields:
        if field.type != "rows" or not shown(working, (field.id,), working.view):
            continue
        count = len(working.values[field.id] or ())
        least, most = field.settings.min, field.settings.max
        if count < least:
            yield Problem(f"/values/{field.id}", "too_few_rows", both(f"至少 {least} 行", f"At least {least} rows"))
        if count > most:
            yield Problem(f"/values/{field.id}", "too_many_rows", both(f"最多 {most} 行", f"At most {most} rows"))


def failed_checks(working: Working, changed: Collection[Path] | None = None) -> Iterator[Problem]:
    """The checks that do not hold; with `changed` only those that read one of these paths."""
    own = (each for rules in working.rules.fields.values() for each in rules.checks)
    for each in (*working.rules.checks, *own):
        if changed is None or any(touches(path, read) for path in changed for read in each.rule.reads):
            yield from _failed(working, each)


def _failed(working: Working, each: CheckRule) -> Iterator[Problem]:
    path = each.at if each.at in working.rules.fields else ()
    places = working.places(path) if each.rows else [(working.view, working.values, _pointer(each.at), None)]
    for view, _, at, _ in places:
        if path and not shown(working, path, view):
            continue
        if not each.rule(view, working.context):
            yield Problem(at, "check_failed", each.check.message)


def _pointer(path: Path) -> str:
    return "/values/" + "/".join(path) if path else ""


def _outside_where(working: Working) -> Iterator[Problem]:
    """A relation that changed must point into its `where`; one that was there already may stay."""
    for path, rules in working.rules.fields.items():
        if rules.where is None:
            continue
        form_id = rules.field.settings.form
        before = _values_before(working, path)
        for _, holder, at, _ in working.places(path):
            value = holder.get(path[-1])
            for id in value if isinstance(value, tuple) else (value,):
                target = working.context.loader.related(form_id, id)
                if target is None or id in before:
                    continue
                if not rules.where(target.with_names(record=working.view), working.context):
                    yield Problem(at, "not_a_candidate", both("这条记录不可选", "This record cannot be chosen here"))


def _outside_people(working: Working) -> Iterator[Problem]:
    """A member who was chosen now must be among those whom `from` names."""
    for path, rules in working.rules.fields.items():
        if rules.people is None:
            continue
        before = _values_before(working, path)
        for view, holder, at, _ in working.places(path):
            value = holder.get(path[-1])
            chosen = [
                id for id in (value if isinstance(value, tuple) else (value,)) if id is not None and id not in before
            ]
            found = rules.people(view, working.context) if chosen else ()
            if not set(chosen) <= set(found if isinstance(found, list | tuple) else (found,)):
                yield Problem(at, "not_a_candidate", both("不能选择这位成员", "This member cannot be chosen here"))


def _values_before(working: Working, path: Path) -> frozenset[Any]:
    if working.before is None:
        return frozenset()
    value = working.before.values.get(path[0])
    found = [value] if len(path) == 1 else [row.get(path[1]) for row in value or ()]
    return frozenset(id for each in found for id in (each if isinstance(each, tuple) else (each,)))
