"""The part of the proof that looks at several flows: no ring of subflows or actions, one flow a form for submissions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from formwright.flow.model import Flow
from formwright.flow.node_types.action import acts_of
from formwright.flow.rule_places import RECORD_ACTS
from formwright.schema.model import Finding
from formwright.schema.reading import pointer
from formwright.texts import both, show

Successors = Callable[[Flow], Iterable[tuple[str, str]]]
"""The flows that a flow leads to, each with the place of the node that does it, below the flow."""


def together(flows: Mapping[str, Flow]) -> Iterator[Finding]:
    """Findings about the flows of one app that no single one of them shows."""
    yield from _two_submit_flows(flows)
    yield from _rings(flows, _children, "recursive_subflow", ("子流程绕成一圈", "The subflows form a ring"))
    yield from _rings(flows, _triggered(flows), "action_ring", ("自动处理互相触发", "These actions trigger each other"))


def _two_submit_flows(flows: Mapping[str, Flow]) -> Iterator[Finding]:
    first: dict[str, Flow] = {}
    for flow in flows.values():
        if flow.start == "submit" and flow.form:
            other = first.setdefault(flow.form, flow)
            if other is not flow:
                zh, en = show(other.name, "zh"), show(other.name, "en")
                yield Finding("error", "two_submit_flows", f"/flows{pointer(flow.id)}/start", both(
                    f"提交这个表单已经会发起“{zh}”", f'Submitting this form already starts "{en}"'))  # fmt: skip


def _children(flow: Flow) -> Iterator[tuple[str, str]]:
    for place, node in enumerate(flow.nodes):
        if node.type == "subflow" and isinstance(node.settings.get("flow"), str):
            yield node.settings["flow"], f"/nodes/{place}/flow"


def _triggered(flows: Mapping[str, Flow]) -> Successors:
    """Which flows the action nodes of a flow start: by name, or because a record is created or updated."""

    def successors(flow: Flow) -> Iterator[tuple[str, str]]:
        for place, node in enumerate(flow.nodes):
            for step, act, _ in acts_of(node.settings.get("do", ()) if node.type == "action" else ()):
                at = f"/nodes/{place}{step}"
                if isinstance(act.get("start_flow"), str):
                    yield act["start_flow"], at
                verb = next((each for each in RECORD_ACTS if each in act), None)
                starts = {"create": ("created",), "update": ("updated",), "upsert": ("created", "updated")}
                for other in flows.values():
                    if verb and other.form == act[verb] and other.start in starts.get(verb, ()):
                        yield other.id, at

    return successors


def _rings(flows: Mapping[str, Flow], successors: Successors, code: str, words: tuple[str, str]) -> Iterator[Finding]:
    """A finding at every node that leads back to its own flow."""
    following = {name: list(successors(flow)) for name, flow in flows.items()}

    def path(origin: str, target: str) -> list[str] | None:
        """The shortest way from a flow to another, both named."""
        paths = {origin: [origin]}
        waiting = [origin]
        while waiting:
            here = waiting.pop(0)
            if here == target:
                return paths[here]
            for each, _ in following.get(here, ()):
                if each not in paths:
                    paths[each] = [*paths[here], each]
                    waiting.append(each)
        return None

    for name, nexts in following.items():
        for other, at in nexts:
            way = path(other, name)
            if way is not None:
                ring = " → ".join([name, *way])
                message = both(f"{words[0]}：{ring}", f"{words[1]}: {ring}")
                yield Finding("error", code, f"/flows{pointer(name)}{at}", message)
