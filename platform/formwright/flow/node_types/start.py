"""The start node: where the initiator fills and submits."""

from __future__ import annotations

from formwright.flow.node_types.base import NodeType, node_type
from formwright.texts import both


@node_type
class StartType(NodeType):
    """发起: never a task at first; a return to it opens one for the initiator (act `submit`)."""

    name = "start"
    label = both("发起", "Start")
    icon = "play"
    mark = "M5 3 L13 8 L5 13 Z"
    human = True
    holds = True
    keys = frozenset({"checklist", "actions", "deadline", "reassign_on_return"})
