"""The cc node: somebody is told and never holds anything up."""

from __future__ import annotations

from formwright.flow.node_types.base import NodeType, node_type
from formwright.texts import both


@node_type
class CcType(NodeType):
    """抄送: readers by `assign`, with read receipts; nobody found leaves only an event."""

    name = "cc"
    label = both("抄送", "Copy")
    icon = "mail"
    mark = "M2 4 L14 4 L14 12 L2 12 Z M2 4 L8 9 L14 4"
    keys = frozenset({"assign"})
