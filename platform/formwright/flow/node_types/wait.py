"""The wait node: a time must come or a condition must hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from formwright.flow.node_types.base import NodeType, node_type
from formwright.schema.reading import Reader
from formwright.texts import both


@node_type
class WaitType(NodeType):
    """等待: one of the rules `until`, `for` (a duration) and `when`; `longest` with the node `on_timeout`."""

    name = "wait"
    label = both("等待", "Wait")
    icon = "hourglass"
    mark = "M8 2 A6 6 0 1 1 7.99 2 M8 5 L8 8.5 L10.5 10"
    holds = True
    runnable = False

    def read(self, reader: Reader) -> Mapping[str, Any]:
        found: dict[str, Any] = {key: reader.rule(key) for key in ("until", "for", "when", "longest")}
        written = [key for key in ("until", "for", "when") if found[key] is not None]
        if len(written) != 1:
            message = both("写 until、for、when 中的一个", "Write one of until, for and when")
            reader.error("wait_for_what", message, written[1] if written else "")
        found["on_timeout"] = reader.string("on_timeout") or None
        return found
