"""`{for_each: lines, do: [{create: …}]}`: the acts once for each row (or record, or value) of a list; rules name it `row`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from formwright.records.act_types.base import ActPlace, ActType, Effect, act_types, kind_of, rule_text
from formwright.texts import Text, both
from formwright_rules import ANY, Type, check
from formwright_rules.tree import Expression
from formwright_rules.types import ListOf
from formwright_rules.values import is_empty


class ForEachAct(ActType):
    """逐行执行: an empty list does nothing."""

    name = "for_each"
    label: ClassVar[Text] = both("逐行执行", "For each row")
    keys = frozenset({"do"})

    def run(self, act: Mapping[str, Any], place: ActPlace) -> list[Effect]:
        text = rule_text(act["for_each"])
        found = place.ask(text)
        types = {"row": _element(text, place)}
        effects: list[Effect] = []
        for row in () if is_empty(found) else found:
            inner = place.with_names(types, {"row": row})
            for each in act.get("do") or ():
                kind = kind_of(each)
                if kind is not None:
                    effects += kind.run(each, inner)
        return effects


def _element(text: str, place: ActPlace) -> Type:
    tree = check(text, place.environment).require().tree
    listed = tree.type if isinstance(tree, Expression) else None
    return listed.element if isinstance(listed, ListOf) else ANY


act_types.add(ForEachAct.name, ForEachAct())
