"""The join node: says how many arrivals are enough."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from formwright.flow.node_types.base import NodeType, node_type
from formwright.schema.reading import Reader
from formwright.texts import both


@node_type
class JoinType(NodeType):
    """汇聚: setting `wait` is `"all"`, `"any"` or a number of arrivals."""

    name = "join"
    label = both("汇聚", "Join")
    icon = "merge"
    mark = "M5 3 L5 9 M11 3 L11 9 M3 9 L13 9 M8 9 L8 14"

    def read(self, reader: Reader) -> Mapping[str, Any]:
        return {"wait": read_wait(reader, ("all", "any"), "all")}


def read_wait(reader: Reader, words: tuple[str, ...], default: str) -> str | int:
    """`wait:`, one of `words` or `{count: n}`."""
    if isinstance(reader.raw("wait"), Mapping):
        count = reader.at_key("wait", lambda inner: inner.integer("count", None, min=1))
        if count is None:
            reader.error("missing_key", both("写成 {count: 2}", "Write {count: 2}"), "wait")
            return default
        return int(count)
    return str(reader.choice("wait", words, default))
