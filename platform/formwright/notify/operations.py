"""Tells members something: in their inbox at once, by mail after the commit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from secrets import token_hex

from sqlalchemy import insert
from sqlalchemy.orm import Session

from formwright.accounts.directory import directory
from formwright.jobs.model import NewJob
from formwright.jobs.operations import enqueue_all
from formwright.notify.tables import message
from formwright.texts import Text, show

MAIL = "mail"


def inbox(session: Session, member_ids: Iterable[int], text: Text, link: str | None = None, *, now: datetime) -> None:
    """Put a line into the inbox of each member who is still active; `link` is a path of this site."""
    rows = [
        {"member": member, "text": text, "link": link, "created_at": now}
        for member in directory(session).active(dict.fromkeys(member_ids))
    ]
    if rows:
        session.execute(insert(message), rows)


def mail(session: Session, member_ids: Iterable[int], subject: Text, body: Text, *, now: datetime) -> None:
    """Send each active member a mail in their language, once this transaction has committed and not if it rolls back."""
    known = directory(session)
    jobs = []
    for member in known.active(dict.fromkeys(member_ids)):
        actor = known.actor(member)
        payload = {
            "to": actor.email,
            "name": actor.name,
            "subject": show(subject, actor.language),
            "body": show(body, actor.language),
            "nonce": token_hex(8),
        }
        jobs.append(NewJob(MAIL, now, payload))
    enqueue_all(session, jobs)
