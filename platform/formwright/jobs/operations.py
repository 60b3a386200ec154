"""Verbs on jobs: enqueue with the caller's transaction, cancel while they wait, list, retry, sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from formwright.database import database_of
from formwright.errors import Conflict, Missing
from formwright.jobs.model import Job, NewJob, State
from formwright.jobs.tables import job
from formwright.texts import both

KEPT = timedelta(days=7)
"""How long jobs that are done stay in the list."""

_LAST = "\U0010ffff"


def enqueue(
    session: Session, name: str, payload: Mapping[str, Any], *, run_at: datetime, key: str | None = None
) -> int:
    """The id of a job that exists once this transaction commits; with a `key`, it takes the place of the waiting one."""
    return enqueue_all(session, [NewJob(name, run_at, payload, key)])[0]


def enqueue_all(session: Session, jobs: Sequence[NewJob]) -> list[int]:
    """Ids of several jobs, in their order, enqueued in one statement; no key may occur twice among them."""
    if not jobs:
        return []
    make = sqlite.insert if database_of(session).kind == "sqlite" else postgresql.insert
    statement = make(job).values(
        [
            {
                "name": each.name,
                "payload": dict(each.payload),
                "key": each.key,
                "run_at": each.run_at,
                "state": State.DUE,
                "attempts": 0,
            }
            for each in jobs
        ]
    )
    new = statement.excluded
    replacing = statement.on_conflict_do_update(
        index_elements=["key"],
        index_where=text("state = 'due'"),
        set_={
            "name": new.name,
            "payload": new.payload,
            "run_at": new.run_at,
            "attempts": 0,
            "last_error": None,
        },
    )
    return list(session.connection().execute(replacing.returning(job.c.id)).scalars())


def cancel(session: Session, key_prefix: str) -> int:
    """Remove the waiting jobs whose key begins with `key_prefix`; returns how many there were."""
    waiting = and_(job.c.state == State.DUE, job.c.key >= key_prefix, job.c.key < key_prefix + _LAST)
    return session.connection().execute(delete(job).where(waiting)).rowcount


def jobs(
    session: Session, *, state: State | str | None = None, before: int | None = None, limit: int = 50
) -> list[Job]:
    """The newest jobs first; `before` is the id of the last one seen."""
    statement = select(*COLUMNS).order_by(job.c.id.desc()).limit(limit)
    if state is not None:
        statement = statement.where(job.c.state == State(state))
    if before is not None:
        statement = statement.where(job.c.id < before)
    return [read_job(row) for row in session.execute(statement)]


def job_for(session: Session, id: int) -> Job:
    """Raises Missing."""
    row = session.execute(select(*COLUMNS).where(job.c.id == id)).first()
    if row is None:
        raise Missing()
    return read_job(row)


def waiting(session: Session, key: str) -> Job | None:
    """The waiting job of this key."""
    row = session.execute(select(*COLUMNS).where(job.c.key == key, job.c.state == State.DUE)).first()
    return read_job(row) if row else None


def next_due(session: Session) -> datetime | None:
    """When the next job is to be done, or taken up again after its worker vanished; None when nothing waits."""
    due = select(func.min(job.c.run_at)).where(job.c.state == State.DUE).scalar_subquery()
    lost = select(func.min(job.c.lease_until)).where(job.c.state == State.RUNNING).scalar_subquery()
    row = session.connection().execute(select(due, lost)).one()
    return min((at for at in row if at is not None), default=None)


def retry(session: Session, id: int, *, now: datetime) -> None:
    """Try a failed job again now, with all its attempts. Raises Missing unless it has failed, Conflict when another waits."""
    failed = job_for(session, id)
    if failed.state is not State.FAILED:
        raise Missing()
    if failed.key is not None and waiting(session, failed.key):
        raise Conflict("in_use", both("已有同样的任务在等待", "The same job is waiting already"))
    again = update(job).where(job.c.id == id, job.c.state == State.FAILED)
    session.execute(again.values(state=State.DUE, attempts=0, run_at=now, finished_at=None))


def sweep(session: Session, *, now: datetime) -> int:
    """Forget jobs that were done a while ago; failed ones stay."""
    done = and_(job.c.state == State.DONE, job.c.finished_at < now - KEPT)
    return session.connection().execute(delete(job).where(done)).rowcount


def read_job(row: Any) -> Job:
    """The job of a row with COLUMNS."""
    values = dict(row._mapping)
    return Job(**{**values, "state": State(values["state"])})


COLUMNS = [
    job.c[name] for name in ("id", "name", "payload", "key", "run_at", "state", "attempts", "last_error", "finished_at")
]
