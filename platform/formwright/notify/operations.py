"""Tells members something in their inbox at once or by mail after the commit, and other systems after the commit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from formwright.accounts.directory import directory
from formwright.jobs.model import NewJob
from formwright.jobs.operations import enqueue, enqueue_all
from formwright.notify.tables import message
from formwright.texts import Text, show

MAIL = "mail"
REQUEST = "request"


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


def request(
    session: Session,
    url: str,
    body: Any,
    *,
    method: str = "POST",
    headers: Mapping[str, str] | None = None,
    event: str = "",
    secret: str = "",
    now: datetime,
) -> int:
    """Ask another system once this transaction has committed: `body` as JSON, signed when there is a `secret`.

    Returns the job's id. At least once: the receiver tells a repetition by the header `Formwright-Delivery`.
    """
    payload = {
        "method": method,
        "url": url,
        "headers": dict(headers or {}),
        "body": body,
        "event": event,
        "secret": secret,
        "nonce": token_hex(8),
    }
    return enqueue(session, REQUEST, payload, run_at=now)
