"""The end node: the record has arrived."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from formwright.flow.node_types.base import NodeType, node_type
from formwright.schema.reading import Reader
from formwright.texts import both


@node_type
class EndType(NodeType):
    """结束: settings `status` (of the instance), `set` (rules by field) and `terminate` (closes everything at once)."""

    name = "end"
    label = both("结束", "End")
    icon = "flag"
    mark = "M4 14 L4 2 L13 5 L4 8"

    def read(self, reader: Reader) -> Mapping[str, Any]:
        return {
            "status": reader.choice("status", ("approved", "rejected", "terminated", "withdrawn"), "approved"),
            "set": reader.rules("set"),
            "terminate": reader.boolean("terminate"),
        }
