"""The nouns of a flow: its definition as read from the app, and the marking that an instance carries. All immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

from formwright.schema.model import FieldRights
from formwright.texts import Text


class Status(StrEnum):
    """Of an instance."""

    DRAFT = "draft"
    RUNNING = "running"
    SUSPENDED = "suspended"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"
    ERROR = "error"


LIVE = frozenset({Status.RUNNING, Status.SUSPENDED, Status.ERROR})


class TaskStatus(StrEnum):
    PENDING = "pending"
    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"


class PassMode(StrEnum):
    """或签 会签 依次 票签: when the votes of a node are a verdict."""

    ANY = "any"
    ALL = "all"
    IN_ORDER = "in_order"
    PERCENT = "percent"
    COUNT = "count"
    WEIGHT = "weight"


@dataclass(frozen=True, slots=True)
class Pass:
    """`pass:` of a node. `need` is a percentage (0-100), a count or a sum of weights; `collect` waits for every vote."""

    mode: PassMode = PassMode.ANY
    collect: bool = False
    need: int = 0
    weights: str | None = None


@dataclass(frozen=True, slots=True)
class OnReject:
    """What follows a rejected node: the end of everything, a return, or a jump along an undrawn edge."""

    kind: Literal["end", "return", "goto"] = "end"
    node: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """An own outcome beside approve and reject."""

    id: str
    label: Text
    comment: Literal["none", "optional", "required"] = "optional"


@dataclass(frozen=True, slots=True)
class NodeActions:
    """Which acts a node allows. `back` is `return:` — node ids, "previous" or "any"."""

    back: tuple[str, ...] | Literal["previous", "any"] = ("start",)
    back_is_written: bool = False
    """Whether the document says `return:`; a written list refuses anything else with `not_allowed`."""
    transfer: bool = True
    delegate: bool = False
    add_signer: tuple[str, ...] = ()
    comment: Literal["none", "optional", "required", "on_reject"] = "optional"
    signature: bool = False
    batch: bool = True
    switched_off: frozenset[str] = frozenset()
    """Any further act set to false (save, cc, comment, urge …)."""


@dataclass(frozen=True, slots=True)
class Node:
    """One node. `settings` holds the keys that only its type knows (action: do, once, undo; end: status, set; join: wait …)."""

    id: str
    type: str
    name: Text
    guide: Text | None = None
    checklist: tuple[Text, ...] = ()
    assign: str | None = None
    distribute: str = "everyone"
    four_eyes: tuple[str, ...] = ()
    pass_: Pass = Pass()
    on_reject: OnReject = OnReject()
    outcomes: tuple[Outcome, ...] = ()
    decide: str | None = None
    actions: NodeActions = NodeActions()
    fields: FieldRights = field(default_factory=lambda: FieldRights(rest="view"))
    resubmit: Literal["rerun", "direct", "ask"] = "rerun"
    reassign_on_return: Literal["last", "rule"] = "last"
    deadline: str | None = None
    target: Mapping[str, Any] = field(default_factory=dict)
    take: Literal["first", "all"] = "first"
    withdraw: str | None = None
    repeat: str | None = None
    self_approval: str | None = None
    no_assignee: str | None = None
    """These four win over the flow's own when written; `member:<e-mail>` for a named fallback."""
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Edge:
    from_: str
    to: str
    when: str | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """One flow version's body. `start` is submit | created | updated | manual | schedule."""

    id: str
    form: str
    name: Text
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    start: str = "submit"
    every: str | None = None
    withdraw: str = "before_next_handled"
    repeat: str = "off"
    self_approval: str = "keep"
    no_assignee: str = "error"
    derived: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What is computed from this flow once (`definition.compiled`) and lives exactly as long as it."""

    def node(self, node_id: str) -> Node | None:
        return next((each for each in self.nodes if each.id == node_id), None)


@dataclass(frozen=True, slots=True)
class Token:
    """Where the instance is.

    `arrived` holds the nodes from which a token came (`""`: from outside, by a jump or a return): it goes on along the edges
    when the node is done. `resume_to` is a stack of the nodes that returned directly: when the node is done, each node of
    the top gets a token back. `returned` says that this arrival is a return, which decides who handles it.
    """

    node: str
    active: bool
    activation: int | None = None
    arrived: frozenset[str] = frozenset()
    resume_to: tuple[frozenset[str], ...] = ()
    returned: bool = False


@dataclass(frozen=True, slots=True)
class Marking:
    """All tokens: at most one waiting and one active token a node. An empty marking is an instance that is over."""

    tokens: tuple[Token, ...] = ()

    def active(self, node: str) -> Token | None:
        return next((token for token in self.tokens if token.node == node and token.active), None)

    def waiting(self, node: str) -> Token | None:
        return next((token for token in self.tokens if token.node == node and not token.active), None)

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes that hold a token, each once."""
        return tuple(dict.fromkeys(token.node for token in self.tokens))


@dataclass(frozen=True, slots=True)
class State:
    """An instance as the engine sees it: the marking, how often each node was entered, and how it stands.

    `entered` numbers the activations of the instance from 1; `ended` is the status that the last end node gave.
    """

    marking: Marking = Marking()
    visits: Mapping[str, int] = field(default_factory=dict)
    entered: int = 0
    status: Status = Status.RUNNING
    ended: Status | None = None


@dataclass(frozen=True, slots=True)
class Seat:
    """One member's part in an activation: what a row of `task` is, as far as the verdict needs it.

    `task` is the row's id once there is one. `votes` is False for advice, which never counts. `origin` says how the seat
    came to be: rule, return, transfer, delegate, before, after, parallel, escalate, admin, initiator.
    """

    assignee: int
    status: TaskStatus = TaskStatus.OPEN
    outcome: str | None = None
    on_behalf_of: int | None = None
    order: int = 0
    weight: Decimal = Decimal(1)
    origin: str = "rule"
    votes: bool = True
    task: int | None = None
    parent: int | None = None

    @property
    def counts(self) -> bool:
        """Whether it is part of the base of the verdict."""
        return self.votes and self.status is not TaskStatus.CANCELLED

    @property
    def voted(self) -> bool:
        return self.counts and self.status in (TaskStatus.DONE, TaskStatus.SKIPPED)

    @property
    def rejects(self) -> bool:
        return self.outcome in REJECTING


REJECTING = frozenset({"reject", "object", "auto_reject"})
HUMAN = frozenset({"start", "approve", "handle", "confirm", "feedback"})
"""Types of nodes that open tasks."""


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody does with a task: the body of `POST /tasks/{id}/actions`.

    `to` is members (e-mail or id), or for a return a node; `chosen` picks members, by node, for later steps whose rule asks
    `chosen("node")`. `version` is the version of the record that the actor saw, when
    they say so. `checklist` holds the places of the ticked items, `signature` a file id.
    """

    action: str
    values: Mapping[str, Any] | None = None
    comment: str = ""
    to: str | int | tuple[str | int, ...] | None = None
    node: str | None = None
    when: str | None = None
    resubmit: str | None = None
    outcome: str | None = None
    checklist: tuple[int, ...] = ()
    signature: str | None = None
    version: int | None = None
    chosen: Mapping[str, tuple[str | int, ...]] = field(default_factory=dict)
