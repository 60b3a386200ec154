"""The action node: something is written or sent, and the record goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from formwright.flow.node_types.base import NodeType, node_type
from formwright.records.act_types import act_types
from formwright.schema.reading import Reader
from formwright.texts import both

ACTS = ("create", "update", "upsert", "delete", "start_flow", "notify", "mail", "request", "for_each", "set")
"""What `do:` may hold; each act is named by its key, as in automations."""


@node_type
class ActionType(NodeType):
    """自动处理: settings `do` (the acts as written), `once` and `undo`."""

    name = "action"
    label = both("自动处理", "Action")
    icon = "zap"
    mark = "M9 2 L3 9 L8 9 L7 14 L13 7 L8 7 Z"

    def read(self, reader: Reader) -> Mapping[str, Any]:
        if not reader.has("do"):
            reader.error("missing_key", both("缺少“do”", '"do" is missing'), "do")
        return {"do": _acts(reader), "once": reader.boolean("once"), "undo": reader.boolean("undo")}


def acts_of(
    acts: Sequence[Mapping[str, Any]], at: str = "/do", each: str | None = None
) -> Iterator[tuple[str, Mapping[str, Any], str | None]]:
    """Every act of a `do:` with its place, those inside `for_each` too, with the rule of the list that they run over."""
    for number, act in enumerate(acts):
        yield f"{at}/{number}", act, each
        if "for_each" in act:
            yield from acts_of(act.get("do") or (), f"{at}/{number}/do", act["for_each"])


def _acts(reader: Reader) -> tuple[Mapping[str, Any], ...]:
    acts: list[Mapping[str, Any]] = []
    for act in reader.objects("do"):
        verbs = [key for key in act.value if key in ACTS]
        # `set` is an act of its own, and also what create and update write.
        verb = next((each for each in verbs if each != "set"), verbs[0] if verbs else None)
        if verb is None or len([each for each in verbs if each != "set"]) > 1:
            listed = ", ".join(ACTS)
            act.error("unknown_act", both(f"每一步写且只写一个：{listed}", f"Each step is exactly one of {listed}"))
            continue
        if verb == "for_each":
            _acts(act)
        _refuse_unknown_keys(act, verb)
        acts.append(act.value)
    return tuple(acts)


def _refuse_unknown_keys(act: Reader, verb: str) -> None:
    kind = act_types.get(verb)
    if kind is None:
        # The proof says that it cannot run; what it would take is not known here.
        return
    for key in (verb, *kind.keys):
        act.has(key)
    for key in kind.keys & {"text", "subject"}:
        act.text(key)
    act.finish()
