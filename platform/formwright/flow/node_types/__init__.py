"""The catalogue of node types: importing it registers all of them."""

from __future__ import annotations

from formwright.flow.node_types import (
    action,
    approve,
    branch,
    cc,
    confirm,
    end,
    feedback,
    handle,
    join,
    parallel,
    recurring,
    start,
    subflow,
    wait,
)
from formwright.flow.node_types.base import NodeType, node_types

_KINDS = (
    start, approve, handle, confirm, feedback, cc, branch, parallel, join, wait, recurring, subflow, action, end,
)  # fmt: skip

PALETTE: tuple[str, ...] = tuple(kind.__name__.rpartition(".")[2] for kind in _KINDS)
"""Names of the node types in the order in which the designer offers them."""

__all__ = ["PALETTE", "NodeType", "node_types"]
