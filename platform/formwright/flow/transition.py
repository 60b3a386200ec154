"""One step of one instance, from the locked row to what is written: gathers what the engine asks for and writes it in batches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from formwright.accounts.model import SYSTEM, Actor
from formwright.flow import engine
from formwright.flow.actions import perform
from formwright.flow.deadlines import due_at, plan_timers
from formwright.flow.effects import Effect, Entered, Left, Opened, Over, Seated, Sent, Step
from formwright.flow.instances import Instance
from formwright.flow.model import Seat, Status, TaskStatus
from formwright.flow.saving import save
from formwright.flow.versions import Version
from formwright.flow.world import World
from formwright.prepared import Batch
from formwright.records.act_types.base import Effect as Written
from formwright.schema.model import App
from formwright.storage.ids import new_id, new_ids

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
    ) -> None:
        self.session, self.app, self.version, self.before = session, app, version, current
        self.actor, self.now, self.new = actor, now, new
        self.batch = Batch(session)
        """Writes that wait for the end of the step, or for somebody who must see them."""
        self.world = World(session, app, version, current, actor=actor, now=now, flush=self.batch.flush)
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
        self.closed: list[tuple[int, str, int, str]] = []
        """Tasks that somebody has done: id, node, assignee, outcome."""
        self.copies: list[dict[str, Any]] = []
        self.opened: list[int] = []
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
            self.batch.flush()
            outcome = perform(self, step.perform)
            step = engine.performed(self.version.compiled, self.state, step.perform.node, self.world, outcome)

    def _apply(self, effect: Effect) -> None:
        match effect:
            case Seated(number, node_id, seats):
                self._seated(number, node_id, seats)
            case Opened(_, task_id):
                self.opened.append(task_id)
            case Left(number, node_id, outcome) if outcome in AUTOMATIC and number not in self._skipping:
                self.note(outcome, node=node_id, actor=SYSTEM)
            case Sent(_, node_id, members):
                self.copy_to(node_id, members)
                self.note("cc", node=node_id, actor=SYSTEM, to=list(members))
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
            self.copies.append(
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

    def save(self) -> Instance:
        """Writes the step; the instance as it then stands. Raises Conflict `stale` where another step came between."""
        return save(self)
