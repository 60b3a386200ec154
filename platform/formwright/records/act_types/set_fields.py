"""`{set: {status: '"won"'}}`: writes the record that the flow or automation is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from formwright.records import operations
from formwright.records.act_types.base import ActPlace, ActType, Effect, act_types
from formwright.records.act_types.targets import written_values
from formwright.texts import Text, both


class SetAct(ActType):
    """写回字段: values for the record's own fields."""

    name = "set"
    label: ClassVar[Text] = both("写回字段", "Set fields")

    def run(self, act: Mapping[str, Any], place: ActPlace) -> list[Effect]:
        before = place.context.loader.record(place.record.form, place.record.id) or place.record
        after = operations.update(
            place.session,
            place.app,
            before.form,
            before.id,
            written_values(before.form, act["set"] or {}, place),
            actor=place.acting,
            now=place.now,
            by_act=True,
        )
        return [Effect("updated", before, after)] if after.version != before.version else []


act_types.add(SetAct.name, SetAct())
