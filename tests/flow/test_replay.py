"""Every log leads to what is stored; whoever changes a line is found out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import delete, update
from tests.flow.office import Office, flow_of

from formwright.flow.replay import verify
from formwright.flow.tables import flow_event, instance

Open = Callable[..., Office]

FLOW = flow_of(
    "{id: a, type: approve, name: A, assign: 'role(\"finance\")'}\n{id: b, type: approve, name: B, assign: 'role(\"legal\")'}",
    "start > a > b > done",
)


@pytest.fixture
def busy(open_office: Open) -> Office:
    office = open_office(FLOW)
    record = office.submit("rep")
    office.act("fin", "approve", record, comment="fine")
    office.act("legal", "return", record, to="start")
    office.submit("rep")
    return office


def problems(office: Office) -> list[str]:
    with office.database.read() as session:
        return verify(session)


def test_a_log_replays_to_the_state(busy: Office) -> None:
    assert problems(busy) == []


@pytest.mark.parametrize("column", ["comment", "act", "body"])
def test_a_changed_line_is_found(busy: Office, column: str) -> None:
    with busy.database.write() as session:
        session.execute(update(flow_event).where(flow_event.c.act == "approve").values({column: "{}"}))
    assert len(problems(busy)) == 1


def test_a_cut_tail_is_found(busy: Office) -> None:
    with busy.database.write() as session:
        session.execute(delete(flow_event).where(flow_event.c.act == "return"))
    assert problems(busy) != []


def test_a_changed_state_is_found(busy: Office) -> None:
    with busy.database.write() as session:
        text = session.execute(instance.select()).first()
        assert text is not None
        session.execute(
            update(instance).where(instance.c.id == text.id).values(state=text.state.replace('"running"', '"approved"'))
        )
    assert [each.partition(": ")[2] for each in problems(busy)] == ["the log replays to another state"]
