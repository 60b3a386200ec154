"""The parallel node: every edge is taken."""

from __future__ import annotations

from formwright.flow.node_types.base import NodeType, node_type
from formwright.texts import both


@node_type
class ParallelType(NodeType):
    """并行: a token on every edge."""

    name = "parallel"
    label = both("并行", "Parallel")
    icon = "split"
    mark = "M3 3 L13 3 M5 3 L5 13 M11 3 L11 13"
