"""The confirm node: several parties confirm together, or one objects."""

from __future__ import annotations

from formwright.flow.node_types.base import TASK_KEYS, NodeType, node_type
from formwright.texts import both


@node_type
class ConfirmType(NodeType):
    """沟通确认: each party confirms or objects; an objection decides the node at once."""

    name = "confirm"
    label = both("沟通确认", "Confirm")
    icon = "handshake"
    mark = "M2 3 L14 3 L14 11 L8 11 L5 14 L5 11 L2 11 Z"
    human = True
    holds = True
    runnable = False
    keys = TASK_KEYS | {"on_reject"}
