"""One step of one instance, from the locked row to what is written: gathers what the engine asks for and writes it in batches."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlalchemy.orm import Session

from formwright import events
from formwright.accounts.model import SYSTEM, Actor
from formwright.errors import Conflict
from formwright.flow import engine
from formwright.flow.actions import keep_effects, perform
from formwright.flow.deadlines import cancel_timers, due_at, plan_timers
from formwright.flow.effects import Effect, Entered, Left, Opened, Over, Seated, Sent, Step
from formwright.flow.events import FlowFinished, FlowStarted, NodeEntered, TaskOpened
from formwright.flow.instances import Instance
from formwright.flow.model import LIVE, Seat, State, Status, TaskStatus
from formwright.flow.participation import add_participants
from formwright.flow.state import chained, change, write_state
from formwright.flow.tables import UNFINISHED, activation, cc, flow_event, instance, task
from formwright.flow.versions import Version
from formwright.flow.world import World
from formwright.records.act_types.base import Effect as Written
from formwright.records.operations import set_flow
from formwright.schema.model import App
from formwright.storage.access import layout_for
from formwright.storage.ids import new_id, new_ids
from formwright.texts import both

AUTOMATIC = frozenset({"auto_approve", "auto_reject", "auto_return", "skip_empty", "timeout"})
"""Outcomes that nobody chose: the log says that the system did."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log in the making."""

    act: str
    actor: Actor
    node: str | None = None
    task: int | None = None
    outcome: str | None = None
    comment: str | None = None
    more: Mapping[str, Any] | None = None


_INSERT_INSTANCE = insert(instance)
_INSERT_ACTIVATION = insert(activation)
_INSERT_TASK = insert(task)
_INSERT_CC = insert(cc)
_INSERT_EVENT = insert(flow_event)
_LEAVE = (
    update(activation)
    .where(activation.c.instance == bindparam("_instance"), activation.c.number == bindparam("_number"))
    .values(left_at=bindparam("_left_at"), outcome=bindparam("_outcome"))
)
_CANCEL_REST = (
    update(task)
    .where(
        task.c.instance == bindparam("_instance"),
        task.c.activation == bindparam("_number"),
        UNFINISHED,
    )
    .values(status=TaskStatus.CANCELLED, outcome=bindparam("_outcome"), closed_at=bindparam("_at"))
)
_OPEN = update(task).where(task.c.id == bindparam("_id")).values(status=TaskStatus.OPEN, opened_at=bindparam("_at"))
_ADVANCE = (
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


class Transition:
    """Everything that one step does; nothing is written before `save`, except what action nodes write to records."""

    def __init__(
        self,
        session: Session,
        app: App,
        version: Version,
        current: Instance,
        *,
        actor: Actor,
        now: datetime,
        new: bool = False,
        chosen: Mapping[str, tuple[int, ...]] | None = None,
    ) -> None:
        self.session, self.app, self.version, self.before = session, app, version, current
        self.actor, self.now, self.new = actor, now, new
        self.world = World(session, app, version, current, actor=actor, now=now, chosen=chosen)
        self.state = current.state
        if self.state.status is Status.ERROR:
            # Whatever goes on from here goes on: the error is in the log.
            self.state = replace(self.state, status=Status.RUNNING)
        self.suspended_at = current.suspended_at
        self.effects: list[Effect] = []
        self.entries: list[Entry] = []
        self.tasks: list[dict[str, Any]] = []
        self.participants: set[tuple[int, str]] = set()
        self.written: list[tuple[int, str, Written]] = []
        """What action nodes did to records: activation, node, effect."""
        self._cc: list[dict[str, Any]] = []
        self._opened: list[int] = []
        self._skipping: set[int] = set()

    # ── what happens ──────────────────────────────────────────────────────────────────────────────

    def note(
        self,
        act: str,
        *,
        node: str | None = None,
        task: int | None = None,
        outcome: str | None = None,
        comment: str | None = None,
        actor: Actor | None = None,
        **more: Any,
    ) -> None:
        """One line of the log."""
        kept = {key: value for key, value in more.items() if value not in (None, (), [])}
        self.entries.append(Entry(act, actor or self.actor, node, task, outcome, comment or None, kept))

    def take(self, step: Step) -> None:
        """Does what the engine asks for; writing nodes are performed in between."""
        while True:
            self.state = step.state
            for effect in step.effects:
                self._apply(effect)
            self.effects += step.effects
            if step.perform is None:
                return
            outcome = perform(self, step.perform)
            step = engine.performed(self.version.compiled, self.state, step.perform.node, self.world, outcome)

    def _apply(self, effect: Effect) -> None:
        match effect:
            case Seated(number, node_id, seats):
                self._seated(number, node_id, seats)
            case Opened(_, task_id):
                self._opened.append(task_id)
            case Left(number, node_id, outcome) if outcome in AUTOMATIC and number not in self._skipping:
                self.note(outcome, node=node_id, actor=SYSTEM)
            case Sent(_, node_id, members):
                self.copy_to(node_id, members)
            case Entered() | Left() | Over():
                pass

    def _seated(self, number: int, node_id: str, seats: Sequence[Seat]) -> None:
        """The tasks of a new activation, and its timers; nobody's time runs where all are skipped."""
        node = self.version.compiled.nodes[node_id]
        if number <= self.before.state.entered:
            # Others take over in an activation that goes on: its time goes on too.
            self.seat(number, node_id, seats, due=due_at(self.session, self.before.id, number))
            return
        runs = node.deadline and any(seat.status is not TaskStatus.SKIPPED for seat in seats)
        due = plan_timers(self, number, node, [seat.assignee for seat in seats]) if runs else None
        self.seat(number, node_id, seats, due=due)

    def seat(self, number: int, node_id: str, seats: Sequence[Seat], *, due: datetime | None) -> list[int]:
        """New tasks in an activation; their ids. What is skipped is said in the log, at the place where it happens."""
        ids = new_ids(self.now, len(seats))
        for task_id, seat in zip(ids, seats, strict=True):
            opened = seat.status is TaskStatus.OPEN
            self.tasks.append(
                {
                    "id": task_id,
                    "instance": self.before.id,
                    "activation": number,
                    "app": self.before.app,
                    "form": self.before.form,
                    "flow": self.before.flow,
                    "record": self.before.record,
                    "node": node_id,
                    "assignee": seat.assignee,
                    "on_behalf_of": seat.on_behalf_of,
                    "origin": seat.origin,
                    "parent": seat.parent,
                    "position": seat.order,
                    "weight": str(seat.weight),
                    "votes": int(seat.votes),
                    "status": seat.status,
                    "outcome": seat.outcome,
                    "opened_at": self.now if opened else None,
                    "closed_at": self.now if seat.status is TaskStatus.SKIPPED else None,
                    "due_at": due,
                }
            )
            self.participants.add((seat.assignee, node_id))
            if seat.status is TaskStatus.SKIPPED:
                self._skipping.add(number)
                self.note(seat.outcome or "skip_repeat", node=node_id, task=task_id, actor=SYSTEM)
        return ids

    def copy_to(self, node_id: str, members: Iterable[int]) -> None:
        """Members who get a copy at the node."""
        for member in members:
            self._cc.append(
                {
                    "id": new_id(self.now),
                    "instance": self.before.id,
                    "app": self.before.app,
                    "form": self.before.form,
                    "record": self.before.record,
                    "node": node_id,
                    "member": member,
                    "at": self.now,
                }
            )
            self.participants.add((member, node_id))

    # ── writing it ────────────────────────────────────────────────────────────────────────────────

    def save(self) -> Instance:
        """Writes the step: activations, tasks, log, the instance last. Raises Conflict `stale` where another step came between."""
        connection = self.session.connection()
        rows, head = self._log()
        ended = self.before.ended_at or self.now if self.state.status not in LIVE else None
        after = replace(
            self.before,
            rev=self.before.rev + len(rows),
            head=head,
            state=self.state,
            ended_at=ended,
            suspended_at=self.suspended_at,
        )
        text = write_state(self.state)
        if self.new:
            connection.execute(_INSERT_INSTANCE, _row(after, text))
        self._write_activations()
        if self.tasks:
            connection.execute(_INSERT_TASK, self.tasks)
        if self._opened:
            connection.execute(_OPEN, [{"_id": each, "_at": self.now} for each in self._opened])
        if self._cc:
            connection.execute(_INSERT_CC, self._cc)
        add_participants(self.session, after, self.participants)
        keep_effects(self)
        connection.execute(_INSERT_EVENT, rows)
        if not self.new:
            changed = connection.execute(
                _ADVANCE,
                {
                    "_id": after.id,
                    "_rev": self.before.rev,
                    "_new_rev": after.rev,
                    "_state": text,
                    "_status": self.state.status,
                    "_head": head,
                    "_ended_at": ended,
                    "_suspended_at": self.suspended_at,
                },
            )
            if changed.rowcount != 1:
                raise Conflict("stale", both("流程刚刚被他人推进", "The flow has moved on in the meantime"))
        self._show_on_record()
        self._publish(after)
        return after

    def _log(self) -> tuple[list[dict[str, Any]], str]:
        """The step's lines; the first one carries what the step did to the state."""
        moved = change(State() if self.new else self.before.state, self.state, self.effects)
        rows: list[dict[str, Any]] = []
        head = self.before.head
        for place, entry in enumerate(self.entries):
            more = entry.more or {}
            body = json.dumps({**(moved if place == 0 else {}), **more}, ensure_ascii=False, separators=(",", ":"))
            seq = self.before.rev + place + 1
            head = chained(
                head,
                seq,
                self.now,
                entry.actor.id,
                entry.act,
                (entry.node, entry.task, entry.outcome, entry.comment),
                body,
            )
            rows.append(
                {
                    "instance": self.before.id,
                    "seq": seq,
                    "at": self.now,
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

    def _write_activations(self) -> None:
        connection = self.session.connection()
        nodes = self.version.compiled.nodes
        left = {each.activation: each for each in self.effects if isinstance(each, Left)}
        entered = [each for each in self.effects if isinstance(each, Entered)]
        if entered:
            connection.execute(
                _INSERT_ACTIVATION,
                [
                    {
                        "instance": self.before.id,
                        "number": each.activation,
                        "node": each.node,
                        "visit": each.visit,
                        "entered_at": self.now,
                        "left_at": self.now if each.activation in left else None,
                        "outcome": left[each.activation].outcome if each.activation in left else None,
                    }
                    for each in entered
                ],
            )
        here = {each.activation for each in entered}
        earlier = [each for each in left.values() if each.activation not in here]
        if earlier:
            connection.execute(
                _LEAVE,
                [
                    {
                        "_instance": self.before.id,
                        "_number": each.activation,
                        "_left_at": self.now,
                        "_outcome": each.outcome,
                    }
                    for each in earlier
                ],
            )
        rest = [each for each in earlier if each.rest]
        if rest:
            connection.execute(
                _CANCEL_REST,
                [
                    {"_instance": self.before.id, "_number": each.activation, "_outcome": each.outcome, "_at": self.now}
                    for each in rest
                ],
            )
        # Tasks that this very step opened and closed again (a return to a node that is passed at once, say).
        for row in self.tasks:
            if row["activation"] in left and row["status"] in (TaskStatus.OPEN, TaskStatus.PENDING):
                row |= {"status": TaskStatus.CANCELLED, "closed_at": self.now}
        for each in left.values():
            if nodes[each.node].deadline:
                cancel_timers(self.session, self.before.id, each.activation)

    def _show_on_record(self) -> None:
        before, after = self.before.state, self.state
        if self.new or before.status is not after.status or before.marking.nodes != after.marking.nodes:
            layout = layout_for(self.session, self.app, self.before.form)
            set_flow(self.session, layout, self.before.record, after.status, after.marking.nodes)

    def _publish(self, after: Instance) -> None:
        shared: dict[str, Any] = {
            "app": self.app,
            "form": after.form,
            "flow": after.flow,
            "record": after.record,
            "instance": after.id,
            "actor": self.actor,
            "now": self.now,
        }
        if self.new:
            events.publish(self.session, FlowStarted(**shared))
        for effect in self.effects:
            if isinstance(effect, Entered):
                events.publish(self.session, NodeEntered(**shared, node=effect.node, visit=effect.visit))
        for row in self.tasks:
            if row["status"] is TaskStatus.OPEN:
                opened = TaskOpened(**shared, task=row["id"], node=row["node"], assignee=row["assignee"])
                events.publish(self.session, opened)
        if self.before.status in LIVE and after.status not in LIVE:
            events.publish(self.session, FlowFinished(**shared, status=after.status))


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
