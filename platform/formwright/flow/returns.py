"""Where a record may be sent back to: visited ancestors, as far as the node allows them."""

from __future__ import annotations

from collections.abc import Container

from formwright.errors import Invalid
from formwright.flow.definition import Compiled
from formwright.flow.model import HUMAN, Node, State
from formwright.texts import both, show


def check_return(flow: Compiled, state: State, source: str, target: str) -> None:
    """`target_not_upstream` when it is no ancestor, `target_not_visited` when the instance has not been there."""
    label = show(flow.nodes[target].name, "zh", target) if target in flow.nodes else target
    name = show(flow.nodes[target].name, "en", target) if target in flow.nodes else target
    if target not in flow.nodes or not flow.below(source, target):
        raise Invalid(
            "target_not_upstream",
            both(
                f"“{label}”不在当前节点的上游，不能退回",
                f'"{name}" does not stand before this step; choose an earlier one',
            ),
            at=target,
        )
    if not state.visits.get(target):
        raise Invalid(
            "target_not_visited",
            both(
                f"流程没有经过“{label}”，不能退回", f'The record has not been at "{name}"; choose a step it has passed'
            ),
            at=target,
        )


def return_targets(flow: Compiled, state: State, node: Node) -> tuple[str, ...]:
    """Where the node may send the record back to, earliest first: the visited ancestors that its `return` allows."""
    visited = [
        each
        for each in flow.order
        if state.visits.get(each) and flow.below(node.id, each) and flow.nodes[each].type in HUMAN
    ]
    allowed = node.actions.back
    if allowed == "any":
        return tuple(visited)
    if allowed == "previous":
        return tuple(each for each in visited if each in nearest(flow, node.id, state.visits))
    return tuple(each for each in visited if each in allowed)


def nearest(flow: Compiled, node_id: str, visited: Container[str]) -> frozenset[str]:
    """The nearest human nodes before this one that are among `visited`."""
    found: set[str] = set()
    seen: set[str] = {node_id}
    waiting = [node_id]
    while waiting:
        for edge in flow.into[waiting.pop()]:
            if edge in flow.back or edge.from_ in seen:
                continue
            seen.add(edge.from_)
            if flow.nodes[edge.from_].type in HUMAN and edge.from_ in visited:
                found.add(edge.from_)
            else:
                waiting.append(edge.from_)
    return frozenset(found)
