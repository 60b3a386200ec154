"""The steps of a write, in the order in which `operations` takes them: read, lock, complete, keep, tell."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy.exc import IntegrityError

from formwright.accounts.model import Actor
from formwright.errors import Conflict, Invalid, Missing, NotAllowed
from formwright.records.access import record_for, record_id
from formwright.records.context import context_for
from formwright.records.files import bind
from formwright.records.history import difference, keep_event
from formwright.records.lookups import RecordReferences
from formwright.records.model import DRAFT, Record
from formwright.records.parsing import Given, ValueReader, may_write, unknown
from formwright.records.reader import FormReader
from formwright.records.serials import give_serials
from formwright.records.stored import load_records
from formwright.records.titles import title_of
from formwright.records.uniqueness import not_unique, refuse_doubles
from formwright.records.validation import refuse_incomplete, refuse_locked_cells
from formwright.records.working import Working
from formwright.schema.model import FieldRights
from formwright.storage import rows
from formwright.storage.ids import new_id
from formwright.texts import both

T = TypeVar("T")


def read_values(reader: FormReader, rights: FieldRights, values: Any, before: Record | None) -> Given:
    """What the caller wrote, typed and within `rights`. Raises Invalid or NotAllowed naming every place."""
    if not isinstance(values, Mapping):
        raise Invalid(
            "bad_values", both("values 应为一组键值", "values is an object of field ids and values"), at="/values"
        )
    references = RecordReferences(reader.session, reader.app, reader.actor, reader.now)
    if before is not None:
        references.keep(reader.form, before.values)
    references.expect(reader.form, values)
    return ValueReader(reader.form, rights, references, before=before, now=reader.now).read(values)


def locked(
    reader: FormReader, record: int | str, rights: FieldRights | None, action: str
) -> tuple[Record, FieldRights]:
    """The record, held until the transaction ends, and what may be written in it."""
    if rights is None:
        found, own = record_for(
            reader.session, reader.app, reader.form.id, record, actor=reader.actor, now=reader.now, lock=True
        )
        if action not in own.actions:
            raise NotAllowed()
        return found, own.fields
    id = record_id(record)
    given = load_records(reader.session, reader.app, reader.form.id, [id], lock=True).get(id)
    if given is None:
        raise Missing(at=str(id))
    return given, rights


def new_system(actor: Actor, now: datetime, draft: bool) -> dict[str, Any]:
    """The system fields of a record at its creation: it belongs to its creator and their main department."""
    return {
        "id": new_id(now),
        "version": Decimal(1),
        "owner": actor.id,
        "department": actor.department,
        "created_by": actor.id,
        "created_at": now,
        "updated_by": actor.id,
        "updated_at": now,
        "flow_status": DRAFT if draft else None,
        "flow_node": (),
    }


def working_on(reader: FormReader, before: Record, now: datetime) -> Working:
    """A stored record in work; rules see it as it was through PREV and CHANGED."""
    previous = reader.context.loader.of(before)
    context = context_for(reader.session, reader.app, actor=reader.actor, now=now, previous=previous)
    return Working(reader.rules, context, before.system(), before)


def lay_over(working: Working, given: Given, *, locks: bool = True) -> None:
    """The caller's values over the record, with everything that follows; raises NotAllowed for what rules keep from them (`locks`)."""
    _lock_for_checks(working, given)
    working.take(given)
    if locks:
        refuse_locked_cells(working, given)
    working.clear_hidden()


def _lock_for_checks(working: Working, given: Given) -> None:
    """Whoever checks against another record waits for those who do the same: stock, credit, invoiced ≤ contract."""
    held: dict[str, set[int]] = {}
    for path in working.rules.locks:
        form_id = working.rules.fields[path].field.settings.form
        value = given.values.get(path[0], working.values.get(path[0]))
        ids = [value] if len(path) == 1 else [row.get(path[1]) for row in value or ()]
        held.setdefault(form_id, set()).update(id for id in ids if id is not None)
    for form_id in sorted(held):
        working.context.loader.lock(form_id, held[form_id])


def settle(reader: FormReader, working: Working, rights: FieldRights) -> None:
    """Everything that must hold before a record is there for others; numbers are given last, so that a refusal uses none."""
    refuse_incomplete(working, rights)
    refuse_doubles(reader.session, reader.layout, working, frozenset(working.values))
    numbered = give_serials(reader.session, reader.app.id, working)
    if numbered:
        working.compute_after(numbered)


def refuse_outside_grants(reader: FormReader, working: Working, given: Given) -> FieldRights:
    """What the actor may write in exactly this record; raises NotAllowed where no grant lets them create such a one."""
    exact = reader.creation_of(record_of(reader, working, draft=False))
    if exact is None:
        raise NotAllowed(message=both("没有新建这样的记录的权限", "Not allowed to create a record like this"))
    for (field_id,) in sorted(path for path in given.written if len(path) == 1):
        field = reader.form.field(field_id)
        if exact.of(field_id) == "hidden":
            raise Invalid(problems=[unknown(field_id, f"/values/{field_id}", [])])
        if field is not None and not may_write(field, exact, (field_id,)):
            raise NotAllowed("field_forbidden", at=f"/values/{field_id}")
    return exact


def record_of(reader: FormReader, working: Working, *, draft: bool) -> Record:
    system = working.system
    return Record(
        id=system["id"],
        app=reader.app.id,
        form=reader.form.id,
        version=int(system["version"]),
        values=working.values,
        title=title_of(working),
        created_at=system["created_at"],
        updated_at=system["updated_at"],
        created_by=system["created_by"],
        updated_by=system["updated_by"],
        owner=system["owner"],
        department=system["department"],
        draft=draft,
        flow_status=None if system["flow_status"] == DRAFT else system["flow_status"],
        flow_nodes=system["flow_node"],
    )


def columns_of(record: Record) -> dict[str, Any]:
    return {
        "id": record.id,
        "draft": record.draft,
        "title": record.title,
        "created_at": record.created_at,
        "created_by": record.created_by,
        "updated_at": record.updated_at,
        "updated_by": record.updated_by,
        "owner": record.owner,
        "department": record.department,
    }


def write(
    reader: FormReader,
    working: Working,
    before: Record,
    changed: Collection[str],
    kind: str,
    *,
    actor: Actor,
    now: datetime,
    draft: bool | None = None,
    created_at: datetime | None = None,
) -> Record:
    working.system |= {"updated_at": now, "updated_by": actor.id, "version": Decimal(before.version + 1)}
    after = record_of(reader, working, draft=before.draft if draft is None else draft)
    columns = {
        name: value for name, value in columns_of(after).items() if name not in ("id", "created_at", "created_by")
    } | ({} if created_at is None else {"created_at": created_at})
    changes = {field_id: working.values[field_id] for field_id in sorted(changed) if field_id in working.values}
    rev = store(
        reader,
        working,
        lambda: rows.update(reader.session, reader.layout, before.id, changes, columns, expected_rev=before.version),
    )
    if rev is None:
        raise Conflict("stale", current=before)
    bind(reader.session, reader.form, after, before.values, actor=actor)
    keep_event(reader.session, after, kind, difference(reader.form, before, after), actor=actor, now=now)
    reader.context.loader.put(after)
    return after


def store(reader: FormReader, working: Working, statement: Callable[[], T]) -> T:
    """Run the statement; where a unique index objects after all (two savers at once), say it as the check would have."""
    try:
        return statement()
    except IntegrityError as error:
        raise not_unique(working, str(error.orig), reader.layout) from error


def as_it_stands(reader: FormReader, record: Record) -> Record:
    """The record after what its event set off; read again only where something has written it since."""
    return reader.context.loader.record(record.form, record.id) or record


def to_the_millisecond(now: datetime) -> datetime:
    """What both databases keep of an instant."""
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
