"""What a kind of node is: its name and sign, which keys of the document it takes, and whether a token stays at it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from formwright.registry import Registry
from formwright.schema.reading import Reader
from formwright.texts import Text

EVERYWHERE = frozenset(
    {"id", "type", "name", "guide", "take", "fields", "target", "withdraw", "repeat", "self_approval", "no_assignee"}
)
"""Keys that every node takes."""

TASK_KEYS = frozenset(
    {
        "checklist", "assign", "distribute", "four_eyes", "pass", "outcomes", "decide", "actions", "resubmit",
        "reassign_on_return", "deadline",
    }
)  # fmt: skip
"""Keys of nodes that give somebody a task."""


class NodeType:
    """One kind of node. Subclass it, set what differs, and register it with `@node_type`."""

    name: ClassVar[str]
    label: ClassVar[Text]
    """In the palette of the designer and on the card."""
    icon: ClassVar[str]
    """A Lucide icon name, for the designer's palette."""
    mark: ClassVar[str]
    """The sign on the card of the drawing: an SVG path in a box of 16 × 16, drawn as strokes."""
    human: ClassVar[bool] = False
    """Whether it opens tasks and waits for their votes."""
    holds: ClassVar[bool] = False
    """Whether a token stays until something happens: a vote, a time, a condition, a child. Every human node holds."""
    runnable: ClassVar[bool] = True
    """Whether the engine runs it; an app that uses another one does not publish."""
    keys: ClassVar[frozenset[str]] = frozenset()
    """Which shared keys it takes beside those of `EVERYWHERE`."""

    def read(self, reader: Reader) -> Mapping[str, Any]:
        """The keys that only this type knows, for `Node.settings`; mistakes become findings of the reader."""
        return {}


node_types: Registry[NodeType] = Registry("node type")


def node_type(kind: type[NodeType]) -> type[NodeType]:
    """Register a node type under its name."""
    node_types.add(kind.name, kind())
    return kind
