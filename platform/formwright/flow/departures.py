"""When a member leaves: their open tasks are cancelled, and every verdict they had a part in is asked again."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from formwright.accounts.events import MemberDeactivated
from formwright.flow import engine
from formwright.flow.hand import Hand, locked_transition
from formwright.flow.instances import tasks_of
from formwright.flow.model import LIVE, Act
from formwright.flow.signers import UNFINISHED, drop, hand_back
from formwright.flow.tables import task


def on_deactivated(session: Session, event: MemberDeactivated) -> None:
    """Every unfinished task of the member, instance by instance, oldest first. Nothing here can be refused."""
    rows = (
        session.connection()
        .execute(
            select(task.c.instance, task.c.activation)
            .distinct()
            .where(task.c.assignee == event.member, task.c.status.in_(UNFINISHED))
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
    mine = [
        each
        for each in tasks_of(session, instance_id, number)
        if each.assignee == event.member and each.status in UNFINISHED
    ]
    drop(step, mine, "departed")
    for each in mine:
        hand = Hand(step, each, node, Act(action="departed"))
        if not each.votes:
            hand_back(hand)
    step.note("departed", node=node.id, to=[event.member])
    seats = tuple(each.seat for each in tasks_of(session, instance_id, number))
    step.take(engine.voted(step.version.compiled, step.state, node.id, seats, None, step.world))
    step.save()
