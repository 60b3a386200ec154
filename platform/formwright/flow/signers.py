"""Help with a task: delegation, added signers before, beside and after, and their removal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, update

from formwright.flow import engine, tables
from formwright.flow.hand import Hand, pause, reopen
from formwright.flow.instances import Task
from formwright.flow.model import Seat, TaskStatus
from formwright.flow.tables import task

if TYPE_CHECKING:
    from formwright.flow.transition import Transition

UNFINISHED = (TaskStatus.OPEN, TaskStatus.PENDING)

_DROP = (
    update(task)
    .where(task.c.id == bindparam("_id"), tables.UNFINISHED)
    .values(status=TaskStatus.CANCELLED, outcome=bindparam("_outcome"), closed_at=bindparam("_at"))
)


def drop(step: Transition, tasks: Iterable[Task], outcome: str) -> None:
    """These tasks are cancelled."""
    rows = [{"_id": each.id, "_outcome": outcome, "_at": step.now} for each in tasks]
    if rows:
        step.session.connection().execute(_DROP, rows)


def delegate(hand: Hand) -> None:
    """委派: somebody else advises, my task waits for it."""
    if not hand.node.actions.delegate or not hand.task.votes:
        raise hand.refuse("not_allowed", "这个节点不允许委派", "This step cannot be delegated", "action")
    (to,) = hand.members(one=True)
    _refuse_holder(hand, to)
    pause(hand.step.session, hand.task.id)
    _add(hand, to, "delegate", votes=False)
    hand.step.note("delegate", node=hand.node.id, task=hand.task.id, comment=hand.act.comment, to=[to])


def recall(hand: Hand) -> None:
    """收回 a delegation: the other's task is cancelled, mine is open again."""
    asked = [
        each
        for each in hand.colleagues
        if each.parent == hand.task.id and each.origin == "delegate" and each.status in UNFINISHED
    ]
    if not asked:
        raise hand.refuse("not_allowed", "没有可以收回的委派", "There is no delegation to recall", "action")
    drop(hand.step, asked, "recall")
    reopen(hand.step.session, hand.task.id, hand.step.now)
    hand.step.note("recall", node=hand.node.id, task=hand.task.id, comment=hand.act.comment)


def add_signer(hand: Hand) -> None:
    """加签: `before` advises while I wait, `parallel` votes beside me, `after` votes when I have agreed."""
    when = hand.act.when or "parallel"
    if when not in hand.node.actions.add_signer or not hand.task.votes:
        raise hand.refuse("not_allowed", "这个节点不允许这样加签", "No signer can be added here this way", "when")
    members = hand.members()
    for member in members:
        _refuse_holder(hand, member)
    if when == "before":
        pause(hand.step.session, hand.task.id)
    for member in members:
        _add(
            hand,
            member,
            when,
            votes=when != "before",
            status=TaskStatus.PENDING if when == "after" else TaskStatus.OPEN,
        )
    hand.step.note("add_signer", node=hand.node.id, task=hand.task.id, comment=hand.act.comment, to=members, when=when)


def remove_signer(hand: Hand) -> None:
    """减签: whoever added them takes them away again; the verdict is asked anew."""
    members = hand.members()
    added = [
        each
        for each in hand.colleagues
        if each.parent == hand.task.id
        and each.origin in ("before", "parallel", "after")
        and each.assignee in members
        and each.status in UNFINISHED
    ]
    if len(added) != len(members):
        raise hand.refuse("not_allowed", "只能减去自己加签的人", "Only signers whom you added can be removed", "to")
    take_away(hand, added)
    hand.step.note("remove_signer", node=hand.node.id, task=hand.task.id, comment=hand.act.comment, to=members)
    if hand.task.status is TaskStatus.PENDING:
        hand_back(hand, of=hand.task.id, gone={each.id for each in added})
        return
    gone = {each.id for each in added}
    seats = tuple(each.seat for each in hand.colleagues if each.id not in gone)
    hand.step.take(engine.voted(hand.compiled, hand.step.state, hand.node.id, seats, None, hand.step.world))


def take_away(hand: Hand, added: list[Task]) -> None:
    """Raises `cannot_remove_last` where nobody would be left and nobody has voted."""
    gone = {each.id for each in added}
    left = [each for each in hand.colleagues if each.id not in gone and each.seat.counts]
    if not any(each.status in UNFINISHED or each.seat.voted for each in left):
        raise hand.refuse(
            "cannot_remove_last", "不能减去最后一位处理人", "The last signer cannot be removed before anybody has voted"
        )
    drop(hand.step, added, "removed")


def hand_back(hand: Hand, *, of: int | None = None, gone: set[int] | None = None) -> None:
    """The task that waited for this advice is open again as soon as all of it is there."""
    parent = of if of is not None else hand.task.parent
    done = (gone or set()) | {hand.task.id}
    if parent is not None and not any(
        each.parent == parent and not each.votes and each.status in UNFINISHED and each.id not in done
        for each in hand.colleagues
    ):
        reopen(hand.step.session, parent, hand.step.now)


def open_after(hand: Hand) -> tuple[Seat, ...]:
    """Signers who come after this one have their turn."""
    opened: list[Seat] = []
    for each in hand.colleagues:
        if each.parent == hand.task.id and each.origin == "after" and each.status is TaskStatus.PENDING:
            reopen(hand.step.session, each.id, hand.step.now)
            seat = each.seat
            opened.append(
                Seat(
                    seat.assignee,
                    TaskStatus.OPEN,
                    order=seat.order,
                    weight=seat.weight,
                    origin=seat.origin,
                    task=seat.task,
                    parent=seat.parent,
                )
            )
    return tuple(opened)


def _add(hand: Hand, member: int, origin: str, *, votes: bool, status: TaskStatus = TaskStatus.OPEN) -> None:
    seat = Seat(
        member,
        status,
        order=hand.task.position,
        weight=hand.task.weight,
        origin=origin,
        votes=votes,
        parent=hand.task.id,
    )
    hand.step.seat(hand.task.activation, hand.node.id, [seat], due=hand.task.due_at)


def _refuse_holder(hand: Hand, member: int) -> None:
    if any(each.assignee == member and each.status in UNFINISHED for each in hand.colleagues):
        name = hand.step.world.people.show([member])[member].name
        raise hand.refuse("already_assignee", f"{name} 已经是处理人", f"{name} already has this task", "to")
