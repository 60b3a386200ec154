"""The nouns of a flow: its definition as read from the app, and the marking that an instance carries. All immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    derived: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What is computed from this flow once (`definition.compiled`) and lives exactly as long as it."""

    def node(self, node_id: str) -> Node | None:
        return next((each for each in self.nodes if each.id == node_id), None)


@dataclass(frozen=True, slots=True)
class Token:
    """Where the instance is. `arrived` holds the edge origins that a waiting token has merged; `resume_to` is a stack."""

    node: str
    active: bool
    activation: int | None = None
    arrived: frozenset[str] = frozenset()
    resume_to: tuple[str, ...] = ()


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
