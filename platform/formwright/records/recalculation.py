"""When a record changes, the computed fields and titles of other records that read it follow: at once, or by a job where many do."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from formwright import events
from formwright.accounts.model import SYSTEM
from formwright.errors import Invalid
from formwright.jobs.handlers import handler
from formwright.jobs.operations import enqueue
from formwright.records.compute import Path
from formwright.records.dependents import Dependent, Hop, dependents_of
from formwright.records.events import RecordUpdated
from formwright.records.model import Record
from formwright.records.reader import reader_for
from formwright.records.stored import load_records
from formwright.records.titles import title_of
from formwright.records.validation import failed_checks
from formwright.records.writing import working_on, write
from formwright.schema.access import app_for
from formwright.schema.model import App
from formwright.storage.access import layout_for
from formwright.texts import both

AT_ONCE = 200
"""Records that follow in the same transaction; more follow by a job, in portions of as many."""

DEEPEST = 20
JOB = "records.recalculate"


def follow(session: Session, app: App, before: Record | None, after: Record, *, now: datetime) -> None:
    """Compute anew what reads this record from outside. `before` is None for one that is new or back from the bin.

    Raises Invalid `check_failed` where a check of a record that follows no longer holds.
    """
    waiting: dict[tuple[str, Path], set[int]] = {}
    for dependent in dependents_of(app, after.form):
        if before is None or after.deleted_at is not None or _differ(dependent, before, after):
            found = _ids(session, app, dependent, before, after)
            waiting.setdefault((dependent.form, dependent.read), set()).update(found)
    for (form_id, read), ids in waiting.items():
        if len(ids) <= AT_ONCE:
            recalculate(session, app, form_id, sorted(ids), read, now=now)
        elif ids:
            payload = {"app": app.id, "form": form_id, "read": list(read), "ids": [str(id) for id in sorted(ids)]}
            enqueue(session, JOB, payload, run_at=now)


def recalculate(session: Session, app: App, form_id: str, ids: Sequence[int], read: Path, *, now: datetime) -> None:
    """Compute anew what depends on `read` in these records, and write those that it changes."""
    if not ids:
        return
    with _one_deeper(session):
        reader = reader_for(session, app, form_id, actor=SYSTEM, now=now)
        for before in load_records(session, app, form_id, ids, lock=True).values():
            reader.context.loader.put(before)
            working = working_on(reader, before, now)
            working.compute_after({read})
            changed = working.changed_fields()
            if not changed and title_of(working) == before.title:
                continue
            problems = list(failed_checks(working, {(field_id,) for field_id in changed}))
            if problems:
                raise Invalid(problems=[replace(each, at="") for each in problems])
            after = write(reader, working, before, changed, "recalculate", actor=SYSTEM, now=now)
            follow(session, app, before, after, now=now)
            if changed and not after.draft:
                events.publish(
                    session,
                    RecordUpdated(app=app, record=after, actor=SYSTEM, now=now, changed=changed, before=before),
                )


@handler(JOB)
def recalculate_later(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
    """The next portion of a large recalculation; what is left waits for the next transaction."""
    app = app_for(session, payload["app"])
    ids = [int(id) for id in payload["ids"]]
    if payload["form"] in app.forms:
        recalculate(session, app, payload["form"], ids[:AT_ONCE], tuple(payload["read"]), now=now)
        if ids[AT_ONCE:]:
            enqueue(session, JOB, {**payload, "ids": payload["ids"][AT_ONCE:]}, run_at=now)


def _differ(dependent: Dependent, before: Record, after: Record) -> bool:
    old, new = {**before.system(), **before.values}, {**after.system(), **after.values}
    return any(old.get(name) != new.get(name) for name in dependent.fields)


def _ids(session: Session, app: App, dependent: Dependent, before: Record | None, after: Record) -> set[int]:
    if dependent.relation:
        named = [record.values.get(dependent.relation) for record in (before, after) if record is not None]
        return {id for id in named if id is not None}
    if before is None and after.version == 1:
        return set()  # nothing can point at a record that has just been made
    ids = {after.id}
    for hop in reversed(dependent.hops):
        ids = _pointing(session, app, hop, ids)
    return ids


def _pointing(session: Session, app: App, hop: Hop, ids: Collection[int]) -> set[int]:
    """The live records whose relation holds one of these."""
    layout = layout_for(session, app, hop.form)
    table = layout.table
    if not ids:
        return set()
    if len(hop.path) == 1:
        column = layout.columns[hop.path[0]]
        statement = select(table.c.id).where(column.in_(sorted(ids)), table.c.deleted_at.is_(None))
    else:
        rows = layout.rows[hop.path[0]]
        holding = select(rows.table.c.record_id).where(rows.columns[hop.path[1]].in_(sorted(ids)))
        statement = select(table.c.id).where(table.c.id.in_(holding), table.c.deleted_at.is_(None))
    return set(session.connection().execute(statement).scalars())


@contextmanager
def _one_deeper(session: Session) -> Iterator[None]:
    depth = session.info.get("records.recalculation_depth", 0)
    if depth >= DEEPEST:
        raise Invalid(
            "trigger_depth",
            both("计算字段跨记录互相影响，没有尽头", "Computed fields of records move each other without end"),
        )
    session.info["records.recalculation_depth"] = depth + 1
    try:
        yield
    finally:
        session.info["records.recalculation_depth"] = depth
