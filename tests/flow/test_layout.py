"""Where things stand in the drawing: nothing overlaps, everything flows one way, and the same flow always looks the same."""

from __future__ import annotations

import random
from itertools import combinations
from time import perf_counter

from hypothesis import given, settings
from hypothesis import strategies as st

from formwright.flow.definition import compiled
from formwright.flow.layout import Box, Plan, layout, plan
from formwright.flow.lettering import clipped, width, wrapped
from formwright.flow.model import Edge, Flow, Node


def flow_of(*edges: str) -> Flow:
    ids = dict.fromkeys(node for edge in edges for node in edge.split()[:2])
    nodes = tuple(Node(each, each if each in ("start", "end") else "approve", each) for each in ids)
    return Flow("f", "form", "", nodes, tuple(Edge(*edge.split()) for edge in edges))


def planned(flow: Flow, pills: dict[Edge, tuple[float, float]] | None = None, direction: str = "down") -> Plan:
    made = compiled(flow)
    sizes = {node: (120.0 if len(node) > 2 else 200.0, 60.0) for node in made.order}
    return plan(made, sizes, pills or {}, direction=direction)  # type: ignore[arg-type]


def overlap(one: Box, other: Box) -> bool:
    return (
        min(one.right, other.right) - max(one.left, other.left) > 0.01
        and min(one.bottom, other.bottom) - max(one.top, other.top) > 0.01
    )


def test_a_straight_flow_is_a_straight_line() -> None:
    points = layout(flow_of("start a", "a b", "b end"))
    assert len({x for x, _ in points.values()}) == 1
    assert [node for node, _ in sorted(points.items(), key=lambda each: each[1][1])] == ["start", "a", "b", "end"]


def test_the_branch_drawn_first_stands_left() -> None:
    points = layout(flow_of("start a", "start b", "start c", "a end", "b end", "c end"))
    assert points["a"][0] < points["b"][0] < points["c"][0]
    assert points["b"][0] == points["start"][0] == points["end"][0]


def test_a_shortcut_passes_beside_the_node_that_it_skips() -> None:
    flow = flow_of("start a", "a b", "b end", "a end")
    made = planned(flow)
    route = next(route for route in made.routes if route.edge == Edge("a", "end"))
    skipped = made.boxes["b"]
    inside = [x for x, y in route.points if skipped.top <= y <= skipped.bottom]
    assert inside
    assert all(x < skipped.left or x > skipped.right for x in inside)


def test_a_way_back_runs_outside_of_everything_it_passes() -> None:
    made = planned(flow_of("start a", "a b", "b a", "b end"))
    route = next(route for route in made.routes if route.back)
    assert route.edge == Edge("b", "a")
    assert max(x for x, _ in route.points) > max(box.right for box in made.boxes.values())
    assert route.points[0][1] == made.boxes["b"].bottom
    assert route.points[-1][1] == made.boxes["a"].top
    assert made.width > max(x for x, _ in route.points)


def test_two_conditions_between_the_same_nodes_keep_their_own_pills() -> None:
    first, second = Edge("start", "end", "x > 1"), Edge("start", "end", "x > 2")
    flow = Flow("f", "form", "", (Node("start", "start", ""), Node("end", "end", "")), (first, second))
    made = planned(flow, {first: (90.0, 24.0), second: (90.0, 24.0)})
    left, right = (route.pill for route in made.routes)
    assert left
    assert right
    assert abs(left[0] - right[0]) >= 90


def test_from_left_to_right_is_the_same_drawing_turned() -> None:
    flow = flow_of("start a", "start b", "a end", "b end", "b start")
    made = planned(flow, direction="right")
    assert made.boxes["start"].right < made.boxes["a"].left
    assert made.boxes["a"].y < made.boxes["b"].y
    assert made.boxes["a"].width == 200
    for route in made.routes:
        if not route.back:
            assert route.points[0] == (made.boxes[route.edge.from_].right, made.boxes[route.edge.from_].y)


def test_an_empty_flow_and_a_broken_one_can_be_drawn() -> None:
    assert layout(Flow("f", "form", "", (), ())) == {}
    assert set(layout(flow_of("a b", "b a", "c c"))) == {"a", "b", "c"}


ARROWS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=20)


@given(ARROWS, st.sampled_from(["down", "right"]))
@settings(max_examples=60)
def test_boxes_never_overlap_and_lines_touch_what_they_join(arrows: list[tuple[int, int]], direction: str) -> None:
    flow = flow_of(*(f"n{a} n{b}" for a, b in arrows))
    pills = dict.fromkeys(flow.edges[::2], (80.0, 24.0))
    made = planned(flow, pills, direction)
    assert not any(overlap(one, other) for one, other in combinations(made.boxes.values(), 2))
    for box in made.boxes.values():
        assert box.left >= 0
        assert box.top >= 0
        assert box.right <= made.width
        assert box.bottom <= made.height
    for route in made.routes:
        source, target = made.boxes[route.edge.from_], made.boxes[route.edge.to]
        (x1, y1), (x2, y2) = route.points[0], route.points[-1]
        assert source.left <= x1 <= source.right
        assert source.top <= y1 <= source.bottom
        assert target.left <= x2 <= target.right
        assert target.top <= y2 <= target.bottom
    shown = [Box(*route.pill, 80.0, 24.0) for route in made.routes if route.pill and not route.back]
    if direction == "down":
        assert not any(overlap(one, other) for one, other in combinations([*shown, *made.boxes.values()], 2))
    assert planned(flow, pills, direction) == made


def test_two_hundred_nodes_are_laid_out_in_a_moment() -> None:
    chance = random.Random(3)
    flow = flow_of(*(f"n{max(0, i - chance.randint(1, 4))} n{i}" for i in range(1, 200) for _ in range(2)))
    began = perf_counter()
    planned(flow)
    assert perf_counter() - began < 0.5


def test_han_characters_are_twice_as_wide_as_latin_ones() -> None:
    assert width("报价", 14) == 28
    assert width("ab", 14) < 28
    assert clipped("报价审批单", 10, 50) == "报价审批单"
    assert clipped("报价审批单", 10, 35) == "报价…"


def test_long_names_break_between_words_and_between_han_characters() -> None:
    assert wrapped("Legal review of the contract", 10, 80, 2) == ["Legal review of", "the contract"]
    assert wrapped("法务部门合同审核", 10, 40, 2) == ["法务部门", "合同审核"]
    lines = wrapped("法务部门合同条款审核与风险评估", 10, 60, 2)
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert wrapped("", 10, 60, 2) == []
    for line in wrapped("Donaudampfschifffahrtsgesellschaft of the town", 10, 60, 3):
        assert width(line, 10) <= 60
