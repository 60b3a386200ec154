"""The tamper-evident log of what administrators did: append-only, each entry chained to the one before by its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from formwright.accounts.model import Actor
from formwright.accounts.tables import audit, audit_head
from formwright.database import instant_to_milliseconds, milliseconds_to_instant
from formwright.errors import Problem
from formwright.texts import both

START = "0" * 64


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """`actor` is a member id as text, or `system`; `subject` names what was acted on, such as `member:7`."""

    seq: int
    at: datetime
    actor: str
    act: str
    subject: str
    body: Mapping[str, Any]
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """Where the log ends; kept with a backup, it shows later whether the log was rewritten."""

    seq: int
    hash: str


def note(
    session: Session, act: str, subject: str, body: Mapping[str, Any] | None = None, *, actor: Actor, now: datetime
) -> None:
    """Append one entry; `body` is plain JSON. Entries wait for one another until their transaction ends."""
    # The time is cut to what both databases keep, else the hash could not be computed again.
    at = milliseconds_to_instant(instant_to_milliseconds(now))
    before = head(session, lock=True)
    values = {
        "seq": before.seq + 1,
        "at": at,
        "actor": "system" if actor.id is None else str(actor.id),
        "act": act,
        "subject": subject,
        "body": json.dumps(body or {}, ensure_ascii=True, sort_keys=True, separators=(",", ":"), default=str),
    }
    values["hash"] = _hash(before.hash, values)
    session.execute(insert(audit).values(values))
    if before.seq:
        session.execute(update(audit_head).values(seq=values["seq"], hash=values["hash"]))
    else:
        session.execute(insert(audit_head).values(id=1, seq=values["seq"], hash=values["hash"]))


def head(session: Session, *, lock: bool = False) -> Head:
    """The last entry's number and hash; number 0 while the log is empty."""
    statement = select(audit_head.c.seq, audit_head.c.hash)
    row = session.execute(statement.with_for_update() if lock else statement).first()
    return Head(row.seq, row.hash) if row else Head(0, START)


def entries(session: Session, *, before: int | None = None, limit: int = 50) -> list[AuditEntry]:
    """The newest entries first; `before` is the number of the last one seen."""
    statement = select(audit).order_by(audit.c.seq.desc()).limit(limit)
    if before is not None:
        statement = statement.where(audit.c.seq < before)
    return [
        AuditEntry(row.seq, row.at, row.actor, row.act, row.subject, json.loads(row.body), row.hash)
        for row in session.execute(statement)
    ]


def verify(session: Session, exported: Head | None = None) -> list[Problem]:
    """Everything that is wrong with the log: edited, removed or inserted entries, a tail that was cut.

    `exported` is the head that was kept elsewhere (with a backup): with it, a log rewritten as a whole is found too.
    """
    problems: list[Problem] = []
    expected, previous = 1, START
    hashes: dict[int, str] = {}
    for row in session.execute(select(audit).order_by(audit.c.seq).execution_options(yield_per=1000)):
        if row.seq != expected:
            problems.append(
                _problem(expected, "entry_missing", "记录被删除", "Entries are missing before number {seq}", row.seq)
            )
        if _hash(previous, row._mapping) != row.hash:
            problems.append(_problem(row.seq, "entry_changed", "记录被更改", "Entry {seq} was changed", row.seq))
        expected, previous = row.seq + 1, row.hash
        if exported is not None and row.seq == exported.seq:
            hashes[row.seq] = row.hash
    last = head(session)
    if (last.seq, last.hash) != (expected - 1, previous):
        problems.append(
            _problem(expected, "tail_cut", "末尾的记录被删除", "The log ends before its head, number {seq}", last.seq)
        )
    if exported is not None and exported.seq and hashes.get(exported.seq) != exported.hash:
        problems.append(
            _problem(
                exported.seq,
                "head_differs",
                "与导出的审计头不一致",
                "Entry {seq} is not the exported one",
                exported.seq,
            )
        )
    return problems


def _hash(previous: str, row: Mapping[Any, Any]) -> str:
    at = instant_to_milliseconds(row["at"])
    content = json.dumps([previous, row["seq"], at, row["actor"], row["act"], row["subject"], row["body"]])
    return hashlib.sha256(content.encode()).hexdigest()


def _problem(at: int, code: str, zh: str, en: str, seq: int) -> Problem:
    return Problem(f"/audit/{at}", code, both(f"{zh}（第 {seq} 条）", en.format(seq=seq)))
