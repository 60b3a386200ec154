"""Time limits: due in working time, reminders, escalation, and what the system decides when nobody does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.flow.office import Office, flow_of

from formwright.errors import Conflict, Invalid
from formwright.flow.access import tasks
from formwright.jobs.operations import jobs
from formwright.notify.inbox import page

Open = Callable[..., Office]


def one(deadline: str, more: str = "", *edges: str, **keys: Any) -> dict[str, Any]:
    """start → a (finance) → b (legal) → done, `a` with this deadline."""
    lines = "\\n".join(line.strip() for line in deadline.strip().splitlines())
    return flow_of(
        f'{{id: a, type: approve, name: A, assign: \'role("finance")\', deadline: "{lines}"{more}}}\n'
        "{id: b, type: approve, name: B, assign: 'role(\"legal\")'}",
        "start > a > b > done",
        *edges,
        **keys,
    )


def inbox(office: Office, who: str) -> list[str]:
    with office.database.read() as session:
        return [each.text["en"] for each in page(session, office.actor(session, who)).items]  # type: ignore[index]


def due(office: Office, who: str) -> str:
    with office.database.read() as session:
        (found,) = tasks(session, actor=office.actor(session, who), now=office.now)["items"]
        return str(found["due_at"])


def waiting(office: Office) -> int:
    with office.database.read() as session:
        return sum(each.name == "flow.timer" and each.state == "due" for each in jobs(session))


def test_due_in_working_days(open_office: Open) -> None:
    office = open_office(one("due 2 workdays"))
    office.now = datetime(2026, 3, 6, 6, 0, tzinfo=UTC)  # a Friday, two in the afternoon
    office.submit("rep")
    assert due(office, "fin") == "2026-03-10T06:00:00Z"


def test_reminded_before_and_after_and_not_for_ever(open_office: Open) -> None:
    office = open_office(
        one("""
            due 1 day
            remind assignee 4 hours before
            remind assignee every 1 day after, at most 2 times
        """)
    )
    record = office.submit("rep")
    office.wait(hours=19)
    assert inbox(office, "fin") == []
    office.wait(hours=2)
    assert len(inbox(office, "fin")) == 1
    office.wait(days=5)
    assert len(inbox(office, "fin")) == 3
    assert office.holders(record) == ["a:fin"]
    office.verify()


def test_a_task_that_is_done_reminds_nobody(open_office: Open) -> None:
    office = open_office(one("due 1 day\nremind assignee 4 hours before\nescalate to manager(assignee) 1 day after"))
    record = office.submit("rep")
    assert waiting(office) == 2
    office.act("fin", "approve", record)
    assert waiting(office) == 0
    office.wait(days=3)
    assert inbox(office, "fin") == []
    assert office.holders(record) == ["b:legal"]


def test_an_overdue_task_goes_to_the_manager(open_office: Open) -> None:
    office = open_office(one("due 1 day\nescalate to manager(assignee) 1 day after"))
    record = office.submit("rep")
    before = due(office, "fin")
    office.wait(days=2)
    assert office.holders(record) == ["a:boss"]
    assert due(office, "boss") == before
    assert office.history(record) == ["rep:submit", "system:transfer@a"]
    with pytest.raises(Conflict) as error:
        office.act("fin", "approve", record)
    assert error.value.code == "task_closed"
    office.act("boss", "approve", record)
    assert office.holders(record) == ["b:legal"]
    office.verify()


def test_or_the_manager_joins(open_office: Open) -> None:
    office = open_office(one("due 1 day\nescalate adding manager(assignee) 1 day after", ", pass: all"))
    record = office.submit("rep")
    office.wait(days=2)
    assert office.holders(record) == ["a:boss", "a:fin"]
    office.act("fin", "approve", record)
    assert office.at(record) == ["a"]
    office.act("boss", "approve", record)
    assert office.at(record) == ["b"]


def test_with_nobody_to_escalate_to_administrators_hear_of_it(open_office: Open) -> None:
    office = open_office(one("due 1 day\nescalate to buyer 1 day after"))
    record = office.submit("rep")
    office.wait(days=2)
    assert office.holders(record) == ["a:fin"]
    assert len(inbox(office, "admin")) == 1


@pytest.mark.parametrize(
    ("act", "at", "line"),
    [("approve", ["b"], "system:auto_approve@a"), ("reject", [], "system:auto_reject@a")],
)
def test_the_system_decides_at_the_due_time(open_office: Open, act: str, at: list[str], line: str) -> None:
    office = open_office(one(f"due 1 day\n{act} at due"))
    record = office.submit("rep")
    office.wait(hours=25)
    assert (office.at(record), office.history(record)[-1]) == (at, line)
    office.verify()


def test_the_system_sends_it_back(open_office: Open) -> None:
    office = open_office(one("due 1 day\nreturn to start 1 day after"))
    record = office.submit("rep")
    office.wait(days=2)
    assert office.holders(record) == ["start:rep"]
    assert office.history(record) == ["rep:submit", "system:auto_return@a"]
    office.act("rep", "submit", record)
    assert office.holders(record) == ["a:fin"]
    office.verify()


def test_the_edge_for_the_timeout(open_office: Open) -> None:
    office = open_office(one("due 1 day\ntimeout at due", "", "{from: a, to: done, outcome: timeout}"))
    record = office.submit("rep")
    office.wait(days=1)
    assert office.status(record) == "approved"


def test_a_timer_can_set_a_field(open_office: Open) -> None:
    office = open_office(one('due 1 day\nset note = \\"late\\" at due'))
    record = office.submit("rep")
    office.wait(days=1)
    assert office.read(record).values["note"] == "late"
    assert office.at(record) == ["a"]


def test_nothing_runs_while_suspended(open_office: Open) -> None:
    office = open_office(one("due 2 days\nremind assignee 1 day before\napprove at due"))
    record = office.submit("rep")
    office.wait(hours=36)
    assert len(inbox(office, "fin")) == 1
    office.order("admin", "suspend", record)
    office.wait(days=10)
    assert office.at(record) == ["a"]
    office.order("admin", "resume", record)
    assert due(office, "fin") == "2026-03-14T01:00:00Z"
    office.wait(hours=11)
    assert office.at(record) == ["a"]
    office.wait(hours=2)
    assert office.at(record) == ["b"]
    assert len(inbox(office, "fin")) == 1


def test_no_timer_of_an_earlier_visit_fires(open_office: Open) -> None:
    office = open_office(one("due 1 day\napprove at due"))
    record = office.submit("rep")
    office.wait(hours=20)
    office.act("fin", "return", record, to="start")
    office.act("rep", "submit", record)
    office.wait(hours=20)
    assert office.at(record) == ["a"]
    office.wait(hours=5)
    assert office.at(record) == ["b"]


def test_due_by_a_date_of_the_record(open_office: Open) -> None:
    office = open_office(one("due wanted - 1 day\nremind assignee at due"))
    with pytest.raises(Invalid) as error:
        office.submit("rep")
    assert (error.value.code, error.value.problems[0].at) == ("no_date", "a")
    office.submit("rep", {"wanted": "2026-03-10"})
    assert due(office, "fin") == "2026-03-08T16:00:00Z"


def test_due_follows_its_date(open_office: Open) -> None:
    office = open_office(one("due wanted\napprove at due", ", fields: {wanted: edit}"))
    record = office.submit("rep", {"wanted": "2026-03-05"})
    office.act("fin", "save", record, values={"wanted": "2026-03-08"})
    assert due(office, "fin") == "2026-03-07T16:00:00Z"
    office.wait(days=4)
    assert office.at(record) == ["a"]
    office.wait(days=2)
    assert office.at(record) == ["b"]


def test_when_a_timer_finds_nobody_the_instance_says_so(open_office: Open) -> None:
    office = open_office(
        flow_of(
            '{id: a, type: approve, name: A, assign: \'role("finance")\', deadline: "due 1 day\\napprove at due"}\n'
            "{id: b, type: approve, name: B, assign: buyer}",
            "start > a > b > done",
        )
    )
    record = office.submit("rep")
    office.wait(days=2)
    assert (office.status(record), office.holders(record)) == ("error", ["a:fin"])
    assert len(inbox(office, "admin")) == 1
    office.verify()
    office.order("admin", "jump", record, node="a")
    assert office.status(record) == "running"


def test_after_a_standstill_everything_fires_once_and_in_order(open_office: Open) -> None:
    office = open_office(
        one(
            "due 1 day\nremind assignee 2 hours before\nremind assignee every 1 day after\nescalate to manager(assignee) 3 days after"
        )
    )
    record = office.submit("rep")
    office.now = datetime(2026, 3, 12, 1, 0, tzinfo=UTC)
    office.wait(minutes=1)
    assert len(inbox(office, "fin")) == 2
    assert office.holders(record) == ["a:boss"]
