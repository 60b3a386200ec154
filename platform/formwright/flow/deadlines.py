"""Time limits: when a node is due, and the timers around that; a timer is another actor that takes the same step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from formwright.errors import Invalid
from formwright.flow.model import Node, TaskStatus
from formwright.flow.tables import activation, task
from formwright.jobs.model import NewJob
from formwright.jobs.operations import cancel, enqueue_all
from formwright.texts import both, show
from formwright_rules import DeadlineAct, DeadlinePlan
from formwright_rules.functions.base import Evaluation
from formwright_rules.targets.runtime import shift

if TYPE_CHECKING:
    from formwright.flow.transition import Transition

TIMER = "flow.timer"
"""The job that `timers.fire` does."""

TELLING = frozenset({"remind", "cc"})
"""Acts that are pointless when their time had passed before the node was reached."""


def timer_key(instance: int, number: int, place: int | str = "") -> str:
    """The key of a timer, or the prefix of all timers of an activation."""
    return f"timer:{instance}.{number}:{place}"


def cancel_timers(session: Session, instance: int, number: int) -> None:
    """No timer of this activation fires any more."""
    cancel(session, timer_key(instance, number))


def plan_of(step: Transition, node: Node, assignee: int | None, arrived_at: datetime) -> DeadlinePlan:
    """What the node's deadline block says for an arrival at `arrived_at`. Raises Invalid `no_date` where it gives no date."""
    context = step.world.context(assignee=assignee, arrived_at=arrived_at)
    plan = step.version.rules.deadline(node, step.world.values, context)
    if plan.due is None:
        zh, en = show(node.name, "zh", node.id), show(node.name, "en", node.id)
        message = both(
            f"“{zh}”的期限没有日期，请填写期限所用的字段",
            f'The time limit of "{en}" has no date; fill the field it reads',
        )
        raise Invalid("no_date", message, at=node.id)
    return plan


def plan_timers(step: Transition, number: int, node: Node, assignees: Sequence[int]) -> datetime | None:
    """Sets the timers of a new activation; when it is due."""
    plan = plan_of(step, node, assignees[0] if assignees else None, step.now)
    jobs = []
    for place, act in enumerate(plan.acts):
        when = act.when or step.now
        if when >= step.now or act.kind not in TELLING:
            jobs.append(_timer(step.before.id, number, place, 1, max(when, step.now)))
    enqueue_all(step.session, jobs)
    return plan.due


def next_time(step: Transition, act: DeadlineAct, when: datetime) -> datetime | None:
    """When an act that is repeated comes again after `when`, in the site's working time where it counts by that."""
    if act.every is None:
        return None
    later: datetime = shift(Evaluation(step.world.values, step.world.context()), when, act.every)
    return later


def set_again(session: Session, instance: int, number: int, place: int, count: int, at: datetime) -> None:
    """One timer at its next time."""
    enqueue_all(session, [_timer(instance, number, place, count, at)])


def _timer(instance: int, number: int, place: int, count: int, at: datetime) -> NewJob:
    payload = {"instance": instance, "activation": number, "place": place, "count": count}
    return NewJob(TIMER, at, payload, timer_key(instance, number, place))


_ENTERED = select(activation.c.entered_at).where(
    activation.c.instance == bindparam("instance"), activation.c.number == bindparam("number")
)
_DUE = (
    select(task.c.due_at)
    .where(
        task.c.instance == bindparam("instance"), task.c.activation == bindparam("number"), task.c.due_at.is_not(None)
    )
    .order_by(task.c.id)
    .limit(1)
)


def entered_at(session: Session, instance: int, number: int) -> datetime | None:
    """When the activation began."""
    found: datetime | None = session.connection().execute(_ENTERED, {"instance": instance, "number": number}).scalar()
    return found


def due_at(session: Session, instance: int, number: int) -> datetime | None:
    """When the activation is due, as its tasks say: suspension and changed dates have moved it."""
    found: datetime | None = session.connection().execute(_DUE, {"instance": instance, "number": number}).scalar()
    return found


def moved(step: Transition, number: int, node: Node, due: datetime, quiet_since: datetime) -> None:
    """The activation is due at `due` now: its tasks say so, and timers that had not fired by `quiet_since` move along."""
    old = due_at(step.session, step.before.id, number)
    began = entered_at(step.session, step.before.id, number)
    if old is None or began is None or old == due:
        return
    plan = plan_of(step, node, None, began)
    step.session.connection().execute(
        update(task)
        .where(
            task.c.instance == step.before.id,
            task.c.activation == number,
            task.c.status.in_((TaskStatus.OPEN, TaskStatus.PENDING)),
        )
        .values(due_at=due)
    )
    jobs = []
    for place, act in enumerate(plan.acts):
        count = 1
        when = act.when + (old - plan.due) if act.when and plan.due else None
        while when is not None and when < quiet_since:
            count, when = count + 1, None if count == act.at_most else next_time(step, act, when)
        if when is not None:
            jobs.append(_timer(step.before.id, number, place, count, max(step.now, when + (due - old))))
    cancel_timers(step.session, step.before.id, number)
    enqueue_all(step.session, jobs)
