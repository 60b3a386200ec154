"""Many new records of one form on their way into the database together: one question where single ones ask each for itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from formwright.errors import FormwrightError, Invalid, Problem
from formwright.records import writing
from formwright.records.dependents import dependents_of
from formwright.records.files import bind, file_fields
from formwright.records.history import difference
from formwright.records.model import Record
from formwright.records.parsing import Given, same
from formwright.records.reader import FormReader
from formwright.records.serials import give_serials_to_all
from formwright.records.tables import record_event
from formwright.records.uniqueness import refuse_doubles, taken_already
from formwright.records.validation import refuse_incomplete
from formwright.records.values import forget
from formwright.records.working import Working
from formwright.schema.field_types import field_types
from formwright.schema.model import FieldRights
from formwright.storage import bulk, rows
from formwright.storage.ids import new_ids
from formwright.storage.rows import Stored
from formwright.texts import both
from formwright_rules.tree import Call, walk
from formwright_rules.values import is_empty

AT_ONCE = 500
LOOKS_AROUND = frozenset({"LOOKUP", "ROLLUP"})


@dataclass(slots=True)
class Incoming:
    """One record to be: where it stood in the import, what was written, and what is wrong with it."""

    row: int
    given: Given = field(default_factory=Given)
    rows: dict[str, Any] = field(default_factory=dict)
    """Rows fields as they were written, in JSON."""
    problems: list[Problem] = field(default_factory=list)
    working: Working | None = None


def independent(reader: FormReader) -> bool:
    """Whether records of this form can be checked without seeing one another stored: no rule reads other records but by relation,
    and no check locks one.
    """
    rules = reader.rules
    every = [
        rule
        for each in rules.fields.values()
        for rule in (each.default, each.compute, each.fill, each.visible, each.editable, each.required, each.where)
        if rule is not None
    ]
    every += [each.rule for each in rules.checks]
    every += [check.rule for each in rules.fields.values() for check in each.checks]
    looking = (
        node for rule in every for node in walk(rule.tree) if isinstance(node, Call) and node.function in LOOKS_AROUND
    )
    followed = any(
        each.relation for each in dependents_of(reader.app, reader.form.id)
    )  # sums elsewhere, with their checks
    return not rules.locks and not followed and next(looking, None) is None


def create_all(reader: FormReader, incoming: Sequence[Incoming], most: FieldRights) -> list[tuple[Incoming, Record]]:
    """Store those that may be stored, with their history; the others have their problems in `problems`. Publishes nothing."""
    _announce(reader, incoming)
    for each in incoming:
        if each.problems:
            continue
        try:
            each.working = _worked(reader, each.given, most)
        except FormwrightError as refused:
            each.problems.extend(refused.problems)
    _refuse_taken(reader, incoming)
    good = [(each, each.working) for each in incoming if each.working is not None and not each.problems]
    numbered = give_serials_to_all(reader.session, reader.app.id, [working for _, working in good])
    if numbered:
        for _, working in good:
            working.compute_after(numbered)
    made = [(each, writing.record_of(reader, working, draft=False)) for each, working in good]
    records = [record for _, record in made]
    try:
        bulk.insert_many(reader.session, reader.layout, [_stored(record) for record in records])
    except IntegrityError as error:
        raise Invalid("unique", both("已有相同的值", "Another record has the same value")) from error
    _keep_events(reader, records)
    for record in records if file_fields(reader.form) else ():
        bind(reader.session, reader.form, record, None, actor=reader.actor)
    for record in records:
        reader.context.loader.put(record)
    return made


def _announce(reader: FormReader, incoming: Iterable[Incoming]) -> None:
    """All that the rules of any of these records may read of related ones is fetched when the first one reads."""
    for each in reader.form.fields:
        if each.type == "relation":
            reader.context.loader.expect(each.settings.form, (one.given.values.get(each.id) for one in incoming))


def _worked(reader: FormReader, given: Given, most: FieldRights) -> Working:
    working = Working(reader.rules, reader.context, writing.new_system(reader.actor, reader.now, False))
    writing.lay_over(working, given, locks=not reader.actor.is_system)
    if not reader.unbounded:
        most = writing.refuse_outside_grants(reader, working, given)
    refuse_incomplete(working, most)
    doubled = [each.id for each in reader.form.fields if each.type == "rows"]
    if doubled:
        refuse_doubles(reader.session, reader.layout, working, doubled)
    return working


def _refuse_taken(reader: FormReader, incoming: Iterable[Incoming]) -> None:
    """Unique values that a stored record has, or one further up."""
    table = reader.layout.table
    for each in reader.form.fields:
        column = reader.layout.columns.get(each.id)
        if not each.unique or column is None:
            continue
        having = [
            (one, value)
            for one in incoming
            if one.working is not None and not is_empty(value := one.working.values[each.id])
        ]
        values = list({value for _, value in having})
        seen: set[Any] = set()
        for start in range(0, len(values), AT_ONCE):
            some = column.in_(values[start : start + AT_ONCE])
            statement = select(column).where(some, table.c.deleted_at.is_(None), ~table.c.draft)
            seen.update(reader.session.connection().execute(statement).scalars())
        for one, value in having:
            if value in seen:
                one.problems.append(taken_already(each, f"/values/{each.id}"))
            elif not one.problems:
                seen.add(value)


def _stored(record: Record) -> Stored:
    return Stored(
        record.id,
        record.version,
        record.draft,
        record.title,
        record.created_at,
        record.created_by,
        record.updated_at,
        record.updated_by,
        record.owner,
        record.department,
        record.flow_status,
        record.flow_nodes,
        None,
        dict(record.values),
    )


_EVENT = [record_event.c[name] for name in ("id", "app", "form", "record", "rev", "at", "by", "kind", "diff")]


def _keep_events(reader: FormReader, records: Sequence[Record]) -> None:
    app, form, by, now = reader.app.id, reader.form.id, reader.actor.id, reader.now
    tuples = (
        (event_id, app, form, each.id, 1, now, by, "create", _diff(reader, each))
        for event_id, each in zip(new_ids(now, len(records)), records, strict=True)
    )
    bulk.insert_tuples(reader.session.connection(), record_event, _EVENT, tuples)


def _diff(reader: FormReader, record: Record) -> str:
    return msgspec.json.encode(difference(reader.form, None, record)).decode()


def undo(reader: FormReader, record: Record) -> None:
    """Take back a record that has just been made."""
    event = record_event.c
    made = (event.app == record.app, event.form == record.form, event.record == record.id)
    reader.session.connection().execute(delete(record_event).where(*made))
    rows.purge(reader.session, reader.layout, [record.id])
    forget(reader.session, record.app, record.form, record.id)


def json_values(reader: FormReader, given: Given) -> Mapping[str, Any]:
    """What was given as JSON values, for the path that single records take."""
    values: dict[str, Any] = {}
    for field_id, value in given.values.items():
        each = reader.form.field(field_id)
        if each is not None:
            values[field_id] = field_types[each.type].dump(value, each)
    return values | {name: None if value is None else str(value) for name, value in given.system.items()}


def changes(given: Given, before: Record) -> bool:
    """Whether anything given differs from what is stored."""
    system = before.system()
    return any(not same(value, before.values.get(name)) for name, value in given.values.items()) or any(
        value != system[name] for name, value in given.system.items()
    )
