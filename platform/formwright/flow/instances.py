"""Instances and tasks as their rows: read, locked, and turned into the engine's values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, select
from sqlalchemy.orm import Session

from formwright.flow.model import Seat, State, Status, TaskStatus
from formwright.flow.state import read_state
from formwright.flow.tables import instance, task
from formwright.prepared import Prepared, rows_of
from formwright.schema.access import remember_publication
from formwright.schema.tables import app


@dataclass(frozen=True, slots=True)
class Instance:
    """One row of `instance`; `rev` is the seq of its last event, `head` that event's hash."""

    id: int
    app: str
    form: str
    flow: str
    version: int
    record: int
    initiator: int | None
    rev: int
    state: State
    head: str
    parent: int | None
    parent_activation: int | None
    started_at: datetime
    ended_at: datetime | None
    suspended_at: datetime | None

    @property
    def status(self) -> Status:
        return self.state.status


@dataclass(frozen=True, slots=True)
class Task:
    """One row of `task`."""

    id: int
    instance: int
    activation: int
    app: str
    form: str
    flow: str
    record: int
    node: str
    assignee: int
    on_behalf_of: int | None
    origin: str
    parent: int | None
    position: int
    weight: Decimal
    votes: bool
    status: TaskStatus
    outcome: str | None
    comment: str | None
    opened_at: datetime | None
    closed_at: datetime | None
    read_at: datetime | None
    due_at: datetime | None

    @property
    def seat(self) -> Seat:
        """Its part in the verdict."""
        return Seat(
            assignee=self.assignee,
            status=self.status,
            outcome=self.outcome,
            on_behalf_of=self.on_behalf_of,
            order=self.position,
            weight=self.weight,
            origin=self.origin,
            votes=self.votes,
            task=self.id,
            parent=self.parent,
        )


INSTANCE_COLUMNS = [
    instance.c.id, instance.c.app, instance.c.form, instance.c.flow, instance.c.version, instance.c.record,
    instance.c.initiator, instance.c.rev, instance.c.state, instance.c.head, instance.c.parent,
    instance.c.parent_activation, instance.c.started_at, instance.c.ended_at, instance.c.suspended_at,
]  # fmt: skip

TASK_COLUMNS = [
    task.c.id, task.c.instance, task.c.activation, task.c.app, task.c.form, task.c.flow, task.c.record, task.c.node,
    task.c.assignee, task.c.on_behalf_of, task.c.origin, task.c.parent, task.c.position, task.c.weight, task.c.votes,
    task.c.status, task.c.outcome, task.c.comment, task.c.opened_at, task.c.closed_at, task.c.read_at, task.c.due_at,
]  # fmt: skip

_PLACE = {column.name: place for place, column in enumerate(TASK_COLUMNS)}


def instance_from(row: Row[Any] | tuple[Any, ...]) -> Instance:
    """From a row of `INSTANCE_COLUMNS`."""
    values = list(row)
    values[8] = read_state(values[8])
    return Instance(*values)


def task_from(row: Row[Any] | tuple[Any, ...]) -> Task:
    """From a row of `TASK_COLUMNS`."""
    values = list(row)
    values[_PLACE["weight"]] = Decimal(values[_PLACE["weight"]])
    values[_PLACE["votes"]] = bool(values[_PLACE["votes"]])
    values[_PLACE["status"]] = TaskStatus(values[_PLACE["status"]])
    return Task(*values)


_ID = instance.c.id == bindparam("id")
_BY_ID = select(*INSTANCE_COLUMNS).where(_ID)
_LOCKED = _BY_ID.with_for_update()
_INSTANCE_OF_TASK = select(task.c.instance).where(task.c.id == bindparam("id"))
_LOCKED_BY_TASK = Prepared(
    select(*INSTANCE_COLUMNS).where(instance.c.id == _INSTANCE_OF_TASK.scalar_subquery()).with_for_update()
)
_TASK = select(*TASK_COLUMNS).where(task.c.id == bindparam("id"))
_OF_ACTIVATION = (
    select(*TASK_COLUMNS)
    .where(task.c.instance == bindparam("instance"), task.c.activation == bindparam("activation"))
    .order_by(task.c.position, task.c.id)
)


_MINE = task.alias("mine")
_WITH_COLLEAGUES = Prepared(
    select(*TASK_COLUMNS)
    .join(_MINE, and_(_MINE.c.instance == task.c.instance, _MINE.c.activation == task.c.activation))
    .where(_MINE.c.id == bindparam("id"))
    .order_by(task.c.position, task.c.id)
)


def locked_instance(session: Session, instance_id: int) -> Instance | None:
    """The instance, locked until the transaction ends: before anything about it is read or counted."""
    row = session.connection().execute(_LOCKED, {"id": instance_id}).first()
    return None if row is None else instance_from(row)


def instance_by_id(session: Session, instance_id: int) -> Instance | None:
    row = session.connection().execute(_BY_ID, {"id": instance_id}).first()
    return None if row is None else instance_from(row)


def task_by_id(session: Session, task_id: int) -> Task | None:
    row = session.connection().execute(_TASK, {"id": task_id}).first()
    return None if row is None else task_from(row)


_APP_OF_TASK = Prepared(
    select(app.c.id, app.c.publication)
    .join(task, task.c.app == app.c.id)
    .where(task.c.id == bindparam("id"), app.c.deleted_at.is_(None))
)


def locked_with_tasks(session: Session, task_id: int) -> tuple[Instance, list[Task]] | None:
    """The instance of a task, locked, and then all tasks of the task's activation."""
    asked = {"id": task_id}
    # In this order: the second statement sees what was committed while the first waited for the lock.
    found, tasks, apps = rows_of(session, [(_LOCKED_BY_TASK, asked), (_WITH_COLLEAGUES, asked), (_APP_OF_TASK, asked)])
    for app_id, publication in apps:
        remember_publication(session, app_id, publication)
    return (instance_from(found[0]), [task_from(row) for row in tasks]) if found else None


def tasks_of(session: Session, instance_id: int, activation: int) -> list[Task]:
    """The tasks of one activation, in their order."""
    asked = {"instance": instance_id, "activation": activation}
    return [task_from(row) for row in session.connection().execute(_OF_ACTIVATION, asked)]


def select_tasks() -> Select[Any]:
    return select(*TASK_COLUMNS)


def select_instances() -> Select[Any]:
    return select(*INSTANCE_COLUMNS)
