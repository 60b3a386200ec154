"""The talk about a record: comments, and members mentioned in them, who are told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from formwright.accounts.directory import directory
from formwright.accounts.model import Actor
from formwright.errors import Invalid, NotAllowed
from formwright.notify.operations import inbox
from formwright.records.access import record_for, records_for
from formwright.records.model import Record
from formwright.records.reader import reader_for
from formwright.records.tables import record_comment
from formwright.schema.model import App
from formwright.schema.reading import bad_text
from formwright.storage.ids import new_id
from formwright.texts import both

LONGEST = 10_000
MOST_MENTIONS = 50

_MENTION = re.compile(r"@([^\s@]{1,64}@[A-Za-z0-9.-]+[A-Za-z0-9])")


@dataclass(frozen=True, slots=True)
class Comment:
    """`mentions` are member ids."""

    id: int
    text: str
    author: int
    at: datetime
    mentions: tuple[int, ...]


def comment(
    session: Session, app: App, form_id: str, record: int | str, text: str, *, actor: Actor, now: datetime
) -> Comment:
    """Say something about a record that `actor` may see and comment on; `@e-mail` mentions tell those who may see it too.

    Raises Invalid (`required`, `too_long`, `bad_text`) or NotAllowed.
    """
    found, rights = record_for(session, app, form_id, record, actor=actor, now=now)
    if actor.id is None or not rights.actions & {"comment", "edit"}:
        raise NotAllowed(message=both("不能在这里评论", "Not allowed to comment here"))
    text = text.strip()
    if not text:
        raise Invalid("required", both("请填写评论", "The comment is empty"), at="/text")
    if len(text) > LONGEST or bad_text(text):
        code = "too_long" if len(text) > LONGEST else "bad_text"
        raise Invalid(
            code, both(f"评论最多 {LONGEST} 个字符，不含控制字符", f"At most {LONGEST} plain characters"), at="/text"
        )
    named = mentions(session, text)
    titles = {member: title for member in named if (title := _title_for(session, app, found, member, now)) is not None}
    mentioned = tuple(titles)
    made = Comment(new_id(now), text, actor.id, now, mentioned)
    session.connection().execute(
        insert(record_comment),
        {
            "id": made.id,
            "app": app.id,
            "form": form_id,
            "record": found.id,
            "at": now,
            "author": actor.id,
            "text": text,
            "mentions": list(mentioned),
        },
    )
    link = f"/apps/{app.id}/forms/{form_id}/records/{found.id}"
    for member, title in titles.items():
        if member != actor.id:
            words = both(f"{actor.name} 在“{title}”中提到了你", f"{actor.name} mentioned you in “{title}”")
            inbox(session, [member], words, link, now=now)
    return made


def comments(
    session: Session,
    app: App,
    form_id: str,
    record: int | str,
    *,
    actor: Actor,
    now: datetime,
    after: int = 0,
    limit: int = 200,
) -> list[Comment]:
    """What was said about a record that `actor` may see, oldest first, beginning behind the comment `after`."""
    found, _ = record_for(session, app, form_id, record, actor=actor, now=now)
    statement = (
        select(
            record_comment.c.id,
            record_comment.c.text,
            record_comment.c.author,
            record_comment.c.at,
            record_comment.c.mentions,
        )
        .where(
            record_comment.c.app == app.id,
            record_comment.c.form == form_id,
            record_comment.c.record == found.id,
            record_comment.c.id > after,
        )
        .order_by(record_comment.c.id)
        .limit(limit)
    )
    return [
        Comment(id, text, author, at, tuple(who))
        for id, text, author, at, who in session.connection().execute(statement)
    ]


def mentions(session: Session, text: str) -> tuple[int, ...]:
    """The active members whom a text mentions as `@e-mail`, each once, the first `MOST_MENTIONS` of them."""
    known = directory(session)
    found = (known.member(email) for email in _MENTION.findall(text))
    return known.active(dict.fromkeys(member for member in found if member is not None))[:MOST_MENTIONS]


def _title_for(session: Session, app: App, record: Record, member: int, now: datetime) -> str | None:
    """How a member may call the record; None when it does not exist for them."""
    actor = directory(session).actor(member)
    found = records_for(session, app, record.form, [record.id], actor=actor, now=now).get(record.id)
    if found is None:
        return None
    return reader_for(session, app, record.form, actor=actor, now=now).shown_title(record, found[1].fields)
