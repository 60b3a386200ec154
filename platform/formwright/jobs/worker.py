"""Does the jobs: everything that is due, in order; once, or for as long as the process runs."""

from __future__ import annotations

import logging
import os
import socket
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from formwright.clock import Clock
from formwright.database import Database, database_of
from formwright.jobs.claims import Lane, claim, done, failed, is_anything_due, is_anything_lost, recover
from formwright.jobs.handlers import ATTEMPTS, Handler, handlers
from formwright.jobs.model import Delivery, GiveUp, Job
from formwright.jobs.operations import next_due, sweep
from formwright.jobs.tables import worker_seen

POLL = {"sqlite": 0.2, "postgresql": 0.5}
"""Seconds between two looks; on SQLite a look costs microseconds, on PostgreSQL one indexed query."""
PAUSE = 2.0
"""Seconds to wait when the database could not be reached."""
SEEN_EVERY = timedelta(seconds=20)
SWEEP_EVERY = timedelta(hours=1)

log = logging.getLogger("formwright.jobs")


class Worker:
    """Any number of them may work on one database; a job is done by one of them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._seen: datetime | None = None
        self._swept: datetime | None = None

    def run_due(self, now: datetime | None = None) -> int:
        """Do everything that is due, also what that makes due, in the order of time; returns how many attempts were made.

        `now` is what the handlers take for the present; without it, the clock's.
        """
        if now is None:
            self._show_up(self._clock.now())
        return self._run(Lane.ALL, now)

    def run_forever(self, stop: Event) -> None:
        """Work until `stop` is set; deliveries to the outside have a thread of their own."""
        deliveries = Thread(target=self._keep_running, args=(Lane.DELIVERIES, stop), name="deliveries", daemon=True)
        deliveries.start()
        self._keep_running(Lane.WORK, stop)
        deliveries.join()

    def _keep_running(self, lane: Lane, stop: Event) -> None:
        pulse = _Pulse(self._database)
        upcoming: datetime | None = None
        while not stop.is_set():
            try:
                now = self._clock.now()
                if lane is Lane.WORK:
                    self._show_up(now)
                if pulse.beats() or (upcoming is not None and upcoming <= now):
                    self._run(lane, None, stop)
                    with self._database.read() as session:
                        upcoming = next_due(session)
            except Exception:
                # A database that is away for a moment must not end the worker.
                log.exception("the worker could not work")
                pulse.close()
                stop.wait(PAUSE)
            stop.wait(POLL[self._database.kind])
        pulse.close()

    def _run(self, lane: Lane, now: datetime | None, stop: Event | None = None) -> int:
        deliveries = [name for name, handler in handlers.items() if handler.deliver is not None]
        present = now or self._clock.now()
        with self._database.read() as session:
            lost = is_anything_lost(session, now=present)
            due = is_anything_due(session, lane, deliveries, now=present)
        if lost:
            with self._database.write() as session:
                recover(session, [(name, handler.attempts) for name, handler in handlers.items()], now=present)
        count = 0
        while due and not (stop and stop.is_set()) and self._attempt(lane, deliveries, now or self._clock.now()):
            count += 1
        return count

    def _attempt(self, lane: Lane, deliveries: list[str], now: datetime) -> bool:
        """One attempt at one job; False when none is due."""
        claimed: Job | None = None
        handler: Handler | None = None
        try:
            with self._database.write() as session:
                claimed = claim(session, lane, deliveries, now=now)
                if claimed is None:
                    return False
                handler = handlers.get(claimed.name)
                if handler is None:
                    raise LookupError(f"nothing here does jobs called {claimed.name!r}")
                if handler.work is not None:
                    handler.work(session, claimed.payload, now=now)
                    done(session, claimed, now=now)
            if handler.deliver is not None:
                handler.deliver(Delivery(claimed.id, claimed.payload, self._database, now))
                with self._database.write() as session:
                    done(session, claimed, now=now)
        except Exception as error:
            if claimed is None:
                raise
            self._note_failure(claimed, handler, error, now)
        return True

    def _note_failure(self, claimed: Job, handler: Handler | None, error: Exception, now: datetime) -> None:
        attempts = handler.attempts if handler is not None else ATTEMPTS
        if isinstance(error, GiveUp):
            attempts = claimed.attempts
        log.warning("job %s %s, attempt %s: %s", claimed.id, claimed.name, claimed.attempts, error, exc_info=error)
        with self._database.write() as session:
            failed(session, claimed, f"{type(error).__name__}: {error}", attempts, now=now)

    def _show_up(self, now: datetime) -> None:
        """Say that a worker is there, and now and then clear away what is long done."""
        if self._seen is None or not timedelta() <= now - self._seen < SEEN_EVERY:
            with self._database.write() as session:
                _note_seen(session, self._name, now)
                if self._swept is None or now - self._swept >= SWEEP_EVERY:
                    sweep(session, now=now)
                    self._swept = now
            self._seen = now


def last_seen(session: Session) -> datetime | None:
    """When any worker was last there."""
    return session.execute(select(func.max(worker_seen.c.at))).scalar()


def _note_seen(session: Session, name: str, now: datetime) -> None:
    make = sqlite.insert if database_of(session).kind == "sqlite" else postgresql.insert
    statement = make(worker_seen).values(name=name, at=now)
    session.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"at": now}))


class _Pulse:
    """Tells whether the database may have changed since the last look: SQLite counts that for us; elsewhere, always."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Any = None
        self._version: object = None

    def beats(self) -> bool:
        if self._database.kind != "sqlite":
            return True
        if self._connection is None:
            self._connection = self._database.engine.raw_connection()
        cursor = self._connection.cursor()
        version = cursor.execute("PRAGMA data_version").fetchone()[0]
        cursor.close()
        before, self._version = self._version, version
        return bool(version != before)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._version = None
