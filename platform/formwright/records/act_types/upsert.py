"""`{upsert: stock, where: target.item = item, set: {…}}`: writes every match, or a new record where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from formwright.records.act_types.base import ActPlace, ActType, Effect, act_types
from formwright.records.act_types.create import created
from formwright.records.act_types.targets import matching, target_types
from formwright.records.act_types.update import updated
from formwright.texts import Text, both


class UpsertAct(ActType):
    """更新或新建: in a rule of `set`, `target` is empty when a record is being created."""

    name = "upsert"
    label: ClassVar[Text] = both("更新或新建", "Update or create")
    keys = frozenset({"where", "set"})

    def run(self, act: Mapping[str, Any], place: ActPlace) -> list[Effect]:
        form_id = str(act["upsert"])
        rules = act.get("set") or {}
        found = matching(form_id, act.get("where"), place)
        if found:
            return [updated(form_id, record, rules, place) for record in found]
        return [created(form_id, rules, place, target_types(form_id, place), target=None)]


act_types.add(UpsertAct.name, UpsertAct())
