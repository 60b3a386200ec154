"""A task in somebody's hand: locked, checked to be theirs, closed at most once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from formwright.accounts.directory import directory
from formwright.accounts.model import Actor
from formwright.errors import Conflict, Invalid, Missing, NotAllowed
from formwright.flow.definition import Compiled
from formwright.flow.instances import Instance, Task, locked_instance, locked_with_tasks, tasks_of
from formwright.flow.model import Act, Node, Seat, Status, TaskStatus
from formwright.flow.tables import task
from formwright.flow.transition import Transition
from formwright.flow.versions import version_of
from formwright.prepared import Prepared
from formwright.records.access import record_for
from formwright.schema.access import app_for
from formwright.texts import both, show

_CLOSE = Prepared(
    update(task)
    .where(task.c.id == bindparam("_id"), task.c.status == bindparam("_was"))
    .values(
        status=bindparam("_status"),
        outcome=bindparam("_outcome"),
        comment=bindparam("_comment"),
        closed_at=bindparam("_at"),
        votes=bindparam("_votes"),
    )
)
_REOPEN = (
    update(task)
    .where(task.c.id == bindparam("_id"), task.c.status == TaskStatus.PENDING)
    .values(status=TaskStatus.OPEN, opened_at=bindparam("_at"))
)
_PAUSE = (
    update(task)
    .where(task.c.id == bindparam("_id"), task.c.status == TaskStatus.OPEN)
    .values(status=TaskStatus.PENDING)
)


@dataclass
class Hand:
    """One act on one task. `step` gathers what follows from it."""

    step: Transition
    task: Task
    node: Node
    act: Act

    @cached_property
    def colleagues(self) -> list[Task]:
        """All tasks of the activation, this one included, as they were before the act."""
        return tasks_of(self.step.session, self.task.instance, self.task.activation)

    @property
    def compiled(self) -> Compiled:
        return self.step.version.compiled

    def seats(self, *changed: Seat) -> tuple[Seat, ...]:
        """The seats of the activation, with those that the act has changed."""
        by_task = {seat.task: seat for seat in changed}
        return tuple(by_task.get(each.id) or each.seat for each in self.colleagues)

    def close(self, outcome: str, *, votes: bool | None = None) -> Seat:
        """The task is done. Raises Conflict `task_closed` when somebody was faster."""
        counts = self.task.votes if votes is None else votes
        self.step.batch.add(
            _CLOSE,
            [
                {
                    "_id": self.task.id,
                    "_was": TaskStatus.OPEN,
                    "_status": TaskStatus.DONE,
                    "_outcome": outcome,
                    "_comment": self.act.comment or None,
                    "_at": self.step.now,
                    "_votes": int(counts),
                }
            ],
            or_else=task_closed(),
        )
        self.step.closed.append((self.task.id, self.node.id, self.task.assignee, outcome))
        return replace(self.task.seat, status=TaskStatus.DONE, outcome=outcome, votes=counts)

    def refuse(self, code: str, zh: str, en: str, at: str = "") -> NotAllowed | Invalid | Conflict:
        """The error for this act, to be raised."""
        message = both(zh, en)
        if code in ("not_allowed", "not_assignee", "field_forbidden"):
            return NotAllowed(code, message, at=at)
        if code in ("task_closed", "already_assignee", "already_handled", "delegated_pending"):
            return Conflict(code, message, at=at)
        return Invalid(code, message, at=at)

    def members(self, *, one: bool = False) -> list[int]:
        """The members that the act names in `to`: known, active, each once. Raises Invalid."""
        given = self.act.to
        named = list(given) if isinstance(given, tuple) else ([] if given is None else [given])
        if not named or (one and len(named) > 1):
            raise self.refuse("required", "请选择一位成员" if one else "请选择成员", "Choose a member", "to")
        return resolve_members(self.step.session, named)

    @property
    def label(self) -> dict[str, str]:
        return both(show(self.node.name, "zh", self.node.id), show(self.node.name, "en", self.node.id))


def resolve_members(session: Session, named: Iterable[Any]) -> list[int]:
    """Members by e-mail or id. Raises Invalid `unknown_member` for those who do not exist or are no longer active."""
    known = directory(session)
    found: list[int] = []
    for each in named:
        member = known.find(each)
        if member is None or not known.is_active(member):
            raise Invalid("unknown_member", both(f"没有成员 {each}", f"There is no active member {each}"), at="to")
        if member not in found:
            found.append(member)
    return found


def task_closed() -> Conflict:
    return Conflict("task_closed", both("这项待办已经处理过了", "This task is already closed"))


def reopen(session: Session, task_id: int, at: datetime) -> bool:
    """A task that waited is open again; whether it did wait."""
    return session.connection().execute(_REOPEN, {"_id": task_id, "_at": at}).rowcount == 1


def pause(session: Session, task_id: int) -> None:
    """An open task waits for somebody else. Raises Conflict when it is not open."""
    if session.connection().execute(_PAUSE, {"_id": task_id}).rowcount != 1:
        raise task_closed()


def take_hold(session: Session, task_id: int, act: Act, *, actor: Actor, now: datetime, waiting: bool = False) -> Hand:
    """The task and its instance, locked, for `actor` to act on. `waiting`: the act is one on a task that waits.

    Raises Missing where the task or its record is not visible, NotAllowed `not_assignee` where it is not the actor's,
    Conflict `task_closed` where it is over.
    """
    together = locked_with_tasks(session, task_id)
    if together is None:
        raise Missing(at=str(task_id))
    current, colleagues = together
    found = next(each for each in colleagues if each.id == task_id)
    refuse_strangers(session, found, actor=actor, now=now)
    if found.status not in (TaskStatus.OPEN, TaskStatus.PENDING):
        raise task_closed()
    if found.status is TaskStatus.PENDING and not waiting:
        if any(each.parent == found.id for each in colleagues):
            message = both("正在等待受托人或加签人的意见", "This task waits for the member whom you asked")
            raise Conflict("delegated_pending", message)
        raise not_assignee()
    hand = hold(session, current, found, act, actor=actor, now=now)
    hand.colleagues = colleagues
    return hand


def hold(session: Session, current: Instance, found: Task, act: Act, *, actor: Actor, now: datetime) -> Hand:
    """A locked task in the hand of whoever acts. Raises NotAllowed while the instance is suspended."""
    if current.status is Status.SUSPENDED:
        raise NotAllowed(message=both("流程已挂起，请先恢复", "The flow is suspended; resume it first"))
    app = app_for(session, current.app)
    version = version_of(session, app, current.flow, current.version)
    step = Transition(session, app, version, current, actor=actor, now=now)
    return Hand(step, found, version.compiled.nodes[found.node], act)


def refuse_strangers(session: Session, found: Task, *, actor: Actor, now: datetime) -> None:
    """Raises unless the task is the actor's: Missing where they cannot see the record, else NotAllowed `not_assignee`."""
    if found.assignee != actor.id:
        app = app_for(session, found.app)
        record_for(session, app, found.form, found.record, actor=actor, now=now)
        raise not_assignee()


def not_assignee() -> NotAllowed:
    return NotAllowed("not_assignee", both("这项待办不由您处理", "This task is not yours to handle"))


def locked_transition(session: Session, instance_id: int, *, actor: Actor, now: datetime) -> Transition | None:
    """A step on an instance that nobody's task starts: a timer, an administrator, a member who left."""
    current = locked_instance(session, instance_id)
    if current is None:
        return None
    app = app_for(session, current.app)
    version = version_of(session, app, current.flow, current.version)
    return Transition(session, app, version, current, actor=actor, now=now)
