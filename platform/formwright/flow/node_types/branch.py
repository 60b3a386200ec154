"""The branch node: the record goes one way or several."""

from __future__ import annotations

from formwright.flow.node_types.base import NodeType, node_type
from formwright.texts import both


@node_type
class BranchType(NodeType):
    """条件分支: the first true edge, or all true ones (`take`), else the default."""

    name = "branch"
    label = both("条件分支", "Branch")
    icon = "git-branch"
    mark = "M8 14 L8 9 L3 3 M8 9 L13 3"
