"""`{update: item, where: target.id = item.id, set: {stock: target.stock - amount}}`: writes every match."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from formwright.errors import Invalid
from formwright.records import operations
from formwright.records.act_types.base import ActPlace, ActType, Effect, act_types
from formwright.records.act_types.targets import matching, target_types, written_values
from formwright.records.model import Record
from formwright.texts import Text, both


class UpdateAct(ActType):
    """更新记录: `where` and `set` read the flow's record by bare names, the record being written as `target.`"""

    name = "update"
    label: ClassVar[Text] = both("更新记录", "Update records")
    keys = frozenset({"where", "set"})

    def run(self, act: Mapping[str, Any], place: ActPlace) -> list[Effect]:
        form_id = str(act["update"])
        found = matching(form_id, act.get("where"), place)
        if not found:
            raise no_match(form_id)
        return [updated(form_id, record, act.get("set") or {}, place) for record in found]


def updated(form_id: str, record: Record, rules: Mapping[str, Any], place: ActPlace) -> Effect:
    """Write one record with the values that these rules give for it."""
    after = operations.update(
        place.session,
        place.app,
        form_id,
        record.id,
        written_values(form_id, rules, place, target_types(form_id, place), target=place.context.loader.of(record)),
        actor=place.acting,
        now=place.now,
        by_act=True,
    )
    return Effect("updated", record, after)


def no_match(form_id: str) -> Invalid:
    """The answer when `where` finds nothing."""
    message = both(f"{form_id} 中没有符合条件的记录", f"No record of {form_id} matches")
    return Invalid("data_action_failed", message)


act_types.add(UpdateAct.name, UpdateAct())
