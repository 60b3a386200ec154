"""When a member leaves or is away, and when a record is deleted: what that does to running flows."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from formwright.accounts.directory import directory
from formwright.accounts.events import MemberDeactivated, ProxySet
from formwright.flow import engine
from formwright.flow.acts import add_task, replace_seat
from formwright.flow.hand import Hand, locked_transition
from formwright.flow.instances import task_by_id, tasks_of
from formwright.flow.model import LIVE, Act, Status, TaskStatus
from formwright.flow.signers import drop, hand_back
from formwright.flow.tables import UNFINISHED, instance, task
from formwright.records.events import RecordDeleted


def on_deactivated(session: Session, event: MemberDeactivated) -> None:
    """Every unfinished task of the member is cancelled, instance by instance, and the verdicts are asked again.

    Nothing here can be refused.
    """
    rows = (
        session.connection()
        .execute(
            select(task.c.instance, task.c.activation)
            .distinct()
            .where(task.c.assignee == event.member, UNFINISHED)
            .order_by(task.c.instance, task.c.activation)
        )
        .all()
    )
    for instance_id, number in rows:
        _leave(session, event, instance_id, number)


def _leave(session: Session, event: MemberDeactivated, instance_id: int, number: int) -> None:
    step = locked_transition(session, instance_id, actor=event.actor, now=event.now)
    if step is None or step.before.status not in LIVE:
        return
    token = next((each for each in step.state.marking.tokens if each.active and each.activation == number), None)
    if token is None:
        return
    step.world.departing = True
    node = step.version.compiled.nodes[token.node]
    unfinished = (TaskStatus.OPEN, TaskStatus.PENDING)
    mine = [
        each
        for each in tasks_of(session, instance_id, number)
        if each.assignee == event.member and each.status in unfinished
    ]
    drop(step, mine, "departed")
    for each in mine:
        if not each.votes:
            hand_back(Hand(step, each, node, Act("departed")))
    step.note("departed", node=node.id, to=[event.member])
    seats = tuple(each.seat for each in tasks_of(session, instance_id, number))
    step.take(engine.voted(step.version.compiled, step.state, node.id, seats, None, step.world))
    step.save()


def on_proxy(session: Session, event: ProxySet) -> None:
    """A proxy who is to take over what is open already gets it now, in the name of the member."""
    proxy = event.proxy
    known = directory(session)
    day = event.now.astimezone(known.site.zone).date()
    if not proxy.move_open or not known.is_active(proxy.proxy):
        return
    rows = session.connection().execute(
        select(task.c.id, task.c.instance, task.c.flow)
        .where(task.c.assignee == proxy.member, task.c.status == TaskStatus.OPEN)
        .order_by(task.c.instance, task.c.id)
    )
    for task_id, instance_id, flow in rows.all():
        if proxy.covers(flow, day):
            _move(session, event, instance_id, task_id)


def _move(session: Session, event: ProxySet, instance_id: int, task_id: int) -> None:
    step = locked_transition(session, instance_id, actor=event.actor, now=event.now)
    found = task_by_id(session, task_id)
    if step is None or found is None or found.status is not TaskStatus.OPEN:
        return
    hand = Hand(step, found, step.version.compiled.nodes[found.node], Act("transfer"))
    seat = hand.close("transfer", votes=False)
    step.note("transfer", node=found.node, task=found.id, to=[event.proxy.proxy], taken_from=found.assignee)
    owner = found.on_behalf_of if found.on_behalf_of is not None else found.assignee
    add_task(hand, replace(replace_seat(hand, event.proxy.proxy, "transfer"), on_behalf_of=owner), parent=seat.task)
    step.save()


_RUNNING = select(instance.c.id).where(
    instance.c.app == bindparam("app"),
    instance.c.form == bindparam("form"),
    instance.c.record == bindparam("record"),
    instance.c.ended_at.is_(None),
)


def on_deleted(session: Session, event: RecordDeleted) -> None:
    """A deleted record is on no way any more."""
    asked = {"app": event.app.id, "form": event.record.form, "record": event.record.id}
    for instance_id in session.connection().execute(_RUNNING, asked).scalars().all():
        step = locked_transition(session, instance_id, actor=event.actor, now=event.now)
        if step is not None:
            step.note("cancel")
            step.take(engine.closed(step.version.compiled, step.state, Status.TERMINATED, step.world))
            step.save()
