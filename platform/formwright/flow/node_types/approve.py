"""The approve node: somebody agrees or refuses."""

from __future__ import annotations

from formwright.flow.node_types.base import TASK_KEYS, NodeType, node_type
from formwright.texts import both


@node_type
class ApproveType(NodeType):
    """审批: approve, reject and own outcomes."""

    name = "approve"
    label = both("审批", "Approve")
    icon = "stamp"
    mark = "M2 8.5 L6 12.5 L14 3.5"
    human = True
    holds = True
    keys = TASK_KEYS | {"on_reject"}
