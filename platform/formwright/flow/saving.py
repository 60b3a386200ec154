"""Writes what a step came to: new rows in batches, the log with its chain, and the instance last, if nobody was faster."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from formwright import events
from formwright.errors import Conflict
from formwright.flow.actions import keep_effects
from formwright.flow.deadlines import cancel_timers
from formwright.flow.effects import Entered, Left
from formwright.flow.events import FlowFinished, FlowStarted, NodeEntered, TaskClosed, TaskOpened
from formwright.flow.instances import Instance
from formwright.flow.model import LIVE, State, TaskStatus
from formwright.flow.participation import add_participants
from formwright.flow.state import chained, change, read_state, write_state
from formwright.flow.tables import UNFINISHED, activation, cc, flow_event, instance, task
from formwright.flow.versions import flows_of
from formwright.prepared import Prepared
from formwright.records.operations import set_flow
from formwright.storage.access import layout_for
from formwright.texts import both

if TYPE_CHECKING:
    from formwright.flow.transition import Transition

_INSERT_INSTANCE = insert(instance)
_INSERT_ACTIVATION = Prepared(insert(activation), activation.c.keys())
_INSERT_TASK = Prepared(insert(task), [each.name for each in task.c if each.name not in ("comment", "read_at")])
_INSERT_CC = Prepared(insert(cc), [each.name for each in cc.c if each.name != "read_at"])
_INSERT_EVENT = Prepared(insert(flow_event), flow_event.c.keys())
_LEAVE = Prepared(
    update(activation)
    .where(activation.c.instance == bindparam("_instance"), activation.c.number == bindparam("_number"))
    .values(left_at=bindparam("_left_at"), outcome=bindparam("_outcome"))
)
_CANCEL_REST = Prepared(
    update(task)
    .where(
        task.c.instance == bindparam("_instance"),
        task.c.activation == bindparam("_number"),
        UNFINISHED,
    )
    .values(status=TaskStatus.CANCELLED, outcome=bindparam("_outcome"), closed_at=bindparam("_at"))
)
_OPEN = Prepared(
    update(task).where(task.c.id == bindparam("_id")).values(status=TaskStatus.OPEN, opened_at=bindparam("_at"))
)
_ADVANCE = Prepared(
    update(instance)
    .where(instance.c.id == bindparam("_id"), instance.c.rev == bindparam("_rev"))
    .values(
        rev=bindparam("_new_rev"),
        state=bindparam("_state"),
        status=bindparam("_status"),
        head=bindparam("_head"),
        ended_at=bindparam("_ended_at"),
        suspended_at=bindparam("_suspended_at"),
    )
)


def save(step: Transition) -> Instance:
    """Writes the step: activations, tasks, log, the instance last. Raises Conflict `stale` where another step came between."""
    rows, head = _log(step)
    ended = step.before.ended_at or step.now if step.state.status not in LIVE else None
    after = replace(
        step.before,
        rev=step.before.rev + len(rows),
        head=head,
        state=step.state,
        ended_at=ended,
        suspended_at=step.suspended_at,
    )
    text = write_state(step.state)
    if step.new:
        step.session.connection().execute(_INSERT_INSTANCE, _row(after, text))
    _write_activations(step)
    step.batch.add(_INSERT_TASK, step.tasks)
    step.batch.add(_OPEN, [{"_id": each, "_at": step.now} for each in step.opened])
    step.batch.add(_INSERT_CC, step.copies)
    add_participants(step.batch, after, step.participants)
    keep_effects(step)
    step.batch.add(_INSERT_EVENT, rows)
    if not step.new:
        step.batch.add(
            _ADVANCE,
            [
                {
                    "_id": after.id,
                    "_rev": step.before.rev,
                    "_new_rev": after.rev,
                    "_state": text,
                    "_status": step.state.status,
                    "_head": head,
                    "_ended_at": ended,
                    "_suspended_at": step.suspended_at,
                }
            ],
            or_else=Conflict("stale", both("流程刚刚被他人推进", "The flow has moved on in the meantime")),
        )
    _show_on_record(step)
    step.batch.flush()
    _publish(step, after)
    return after


def _log(step: Transition) -> tuple[list[dict[str, Any]], str]:
    """The step's lines; the first one carries what the step did to the state."""
    moved = change(State() if step.new else step.before.state, step.state, step.effects)
    if step.world.chosen_now:
        moved["chosen"] = dict(step.world.chosen_now)
    rows: list[dict[str, Any]] = []
    head = step.before.head
    for place, entry in enumerate(step.entries):
        more = entry.more or {}
        body = json.dumps({**(moved if place == 0 else {}), **more}, ensure_ascii=False, separators=(",", ":"))
        seq = step.before.rev + place + 1
        head = chained(
            head,
            seq,
            step.now,
            entry.actor.id,
            entry.act,
            (entry.node, entry.task, entry.outcome, entry.comment),
            body,
        )
        rows.append(
            {
                "instance": step.before.id,
                "seq": seq,
                "at": step.now,
                "actor": entry.actor.id,
                "act": entry.act,
                "node": entry.node,
                "task": entry.task,
                "outcome": entry.outcome,
                "comment": entry.comment,
                "body": body,
                "hash": head,
            }
        )
    return rows, head


def _write_activations(step: Transition) -> None:
    nodes = step.version.compiled.nodes
    left = {each.activation: each for each in step.effects if isinstance(each, Left)}
    entered = [each for each in step.effects if isinstance(each, Entered)]
    if entered:
        step.batch.add(
            _INSERT_ACTIVATION,
            [
                {
                    "instance": step.before.id,
                    "number": each.activation,
                    "node": each.node,
                    "visit": each.visit,
                    "entered_at": step.now,
                    "left_at": step.now if each.activation in left else None,
                    "outcome": left[each.activation].outcome if each.activation in left else None,
                }
                for each in entered
            ],
        )
    here = {each.activation for each in entered}
    earlier = [each for each in left.values() if each.activation not in here]
    if earlier:
        step.batch.add(
            _LEAVE,
            [
                {
                    "_instance": step.before.id,
                    "_number": each.activation,
                    "_left_at": step.now,
                    "_outcome": each.outcome,
                }
                for each in earlier
            ],
        )
    rest = [each for each in earlier if each.rest]
    if rest:
        step.batch.add(
            _CANCEL_REST,
            [
                {"_instance": step.before.id, "_number": each.activation, "_outcome": each.outcome, "_at": step.now}
                for each in rest
            ],
        )
    # Tasks that this very step opened and closed again (a return to a node that is passed at once, say).
    for row in step.tasks:
        if row["activation"] in left and row["status"] in (TaskStatus.OPEN, TaskStatus.PENDING):
            row |= {"status": TaskStatus.CANCELLED, "closed_at": step.now}
    for each in left.values():
        if nodes[each.node].deadline:
            cancel_timers(step.session, step.before.id, each.activation)


_OTHERS = Prepared(
    select(instance.c.state).where(
        instance.c.record == bindparam("record"),
        instance.c.app == bindparam("app"),
        instance.c.form == bindparam("form"),
        instance.c.id != bindparam("id"),
        instance.c.ended_at.is_(None),
    )
)


def _show_on_record(step: Transition) -> None:
    """The record shows where it is; in several flows at once, where it is in all of them, and that it is on its way."""
    before, after = step.before.state, step.state
    if not step.new and before.status is after.status and before.marking.nodes == after.marking.nodes:
        return
    status, nodes = after.status, after.marking.nodes
    if sum(flow.form == step.before.form for flow in flows_of(step.app).values()) > 1:
        here = step.before
        asked = {"record": here.record, "app": here.app, "form": here.form, "id": here.id}
        others = [read_state(text) for (text,) in _OTHERS.rows(step.session, asked)]
        nodes = tuple(dict.fromkeys((*nodes, *(node for other in others for node in other.marking.nodes))))
        status = next((other.status for other in others), status) if status not in LIVE else status
    layout = layout_for(step.session, step.app, step.before.form)
    set_flow(step.batch, layout, step.before.record, status, nodes)


def _publish(step: Transition, after: Instance) -> None:
    shared: dict[str, Any] = {
        "app": step.app,
        "form": after.form,
        "flow": after.flow,
        "record": after.record,
        "instance": after.id,
        "actor": step.actor,
        "now": step.now,
    }
    if step.new:
        events.publish(step.session, FlowStarted(**shared))
    for task_id, node, assignee, outcome in step.closed:
        done = TaskClosed(**shared, task=task_id, node=node, assignee=assignee, outcome=outcome)
        events.publish(step.session, done)
    for effect in step.effects:
        if isinstance(effect, Entered):
            events.publish(step.session, NodeEntered(**shared, node=effect.node, visit=effect.visit))
    for row in step.tasks:
        if row["status"] is TaskStatus.OPEN:
            opened = TaskOpened(**shared, task=row["id"], node=row["node"], assignee=row["assignee"])
            events.publish(step.session, opened)
    if step.before.status in LIVE and after.status not in LIVE:
        events.publish(step.session, FlowFinished(**shared, status=after.status))


def _row(found: Instance, state: str) -> dict[str, Any]:
    return {
        "id": found.id,
        "app": found.app,
        "form": found.form,
        "flow": found.flow,
        "version": found.version,
        "record": found.record,
        "initiator": found.initiator,
        "status": found.status,
        "rev": found.rev,
        "state": state,
        "head": found.head,
        "parent": found.parent,
        "parent_activation": found.parent_activation,
        "started_at": found.started_at,
        "ended_at": found.ended_at,
        "suspended_at": found.suspended_at,
    }
