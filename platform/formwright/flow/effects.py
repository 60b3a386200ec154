"""What a step of the engine asks its caller to do, as values, and the questions that the engine asks back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from formwright.flow.model import Edge, Node, Seat, State, Status


@dataclass(frozen=True, slots=True)
class Entered:
    """A new activation, the `visit`-th of its node."""

    activation: int
    node: str
    visit: int


@dataclass(frozen=True, slots=True)
class Seated:
    """Tasks to create; those of a node where the order counts come `pending` except the first."""

    activation: int
    node: str
    seats: tuple[Seat, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """A pending task whose turn it is."""

    activation: int
    task: int


@dataclass(frozen=True, slots=True)
class Left:
    """An activation is over with `outcome`. `rest`: some of its tasks may still be open or pending and are cancelled."""

    activation: int
    node: str
    outcome: str
    rest: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """A cc node was passed; `members` may be empty."""

    activation: int
    node: str
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Over:
    """The marking is empty: the instance has ended with `status`."""

    status: Status


Effect: TypeAlias = Entered | Seated | Opened | Left | Sent | Over


@dataclass(frozen=True, slots=True)
class Perform:
    """The engine stands at a node that writes. Its caller does that now and calls `engine.performed`, in the same step."""

    activation: int
    node: str


@dataclass(frozen=True, slots=True)
class Step:
    state: State
    effects: tuple[Effect, ...]
    perform: Perform | None = None


@dataclass(frozen=True, slots=True)
class Seating:
    """Who handles a node. `passed` is the outcome (`skip_empty`) of a node that is passed because nobody was found."""

    seats: tuple[Seat, ...] = ()
    passed: str | None = None


class Questions(Protocol):
    """What only the caller can know. An answer may be an error of `formwright.errors`: then the step changes nothing."""

    def edge(self, edge: Edge, outcome: str) -> bool:
        """Whether the edge's `when` holds; `outcome` is the verdict of the node that it leaves."""
        ...

    def decide(self, node: Node, seats: tuple[Seat, ...]) -> Literal["approve", "reject"] | None:
        """What the node's `decide` block says with the votes so far (none when it has just been reached)."""
        ...

    def seats(self, node: Node, *, returned: bool) -> Seating:
        """Who handles the node, on arrival; `returned`: it is entered by a return or a jump."""
        ...

    def replacements(self, node: Node) -> Seating:
        """Who handles it when everybody who had it is gone; refuses nothing."""
        ...

    def readers(self, node: Node) -> tuple[int, ...]:
        """Who gets a copy at a cc node."""
        ...
