"""The handle node: somebody fills in what is asked."""

from __future__ import annotations

from formwright.flow.node_types.base import TASK_KEYS, NodeType, node_type
from formwright.texts import both


@node_type
class HandleType(NodeType):
    """办理: fields are filled and the task is submitted; nobody rejects."""

    name = "handle"
    label = both("办理", "Handle")
    icon = "pencil"
    mark = "M3 13 L3.5 10 L11 2.5 L13.5 5 L6 12.5 Z"
    human = True
    holds = True
    keys = TASK_KEYS
