"""The acts on a task: what each of them checks and sets off."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import select

from formwright.errors import Conflict
from formwright.flow import engine, signers
from formwright.flow.hand import Hand
from formwright.flow.model import Seat, TaskStatus
from formwright.flow.returns import check_return, nearest
from formwright.records import operations as records
from formwright.records.permissions import writable
from formwright.records.tables import record_event
from formwright.registry import Registry
from formwright.schema.model import FieldRights
from formwright.texts import both, show
from formwright_rules.values import is_empty

ActOnTask = Callable[[Hand], None]

acts: Registry[ActOnTask] = Registry("act on a task")

FITS = {
    "approve": frozenset({"approve"}),
    "reject": frozenset({"approve"}),
    "submit": frozenset({"start", "handle"}),
    "confirm": frozenset({"confirm"}),
    "object": frozenset({"confirm"}),
}
"""Which types of node an outcome belongs to; an own outcome comes with `submit` wherever the node declares it."""


@acts.named("approve")
def approve(hand: Hand) -> None:
    """同意."""
    _vote(hand, hand.act.outcome or "approve")


@acts.named("reject")
def reject(hand: Hand) -> None:
    """拒绝."""
    _vote(hand, "reject")


@acts.named("submit")
def submit(hand: Hand) -> None:
    """提交, also with an outcome of the node's own."""
    _vote(hand, hand.act.outcome or "submit")


def _vote(hand: Hand, outcome: str) -> None:
    act, node, step = hand.act, hand.node, hand.step
    own = next((each for each in node.outcomes if each.id == outcome), None)
    if act.action in node.actions.switched_off or (
        own is None and (node.type not in FITS.get(outcome, ()) or (act.outcome not in (None, outcome)))
    ):
        raise hand.refuse(
            "not_allowed", f"这个节点不能执行“{outcome}”", f'"{outcome}" is not possible at this step', "action"
        )
    advice = not hand.task.votes
    if not advice:
        _demand(hand, outcome, own.comment if own else None)
    seat = hand.close(outcome)
    if advice:
        # Advice moves nothing: whoever asked for it decides.
        step.note(outcome, node=node.id, task=hand.task.id, comment=act.comment, advice=True)
        signers.hand_back(hand)
        return
    write(hand, complete=outcome != "reject")
    step.note(
        outcome,
        node=node.id,
        task=hand.task.id,
        outcome=outcome,
        comment=act.comment,
        checklist=list(act.checklist),
        signature=act.signature,
        on_behalf_of=hand.task.on_behalf_of,
    )
    opened = () if seat.rejects else signers.open_after(hand)
    step.take(engine.voted(hand.compiled, step.state, node.id, hand.seats(seat, *opened), outcome, step.world))


def _demand(hand: Hand, outcome: str, own_comment: str | None) -> None:
    """What the node wants with this outcome: a comment, a signature, an attachment."""
    node = hand.node
    wanted = set()
    rule = node.actions.comment
    if "required" in (rule, own_comment) or (rule == "on_reject" and outcome == "reject"):
        wanted.add("comment")
    if node.actions.signature and outcome != "reject":
        wanted.add("signature")
    if node.decide:
        wanted |= hand.step.world.decision(node, hand.seats(), outcome).require
    refuse_without(hand, wanted)


def refuse_without(hand: Hand, wanted: set[str]) -> None:
    """Raises `comment_required` or `required` for what the act lacks."""
    if "comment" in wanted and not hand.act.comment.strip():
        raise hand.refuse("comment_required", "请填写审批意见", "Please write a comment", "comment")
    if "signature" in wanted and not hand.act.signature:
        raise hand.refuse("required", "请签名", "Please sign", "signature")
    if "attachment" in wanted and not _has_attachment(hand):
        raise hand.refuse("required", "请上传附件", "Please attach a file", "attachment")


def _has_attachment(hand: Hand) -> bool:
    """Whether the record holds a file, or gets one with this act."""
    form = hand.step.app.forms[hand.task.form]
    files = [field.id for field in form.fields if field.type in ("attachment", "image")]
    values = hand.act.values or {}
    return any(not is_empty(values[each] if each in values else hand.step.world.values[each]) for each in files)


# ── what is written ───────────────────────────────────────────────────────────────────────────────


def write(hand: Hand, *, complete: bool) -> None:
    """The act's values into the record, as far as the node lets this member write; `complete` also asks for what is missing."""
    values, step = hand.act.values or {}, hand.step
    if not values and not (complete and _asks_for_something(hand.node.fields)):
        return
    step.batch.flush()
    if values and hand.act.version is not None:
        _refuse_clash(hand)
    records.update(
        step.session,
        step.app,
        hand.task.form,
        hand.task.record,
        values,
        actor=step.actor,
        now=step.now,
        rights=hand.node.fields,
        complete=complete,
    )


def _asks_for_something(rights: FieldRights) -> bool:
    return writable(rights.rest) or any(writable(right) for right in rights.by_field.values())


def _refuse_clash(hand: Hand) -> None:
    """Raises Conflict `record_conflict` where a field of the act was written by somebody else since the actor saw it."""
    step, task = hand.step, hand.task
    diffs = step.session.connection().execute(
        select(record_event.c.diff)
        .where(
            record_event.c.app == task.app,
            record_event.c.form == task.form,
            record_event.c.record == task.record,
            record_event.c.rev > hand.act.version,
        )
        .order_by(record_event.c.rev)
    )
    theirs = {field: change for (diff,) in diffs for field, change in json.loads(diff).items()}
    values = hand.act.values or {}
    clashing = {
        field: {"mine": values[field], "theirs": theirs[field][1] if isinstance(theirs[field], list) else None}
        for field in values
        if field in theirs and not (isinstance(theirs[field], list) and theirs[field][1] == values[field])
    }
    if clashing:
        at = next(iter(clashing))
        message = both(
            "别人刚刚改过同一个字段，请核对后再提交",
            "Somebody else has just written the same field; look at both values",
        )
        raise Conflict("record_conflict", message, at=f"/values/{at}", current=clashing)


@acts.named("save")
def save(hand: Hand) -> None:
    """暂存: unfinished work is kept, the task stays."""
    _refuse_switched_off(hand)
    write(hand, complete=False)


# ── moving it ─────────────────────────────────────────────────────────────────────────────────────


@acts.named("return")
def send_back(hand: Hand) -> None:
    """退回 to a visited node upstream."""
    act, node, step = hand.act, hand.node, hand.step
    if not hand.task.votes:
        raise hand.refuse("not_allowed", "受托人只能给出意见", "Only advice can be given here", "action")
    target = _target(hand)
    allowed = node.actions.back
    nearby = nearest(hand.compiled, node.id, step.state.visits) if allowed == "previous" else frozenset()
    listed = target in nearby if allowed == "previous" else allowed == "any" or target in allowed
    refused = hand.refuse("not_allowed", "这个节点不能退回到那里", "This step cannot send back there", "to")
    if not listed and node.actions.back_is_written:
        raise refused
    check_return(hand.compiled, step.state, node.id, target)
    if not listed:
        raise refused
    mode = node.resubmit if node.resubmit != "ask" else act.resubmit or "rerun"
    if mode not in ("rerun", "direct") or (act.resubmit is not None and act.resubmit != mode):
        raise hand.refuse("not_allowed", "这个节点不能这样重新提交", "This step resubmits otherwise", "resubmit")
    if node.actions.comment == "required":
        refuse_without(hand, {"comment"})
    hand.close("return")
    write(hand, complete=False)
    step.note("return", node=node.id, task=hand.task.id, outcome=mode, comment=act.comment, target=target)
    step.take(engine.returned(hand.compiled, step.state, node.id, target, step.world, direct=mode == "direct"))


def _target(hand: Hand) -> str:
    act = hand.act
    named = act.to if isinstance(act.to, str) else act.node
    if isinstance(act.to, tuple) and len(act.to) == 1:
        named = str(act.to[0])
    if named is None:
        allowed = hand.node.actions.back
        if isinstance(allowed, tuple) and len(allowed) == 1:
            return allowed[0]
        raise hand.refuse("required", "请选择退回到哪个节点", "Say where it goes back to", "to")
    return named


@acts.named("transfer")
def transfer(hand: Hand) -> None:
    """转交: mine closes, the other's opens; the limit stays."""
    if not hand.node.actions.transfer:
        raise hand.refuse("not_allowed", "这个节点不允许转交", "This step cannot be handed on", "action")
    (to,) = hand.members(one=True)
    hand_on(hand, to, "transfer", "transfer")


def hand_on(hand: Hand, to: int, act: str, origin: str) -> None:
    """The task closes with outcome `transfer`, and `to` gets one in its place."""
    step = hand.step
    refuse_holders(hand, to)
    seat = hand.close("transfer", votes=False)
    write(hand, complete=False)
    step.note(
        act,
        node=hand.node.id,
        task=hand.task.id,
        comment=hand.act.comment,
        to=[to],
        taken_from=hand.task.assignee,
    )
    add_task(hand, replace_seat(hand, to, origin), parent=seat.task)


def replace_seat(hand: Hand, to: int, origin: str) -> Seat:
    """The seat of the one who takes over: same place, weight and say."""
    return replace(
        hand.task.seat,
        assignee=to,
        on_behalf_of=None,
        status=TaskStatus.OPEN,
        outcome=None,
        origin=origin,
        task=None,
    )


def add_task(hand: Hand, seat: Seat, *, parent: int | None) -> Seat:
    """One more task in the activation, due when this one is; its seat with the new id."""
    step = hand.step
    new = replace(seat, parent=parent)
    (task_id,) = step.seat(hand.task.activation, hand.node.id, [new], due=hand.task.due_at)
    return replace(new, task=task_id)


def refuse_holders(hand: Hand, to: int) -> None:
    """Raises Conflict `already_assignee` where `to` has a task here that is not over."""
    for each in hand.colleagues:
        if each.assignee == to and each.status in (TaskStatus.OPEN, TaskStatus.PENDING):
            name = hand.step.world.people.show([to])[to].name
            raise hand.refuse("already_assignee", f"{name} 已经是处理人", f"{name} already has this task", "to")


@acts.named("claim")
def claim(hand: Hand) -> None:
    """领取: the pool closes for the others."""
    if hand.node.distribute != "claim":
        raise hand.refuse("not_allowed", "这个节点不用领取", "There is nothing to claim at this step", "action")
    others = [each for each in hand.colleagues if each.id != hand.task.id and each.status is TaskStatus.OPEN]
    signers.drop(hand.step, others, "claim")
    hand.step.note("claim", node=hand.node.id, task=hand.task.id)


@acts.named("comment")
def comment(hand: Hand) -> None:
    """评论: said, and nothing moves."""
    _refuse_switched_off(hand)
    refuse_without(hand, {"comment"})
    hand.step.note("comment", node=hand.node.id, task=hand.task.id, comment=hand.act.comment)


@acts.named("cc")
def copy(hand: Hand) -> None:
    """抄送 to further members, with this node's view of the record."""
    _refuse_switched_off(hand)
    members = hand.members()
    hand.step.copy_to(hand.node.id, members)
    hand.step.note("cc", node=hand.node.id, task=hand.task.id, comment=hand.act.comment, to=members)


acts.add("delegate", signers.delegate)
acts.add("recall", signers.recall)
acts.add("add_signer", signers.add_signer)
acts.add("remove_signer", signers.remove_signer)

ON_WAITING = frozenset({"recall", "remove_signer"})
"""Acts on a task that waits for somebody else."""


def _refuse_switched_off(hand: Hand) -> None:
    if hand.act.action in hand.node.actions.switched_off:
        label = show(hand.node.name, "zh", hand.node.id)
        raise hand.refuse("not_allowed", f"“{label}”不允许这个操作", "This step does not allow that", "action")
