"""The only door to records: by id, and as lists; what an actor may not see is not there."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from formwright.accounts.model import Actor
from formwright.errors import Missing
from formwright.records.model import Record, Rights
from formwright.records.reader import reader_for
from formwright.schema.model import App

MAX_ID = 2**63 - 1


def record_id(given: int | str) -> int:
    """The id that a caller named. Raises Missing for what can be none."""
    text = str(given)
    if not (text.isascii() and text.isdigit() and len(text) < 20) or int(text) > MAX_ID:
        raise Missing(at=text[:40])
    return int(text)


def record_for(
    session: Session, app: App, form_id: str, record: int | str, *, actor: Actor, now: datetime, lock: bool = False
) -> tuple[Record, Rights]:
    """The record and what `actor` may do with it. Raises Missing: not there, deleted, or not visible to the actor.

    `lock` holds the record until the transaction ends.
    """
    id = record_id(record)
    found = records_for(session, app, form_id, [id], actor=actor, now=now, lock=lock)
    if id not in found:
        raise Missing(at=str(id))
    return found[id]


def records_for(
    session: Session, app: App, form_id: str, ids: Collection[int], *, actor: Actor, now: datetime, lock: bool = False
) -> dict[int, tuple[Record, Rights]]:
    """Those of the records that `actor` may see, in the order of `ids`, with their rights."""
    reader = reader_for(session, app, form_id, actor=actor, now=now)
    loader = reader.context.loader
    if lock:
        loader.lock(form_id, ids)
    records = loader.records(form_id, ids)
    rights = reader.rights(records.values())
    return {id: (record, rights[id]) for id, record in records.items() if id in rights}
