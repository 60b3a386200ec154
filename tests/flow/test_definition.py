"""What a drawing means: order, what can still reach what, which edges lead back; checked against naive versions."""

from __future__ import annotations

import random
from time import perf_counter

from hypothesis import given
from hypothesis import strategies as st

from formwright.flow.definition import Compiled, compiled
from formwright.flow.model import Edge, Flow, Node, OnReject


def drawn(*edges: str, on_reject: dict[str, str] | None = None) -> Flow:
    """A flow from edges like `"a b"`; `start` is the start, nodes whose names begin with `end` are ends."""
    ids = dict.fromkeys(node for edge in edges for node in edge.split())
    kinds = {"start": "start"}
    nodes = tuple(
        Node(
            each,
            kinds.get(each, "end" if each.startswith("end") else "approve"),
            each,
            on_reject=OnReject("goto", on_reject[each]) if on_reject and each in on_reject else OnReject(),
        )
        for each in ids
    )
    return Flow("f", "form", "flow", nodes, tuple(Edge(*edge.split()) for edge in edges))


def below(flow: Flow, node: str) -> set[str]:
    made = compiled(flow)
    return set(made.members(made.descendants[node]))


def test_a_node_stands_after_everything_that_can_reach_it() -> None:
    flow = drawn("start a", "start b", "a both", "b both", "both end")
    assert compiled(flow).order == ("start", "a", "b", "both", "end")
    assert below(flow, "a") == {"both", "end"}
    assert set(compiled(flow).members(compiled(flow).ancestors["both"])) == {"start", "a", "b"}


def test_an_edge_to_a_node_that_everyone_passes_is_a_way_back() -> None:
    flow = drawn("start check", "check sign", "sign check", "sign end")
    made = compiled(flow)
    assert made.back == {Edge("sign", "check")}
    assert made.irregular == ()
    assert below(flow, "sign") == {"end"}
    assert made.out["sign"] == (Edge("sign", "check"), Edge("sign", "end"))


def test_an_edge_into_the_middle_of_another_branch_and_back_is_no_way_back() -> None:
    made = compiled(drawn("start a", "start b", "a b", "b a", "b end"))
    assert made.back == frozenset()
    assert len(made.irregular) == 1


def test_a_jump_on_rejection_counts_as_an_edge() -> None:
    flow = drawn(
        "start check",
        "check pay",
        "pay end",
        "start repair",
        "repair end",
        on_reject={"check": "repair", "pay": "check"},
    )
    made = compiled(flow)
    assert made.implied == {Edge("check", "repair", outcome="reject"), Edge("pay", "check", outcome="reject")}
    assert made.back == {Edge("pay", "check", outcome="reject")}
    assert below(flow, "check") == {"repair", "pay", "end"}


def test_a_drawn_rejection_edge_replaces_the_jump() -> None:
    flow = drawn("start check", "check end", on_reject={"check": "start"})
    with_edge = Flow("f", "form", "flow", flow.nodes, (*flow.edges, Edge("check", "end", outcome="reject")))
    assert compiled(with_edge).implied == frozenset()


def test_the_exits_of_a_branch_are_what_no_path_avoids() -> None:
    made = compiled(drawn("start a", "a b", "a c", "b d", "c d", "d end"))
    assert set(made.members(made.exits["a"])) == {"a", "d", "end"}
    assert made.dominates("a", "d")
    assert not made.dominates("b", "d")


def test_broken_drawings_compile_so_that_the_proof_can_name_what_is_wrong() -> None:
    twice = Flow(
        "f",
        "form",
        "",
        (Node("start", "start", ""), Node("start", "approve", "")),
        (Edge("start", "nowhere"), Edge("x", "start")),
    )
    assert compiled(twice).order == ("start",)
    assert compiled(twice).start == "start"
    nothing = compiled(Flow("f", "form", "", (), ()))
    assert nothing.order == ()
    assert nothing.start is None
    no_start = compiled(drawn("a b", "b a", "b end"))
    assert no_start.reachable == 0
    assert sorted(no_start.order) == ["a", "b", "end"]
    island = compiled(drawn("start end", "lost end"))
    assert set(island.members(island.reachable)) == {"start", "end"}
    assert set(island.members(island.dominators["end"])) == {"start", "end"}


def test_a_flow_is_compiled_once() -> None:
    flow = drawn("start end")
    assert compiled(flow) is compiled(flow)


NAMES = ["start", *(f"n{i}" for i in range(8)), "end"]
ARROWS = st.lists(st.tuples(st.sampled_from(NAMES[:-1]), st.sampled_from(NAMES[1:])), min_size=1, max_size=22)
RETURNS = st.lists(st.tuples(st.sampled_from(NAMES[1:-1]), st.sampled_from(NAMES[:-1])), max_size=4)


def flow_of(arrows: list[tuple[str, str]]) -> Flow:
    nodes = tuple(Node(each, each if each in ("start", "end") else "approve", each) for each in NAMES)
    return Flow("f", "form", "", nodes, tuple(Edge(*arrow) for arrow in arrows))


def reach(edges: set[tuple[str, str]], origin: str, without: str | None = None) -> set[str]:
    """Everything that can be reached from `origin` in one or more steps, never through `without`."""
    found: set[str] = set()
    frontier = {origin} - {without}
    while frontier:
        frontier = {to for from_, to in edges if from_ in frontier and to != without} - found
        found |= frontier
    return found


@given(ARROWS, RETURNS)
def test_the_compiled_sets_are_those_of_the_naive_definitions(
    arrows: list[tuple[str, str]], returns: list[tuple[str, str]]
) -> None:
    flow = flow_of(arrows + returns)
    made = compiled(flow)
    edges = {(edge.from_, edge.to) for edge in flow.edges}
    reachable = reach(edges, "start") | {"start"}
    assert set(made.members(made.reachable)) == reachable

    for node in reachable:
        others = reachable - {"start"} if node != "start" else set()
        passed = {node, "start"} | {other for other in others if node not in reach(edges, "start", other)}
        assert set(made.members(made.dominators[node])) == passed

    back = {(edge.from_, edge.to) for edge in made.back if edge.from_ in reachable}
    assert back == {(a, b) for a, b in edges if a in reachable and made.dominates(b, a)}

    left_out = back | {(edge.from_, edge.to) for edge in made.irregular}
    forward = {(a, b) for a, b in edges if a in reachable and b in reachable} - left_out
    irregular = [edge for edge in made.irregular if edge.from_ in reachable]
    without_returns = {(a, b) for a, b in edges if a in reachable} - back
    assert bool(irregular) == any(node in reach(without_returns, node) for node in reachable)
    for node in reachable:
        assert set(made.members(made.descendants[node])) & reachable == reach(forward, node)
        assert set(made.members(made.ancestors[node])) & reachable == {
            a for a in reachable if node in reach(forward, a)
        }
        ends = {a for a in reach(forward, node) | {node} if not any(x == a for x, _ in forward)}
        passed = {
            other
            for other in reach(forward, node) | {node}
            if other == node or (node not in ends and not ends & reach(forward, node, other))
        }
        assert set(made.members(made.exits[node])) & reachable == passed
    finishing = {node for node in NAMES if node == "end" or "end" in reach(edges, node)}
    assert set(made.members(made.finishing)) == finishing


@given(ARROWS)
def test_the_order_puts_every_forward_edge_the_right_way_round(arrows: list[tuple[str, str]]) -> None:
    made: Compiled = compiled(flow_of(arrows))
    assert sorted(made.order) == sorted(NAMES)
    for edges in made.out.values():
        for edge in edges:
            forward = edge not in made.back and edge not in made.irregular
            assert (made.index[edge.from_] < made.index[edge.to]) == forward


def test_a_thousand_nodes_compile_within_twenty_milliseconds() -> None:
    chance = random.Random(7)
    arrows = [(f"n{i}", f"n{min(i + chance.randint(1, 5), 999)}") for i in range(999) for _ in range(2)]
    arrows += [(f"n{i}", f"n{i + 1}") for i in range(999)] + [(f"n{i}", "n0") for i in range(100, 999, 50)]
    nodes = (Node("n0", "start", ""), *(Node(f"n{i}", "approve", "") for i in range(1, 999)), Node("n999", "end", ""))
    edges = tuple(Edge(*arrow) for arrow in arrows)
    taken = []
    for _ in range(5):
        flow = Flow("f", "form", "", nodes, edges)
        began = perf_counter()
        compiled(flow)
        taken.append(perf_counter() - began)
    assert min(taken) < 0.020
