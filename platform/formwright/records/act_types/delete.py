"""`{delete: reminder, where: target.order = id}`: every match goes to the recycle bin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from formwright.records import operations
from formwright.records.act_types.base import ActPlace, ActType, Effect, act_types
from formwright.records.act_types.targets import matching
from formwright.records.act_types.update import no_match
from formwright.texts import Text, both


class DeleteAct(ActType):
    """删除记录: no match is a failure, as for an update."""

    name = "delete"
    label: ClassVar[Text] = both("删除记录", "Delete records")
    keys = frozenset({"where"})

    def run(self, act: Mapping[str, Any], place: ActPlace) -> list[Effect]:
        form_id = str(act["delete"])
        found = matching(form_id, act.get("where"), place)
        if not found:
            raise no_match(form_id)
        for record in found:
            operations.delete(
                place.session, place.app, form_id, record.id, actor=place.acting, now=place.now, by_act=True
            )
        return [
            Effect("deleted", record, replace(record, deleted_at=place.now, version=record.version + 1))
            for record in found
        ]


act_types.add(DeleteAct.name, DeleteAct())
