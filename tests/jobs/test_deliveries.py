"""Telling the outside world: at least once, with the same id each time, holding no transaction meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest

from formwright.database import Database
from formwright.jobs.claims import LEASE, Lane, claim
from formwright.jobs.handlers import delivers
from formwright.jobs.model import Delivery, State
from formwright.jobs.operations import job_for, next_due
from formwright.jobs.worker import Worker
from tests.jobs.stage import NOW, later, lines, write_line


def test_a_receiver_that_is_down_gets_the_same_delivery_again(workshop: Database, at_work: Worker) -> None:
    received: list[int] = []

    @delivers("hook")
    def post(delivery: Delivery) -> None:
        received.append(delivery.id)
        if len(received) < 3:
            raise ConnectionError("down")

    id = later(workshop, "hook", url="https://example.com")
    for _ in range(3):
        with workshop.read() as session:
            due = next_due(session)
        at_work.run_due(now=due)
    assert received == [id, id, id]
    with workshop.read() as session:
        assert job_for(session, id).state is State.DONE
        assert next_due(session) is None


def test_others_write_while_a_delivery_is_under_way(workshop: Database, at_work: Worker) -> None:
    @delivers("hook")
    def post(delivery: Delivery) -> None:
        with delivery.database.write() as session:
            assert job_for(session, delivery.id).state is State.RUNNING
            write_line(session, "meanwhile")

    later(workshop, "hook")
    assert at_work.run_due() == 1
    assert lines(workshop) == ["meanwhile"]


def test_a_delivery_whose_worker_vanished_is_taken_up_after_its_lease(workshop: Database, at_work: Worker) -> None:
    received: list[int] = []

    @delivers("hook")
    def post(delivery: Delivery) -> None:
        received.append(delivery.id)

    id = later(workshop, "hook")
    with workshop.write() as session:
        vanished = claim(session, Lane.ALL, ["hook"], now=NOW)
        assert vanished is not None
        assert vanished.id == id
    assert at_work.run_due(now=NOW + LEASE - timedelta(seconds=1)) == 0
    at_work.run_due(now=NOW + LEASE)
    with workshop.read() as session:
        again = job_for(session, id)
        assert "vanished" in (again.last_error or "")
    at_work.run_due(now=again.run_at)
    assert received == [id]


@pytest.mark.parametrize(("lane", "left"), [(Lane.WORK, "hook"), (Lane.DELIVERIES, "line")], ids=["work", "deliveries"])
def test_timers_and_deliveries_do_not_wait_for_each_other(workshop: Database, lane: Lane, left: str) -> None:
    later(workshop, "hook")
    later(workshop, "line")
    with workshop.write() as session:
        taken = claim(session, lane, ["hook"], now=NOW)
        assert taken is not None
        assert taken.name != left
        assert claim(session, lane, ["hook"], now=NOW) is None
