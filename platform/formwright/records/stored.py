"""Records as the storage holds them, for the rules and the writing path: no rights are asked here, that is what `access` is for."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from formwright.records.model import Record
from formwright.schema.model import App
from formwright.storage.access import layout_for
from formwright.storage.layout import FormLayout
from formwright.storage.rows import Stored, load


def record_from(layout: FormLayout, stored: Stored) -> Record:
    """The record that a stored row is."""
    return Record(
        id=stored.id,
        app=layout.app_id,
        form=layout.form.id,
        version=stored.rev,
        values=stored.values,
        title=stored.title or "",
        created_at=stored.created_at,
        updated_at=stored.updated_at,
        created_by=stored.created_by,
        updated_by=stored.updated_by,
        owner=stored.owner,
        department=stored.department,
        draft=stored.draft,
        flow_status=stored.flow_status,
        flow_nodes=tuple(stored.flow_nodes or ()),
        deleted_at=stored.deleted_at,
    )


def load_records(
    session: Session, app: App, form_id: str, ids: Collection[int], *, lock: bool = False, deleted: bool = False
) -> dict[int, Record]:
    """The records of these ids, in their order; those in the recycle bin only with `deleted`."""
    layout = layout_for(session, app, form_id)
    found = load(session, layout, ids, lock=lock)
    return {id: record_from(layout, stored) for id, stored in found.items() if deleted or stored.deleted_at is None}


def record_ids(session: Session, app: App, form_id: str, limit: int) -> list[int]:
    """The ids of the form's live records, oldest first; drafts are nobody's business."""
    table = layout_for(session, app, form_id).table
    statement = select(table.c.id).where(table.c.deleted_at.is_(None), ~table.c.draft).order_by(table.c.id).limit(limit)
    return list(session.connection().execute(statement).scalars())


def pointing_ids(session: Session, app: App, form_id: str, relation: str, record_id: int, limit: int) -> list[int]:
    """The ids of the form's live records whose `relation` holds `record_id`, oldest first."""
    layout = layout_for(session, app, form_id)
    column = layout.columns.get(relation)
    if column is None:
        return []
    table = layout.table
    statement: Select[Any] = select(table.c.id).where(
        column == bindparam("target"), table.c.deleted_at.is_(None), ~table.c.draft
    )
    return list(
        session.connection().execute(statement.order_by(table.c.id).limit(limit), {"target": record_id}).scalars()
    )
