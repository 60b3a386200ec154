"""A clock to set by hand and handlers that write down what they did."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Integer, MetaData, Table, Text, insert, select
from sqlalchemy.orm import Session

from formwright.clock import Clock
from formwright.database import Database
from formwright.jobs.operations import enqueue
from formwright.settings import Settings

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)

ledger = Table("test_ledger", MetaData(), Column("id", Integer, primary_key=True), Column("line", Text))
"""Where the handlers of these tests write, in the same database and transaction as the job."""


class Hands:
    """A clock whose file the test sets."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.set(NOW)
        self.clock = Clock(Settings(environment="test", clock_file=path))

    def set(self, now: datetime) -> None:
        self.path.write_text(now.isoformat())


def write_line(session: Session, line: str) -> None:
    session.execute(insert(ledger).values(line=line))


def lines(database: Database) -> list[str]:
    with database.read() as session:
        return [line for (line,) in session.execute(select(ledger.c.line).order_by(ledger.c.id))]


def later(database: Database, name: str, *, minutes: float = 0, key: str | None = None, **payload: Any) -> int:
    """Enqueue a job for so many minutes after NOW."""
    with database.write() as session:
        return enqueue(session, name, payload, run_at=NOW + timedelta(minutes=minutes), key=key)


def take_down(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
    """Write the payload's `line`, with the minute at which it was done."""
    minute = int((now - NOW) / timedelta(minutes=1))
    write_line(session, f"{payload.get('line', '')}@{minute}")
