"""A form while somebody fills it: what fills, defaults, computed fields and rules make of it, nothing stored; and what a relation may choose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import Session

from formwright.accounts.model import Actor
from formwright.errors import Missing, NotAllowed, Problem
from formwright.records import query
from formwright.records.access import record_for, records_for
from formwright.records.compute import Path
from formwright.records.lookups import RecordReferences
from formwright.records.model import Record, Rights
from formwright.records.parsing import ValueReader, may_write
from formwright.records.permissions import right_of
from formwright.records.reader import FormReader, reader_for
from formwright.records.rules import FieldRules
from formwright.records.show import PageNames, Sight
from formwright.records.sql import condition
from formwright.records.validation import failed_checks, shown
from formwright.records.visibility import visible
from formwright.records.working import Working
from formwright.records.writing import new_system, record_of, working_on
from formwright.schema.model import App, FieldRights
from formwright_rules.tree import Expression


@dataclass(frozen=True, slots=True)
class State:
    """How a field, or a cell of rows, stands in the form."""

    visible: bool
    editable: bool
    required: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """The form as it would be saved. `values` and `display` are those of the API; `states` by `remark` or `lines/0/price`."""

    values: Mapping[str, Any]
    display: Mapping[str, Any]
    states: Mapping[str, State]
    problems: tuple[Problem, ...] = field(default_factory=tuple)


def preview(
    session: Session,
    app: App,
    form_id: str,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    language: str,
    record: int | str | None = None,
    rights: FieldRights | None = None,
) -> Preview:
    """What a save of these JSON `values` would make of a new record, or of `record`. `rights` are those of a flow's node.

    Values that are not of their field's type, and checks that do not hold, are `problems`; what the actor may not write is
    left out. Raises Missing or NotAllowed as a save would.
    """
    reader = reader_for(session, app, form_id, actor=actor, now=now)
    before, most = _what_may_be_written(reader, record, rights)
    working, problems = _worked(reader, values, before, most)
    working.clear_hidden()
    names = PageNames(session, app, actor=actor, now=now, language=language)
    shown_as = record_of(reader, working, draft=False)
    theirs = Rights(most, frozenset({"view", "edit"}))
    names.learn_from(reader.form, [shown_as], {shown_as.id: theirs})
    sight = Sight(reader.form.fields, reader.form.fields, theirs)
    return Preview(
        values=sight.values(shown_as),
        display=sight.display(shown_as, names),
        states=_states(working, most),
        problems=(*problems, *failed_checks(working)),
    )


def candidates(
    session: Session,
    app: App,
    form_id: str,
    path: Path,
    *,
    actor: Actor,
    now: datetime,
    q: str = "",
    values: Mapping[str, Any] | None = None,
    record: int | str | None = None,
    row: int | None = None,
    limit: int = 20,
) -> list[tuple[Record, Rights]]:
    """The records that a relation (`("customer",)`, `("lines", "product")`) may choose: visible to the actor, in its `where`.

    `values` is the form as it is being filled, `row` the number of the row, `record` the record that is being changed.
    """
    reader = reader_for(session, app, form_id, actor=actor, now=now)
    rules = reader.rules.fields.get(path)
    if rules is None or rules.field.type not in ("relation", "relations"):
        raise Missing(at="/".join(path)[:80])
    seen = visible(session, app, rules.field.settings.form, actor=actor, now=now)
    conditions: list[ColumnElement[bool]] = [seen.submitted]
    if rules.where is not None and isinstance(rules.where.tree, Expression):
        before, most = _what_may_be_written(reader, record, None)
        working, _ = _worked(reader, values or {}, before, most)
        names = _names(working, rules, row)
        conditions.append(
            condition(rules.where.tree, seen.layout, app=app, session=session, context=reader.context, values=names)
        )
    if q.strip():
        conditions.append(seen.search(q))
    target = rules.field.settings.form
    ids, _ = query.page(session, app, seen.layout, and_(*conditions), limit=limit)
    return list(records_for(session, app, target, ids, actor=actor, now=now).values())


def _what_may_be_written(
    reader: FormReader, record: int | str | None, rights: FieldRights | None
) -> tuple[Record | None, FieldRights]:
    if record is None:
        most = rights or reader.creation()
        if most is None:
            raise NotAllowed()
        return None, most
    found, own = record_for(reader.session, reader.app, reader.form.id, record, actor=reader.actor, now=reader.now)
    return found, rights or own.fields


def _worked(
    reader: FormReader, values: Mapping[str, Any], before: Record | None, rights: FieldRights
) -> tuple[Working, list[Problem]]:
    references = RecordReferences(reader.session, reader.app, reader.actor, reader.now)
    if before is not None:
        references.keep(reader.form, before.values)
    references.expect(reader.form, values)
    given, problems = ValueReader(reader.form, rights, references, before=before, now=reader.now).attempt(values)
    if before is not None:
        working = working_on(reader, before, reader.now)
    else:
        working = Working(reader.rules, reader.context, new_system(reader.actor, reader.now, False))
    working.take(given)
    return working, problems


def _names(working: Working, rules: FieldRules, row: int | None) -> dict[str, Any]:
    names: dict[str, Any] = {"record": working.view}
    rows = working.form.field(rules.path[0]) if len(rules.path) > 1 else None
    held = working.values.get(rules.path[0]) or ()
    if rows is not None:
        names["row"] = working.view.row(rows, held[row] if row is not None and 0 <= row < len(held) else {})
    return names


def _states(working: Working, rights: FieldRights) -> dict[str, State]:
    states: dict[str, State] = {}
    for path, rules in working.rules.fields.items():
        for view, _, at, _ in working.places(path):
            seen = right_of(rights, path) != "hidden" and shown(working, path, view)
            editable = seen and may_write(rules.field, rights, path)
            if editable and rules.editable is not None:
                editable = bool(rules.editable(view, working.context))
            required = editable and (
                right_of(rights, path) == "required"
                or (rules.required is not None and bool(rules.required(view, working.context)))
            )
            states[at.removeprefix("/values/")] = State(seen, editable, required)
    return states
