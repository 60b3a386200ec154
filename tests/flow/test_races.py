"""Two at once: a decision is taken once, whoever comes second hears that it is closed, and nothing gets stuck."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Barrier, Thread

import pytest
from tests.flow.office import Office, flow_of

from formwright.errors import FormwrightError
from formwright.flow import operations
from formwright.flow.model import Act
from formwright.flow.replay import verify

Open = Callable[..., Office]

PEOPLE = 'role("finance") + role("legal")'


def at_once(office: Office, *acts: Callable[[], object]) -> list[str]:
    """All begin at the same moment; what each of them was told."""
    barrier = Barrier(len(acts))
    said: list[str] = [""] * len(acts)

    def do(place: int, act: Callable[[], object]) -> None:
        barrier.wait()
        try:
            act()
            said[place] = "done"
        except FormwrightError as refused:
            said[place] = refused.code

    threads = [Thread(target=do, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def acting(office: Office, who: str, task: int, action: str) -> Callable[[], object]:
    """`who` acts on exactly this task."""
    with office.database.read() as session:
        actor = office.actor(session, who)

    def act() -> None:
        with office.database.write() as session:
            operations.act(session, task, Act(action), actor=actor, now=office.now)

    return act


@pytest.mark.parametrize("pass_", ["any", "all", "in_order", "{percent: 100}"])
def test_two_decide_at_once(open_office: Open, pass_: str) -> None:
    office = open_office(
        flow_of(
            f"{{id: a, type: approve, name: A, assign: '{PEOPLE}', pass: {pass_}}}\n"
            "{id: b, type: approve, name: B, assign: manager(initiator)}",
            "start > a > b > done",
        )
    )
    for _ in range(8):
        record = office.submit("rep")
        holders = [each.split(":")[1] for each in office.holders(record)]
        acts = [acting(office, who, office.open_task(who, record), "approve") for who in holders]
        said = at_once(office, *(acts if len(acts) > 1 else acts * 2))
        if pass_ in ("any", "in_order"):
            assert sorted(said) == ["done", "task_closed"]
        else:
            assert said == ["done", "done"]
        while "b:li.na" not in office.holders(record):
            who = office.holders(record)[0].split(":")[1]
            office.act(who, "approve", record)
        assert office.holders(record) == ["b:li.na"]
    with office.database.read() as session:
        assert verify(session) == []


def test_one_approves_while_another_rejects(open_office: Open) -> None:
    office = open_office(flow_of(f"{{id: a, type: approve, name: A, assign: '{PEOPLE}'}}", "start > a > done"))
    for _ in range(8):
        record = office.submit("rep")
        said = at_once(
            office,
            acting(office, "fin", office.open_task("fin", record), "approve"),
            acting(office, "legal", office.open_task("legal", record), "reject"),
        )
        assert sorted(said) == ["done", "task_closed"]
        assert office.status(record) == ("approved" if said[0] == "done" else "rejected")


def test_the_initiator_withdraws_while_it_is_approved(open_office: Open) -> None:
    office = open_office(
        flow_of(
            "{id: a, type: approve, name: A, assign: 'role(\"finance\")'}\n{id: b, type: approve, name: B, assign: 'role(\"legal\")'}",
            "start > a > b > done",
        )
    )
    for _ in range(8):
        record = office.submit("rep")
        said = at_once(
            office,
            acting(office, "fin", office.open_task("fin", record), "approve"),
            partial(office.order, "rep", "withdraw", record),
        )
        assert said in (["done", "already_handled"], ["task_closed", "done"])
        assert office.status(record) == ("withdrawn" if said[1] == "done" else "running")
    with office.database.read() as session:
        assert verify(session) == []
