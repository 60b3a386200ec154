"""What a flow's drawing means for the engine: order, what can still reach what, and which edges lead back.

Edges whose target dominates their source are back edges and become return transitions; the rest is a DAG. Sets of nodes
are bitsets: bit `index[node]` of an `int`. Broken flows compile too, so that the proof can say what is wrong with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from formwright.flow.model import Edge, Flow, Node


@dataclass(frozen=True, slots=True)
class Compiled:
    """One flow, ready to run. Mappings are keyed by node id and total over `nodes`; bitsets are over `index`."""

    flow: Flow
    nodes: Mapping[str, Node]
    """By id, in the order of the document; of two nodes with one id the first."""
    start: str | None
    """The start node, or None when there is not exactly one."""
    ends: tuple[str, ...]
    order: tuple[str, ...]
    """Topological over the forward edges: whatever can reach a node stands before it."""
    index: Mapping[str, int]
    out: Mapping[str, tuple[Edge, ...]]
    """Every edge that leaves a node, back edges included, in the order of the document; implied edges come last."""
    into: Mapping[str, tuple[Edge, ...]]
    implied: frozenset[Edge]
    """Edges not drawn: `on_reject: {goto: …}` (outcome `reject`), a wait's `on_timeout` (outcome `timeout`)."""
    back: frozenset[Edge]
    """Edges to a node that dominates their source: taking one is a return (`rerun`) to that node."""
    irregular: tuple[Edge, ...]
    """Edges that close a cycle without being back edges: such a flow is refused, and the order ignores them."""
    descendants: Mapping[str, int]
    """What can still be reached from a node over forward edges, without the node itself."""
    ancestors: Mapping[str, int]
    dominators: Mapping[str, int]
    """The nodes that every path from the start to this node passes, itself included; 0 where it cannot be reached."""
    exits: Mapping[str, int]
    """The nodes that every forward path from this node to its end passes, this node included (post-dominators)."""
    reachable: int
    """What the start can reach."""
    finishing: int
    """What has a way to an end, returns included."""

    def bit(self, node: str) -> int:
        return 1 << self.index[node]

    def below(self, node: str, other: str) -> bool:
        """Whether `node` can still be reached from `other`."""
        return bool(self.descendants[other] >> self.index[node] & 1)

    def dominates(self, node: str, other: str) -> bool:
        """Whether every path to `other` passes `node`."""
        return bool(self.dominators[other] >> self.index[node] & 1)

    def at_or_below(self, node: str) -> int:
        return self.descendants[node] | self.bit(node)

    def members(self, bits: int) -> Iterator[str]:
        """The nodes of a bitset, in topological order."""
        while bits:
            lowest = bits & -bits
            yield self.order[lowest.bit_length() - 1]
            bits ^= lowest


def compiled(flow: Flow) -> Compiled:
    """The compiled form of `flow`, made once and kept with the flow object itself."""
    found = flow.derived.get("compiled")
    if found is None:
        found = flow.derived["compiled"] = _compile(flow)
    return cast(Compiled, found)


def implied_edges(node: Node, drawn: tuple[Edge, ...]) -> Iterator[Edge]:
    """The edges that a node's settings imply, unless an edge for that outcome is drawn."""
    outcomes = {edge.outcome for edge in drawn}
    if node.on_reject.kind == "goto" and node.on_reject.node and not outcomes & {"reject", "object"}:
        yield Edge(node.id, node.on_reject.node, outcome="reject")
    on_timeout = node.settings.get("on_timeout")
    if isinstance(on_timeout, str) and "timeout" not in outcomes:
        yield Edge(node.id, on_timeout, outcome="timeout")


def _compile(flow: Flow) -> Compiled:
    nodes: dict[str, Node] = {}
    for node in flow.nodes:
        nodes.setdefault(node.id, node)
    drawn: dict[str, list[Edge]] = {each: [] for each in nodes}
    for edge in flow.edges:
        if edge.from_ in nodes and edge.to in nodes:
            drawn[edge.from_].append(edge)
    out: dict[str, tuple[Edge, ...]] = {}
    implied: list[Edge] = []
    for each, node in nodes.items():
        extra = [edge for edge in implied_edges(node, tuple(drawn[each])) if edge.to in nodes]
        implied += extra
        out[each] = (*drawn[each], *extra)
    into: dict[str, list[Edge]] = {each: [] for each in nodes}
    for edges in out.values():
        for edge in edges:
            into[edge.to].append(edge)

    starts = [each for each, node in nodes.items() if node.type == "start"]
    ends = tuple(each for each, node in nodes.items() if node.type == "end")
    order, from_start = _order(starts, nodes, out)
    index = {each: place for place, each in enumerate(order)}
    reachable = sum(1 << index[each] for each in from_start)

    dominators = _dominators(order, index, into, starts[0] if starts else None, reachable)
    back: set[Edge] = set()
    irregular: list[Edge] = []
    for edges in out.values():
        for edge in edges:
            if index[edge.to] <= index[edge.from_]:
                if edge.to == edge.from_ or dominators[edge.from_] >> index[edge.to] & 1:
                    back.add(edge)
                else:
                    irregular.append(edge)

    descendants: dict[str, int] = {}
    exits: dict[str, int] = {}
    for each in reversed(order):
        below, every = 0, -1
        for edge in out[each]:
            if index[edge.to] > index[each]:
                below |= descendants[edge.to] | 1 << index[edge.to]
                every &= exits[edge.to]
        descendants[each] = below
        exits[each] = (every if below else 0) | 1 << index[each]
    ancestors: dict[str, int] = {}
    for each in order:
        above = 0
        for edge in into[each]:
            if index[edge.from_] < index[each]:
                above |= ancestors[edge.from_] | 1 << index[edge.from_]
        ancestors[each] = above

    return Compiled(
        flow=flow,
        nodes=nodes,
        start=starts[0] if len(starts) == 1 else None,
        ends=ends,
        order=order,
        index=index,
        out=out,
        into={each: tuple(edges) for each, edges in into.items()},
        implied=frozenset(implied),
        back=frozenset(back),
        irregular=tuple(irregular),
        descendants=descendants,
        ancestors=ancestors,
        dominators=dominators,
        exits=exits,
        reachable=reachable,
        finishing=_finishing(ends, index, into),
    )


def _order(
    starts: list[str], nodes: Mapping[str, Node], out: Mapping[str, tuple[Edge, ...]]
) -> tuple[tuple[str, ...], list[str]]:
    """A depth-first order (reverse postorder) and what the first start reaches.

    An edge that runs against the order closes a cycle. Successors are visited last first, so that of two branches the
    one drawn first comes first.
    """
    seen: set[str] = set()
    finished: list[str] = []
    from_start: list[str] = []
    # What the start cannot reach comes in front: none of it is anyone's descendant except among itself.
    for root in (*starts[:1], *nodes):
        if root in seen:
            continue
        seen.add(root)
        stack = [(root, iter(reversed(out[root])))]
        while stack:
            here, edges = stack[-1]
            following = next((edge.to for edge in edges if edge.to not in seen), None)
            if following is None:
                finished.append(here)
                stack.pop()
            else:
                seen.add(following)
                stack.append((following, iter(reversed(out[following]))))
        if starts and root == starts[0]:
            from_start = list(finished)
    return tuple(reversed(finished)), from_start


def _dominators(
    order: tuple[str, ...], index: Mapping[str, int], into: Mapping[str, list[Edge]], start: str | None, reachable: int
) -> dict[str, int]:
    """Iterated in topological order; a reducible drawing settles in one pass and is confirmed by the second."""
    dominators = {each: (-1 if reachable >> index[each] & 1 else 0) for each in order}
    if start is None:
        return dominators
    dominators[start] = 1 << index[start]
    changed = True
    while changed:
        changed = False
        for each in order:
            if each == start or not reachable >> index[each] & 1:
                continue
            found = -1
            for edge in into[each]:
                if reachable >> index[edge.from_] & 1:
                    found &= dominators[edge.from_]
            found |= 1 << index[each]
            if found != dominators[each]:
                dominators[each] = found
                changed = True
    return dominators


def _finishing(ends: tuple[str, ...], index: Mapping[str, int], into: Mapping[str, list[Edge]]) -> int:
    seen = set(ends)
    waiting = list(ends)
    while waiting:
        for edge in into[waiting.pop()]:
            if edge.from_ not in seen:
                seen.add(edge.from_)
                waiting.append(edge.from_)
    return sum(1 << index[each] for each in seen)
