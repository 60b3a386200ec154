"""What flows tell the floors above them, in order."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session
from tests.flow.office import Office, flow_of

from formwright import events
from formwright.flow.events import FlowFinished, FlowStarted, NodeEntered, TaskClosed, TaskOpened


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Everything that is published, as words."""
    said: list[str] = []

    def listen(_: Session, event: object) -> None:
        said.append(type(event).__name__ + (f" {event.node}" if hasattr(event, "node") else ""))

    for kind in (FlowStarted, NodeEntered, TaskOpened, TaskClosed, FlowFinished):
        monkeypatch.setitem(events._subscribers, kind, [listen])
    return said


def test_a_flow_from_beginning_to_end(open_office: Callable[..., Office], heard: list[str]) -> None:
    office = open_office(flow_of("{id: a, type: approve, name: A, assign: 'role(\"finance\")'}", "start > a > done"))
    record = office.submit("rep")
    assert heard == ["FlowStarted", "NodeEntered start", "NodeEntered a", "TaskOpened a"]
    heard.clear()
    office.act("fin", "approve", record)
    assert heard == ["TaskClosed a", "NodeEntered done", "FlowFinished"]
