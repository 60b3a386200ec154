"""Writes apps: a new publication in force, and the draft, one revision after the other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from formwright.accounts.model import Actor
from formwright.database import made_a_version
from formwright.errors import Conflict, Invalid
from formwright.schema import tables
from formwright.schema.access import Draft, draft_for, publication_of
from formwright.schema.json_text import to_json
from formwright.schema.model import App
from formwright.schema.reading import bad_text, is_id
from formwright.texts import Text, both

LARGEST_DOCUMENT = 32 * 1024 * 1024
DEEPEST = 60
"""Levels of a document: what its files can hold, the levels of the folder taken off."""


def add_publication(
    session: Session, app_id: str, document: Mapping[str, Any], *, actor: Actor, now: datetime, note: str = ""
) -> App:
    """Put a document in force as the app's next publication, and the app into the list of apps when it is new.

    The document has been checked, and the tables of its forms are the caller's to migrate, in the same transaction.
    """
    header = document.get("app") or {}
    text = _document_text(document)
    values = {"name": header.get("name") or app_id, "version": str(header.get("version") or "0.0.0")}
    row = session.execute(
        select(tables.app.c.publication).where(tables.app.c.id == app_id).with_for_update()
    ).scalar_one_or_none()
    number = (row or 0) + 1
    if row is None:
        session.execute(insert(tables.app).values(id=app_id, publication=number, installed_at=now, **values))
    else:
        session.execute(
            update(tables.app).where(tables.app.c.id == app_id).values(publication=number, deleted_at=None, **values)
        )
    session.execute(
        insert(tables.publication).values(
            app=app_id, number=number, document=text, created_at=now, created_by=actor.id, note=note or None
        )
    )
    made_a_version(session, ("publication", app_id))
    return publication_of(session, app_id, number)


def new_app(session: Session, app_id: str, name: Text, *, actor: Actor, now: datetime) -> Draft:
    """An empty app with a draft and nothing in force. Raises Conflict `installed` when the id is taken."""
    if not is_id(app_id):
        message = both(
            "应用 id 以小写字母开头，只用小写字母、数字和下划线，最多 40 个字符",
            "The id of an app is a lower-case letter, then lower-case letters, digits and _, at most 40 characters",
        )
        raise Invalid("bad_id", message, at="/id")
    row = session.execute(select(tables.app.c.deleted_at).where(tables.app.c.id == app_id)).first()
    if row is not None:
        raise Conflict("installed", both(f"应用“{app_id}”已存在", f'There is an app "{app_id}" already'), at="/id")
    session.execute(insert(tables.app).values(id=app_id, name=name, version="0.1.0", publication=0, installed_at=now))
    document = {"app": {"format": 1, "id": app_id, "version": "0.1.0", "name": name}}
    return save_draft(session, app_id, document, actor=actor, now=now)


def save_draft(
    session: Session,
    app_id: str,
    document: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    revision: int | None = None,
) -> Draft:
    """Keep a document as the app's draft, wrong as it may be. Raises Conflict `stale` when the draft is past `revision`."""
    text = _document_text({key: value for key, value in document.items() if key != "revision"})
    columns = tables.draft.c
    current = session.execute(
        select(columns.revision).where(columns.app == app_id).with_for_update()
    ).scalar_one_or_none()
    if revision is not None and revision != (current or 0):
        message = both("草稿已被他人更改", "The draft was changed in the meantime")
        raise Conflict("stale", message, current={"revision": current or 0})
    values = {"document": text, "revision": (current or 0) + 1, "updated_at": now, "updated_by": actor.id}
    if current is None:
        session.execute(insert(tables.draft).values(app=app_id, **values))
    else:
        session.execute(update(tables.draft).where(columns.app == app_id).values(**values))
    return draft_for(session, app_id)


def remove_app(session: Session, app_id: str, *, now: datetime) -> None:
    """Take an app out of the list; its publications and records stay."""
    session.execute(update(tables.app).where(tables.app.c.id == app_id).values(deleted_at=now))
    made_a_version(session, ("publication", app_id))


def _document_text(document: Mapping[str, Any]) -> str:
    if _deeper_than(document, DEEPEST):
        raise Invalid("too_deep", both("文档嵌套过深", "The document is nested too deeply"))
    text = to_json(document)
    if bad_text(text):
        raise Invalid("bad_text", both("文本中有不允许的字符", "The text holds characters that are not allowed"))
    if len(text) > LARGEST_DOCUMENT:
        raise Invalid("too_large", both("文档过大", "The document is too large"))
    return text


def _deeper_than(value: Any, levels: int) -> bool:
    """Whether containers stand in each other more than `levels` deep; without recursion."""
    waiting = [(value, 1)]
    while waiting:
        each, depth = waiting.pop()
        inner = each.values() if isinstance(each, Mapping) else each if isinstance(each, list | tuple) else ()
        if inner and depth > levels:
            return True
        waiting += [(below, depth + 1) for below in inner]
    return False
