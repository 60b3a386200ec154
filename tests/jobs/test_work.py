"""Work within the database: in order, exactly once, again after a failure, and never when its transaction was undone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Barrier, Event, Thread
from typing import Any

import pytest
from sqlalchemy.orm import Session

from formwright.database import Database
from formwright.errors import Conflict, Missing
from formwright.jobs import worker as worker_module
from formwright.jobs.handlers import handler
from formwright.jobs.model import GiveUp, Job, NewJob, State
from formwright.jobs.operations import (
    KEPT,
    cancel,
    enqueue,
    enqueue_all,
    job_for,
    jobs,
    next_due,
    retry,
    sweep,
    waiting,
)
from formwright.jobs.worker import Worker, last_seen
from tests.jobs.stage import NOW, Hands, later, lines, take_down, write_line


def found(database: Database, id: int) -> Job:
    with database.read() as session:
        return job_for(session, id)


def test_what_is_due_is_done_in_the_order_of_time(workshop: Database, at_work: Worker) -> None:
    for minutes in (-1, -3, -2, 5):
        later(workshop, "line", minutes=minutes, line=str(minutes))
    assert at_work.run_due() == 3
    assert lines(workshop) == ["-3@0", "-2@0", "-1@0"]
    assert at_work.run_due() == 0
    with workshop.read() as session:
        assert next_due(session) == NOW + timedelta(minutes=5)


def test_what_a_job_makes_due_is_done_in_the_same_run(workshop: Database, at_work: Worker) -> None:
    @handler("chain")
    def chain(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
        write_line(session, str(payload["left"]))
        if payload["left"]:
            enqueue(session, "chain", {"left": payload["left"] - 1}, run_at=now, key="chain")

    later(workshop, "chain", left=3, key="chain")
    assert at_work.run_due() == 4
    assert lines(workshop) == ["3", "2", "1", "0"]


def test_a_scenario_does_each_job_at_its_own_time(workshop: Database, at_work: Worker) -> None:
    for minutes in (1, 60, 90):
        later(workshop, "line", minutes=minutes, line="x")
    end = NOW + timedelta(hours=1)
    while True:
        with workshop.read() as session:
            due = next_due(session)
        if due is None or due > end:
            break
        at_work.run_due(now=due)
    assert lines(workshop) == ["x@1", "x@60"]


def test_a_job_enqueued_in_a_transaction_that_is_undone_never_happens(workshop: Database, at_work: Worker) -> None:
    class Regret(Exception):
        pass

    def order_and_regret() -> None:
        with workshop.write() as session:
            enqueue(session, "line", {}, run_at=NOW)
            raise Regret

    with pytest.raises(Regret):
        order_and_regret()
    assert at_work.run_due() == 0


def test_of_one_key_only_the_latest_waits(workshop: Database, at_work: Worker) -> None:
    first = later(workshop, "line", key="timer:7:1", line="old")
    second = later(workshop, "line", minutes=2, key="timer:7:1", line="new")
    assert first == second
    with workshop.read() as session:
        kept = waiting(session, "timer:7:1")
        assert kept is not None
        assert kept.run_at == NOW + timedelta(minutes=2)
    assert at_work.run_due(now=NOW + timedelta(minutes=2)) == 1
    assert lines(workshop) == ["new@2"]
    assert later(workshop, "line", key="timer:7:1") != first


def test_jobs_are_cancelled_by_the_beginning_of_their_key(workshop: Database, at_work: Worker) -> None:
    with workshop.write() as session:
        keys = ["timer:7:1", "timer:7:2", "timer:70:1", "timer:7", "Timer:7:1", None]
        enqueue_all(session, [NewJob("line", NOW, {"line": str(key)}, key) for key in keys])
        assert cancel(session, "timer:7:") == 2
        enqueue_all(session, [])
    at_work.run_due()
    assert lines(workshop) == ["timer:70:1@0", "timer:7@0", "Timer:7:1@0", "None@0"]


def test_a_failure_undoes_everything_and_is_tried_again_later_and_later(workshop: Database, at_work: Worker) -> None:
    works = Event()

    @handler("shaky", attempts=4)
    def shaky(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
        write_line(session, "done")
        if not works.is_set():
            raise OSError("not today")

    id = later(workshop, "shaky", key="once")
    waits = []
    for attempt in range(1, 4):
        now = found(workshop, id).run_at
        assert at_work.run_due(now=now) == 1
        job = found(workshop, id)
        assert (job.state, job.attempts, job.last_error, job.key) == (State.DUE, attempt, "OSError: not today", "once")
        waits.append((job.run_at - now).total_seconds())
    assert all(base * 0.8 <= wait <= base * 1.2 for base, wait in zip((5, 10, 20), waits, strict=True))
    assert lines(workshop) == []
    works.set()
    assert at_work.run_due(now=found(workshop, id).run_at) == 1
    assert lines(workshop) == ["done"]
    assert (found(workshop, id).state, found(workshop, id).last_error) == (State.DONE, None)


def test_after_the_last_attempt_it_has_failed_until_somebody_retries_it(workshop: Database, at_work: Worker) -> None:
    @handler("broken", attempts=2)
    def broken(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
        raise ValueError("never")

    id = later(workshop, "broken", key="k")
    for _ in range(2):
        at_work.run_due(now=found(workshop, id).run_at)
    assert (found(workshop, id).state, found(workshop, id).last_error) == (State.FAILED, "ValueError: never")
    assert at_work.run_due(now=NOW + timedelta(days=1)) == 0
    with workshop.write() as session:
        assert [job.id for job in jobs(session, state="failed")] == [id]
        retry(session, id, now=NOW)
        assert job_for(session, id).attempts == 0
        with pytest.raises(Missing):
            retry(session, id, now=NOW)


def test_a_failed_job_is_not_retried_beside_its_successor(workshop: Database, at_work: Worker) -> None:
    @handler("broken", attempts=1)
    def broken(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
        raise GiveUp("never")

    id = later(workshop, "broken", key="k")
    at_work.run_due()
    later(workshop, "broken", key="k", minutes=5)
    with workshop.write() as session, pytest.raises(Conflict):
        retry(session, id, now=NOW)


def test_giving_up_fails_at_once(workshop: Database, at_work: Worker) -> None:
    @handler("hopeless")
    def hopeless(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
        raise GiveUp("the address is gone")

    id = later(workshop, "hopeless")
    assert at_work.run_due() == 1
    assert (found(workshop, id).state, found(workshop, id).attempts) == (State.FAILED, 1)


def test_a_job_that_nobody_knows_waits_for_somebody_who_does(workshop: Database, at_work: Worker) -> None:
    id = later(workshop, "from_a_plug_in")
    at_work.run_due()
    assert "from_a_plug_in" in (found(workshop, id).last_error or "")
    handler("from_a_plug_in")(take_down)
    at_work.run_due(now=found(workshop, id).run_at)
    assert found(workshop, id).state is State.DONE


def test_many_workers_do_every_job_once(workshop: Database, hands: Hands) -> None:
    with workshop.write() as session:
        enqueue_all(session, [NewJob("line", NOW, {"line": str(n)}) for n in range(60)])
    start = Barrier(3)

    def work() -> None:
        start.wait()
        Worker(workshop, hands.clock).run_due(now=NOW)

    crew = [Thread(target=work) for _ in range(3)]
    for worker in crew:
        worker.start()
    for worker in crew:
        worker.join()
    assert sorted(lines(workshop)) == sorted(f"{n}@0" for n in range(60))


def test_a_running_worker_notices_new_work_and_the_passing_of_time(
    workshop: Database, at_work: Worker, hands: Hands
) -> None:
    noticed, stop = Event(), Event()

    @handler("ring")
    def ring(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
        noticed.set()

    running = Thread(target=at_work.run_forever, args=(stop,))
    running.start()
    try:
        later(workshop, "ring")
        assert noticed.wait(10)
        noticed.clear()
        later(workshop, "ring", minutes=30)
        assert not noticed.wait(0.5)
        hands.set(NOW + timedelta(minutes=31))
        assert noticed.wait(10)
    finally:
        stop.set()
        running.join(10)
    assert not running.is_alive()
    with workshop.read() as session:
        assert last_seen(session) == NOW + timedelta(minutes=31)


def test_a_database_that_is_away_for_a_moment_does_not_end_the_worker(
    workshop: Database, at_work: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    noticed, stop, fallen = Event(), Event(), Event()
    monkeypatch.setattr(worker_module, "PAUSE", 0.01)

    @handler("ring")
    def ring(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
        noticed.set()

    def away(session: Session) -> datetime | None:
        if not fallen.is_set():
            fallen.set()
            raise OSError("the database is away")
        return next_due(session)

    monkeypatch.setattr(worker_module, "next_due", away)
    running = Thread(target=at_work.run_forever, args=(stop,))
    running.start()
    try:
        assert fallen.wait(10)
        later(workshop, "ring")
        assert noticed.wait(10)
    finally:
        stop.set()
        running.join(10)
    assert not running.is_alive()


def test_a_worker_is_seen_only_once_it_was_there(workshop: Database, at_work: Worker) -> None:
    with workshop.read() as session:
        assert last_seen(session) is None
    at_work.run_due()
    with workshop.read() as session:
        assert last_seen(session) == NOW


def test_what_is_long_done_is_forgotten_and_what_failed_is_not(workshop: Database, at_work: Worker) -> None:
    @handler("hopeless")
    def hopeless(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
        raise GiveUp("no")

    later(workshop, "line")
    kept = later(workshop, "hopeless")
    at_work.run_due()
    with workshop.write() as session:
        assert sweep(session, now=NOW + KEPT) == 0
        assert sweep(session, now=NOW + KEPT + timedelta(seconds=1)) == 1
        assert [job.id for job in jobs(session)] == [kept]
        assert jobs(session, before=kept) == []
