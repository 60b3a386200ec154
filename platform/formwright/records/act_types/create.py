"""`{create: contract, set: {…}}`: a new record of another form (or of the same)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from formwright.records import operations
from formwright.records.act_types.base import ActPlace, ActType, Effect, act_types
from formwright.records.act_types.targets import written_values
from formwright.texts import Text, both
from formwright_rules import Type


class CreateAct(ActType):
    """新建记录: what `set` does not name is filled as in any new record; the record belongs to the act's actor."""

    name = "create"
    label: ClassVar[Text] = both("新建记录", "Create a record")
    keys = frozenset({"set"})

    def run(self, act: Mapping[str, Any], place: ActPlace) -> list[Effect]:
        return [created(str(act["create"]), act.get("set") or {}, place)]


def created(
    form_id: str, rules: Mapping[str, Any], place: ActPlace, types: Mapping[str, Type] | None = None, **names: Any
) -> Effect:
    """Create one record with the values that these rules give; `names` are what they may read besides, of the given types."""
    record = operations.create(
        place.session,
        place.app,
        form_id,
        written_values(form_id, rules, place, types, **names),
        actor=place.acting,
        now=place.now,
        submit=False,
        by_act=True,
    )
    return Effect("created", None, record)


act_types.add(CreateAct.name, CreateAct())
