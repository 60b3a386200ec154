"""The verbs of running flows: act on a task, act on a record's flow; each is one step in the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from formwright.accounts.access import administrators_only
from formwright.accounts.model import Actor
from formwright.errors import Conflict, Invalid, Missing, NotAllowed, TooMany
from formwright.flow import administration, engine
from formwright.flow.acts import ON_WAITING, acts
from formwright.flow.assignment import policy
from formwright.flow.hand import resolve_members, take_hold
from formwright.flow.instances import INSTANCE_COLUMNS, Instance, instance_from, locked_instance
from formwright.flow.model import LIVE, Act, Status, TaskStatus
from formwright.flow.show import readers_by_title
from formwright.flow.starting import flows_for, start
from formwright.flow.tables import cc, effect, flow_event, instance, task
from formwright.flow.transition import Transition
from formwright.flow.versions import version_of
from formwright.notify.operations import inbox
from formwright.prepared import Prepared
from formwright.records import operations as records
from formwright.records.access import record_for
from formwright.records.model import Record
from formwright.records.writing import to_the_millisecond
from formwright.registry import nearest
from formwright.schema.model import App
from formwright.schema.reading import bad_text
from formwright.texts import both

URGE_AGAIN = timedelta(hours=1)
"""How long one has to wait between two reminders of the same instance."""

LONGEST = 10_000
"""Characters of a comment or a reason."""

RECORD_ACTS = ("submit", "withdraw", "cancel", "urge", "jump", "reassign", "suspend", "resume", "reactivate")


def act(session: Session, task_id: int, what: Act, *, actor: Actor, now: datetime) -> Instance:
    """`actor` does something with a task: the instance as it then stands.

    Raises Missing, NotAllowed (`not_assignee`, `not_allowed`), Conflict (`task_closed` …) or Invalid; a refused act changes
    nothing at all.
    """
    now = to_the_millisecond(now)
    for at in ("comment", "to", "node", "outcome", "signature", "resubmit", "when"):
        _refuse_bad_text(getattr(what, at), at)
    do = acts.get(what.action)
    if do is None:
        raise _unknown(what.action, tuple(acts))
    hand = take_hold(session, task_id, what, actor=actor, now=now, waiting=what.action in ON_WAITING)
    hand.step.world.chosen_now = {
        _known_node(node, hand.compiled.nodes): resolve_members(session, members)
        for node, members in what.chosen.items()
    }
    do(hand)
    if not hand.step.entries:
        return hand.step.before
    return hand.step.save()


def record_act(
    session: Session,
    app: App,
    form_id: str,
    record: int | str,
    action: str,
    *,
    actor: Actor,
    now: datetime,
    node: str | None = None,
    reason: str = "",
    values: Mapping[str, Any] | None = None,
    task: int | str | None = None,
    to: Any = None,
    flow: str | None = None,
) -> Instance:
    """An act on a record's flow, by its initiator or an administrator; `flow` picks one where there are several.

    `submit` starts the flow of a draft, or again after a withdrawal or rejection. Raises Missing where the record or its
    flow is not visible, NotAllowed, Conflict `already_handled` when the instance is over, TooMany `too_soon`, Invalid.
    """
    now = to_the_millisecond(now)
    for at, text in (("reason", reason), ("node", node), ("flow", flow), ("task", task), ("to", to)):
        _refuse_bad_text(text, at)
    if action not in RECORD_ACTS:
        raise _unknown(action, RECORD_ACTS)
    found, rights = record_for(session, app, form_id, record, actor=actor, now=now)
    if action == "submit":
        own = actor.id in (found.created_by, found.owner) or "edit" in rights.actions
        return _submit(session, app, found, values, flow, own=own, actor=actor, now=now)
    current = latest_instance(session, app, found, flow)
    if current is None:
        raise Missing(message=both("这条记录没有流程", "This record has no flow"))
    locked = locked_instance(session, current.id)
    if locked is None:
        raise Missing()
    version = version_of(session, app, locked.flow, locked.version)
    step = Transition(session, app, version, locked, actor=actor, now=now)
    if locked.status is Status.SUSPENDED and action not in ("resume", "cancel", "suspend"):
        raise NotAllowed(message=both("流程已挂起，请先恢复", "The flow is suspended; resume it first"))
    if action == "withdraw":
        _withdraw(step, reason)
    elif action == "urge":
        _urge(step, reason)
    else:
        administrators_only(actor)
        administration.do(step, action, node=node, reason=reason, task=task, to=to)
    return step.save()


_OF_RECORD = (
    select(*INSTANCE_COLUMNS)
    .where(
        instance.c.app == bindparam("app"),
        instance.c.form == bindparam("form"),
        instance.c.record == bindparam("record"),
    )
    .order_by(instance.c.ended_at.is_not(None), instance.c.id.desc())
    .limit(1)
)
_LATEST = Prepared(_OF_RECORD)
_LATEST_OF_FLOW = Prepared(_OF_RECORD.where(instance.c.flow == bindparam("flow")))


def latest_instance(session: Session, app: App, record: Record, flow: str | None = None) -> Instance | None:
    """The record's newest live instance, else its newest; of `flow` only, where it is given."""
    statement = _LATEST if flow is None else _LATEST_OF_FLOW
    found = statement.rows(session, {"app": app.id, "form": record.form, "record": record.id, "flow": flow})
    return instance_from(found[0]) if found else None


# ── the initiator's ───────────────────────────────────────────────────────────────────────────────


def _submit(
    session: Session,
    app: App,
    record: Record,
    values: Mapping[str, Any] | None,
    flow: str | None,
    *,
    own: bool,
    actor: Actor,
    now: datetime,
) -> Instance:
    """`own`: the record is the actor's to begin a flow on."""
    current = latest_instance(session, app, record, flow)
    if record.draft:
        records.submit_draft(session, app, record.form, record.id, values, actor=actor, now=now)
        started = latest_instance(session, app, record, flow)
        if started is None:
            raise Missing(message=both("这张表单没有流程", "This form has no flow"))
        return started
    if current is not None and current.status in LIVE:
        mine = _open_at_start(session, current, actor)
        if mine is None:
            raise Conflict("already_handled", both("流程正在进行", "The flow is already running"))
        return act(session, mine, Act(action="submit", values=values), actor=actor, now=now)
    if not (own if current is None else current.initiator == actor.id or actor.admin):
        raise NotAllowed(message=both("只有发起人可以提交", "Only the initiator can submit it"))
    named = (
        [flow] if flow else [current.flow] if current else [each.id for each in flows_for(app, record.form, "submit")]
    )
    if not named:
        named = [each.id for each in flows_for(app, record.form, "manual")]
    if not named:
        raise Missing(message=both("这张表单没有可以提交的流程", "This form has no flow to submit to"))
    if values:
        record = records.update(session, app, record.form, record.id, values, actor=actor, now=now)
    return start(session, app, record, named[0], actor=actor, now=now)


def _open_at_start(session: Session, current: Instance, actor: Actor) -> int | None:
    """The actor's open task at the start node, after a return."""
    found: int | None = (
        session.connection()
        .execute(
            select(task.c.id).where(
                task.c.instance == current.id,
                task.c.assignee == actor.id,
                task.c.status == TaskStatus.OPEN,
                task.c.node.in_([token.node for token in current.state.marking.tokens if token.active]),
            )
        )
        .scalar()
    )
    return found


def _withdraw(step: Transition, reason: str) -> None:
    """撤回: the initiator takes the record back, as far as the flow's `withdraw` allows."""
    current = step.before
    if step.actor.id != current.initiator:
        raise NotAllowed(message=both("只有发起人可以撤回", "Only the initiator can withdraw"))
    refuse_over(current)
    nodes = step.version.compiled.nodes
    holding = [nodes[token.node] for token in current.state.marking.tokens if token.active]
    rules = {policy(step.version.flow, node, "withdraw") for node in holding} or {step.version.flow.withdraw}
    if "never" in rules:
        raise NotAllowed(message=both("这个流程不允许撤回", "This flow cannot be withdrawn"))
    if "before_next_handled" in rules and _handled_since_submission(step):
        raise Conflict("already_handled", both("后续节点已处理，不能撤回", "The next step has been handled already"))
    _refuse_past_effects(step)
    step.note("withdraw", comment=reason)
    step.take(engine.closed(step.version.compiled, step.state, Status.WITHDRAWN, step.world))


def refuse_over(current: Instance) -> None:
    """Raises Conflict `already_handled` when the instance has ended."""
    if current.status not in LIVE:
        raise Conflict("already_handled", both("流程已经结束", "The flow has already ended"))


def _handled_since_submission(step: Transition) -> bool:
    """Whether anybody has answered since the initiator last submitted."""
    from_activation = (
        step.session.connection()
        .execute(
            select(func.max(task.c.activation)).where(
                task.c.instance == step.before.id, task.c.node == step.version.compiled.start
            )
        )
        .scalar()
    )
    by_themselves = ("skip_repeat", "auto_approve")
    return any(
        vote.activation > (from_activation or 1) and vote.outcome not in by_themselves for vote in step.world.votes
    )


def _refuse_past_effects(step: Transition) -> None:
    """Raises Conflict `already_handled` where a node has written something that cannot be undone."""
    written = (
        step.session.connection()
        .execute(select(effect.c.node).distinct().where(effect.c.instance == step.before.id))
        .scalars()
    )
    nodes = step.version.compiled.nodes
    if any(not nodes[each].settings.get("undo") for each in written if each in nodes):
        raise Conflict(
            "already_handled", both("流程已写入其他数据，不能撤回", "The flow has already written other records")
        )


def _urge(step: Transition, reason: str) -> None:
    """催办: whoever has it is reminded; once an hour."""
    current, actor = step.before, step.actor
    refuse_over(current)
    if actor.id != current.initiator and not actor.admin and all(vote.member != actor.id for vote in step.world.votes):
        raise NotAllowed(
            message=both("只有发起人和已处理的人可以催办", "Only the initiator and earlier handlers can urge")
        )
    last = (
        step.session.connection()
        .execute(
            select(func.max(flow_event.c.at)).where(flow_event.c.instance == current.id, flow_event.c.act == "urge")
        )
        .scalar()
    )
    if last is not None and step.now - last < URGE_AGAIN:
        raise TooMany("too_soon", both("一小时内只能催办一次", "It was urged less than an hour ago"))
    holders = list(
        step.session.connection()
        .execute(
            select(task.c.assignee).distinct().where(task.c.instance == current.id, task.c.status == TaskStatus.OPEN)
        )
        .scalars()
    )
    place = (current.app, current.form, current.record)
    for title, told in readers_by_title(step.session, place, holders, now=step.now).items():
        text = both(f"{actor.name} 催您处理：{title}", f"{actor.name} asks you to handle {title}")
        inbox(step.session, told, text, f"/apps/{place[0]}/forms/{place[1]}/records/{place[2]}", now=step.now)
    step.note("urge", comment=reason, to=holders)


def read_copies(session: Session, app: App, form_id: str, record: int | str, *, actor: Actor, now: datetime) -> int:
    """The actor has looked at the record of which they got copies: a read receipt for each; how many were new."""
    found, _ = record_for(session, app, form_id, record, actor=actor, now=now)
    return (
        session.connection()
        .execute(
            update(cc)
            .where(
                cc.c.member == actor.id,
                cc.c.app == app.id,
                cc.c.form == found.form,
                cc.c.record == found.id,
                cc.c.read_at.is_(None),
            )
            .values(read_at=to_the_millisecond(now))
        )
        .rowcount
    )


def _known_node(node: str, nodes: Collection[str]) -> str:
    if node not in nodes:
        raise Invalid("unknown_node", both(f"没有节点“{node}”", f'There is no node "{node}"'), at="chosen")
    return node


def _refuse_bad_text(value: Any, at: str) -> None:
    """Raises Invalid for text that no database takes, or that is longer than anybody reads."""
    for text in value if isinstance(value, list | tuple) else (value,):
        if isinstance(text, str) and bad_text(text):
            raise Invalid("bad_text", both("含有不允许的字符", "It holds characters that cannot be kept"), at=at)
        if isinstance(text, str) and len(text) > LONGEST:
            raise Invalid("too_long", both(f"最多 {LONGEST} 个字符", f"At most {LONGEST} characters"), at=at)


def _unknown(action: str, known: tuple[str, ...]) -> Invalid:
    near = nearest(action, known)
    hint_zh, hint_en = (f"，是不是“{near}”？", f'. Did you mean "{near}"?') if near else ("", "")
    return Invalid(
        "unknown_action", both(f"没有操作“{action}”{hint_zh}", f'There is no action "{action}"{hint_en}'), at="action"
    )
