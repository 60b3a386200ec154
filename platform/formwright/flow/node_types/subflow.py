"""The subflow node: other records go through their own flow first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from formwright.flow.node_types.base import NodeType, node_type
from formwright.flow.node_types.join import read_wait
from formwright.schema.reading import Reader
from formwright.texts import both


@node_type
class SubflowType(NodeType):
    """子流程: `flow`, `each` (a list rule or None for one child), `set` (rules), `wait` and `on_rejected`."""

    name = "subflow"
    label = both("子流程", "Subflow")
    icon = "workflow"
    mark = "M2 2 L7 2 L7 7 L2 7 Z M9 9 L14 9 L14 14 L9 14 Z M4.5 7 L4.5 11.5 L9 11.5"
    holds = True
    runnable = False

    def read(self, reader: Reader) -> Mapping[str, Any]:
        return {
            "flow": reader.string("flow", required=True),
            "each": reader.rule("each"),
            "set": reader.rules("set"),
            "wait": read_wait(reader, ("all", "any", "none"), "all"),
            "on_rejected": reader.choice("on_rejected", ("reject", "return", "continue"), "reject"),
        }
