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
from formwright.jobs.tables import is_in, job
from formwright.texts import both

KEPT = timedelta(days=7)
"""How long jobs that are done stay in the list."""

_LAST = "\U0010ffff"


def enqueue(
    session: Session, name: str, payload: Mapping[str, Any], *, run_at: datetime, key: str | None = None
) -> int:
    """The id of a job that exists once this transaction commits; with a `key`, it takes the place of the waiting one."""
    new = _row(NewJob(name, run_at, payload, key))
    id: int = session.connection().execute(_insert(session).returning(job.c.id), new).scalar_one()
    return id


def enqueue_all(session: Session, jobs: Sequence[NewJob]) -> None:
    """Enqueue several jobs with one statement; each with a key takes the place of the waiting one."""
    if jobs:
        session.connection().execute(_insert(session), [_row(each) for each in jobs])


def cancel(session: Session, key_prefix: str) -> int:
    """Remove the waiting jobs whose key begins with `key_prefix`; returns how many there were."""
    waiting = and_(is_in(State.DUE), job.c.key >= key_prefix, job.c.key < key_prefix + _LAST)
    return session.connection().execute(delete(job).where(waiting)).rowcount


def jobs(
    session: Session, *, state: State | str | None = None, before: int | None = None, limit: int = 50
) -> list[Job]:
    """The newest jobs first; `before` is the id of the last one seen."""
    statement = select(*COLUMNS).order_by(job.c.id.desc()).limit(limit)
    if state is not None:
        statement = statement.where(is_in(State(state)))
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
    row = session.execute(select(*COLUMNS).where(job.c.key == key, is_in(State.DUE))).first()
    return read_job(row) if row else None


def next_due(session: Session) -> datetime | None:
    """When the next job is to be done, or taken up again after its worker vanished; None when nothing waits."""
    due = select(func.min(job.c.run_at)).where(is_in(State.DUE)).scalar_subquery()
    lost = select(func.min(job.c.lease_until)).where(is_in(State.RUNNING)).scalar_subquery()
    row = session.connection().execute(select(due, lost)).one()
    return min((at for at in row if at is not None), default=None)


def retry(session: Session, id: int, *, now: datetime) -> None:
    """Try a failed job again now, with all its attempts. Raises Missing unless it has failed, Conflict when another waits."""
    failed = job_for(session, id)
    if failed.state is not State.FAILED:
        raise Missing()
    if failed.key is not None and waiting(session, failed.key):
        raise Conflict("in_use", both("已有同样的任务在等待", "The same job is waiting already"))
    again = update(job).where(job.c.id == id, is_in(State.FAILED))
    session.execute(again.values(state=State.DUE, attempts=0, run_at=now, finished_at=None))


def sweep(session: Session, *, now: datetime) -> int:
    """Forget jobs that were done a while ago; failed ones stay."""
    done = and_(is_in(State.DONE), job.c.finished_at < now - KEPT)
    return session.connection().execute(delete(job).where(done)).rowcount


def _insert(session: Session) -> Any:
    return _INSERTS[database_of(session).kind]


def _replacing(insert: Any) -> Any:
    """The statement takes a job's place when one of its key waits already."""
    new = insert.excluded
    values = {"name": new.name, "payload": new.payload, "run_at": new.run_at, "attempts": 0, "last_error": None}
    return insert.on_conflict_do_update(index_elements=["key"], index_where=text("state = 'due'"), set_=values)


_INSERTS = {"sqlite": _replacing(sqlite.insert(job)), "postgresql": _replacing(postgresql.insert(job))}


def _row(new: NewJob) -> dict[str, Any]:
    return {
        "name": new.name,
        "payload": dict(new.payload),
        "key": new.key,
        "run_at": new.run_at,
        "state": State.DUE,
        "attempts": 0,
    }


def read_job(row: Any) -> Job:
    """The job of a row with COLUMNS."""
    values = dict(row._mapping)
    return Job(**{**values, "state": State(values["state"])})


COLUMNS = [
    job.c[name] for name in ("id", "name", "payload", "key", "run_at", "state", "attempts", "last_error", "finished_at")
]
