"""What only administrators do with a running flow: cancel, suspend, resume, jump, reassign, reactivate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from formwright.errors import Conflict, Invalid, Missing
from formwright.flow import engine
from formwright.flow.acts import hand_on
from formwright.flow.deadlines import cancel_timers, due_at, moved
from formwright.flow.hand import Hand, resolve_members, task_closed
from formwright.flow.instances import Task, task_by_id
from formwright.flow.model import LIVE, Act, Node, Status, TaskStatus
from formwright.flow.tables import activation, instance
from formwright.flow.transition import Transition
from formwright.records.access import record_id
from formwright.registry import Registry
from formwright.texts import both


@dataclass(frozen=True, slots=True)
class Order:
    """What an administrator asks for."""

    node: str | None = None
    reason: str = ""
    task: int | str | None = None
    to: Any = None


orders: Registry[Callable[[Transition, Order], None]] = Registry("administrator's act")


def do(step: Transition, action: str, *, node: str | None, reason: str, task: int | str | None, to: Any) -> None:
    """Carry out one of `orders`; the caller has checked that it is an administrator who asks."""
    order = Order(node, reason, task, to)
    if action != "reactivate" and step.before.status not in LIVE:
        raise Conflict("already_handled", both("流程已经结束", "The flow has already ended"))
    orders[action](step, order)


@orders.named("cancel")
def cancel(step: Transition, order: Order) -> None:
    """终止: the instance ends as terminated."""
    step.note("cancel", comment=order.reason)
    step.take(engine.closed(step.version.compiled, step.state, Status.TERMINATED, step.world))


@orders.named("jump")
def jump(step: Transition, order: Order) -> None:
    """跳转 to any node that somebody can handle or pass."""
    node = _node(step, order)
    step.note("jump", node=node.id, comment=order.reason)
    step.take(engine.jumped(step.version.compiled, step.state, node.id, step.world))


@orders.named("reactivate")
def reactivate(step: Transition, order: Order) -> None:
    """重新激活: an instance that has ended goes on at a node, by default where it was last."""
    if step.before.status in LIVE:
        raise Conflict("in_use", both("流程正在进行", "The flow is running"))
    running = step.session.connection().execute(
        select(instance.c.id).where(
            instance.c.app == step.before.app,
            instance.c.flow == step.before.flow,
            instance.c.record == step.before.record,
            instance.c.ended_at.is_(None),
        )
    )
    if running.first() is not None:
        raise Conflict("in_use", both("这条记录的流程正在进行", "This record is on its way again already"))
    node = _node(step, order if order.node else replace(order, node=_last_node(step)))
    step.before = replace(step.before, ended_at=None)
    step.state = replace(step.state, status=Status.RUNNING, ended=None)
    step.note("reactivate", node=node.id, comment=order.reason)
    step.take(engine.jumped(step.version.compiled, step.state, node.id, step.world))


def _last_node(step: Transition) -> str | None:
    """The human node that the instance was at last."""
    rows = step.session.connection().execute(
        select(activation.c.node).where(activation.c.instance == step.before.id).order_by(activation.c.number.desc())
    )
    nodes = step.version.compiled.nodes
    return next((node for (node,) in rows if node in nodes and nodes[node].type not in AUTOMATIC_TYPES), None)


AUTOMATIC_TYPES = frozenset({"branch", "parallel", "join", "cc", "action", "end"})


def _node(step: Transition, order: Order) -> Node:
    found = step.version.compiled.nodes.get(order.node or "")
    if found is None:
        raise Invalid("unknown_node", both(f"没有节点“{order.node}”", f'There is no node "{order.node}"'), at="node")
    return found


@orders.named("suspend")
def suspend(step: Transition, order: Order) -> None:
    """挂起: nobody can act, no timer runs."""
    if step.before.status is Status.SUSPENDED:
        raise Conflict("already_handled", both("流程已经挂起", "The flow is already suspended"))
    step.state = replace(step.state, status=Status.SUSPENDED)
    step.suspended_at = step.now
    step.note("suspend", comment=order.reason)
    for token in step.state.marking.tokens:
        if token.active and token.activation and step.version.compiled.nodes[token.node].deadline:
            cancel_timers(step.session, step.before.id, token.activation)


@orders.named("resume")
def resume(step: Transition, order: Order) -> None:
    """恢复: everything is due later, by the time of the suspension."""
    since = step.before.suspended_at
    if step.before.status is not Status.SUSPENDED or since is None:
        raise Conflict("already_handled", both("流程没有挂起", "The flow is not suspended"))
    step.state = replace(step.state, status=Status.RUNNING)
    step.suspended_at = None
    step.note("resume", comment=order.reason)
    for token in step.state.marking.tokens:
        node = step.version.compiled.nodes[token.node]
        if token.active and token.activation and node.deadline:
            _later(step, token.activation, node, since)


def _later(step: Transition, number: int, node: Node, since: datetime) -> None:
    due = due_at(step.session, step.before.id, number)
    if due is not None:
        moved(step, number, node, due + (step.now - since), since)


@orders.named("reassign")
def reassign(step: Transition, order: Order) -> None:
    """改派: an open task goes to somebody else."""
    found = _task(step, order)
    (to,) = resolve_members(step.session, order.to if isinstance(order.to, list | tuple) else [order.to])[:1] or (0,)
    node = step.version.compiled.nodes[found.node]
    if found.status is not TaskStatus.OPEN:
        raise task_closed()
    hand_on(Hand(step, found, node, Act(action="reassign", comment=order.reason)), to, "reassign", "admin")


def _task(step: Transition, order: Order) -> Task:
    found = task_by_id(step.session, record_id(order.task or ""))
    if found is None or found.instance != step.before.id:
        raise Missing(message=both("没有这项待办", "There is no such task"), at="task")
    return found
