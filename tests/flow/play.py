"""A flow played without a database: members vote, time does not pass, and every rule question has a scripted answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Literal

from formwright.errors import Invalid
from formwright.flow import engine
from formwright.flow.definition import Compiled, compiled
from formwright.flow.effects import Effect, Entered, Left, Opened, Over, Seated, Seating, Sent, Step
from formwright.flow.model import Edge, Flow, Node, PassMode, Seat, State, Status, TaskStatus


def node(node_id: str, kind: str = "approve", **keys: Any) -> Node:
    return Node(id=node_id, type=kind, name=node_id, **keys)


def flow(*nodes: Node, edges: str = "", more: tuple[Edge, ...] = (), **keys: Any) -> Compiled:
    """`edges` is a picture: `"start > a > done, a > b"`."""
    drawn: list[Edge] = []
    for chain in filter(None, edges.split(",")):
        stops = [stop.strip() for stop in chain.split(">")]
        drawn += [Edge(before, after) for before, after in pairwise(stops)]
    return compiled(Flow(id="f", form="form", name="f", nodes=nodes, edges=(*drawn, *more), **keys))


@dataclass
class Answers:
    """What the rules say: edges by their text, members by node."""

    edges: Callable[[Edge, str], bool] = lambda edge, outcome: True
    members: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    decide_: Callable[[Node, tuple[Seat, ...]], Literal["approve", "reject"] | None] = lambda node, seats: None
    skipped: frozenset[tuple[str, int]] = frozenset()

    def edge(self, edge: Edge, outcome: str) -> bool:
        return self.edges(edge, outcome)

    def decide(self, node: Node, seats: tuple[Seat, ...]) -> Literal["approve", "reject"] | None:
        return self.decide_(node, seats)

    def seats(self, node: Node, *, returned: bool) -> Seating:
        members = self.members.get(node.id, (1,))
        if not members:
            if node.no_assignee == "pass":
                return Seating(passed="skip_empty")
            raise Invalid("no_assignee", "nobody", at=node.id)
        seats = [
            Seat(member, order=place, origin="return" if returned else "rule")
            if (node.id, member) not in self.skipped
            else Seat(member, order=place, status=TaskStatus.SKIPPED, outcome="skip_repeat")
            for place, member in enumerate(members)
        ]
        if node.pass_.mode is PassMode.IN_ORDER:
            opened = False
            for place, seat in enumerate(seats):
                if seat.status is TaskStatus.OPEN:
                    seats[place] = replace(seat, status=TaskStatus.PENDING) if opened else seat
                    opened = True
        return Seating(tuple(seats))

    def replacements(self, node: Node) -> Seating:
        return Seating((Seat(99, origin="admin"),))

    def readers(self, node: Node) -> tuple[int, ...]:
        return self.members.get(node.id, ())


class Play:
    """One instance: the state, the tasks by activation, and everything that happened."""

    def __init__(self, flow: Compiled, answers: Answers | None = None) -> None:
        self.flow, self.answers = flow, answers or Answers()
        self.state = State()
        self.tasks: dict[int, list[Seat]] = {}
        self.effects: list[Effect] = []
        self._numbers = 0
        self.take(engine.start(flow, self.answers))

    def take(self, step: Step) -> None:
        """Does what a step asks for, as the shell would."""
        while True:
            self.state = step.state
            for effect in step.effects:
                self._apply(effect)
            self.effects += step.effects
            if step.perform is None:
                return
            step = engine.performed(self.flow, self.state, step.perform.node, self.answers)

    def _apply(self, effect: Effect) -> None:
        match effect:
            case Seated(activation, _, seats):
                self.tasks.setdefault(activation, []).extend(replace(seat, task=self._number()) for seat in seats)
            case Opened(activation, task):
                self._change(activation, task, TaskStatus.OPEN)
            case Left(activation):
                seats = self.tasks.get(activation, [])
                if not effect.rest:
                    assert not any(seat.status in (TaskStatus.OPEN, TaskStatus.PENDING) for seat in seats), effect
                self.tasks[activation] = [
                    replace(seat, status=TaskStatus.CANCELLED)
                    if seat.status in (TaskStatus.OPEN, TaskStatus.PENDING)
                    else seat
                    for seat in seats
                ]
            case Entered() | Sent() | Over():
                pass

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers

    def _change(self, activation: int, task: int, status: TaskStatus, outcome: str | None = None) -> None:
        seats = self.tasks[activation]
        place = next(place for place, seat in enumerate(seats) if seat.task == task)
        seats[place] = replace(seats[place], status=status, outcome=outcome)

    # ── what members see and do ───────────────────────────────────────────────────────────────────

    @property
    def at(self) -> list[str]:
        return list(self.state.marking.nodes)

    @property
    def active(self) -> list[str]:
        return [token.node for token in self.state.marking.tokens if token.active]

    @property
    def status(self) -> Status:
        return self.state.status

    def holders(self, node_id: str | None = None) -> list[tuple[str, int]]:
        """Who has an open task where."""
        return [
            (token.node, seat.assignee)
            for token in self.state.marking.tokens
            if token.active and token.activation and node_id in (None, token.node)
            for seat in self.tasks.get(token.activation, ())
            if seat.status is TaskStatus.OPEN
        ]

    def open_task(self, node_id: str, member: int | None = None) -> tuple[int, Seat]:
        token = self.state.marking.active(node_id)
        assert token is not None, f"nothing is active at {node_id}: {self.at}"
        assert token.activation is not None
        return token.activation, next(
            seat
            for seat in self.tasks[token.activation]
            if seat.status is TaskStatus.OPEN and member in (None, seat.assignee)
        )

    def vote(self, node_id: str, outcome: str, member: int | None = None) -> None:
        before = {key: list(seats) for key, seats in self.tasks.items()}
        activation, seat = self.open_task(node_id, member)
        assert seat.task is not None
        self._change(activation, seat.task, TaskStatus.DONE, outcome)
        try:
            step = engine.voted(self.flow, self.state, node_id, tuple(self.tasks[activation]), outcome, self.answers)
        except Invalid:
            self.tasks = before
            raise
        self.take(step)

    def approve(self, node_id: str, member: int | None = None) -> None:
        self.vote(node_id, "approve", member)

    def reject(self, node_id: str, member: int | None = None) -> None:
        self.vote(node_id, "reject", member)

    def submit(self, node_id: str) -> None:
        self.vote(node_id, "submit")

    def back(self, source: str, target: str, *, direct: bool = False) -> None:
        self.take(engine.returned(self.flow, self.state, source, target, self.answers, direct=direct))

    def jump(self, target: str) -> None:
        self.take(engine.jumped(self.flow, self.state, target, self.answers))

    def withdraw(self) -> None:
        self.take(engine.closed(self.flow, self.state, Status.WITHDRAWN, self.answers))

    def leave(self, node_id: str, member: int) -> None:
        """A member is deactivated: their task is cancelled and the verdict asked again."""
        activation, seat = self.open_task(node_id, member)
        assert seat.task is not None
        self._change(activation, seat.task, TaskStatus.CANCELLED)
        seats = tuple(self.tasks[activation])
        self.take(engine.voted(self.flow, self.state, node_id, seats, None, self.answers))

    def entries(self, node_id: str) -> int:
        return self.state.visits.get(node_id, 0)


def two_branches(**keys: Any) -> Play:
    """start → m → split → (legal | money) → both → done."""
    return Play(
        flow(
            node("start", "start"),
            node("m"),
            node("split", "parallel"),
            node("legal", **keys),
            node("money"),
            node("both", "join"),
            node("last"),
            node("done", "end"),
            edges="start > m > split > legal > both > last > done, split > money > both",
        )
    )
