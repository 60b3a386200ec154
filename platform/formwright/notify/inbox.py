"""A member's inbox: read by its owner only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from formwright.accounts.model import Actor
from formwright.errors import Invalid
from formwright.notify.model import Message, MessagePage
from formwright.notify.tables import message
from formwright.texts import both

MOST = 200


def page(
    session: Session, actor: Actor, *, cursor: str | None = None, limit: int = 50, unread_only: bool = False
) -> MessagePage:
    """One page of the actor's messages, newest first. Raises Invalid for a cursor that is none."""
    columns = message.c
    wanted = select(columns.id, columns.text, columns.link, columns.created_at, columns.read_at).where(
        columns.member == actor.id
    )
    if cursor:
        if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
            raise Invalid("bad_cursor", both("翻页位置无效", "This is no page of the list"), at="cursor")
        wanted = wanted.where(columns.id < int(cursor))
    if unread_only:
        wanted = wanted.where(columns.read_at.is_(None))
    limit = max(1, min(limit, MOST))
    rows = session.execute(wanted.order_by(columns.id.desc()).limit(limit + 1)).all()
    items = tuple(Message(*row) for row in rows[:limit])
    return MessagePage(items, str(items[-1].id) if len(rows) > limit else None)


def unread(session: Session, member_id: int) -> int:
    """How many messages the member has not read."""
    waiting = select(func.count()).where(message.c.member == member_id, message.c.read_at.is_(None))
    count: int = session.connection().execute(waiting).scalar_one()
    return count


def mark_read(session: Session, message_ids: Iterable[int], actor: Actor, *, now: datetime) -> int:
    """The actor has read these; other members' messages are left alone. Returns how many were unread."""
    return _mark(session, actor, now, sorted(set(message_ids)))


def mark_all_read(session: Session, actor: Actor, *, now: datetime) -> int:
    """The actor has read everything. Returns how many were unread."""
    return _mark(session, actor, now, None)


def _mark(session: Session, actor: Actor, now: datetime, ids: list[int] | None) -> int:
    mine = update(message).where(message.c.member == actor.id, message.c.read_at.is_(None))
    if ids is not None:
        mine = mine.where(message.c.id.in_(ids))
    return session.connection().execute(mine.values(read_at=now)).rowcount
