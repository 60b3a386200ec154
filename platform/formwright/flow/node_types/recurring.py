"""The recurring node: a task on a calendar rule for as long as the instance stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from formwright.flow.node_types.base import TASK_KEYS, NodeType, node_type
from formwright.schema.reading import Reader
from formwright.texts import both


@node_type
class RecurringType(NodeType):
    """周期协作: setting `every` is a calendar rule such as `week on mon`."""

    name = "recurring"
    label = both("周期协作", "Recurring")
    icon = "calendar-sync"
    mark = "M2 4 L14 4 L14 14 L2 14 Z M2 7 L14 7 M5 2 L5 5 M11 2 L11 5"
    human = True
    holds = True
    runnable = False
    keys = TASK_KEYS

    def read(self, reader: Reader) -> Mapping[str, Any]:
        return {"every": reader.string("every", required=True)}
