"""The feedback node: a later owner's answer goes back to an earlier actor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from formwright.flow.node_types.base import TASK_KEYS, NodeType, node_type
from formwright.schema.reading import Reader
from formwright.texts import both


@node_type
class FeedbackType(NodeType):
    """反馈: settings `to` (whose handler gets the answer), `field` (where it is written) and `blocking`."""

    name = "feedback"
    label = both("反馈", "Feedback")
    icon = "message-square-reply"
    mark = "M7 3 L2 7.5 L7 12 M2 7.5 L10 7.5 C13 7.5 14 10 14 13"
    human = True
    holds = True
    runnable = False
    keys = TASK_KEYS

    def read(self, reader: Reader) -> Mapping[str, Any]:
        return {
            "to": reader.string("to", required=True),
            "field": reader.string("field") or None,
            "blocking": reader.boolean("blocking"),
        }
