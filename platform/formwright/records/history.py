"""What happened to each record, field by field: written with every save, read with the reader's own eyes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from formwright.accounts.model import Actor
from formwright.records.model import Record
from formwright.records.parsing import may_read, same
from formwright.records.tables import record_event
from formwright.schema.field_types.base import field_types
from formwright.schema.model import SYSTEM_FIELDS, Field, FieldRights, Form
from formwright.storage.ids import new_id
from formwright_rules.values import is_empty

Diff = dict[str, Any]
"""`{field: [old, new]}` in JSON values; for a rows field `{row id: {column: [old, new]} | null}`, null for a row without values."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field that changed; `row` is the row's id for a column of rows. Values are JSON values as the API shows them."""

    field: str
    row: str | None
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of a record: `by` is None for the system."""

    at: datetime
    by: int | None
    kind: str
    version: int
    changes: tuple[Change, ...]


def difference(form: Form, before: Record | None, after: Record) -> Diff:
    """What a save changed, in JSON values."""
    diff: Diff = {}
    for each in form.fields:
        old = before.values.get(each.id) if before else None
        new = after.values.get(each.id)
        if new is old or (is_empty(new) if before is None else same(old, new)):
            continue
        if each.type == "rows":
            diff[each.id] = _rows_difference(each, old or (), new or ())
        else:
            kind = field_types[each.type]
            diff[each.id] = [
                None if is_empty(old) else kind.dump(old, each),
                None if is_empty(new) else kind.dump(new, each),
            ]
    if before is not None:
        for name in ("owner", "department"):
            old, new = getattr(before, name), getattr(after, name)
            if old != new:
                diff[name] = [None if old is None else str(old), None if new is None else str(new)]
    return diff


def _rows_difference(rows: Field, old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> Diff:
    before = {row["id"]: row for row in old}
    after = {row["id"]: row for row in new}
    diff: Diff = {}
    for row_id in dict.fromkeys((*before, *after)):
        one, other = before.get(row_id, {}), after.get(row_id, {})
        changed = {
            column.id: [
                field_types[column.type].dump(one.get(column.id), column),
                field_types[column.type].dump(other.get(column.id), column),
            ]
            for column in rows.fields
            if not same(one.get(column.id), other.get(column.id))
        }
        if changed or not (one and other):
            diff[str(row_id)] = changed
    return diff


def keep_event(session: Session, record: Record, kind: str, diff: Diff, *, actor: Actor, now: datetime) -> None:
    """Write one event; `kind` is create, update, submit, delete, restore, or the name of what did it."""
    session.connection().execute(
        insert(record_event),
        {
            "id": new_id(now),
            "app": record.app,
            "form": record.form,
            "record": record.id,
            "rev": record.version,
            "at": now,
            "by": actor.id,
            "kind": kind,
            "diff": json.dumps(diff, ensure_ascii=False, separators=(",", ":")),
        },
    )


def entries(
    session: Session, form: Form, record: Record, rights: FieldRights, *, limit: int = 200, before: int | None = None
) -> list[Entry]:
    """The record's events, newest first, each cut to the fields that the reader may read; at most `limit`.

    `before` continues a list: only events of versions below it. Events that changed nothing readable keep their kind and time.
    """
    statement = (
        select(record_event.c.at, record_event.c.by, record_event.c.kind, record_event.c.rev, record_event.c.diff)
        .where(record_event.c.app == record.app, record_event.c.form == record.form, record_event.c.record == record.id)
        .order_by(record_event.c.rev.desc(), record_event.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(record_event.c.rev < before)
    return [
        Entry(at, by, kind, rev, tuple(_readable_changes(form, json.loads(diff), rights)))
        for at, by, kind, rev, diff in session.connection().execute(statement)
    ]


def _readable_changes(form: Form, diff: Diff, rights: FieldRights) -> Iterator[Change]:
    for field_id, change in diff.items():
        # A field that the form no longer has is nobody's to read: its rights are gone with it.
        if (form.field(field_id) is None and field_id not in SYSTEM_FIELDS) or not may_read(rights, (field_id,)):
            continue
        if isinstance(change, list):
            yield Change(field_id, None, *change)
            continue
        for row_id, columns in change.items():
            for column, (old, new) in columns.items():
                if may_read(rights, (field_id, column)):
                    yield Change(f"{field_id}.{column}", row_id, old, new)
