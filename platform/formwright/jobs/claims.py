"""Takes jobs one at a time so that no two workers do the same one, and says how each attempt ended."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import Enum
from zlib import crc32

from sqlalchemy import ColumnElement, and_, exists, select, update
from sqlalchemy.orm import Session

from formwright.jobs.model import Job, State
from formwright.jobs.operations import COLUMNS, read_job
from formwright.jobs.tables import is_in, job

LEASE = timedelta(minutes=5)
"""How long a delivery may take before another worker may try again."""
FIRST_DELAY = timedelta(seconds=5)
LONGEST_DELAY = timedelta(hours=1)


class Lane(Enum):
    """Which jobs a worker takes: a slow receiver outside must not hold up the timers."""

    ALL = "all"
    WORK = "work"
    DELIVERIES = "deliveries"


def claim(session: Session, lane: Lane, deliveries: Collection[str], *, now: datetime) -> Job | None:
    """The job that is due longest, marked as running; None when none is left to take.

    Its key is free from now on: while it runs, the next job of that key may already wait.
    """
    first = (
        select(job.c.id)
        .where(_due(lane, deliveries, now))
        .order_by(job.c.run_at, job.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    taken = (
        update(job)
        .where(job.c.id == first.scalar_subquery())
        .values(state=State.RUNNING, key=None, attempts=job.c.attempts + 1, lease_until=now + LEASE)
        .returning(*COLUMNS)
    )
    row = session.connection().execute(taken).first()
    return read_job(row) if row is not None else None


def is_anything_due(session: Session, lane: Lane, deliveries: Collection[str], *, now: datetime) -> bool:
    """Whether `claim` might find something; looks without taking any lock."""
    due = select(exists().where(_due(lane, deliveries, now)))
    return bool(session.connection().execute(due).scalar())


def is_anything_lost(session: Session, *, now: datetime) -> bool:
    """Whether `recover` might find something."""
    lost = select(exists().where(is_in(State.RUNNING), job.c.lease_until <= now))
    return bool(session.connection().execute(lost).scalar())


def recover(session: Session, attempts: Collection[tuple[str, int]], *, now: datetime) -> None:
    """Deliveries whose worker vanished are due again, or have failed; `attempts` says how many each name has."""
    lost = select(*COLUMNS).where(is_in(State.RUNNING), job.c.lease_until <= now)
    allowed = dict(attempts)
    for row in session.execute(lost.with_for_update(skip_locked=True)).all():
        vanished = read_job(row)
        failed(session, vanished, "the worker vanished while it was at it", allowed.get(vanished.name, 1), now=now)


def done(session: Session, finished: Job, *, now: datetime) -> None:
    """The attempt succeeded; ignored when its lease was over and another attempt has begun since."""
    mine = and_(job.c.id == finished.id, is_in(State.RUNNING), job.c.attempts == finished.attempts)
    values = {"state": State.DONE, "finished_at": now, "lease_until": None, "last_error": None}
    session.connection().execute(update(job).where(mine).values(values))


def failed(session: Session, attempt: Job, error: str, attempts: int, *, now: datetime) -> None:
    """The attempt failed: due again after a while, growing with each attempt, or failed for good after the last one."""
    over = attempt.attempts >= attempts
    values = {
        "state": State.FAILED if over else State.DUE,
        "attempts": attempt.attempts,
        "run_at": attempt.run_at if over else now + delay(attempt),
        "lease_until": None,
        "last_error": error[:2000],
        "finished_at": now if over else None,
    }
    open_still = and_(job.c.id == attempt.id, job.c.state.in_([State.DUE, State.RUNNING]))
    session.connection().execute(update(job).where(open_still, job.c.attempts <= attempt.attempts).values(values))


def delay(attempt: Job) -> timedelta:
    """5 seconds, 10, 20 … up to an hour, spread by a fifth either way, so that what failed together is not tried together."""
    grown: timedelta = min(FIRST_DELAY * 2 ** min(attempt.attempts - 1, 20), LONGEST_DELAY)
    spread = crc32(f"{attempt.id}:{attempt.attempts}".encode()) % 401
    return grown * (800 + spread) / 1000


def _due(lane: Lane, deliveries: Collection[str], now: datetime) -> ColumnElement[bool]:
    due = and_(is_in(State.DUE), job.c.run_at <= now)
    if lane is Lane.ALL:
        return due
    names = sorted(deliveries)
    return and_(due, job.c.name.in_(names) if lane is Lane.DELIVERIES else job.c.name.not_in(names))
