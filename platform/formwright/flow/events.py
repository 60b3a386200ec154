"""What flows tell the floors above, in the step's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from formwright.accounts.model import Actor
from formwright.flow.model import Status
from formwright.schema.model import App


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowEvent:
    """Base: what happened to which instance."""

    app: App
    form: str
    flow: str
    record: int
    instance: int
    actor: Actor
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowStarted(FlowEvent):
    """A record went on its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowFinished(FlowEvent):
    """Approved, rejected, withdrawn or terminated."""

    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeEntered(FlowEvent):
    """The instance arrived at `node`, for the `visit`-th time."""

    node: str
    visit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOpened(FlowEvent):
    """`assignee` has something to do."""

    task: int
    node: str
    assignee: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskClosed(FlowEvent):
    """The task is done."""

    task: int
    node: str
    assignee: int
    outcome: str
