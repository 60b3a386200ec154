"""What is tidied up once a day: jobs long done, uploads that no record holds, answers kept for repeated requests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from formwright.database import Database, database_of
from formwright.jobs.handlers import handler
from formwright.jobs.operations import enqueue, sweep, waiting
from formwright.records import files
from formwright.registry import Registry

EVERY = timedelta(days=1)
KEY = "housekeeping"

chores: Registry[Callable[[Session, datetime], object]] = Registry("chore")
"""`chore(session, now)` by name; floors above register theirs here."""


@chores.named("jobs")
def _jobs(session: Session, now: datetime) -> None:
    sweep(session, now=now)


@chores.named("files")
def _files(session: Session, now: datetime) -> None:
    settings = database_of(session).settings
    files.sweep(session, files.FileStore(settings.files, settings.max_file), now=now)


@handler("housekeeping")
def tidy(session: Session, payload: object, *, now: datetime) -> None:
    """Do every chore, and come back tomorrow."""
    for chore in chores.values():
        chore(session, now)
    enqueue(session, "housekeeping", {}, run_at=now + EVERY, key=KEY)


def arrange(database: Database, *, now: datetime) -> None:
    """See to it that housekeeping is waiting; a worker asks for this when it begins."""
    with database.write() as session:
        if waiting(session, KEY) is None:
            enqueue(session, "housekeeping", {}, run_at=now + EVERY, key=KEY)
