"""The one writing path: browser, API, import, flow and acts all create, change and delete records here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy import update as sql_update
from sqlalchemy.orm import Session

from formwright import events
from formwright.accounts.model import Actor
from formwright.errors import Conflict, Missing, NotAllowed
from formwright.prepared import Batch, Prepared
from formwright.records.access import record_for, record_id
from formwright.records.events import RecordCreated, RecordDeleted, RecordRestored, RecordSubmitted, RecordUpdated
from formwright.records.files import bind
from formwright.records.history import difference, keep_event
from formwright.records.model import ALL_RIGHTS, Record
from formwright.records.reader import reader_for
from formwright.records.recalculation import follow
from formwright.records.stored import load_records
from formwright.records.uniqueness import refuse_doubles
from formwright.records.validation import refuse_incomplete
from formwright.records.values import forget
from formwright.records.working import Working
from formwright.records.writing import (
    as_it_stands,
    columns_of,
    lay_over,
    locked,
    new_system,
    read_values,
    record_of,
    refuse_outside_grants,
    settle,
    store,
    to_the_millisecond,
    working_on,
    write,
)
from formwright.schema.model import App, FieldRights
from formwright.storage import rows
from formwright.storage.layout import FormLayout
from formwright.texts import both


def create(
    session: Session,
    app: App,
    form_id: str,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    draft: bool = False,
    submit: bool = True,
    rights: FieldRights | None = None,
    by_act: bool = False,
) -> Record:
    """A new record from JSON `values`, as it stands after everything that its creation set off.

    A `draft` is kept without checks, seen by its creator only. `submit` says that a member submitted it, which starts flows;
    imports and acts pass False. `rights` replace what the grants would give; `by_act`: an act of a flow or automation writes,
    which neither grants nor `visible` and `editable` bind.

    Raises NotAllowed (`not_allowed`, `field_forbidden`) or Invalid with a problem for each place.
    """
    now = to_the_millisecond(now)
    reader = reader_for(session, app, form_id, actor=actor, now=now)
    rights = ALL_RIGHTS.fields if by_act else rights
    most = rights or reader.creation()
    if most is None:
        raise NotAllowed(message=both("没有新建的权限", "Not allowed to create records here"))
    given = read_values(reader, most, values, None)
    working = Working(reader.rules, reader.context, new_system(actor, now, draft))
    lay_over(working, given, locks=not (by_act or actor.is_system))
    if not draft:
        if rights is None:
            most = refuse_outside_grants(reader, working, given)
        settle(reader, working, most)
    record = record_of(reader, working, draft=draft)
    layout = reader.layout
    store(reader, working, lambda: rows.insert(session, layout, record.values, columns_of(record)))
    bind(session, reader.form, record, None, actor=actor)
    keep_event(session, record, "create", difference(reader.form, None, record), actor=actor, now=now)
    reader.context.loader.put(record)
    if not draft:
        follow(session, app, None, record, now=now)
        events.publish(session, RecordCreated(app=app, record=record, actor=actor, now=now))
        if submit:
            events.publish(session, RecordSubmitted(app=app, record=record, actor=actor, now=now))
    return as_it_stands(reader, record)


def update(
    session: Session,
    app: App,
    form_id: str,
    record: int | str,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    version: int | None = None,
    rights: FieldRights | None = None,
    required_fields: Collection[str] = (),
    complete: bool = True,
    by_act: bool = False,
) -> Record:
    """Write the fields that `values` names and what follows from them; the record as it then stands.

    `version` is the one that the caller knows: another one is Conflict `stale` with the present record. `rights` are those of
    a flow's node and win over grants; `complete` False keeps unfinished work without looking for what is missing or fails a check;
    `by_act`: an act of a flow or automation writes, which neither grants nor `visible` and `editable` bind.
    """
    now = to_the_millisecond(now)
    reader = reader_for(session, app, form_id, actor=actor, now=now)
    before, rights = locked(reader, record, ALL_RIGHTS.fields if by_act else rights, "edit")
    if version is not None and version != before.version:
        raise Conflict("stale", current=before)
    given = read_values(reader, rights, values, before)
    working = working_on(reader, before, now)
    lay_over(working, given, locks=not (by_act or actor.is_system))
    if complete and not before.draft:
        refuse_incomplete(working, rights, required_fields)
    changed = working.changed_fields()
    if not changed:
        return before
    refuse_doubles(session, reader.layout, working, changed)
    after = write(reader, working, before, changed, "update", actor=actor, now=now)
    if not after.draft:
        follow(session, app, before, after, now=now)
        events.publish(
            session, RecordUpdated(app=app, record=after, actor=actor, now=now, changed=changed, before=before)
        )
    return as_it_stands(reader, after)


def submit_draft(
    session: Session,
    app: App,
    form_id: str,
    record: int | str,
    values: Mapping[str, Any] | None = None,
    *,
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> Record:
    """The creator's draft becomes a record: checked, numbered, announced as created and submitted."""
    now = to_the_millisecond(now)
    reader = reader_for(session, app, form_id, actor=actor, now=now)
    before, _ = record_for(session, app, form_id, record, actor=actor, now=now, lock=True)
    most = reader.creation()
    if not before.draft or most is None:
        raise NotAllowed(message=both("这条记录不能提交", "This record cannot be submitted"))
    if version is not None and version != before.version:
        raise Conflict("stale", current=before)
    given = read_values(reader, most, values or {}, before)
    working = working_on(reader, before, now)
    working.system |= {"flow_status": None, "created_at": now}
    lay_over(working, given)
    settle(reader, working, refuse_outside_grants(reader, working, given))
    after = write(
        reader,
        working,
        before,
        working.changed_fields(),
        "submit",
        actor=actor,
        now=now,
        draft=False,
        created_at=now,
    )
    follow(session, app, None, after, now=now)
    events.publish(session, RecordCreated(app=app, record=after, actor=actor, now=now))
    events.publish(session, RecordSubmitted(app=app, record=after, actor=actor, now=now))
    return as_it_stands(reader, after)


def delete(
    session: Session,
    app: App,
    form_id: str,
    record: int | str,
    *,
    actor: Actor,
    now: datetime,
    version: int | None = None,
    by_act: bool = False,
) -> None:
    """Into the recycle bin. `by_act`: an act of a flow or automation does it, whatever the grants say."""
    now = to_the_millisecond(now)
    reader = reader_for(session, app, form_id, actor=actor, now=now)
    before, _ = locked(reader, record, ALL_RIGHTS.fields if by_act else None, "delete")
    if version is not None and version != before.version:
        raise Conflict("stale", current=before)
    rows.delete(session, reader.layout, before.id, by=actor.id, now=now)
    after = replace(before, deleted_at=now, updated_at=now, updated_by=actor.id, version=before.version + 1)
    keep_event(session, after, "delete", {}, actor=actor, now=now)
    reader.context.loader.put(after)
    if not before.draft:
        follow(session, app, before, after, now=now)
        events.publish(session, RecordDeleted(app=app, record=after, actor=actor, now=now))


def restore(session: Session, app: App, form_id: str, record: int | str, *, actor: Actor, now: datetime) -> Record:
    """Out of the recycle bin, for whoever could have deleted it. Raises Invalid `unique` where its place was taken."""
    now = to_the_millisecond(now)
    reader = reader_for(session, app, form_id, actor=actor, now=now)
    id = record_id(record)
    found = load_records(session, app, form_id, [id], lock=True, deleted=True).get(id)
    if found is None or found.deleted_at is None:
        raise Missing(at=str(id))
    before = replace(found, deleted_at=None)
    rights = reader.rights([before]).get(id)
    if rights is None:
        raise Missing(at=str(id))
    if "delete" not in rights.actions:
        raise NotAllowed()
    working = working_on(reader, before, now)
    refuse_doubles(session, reader.layout, working, frozenset(field.id for field in reader.form.fields))
    store(reader, working, lambda: rows.restore(session, reader.layout, id, by=actor.id, now=now))
    after = replace(before, updated_at=now, updated_by=actor.id, version=before.version + 1)
    keep_event(session, after, "restore", {}, actor=actor, now=now)
    reader.context.loader.put(after)
    if not after.draft:
        follow(session, app, None, after, now=now)
        events.publish(session, RecordRestored(app=app, record=after, actor=actor, now=now))
    return as_it_stands(reader, after)


def set_flow(batch: Batch, layout: FormLayout, record_id: int, status: str | None, nodes: Collection[str]) -> None:
    """Where the record is in its flow, for lists, filters and rules, with the batch's next flush. Its version stays."""
    statement = layout.statements.get("set flow")
    if statement is None:
        table = layout.table
        statement = layout.statements["set flow"] = Prepared(
            sql_update(table)
            .where(table.c.id == bindparam("_id"))
            .values(flow_status=bindparam("_status"), flow_nodes=bindparam("_nodes"))
        )
    batch.add(statement, [{"_id": record_id, "_status": status, "_nodes": tuple(nodes)}])
    forget(batch.session, layout.app_id, layout.form.id, record_id)
