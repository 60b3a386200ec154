"""Where the nodes, lines and pills of a flow's drawing stand: layers from top to bottom, few crossings, straight lines.

Layers are longest paths over the forward edges. A condition's pill stands in a layer of its own between those of nodes,
so that no line runs under it and no two pills meet. Ways back run along rails on the right. All lengths are in pixels.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from formwright.flow.definition import Compiled, compiled
from formwright.flow.model import Edge, Flow

Point = tuple[float, float]
Size = tuple[float, float]
Direction = Literal["down", "right"]

CARD: Size = (200.0, 72.0)
GAP = 22.0
"""Between a layer of nodes and the layer of pills below it, where lines bend."""
SPACE = 28.0
"""Between neighbours of one layer."""
RAIL = 22.0
MARGIN = 24.0
SWEEPS = 8


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle by its centre."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width / 2

    @property
    def top(self) -> float:
        return self.y - self.height / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Route:
    """One edge as drawn: the points it passes, and the centre of its pill when it has one."""

    edge: Edge
    points: tuple[Point, ...]
    pill: Point | None
    back: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """A drawing without looks; `boxes` is in topological order."""

    boxes: Mapping[str, Box]
    routes: tuple[Route, ...]
    width: float
    height: float
    direction: Direction


@dataclass(slots=True)
class _Spot:
    """Something that takes room in a layer: a node, a pill, or the place where a longer line passes."""

    size: Size
    rank: int
    x: float = 0.0
    above: list[int] = field(default_factory=list)
    below: list[int] = field(default_factory=list)
    bends: bool = False


def layout(flow: Flow) -> dict[str, Point]:
    """The centre of every node, for one fixed size of card: what a designer starts from."""
    made = compiled(flow)
    return {
        node: (box.x, box.y) for node, box in plan(made, dict.fromkeys(made.order, (200.0, 72.0)), {}).boxes.items()
    }


def plan(
    made: Compiled, sizes: Mapping[str, Size], pills: Mapping[Edge, Size], *, direction: Direction = "down"
) -> Plan:
    """Lay out a flow: `sizes` of all nodes, and of the pills of those edges that carry one."""
    if direction == "right":
        turned = plan(made, {n: (h, w) for n, (w, h) in sizes.items()}, {e: (h, w) for e, (w, h) in pills.items()})
        return _turn(turned)
    forward = [edge for edges in made.out.values() for edge in edges if made.index[edge.from_] < made.index[edge.to]]
    backward = [edge for edges in made.out.values() for edge in edges if made.index[edge.from_] >= made.index[edge.to]]
    spots, of_node, lines = _spots(made, forward, sizes, pills)
    layers = _ordered(spots)
    _place(spots, layers)

    tops: list[float] = []
    bottoms: list[float] = []
    y = MARGIN + (RAIL if backward else 0)
    for layer in layers:
        tops.append(y)
        y += max((spots[each].size[1] for each in layer), default=0.0)
        bottoms.append(y)
        y += GAP
    shift = MARGIN - min((spot.x - spot.size[0] / 2 for spot in spots), default=0.0)

    placed = [Box(each.x + shift, (tops[each.rank] + bottoms[each.rank]) / 2, *each.size) for each in spots]
    boxes = {node: placed[of_node[node]] for node in made.order}
    bands = [(tops[each.rank], bottoms[each.rank]) for each in spots]
    routes = [_down(edge, [(placed[i], *bands[i]) for i in line], pill=edge in pills) for edge, line in lines]
    right = max((spot.x + shift + spot.size[0] / 2 for spot in spots), default=0.0)
    for edge in sorted(backward, key=lambda each: made.index[each.from_] - made.index[each.to]):
        rail = right + RAIL
        ranks = spots[of_node[edge.from_]].rank, spots[of_node[edge.to]].rank
        routes.append(_up(edge, boxes, rail, bottoms[ranks[0]], tops[ranks[1]], pills.get(edge)))
        right = rail + (pills[edge][0] / 2 if edge in pills else 0.0)
    return Plan(boxes, tuple(routes), right + MARGIN, max(bottoms, default=0.0) + MARGIN, "down")


def _spots(
    made: Compiled, forward: Sequence[Edge], sizes: Mapping[str, Size], pills: Mapping[Edge, Size]
) -> tuple[list[_Spot], dict[str, int], list[tuple[Edge, list[int]]]]:
    """Nodes on even ranks, pills on the odd rank below their source, and a bend on every rank a line passes."""
    rank: dict[str, int] = {}
    for node in made.order:
        above = [rank[edge.from_] + 2 for edge in made.into[node] if made.index[edge.from_] < made.index[node]]
        rank[node] = max(above, default=0)
    spots = [_Spot(sizes[node], rank[node]) for node in made.order]
    of_node = {node: place for place, node in enumerate(made.order)}
    lines: list[tuple[Edge, list[int]]] = []
    for edge in forward:
        line = [of_node[edge.from_]]
        for passed in range(rank[edge.from_] + 1, rank[edge.to]):
            first = passed == rank[edge.from_] + 1
            spots.append(_Spot(pills.get(edge, (8.0, 0.0)) if first else (8.0, 0.0), passed, bends=True))
            line.append(len(spots) - 1)
        line.append(of_node[edge.to])
        for upper, lower in pairwise(line):
            spots[upper].below.append(lower)
            spots[lower].above.append(upper)
        lines.append((edge, line))
    return spots, of_node, lines


def _ordered(spots: list[_Spot]) -> list[list[int]]:
    """The layers, each in an order with few crossings: barycentres, down and up, the best order kept."""
    layers: list[list[int]] = [[] for _ in range(max((spot.rank for spot in spots), default=-1) + 1)]
    # First by following the lines from the top, so that a branch drawn first stands left.
    seen: set[int] = set()
    for root in range(len(spots)):
        waiting = [root]
        while waiting:
            here = waiting.pop()
            if here not in seen:
                seen.add(here)
                layers[spots[here].rank].append(here)
                waiting.extend(reversed(spots[here].below))
    best, fewest = [list(layer) for layer in layers], _crossings(spots, layers)
    for sweep in range(SWEEPS):
        if fewest == 0:
            break
        down = sweep % 2 == 0
        place = {each: position for layer in layers for position, each in enumerate(layer)}
        for layer in layers[1:] if down else layers[-2::-1]:

            def centre(each: int, place: dict[int, int] = place, down: bool = down) -> float:
                near = spots[each].above if down else spots[each].below
                return sum(place[other] for other in near) / len(near) if near else float(place[each])

            layer.sort(key=centre)
            place.update((each, position) for position, each in enumerate(layer))
        if (found := _crossings(spots, layers)) < fewest:
            best, fewest = [list(layer) for layer in layers], found
    return best


def _crossings(spots: list[_Spot], layers: list[list[int]]) -> int:
    count = 0
    for upper, lower in pairwise(layers):
        place = {each: position for position, each in enumerate(lower)}
        ends: list[int] = []
        for each in upper:
            mine = sorted(place[other] for other in spots[each].below)
            count += sum(len(ends) - bisect_right(ends, end) for end in mine)
            for end in mine:
                insort(ends, end)
    return count


def _place(spots: list[_Spot], layers: list[list[int]]) -> None:
    """Give every spot its x: near the middle of its neighbours, in order, never closer than `SPACE`."""
    for layer in layers:
        _settle(spots, layer, [0.0] * len(layer))
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for layer in layers if down else reversed(layers):
            wished = []
            for each in layer:
                near = spots[each].above if down else spots[each].below
                wished.append(sum(spots[other].x for other in near) / len(near) if near else spots[each].x)
            _settle(spots, layer, wished)


def _settle(spots: list[_Spot], layer: list[int], wished: list[float]) -> None:
    """The positions nearest to the wished ones (least squares) that keep order and distance (isotonic regression)."""
    offset, offsets = 0.0, []
    for left, right in zip([None, *layer], layer, strict=False):
        if left is not None:
            bend = spots[left].bends or spots[right].bends
            offset += (spots[left].size[0] + spots[right].size[0]) / 2 + (SPACE / 2 if bend else SPACE)
        offsets.append(offset)
    pools: list[tuple[float, float, int]] = []  # sum of weighted wishes, weight, members
    for each, wish, gone in zip(layer, wished, offsets, strict=True):
        weight = 3.0 if spots[each].bends else 1.0
        pool = ((wish - gone) * weight, weight, 1)
        while pools and pools[-1][0] / pools[-1][1] > pool[0] / pool[1]:
            last = pools.pop()
            pool = (last[0] + pool[0], last[1] + pool[1], last[2] + pool[2])
        pools.append(pool)
    position = 0
    for total, weight, members in pools:
        for _ in range(members):
            spots[layer[position]].x = total / weight + offsets[position]
            position += 1


def _down(edge: Edge, line: Sequence[tuple[Box, float, float]], *, pill: bool) -> Route:
    """A line from layer to layer: upright within a layer (given by its top and bottom), bending between two."""
    (first, _, leaves), (last, enters, _) = line[0], line[-1]
    points: list[Point] = [(first.x, first.bottom), (first.x, leaves)]
    for box, top, bottom in line[1:-1]:
        points += [(box.x, top), (box.x, bottom)]
    points += [(last.x, enters), (last.x, last.top)]
    kept = tuple(point for place, point in enumerate(points) if place == 0 or point != points[place - 1])
    return Route(edge, kept, (line[1][0].x, line[1][0].y) if pill else None, back=False)


def _up(edge: Edge, boxes: Mapping[str, Box], rail: float, below: float, above: float, pill: Size | None) -> Route:
    """Out under the source's layer, up a rail on the right, and in over the target's layer."""
    source, target = boxes[edge.from_], boxes[edge.to]
    out, into = source.x + source.width / 4, target.x + target.width / 4
    low, high = below + GAP / 2, above - GAP / 2
    points = ((out, source.bottom), (out, low), (rail, low), (rail, high), (into, high), (into, target.top))
    return Route(edge, points, (rail, (low + high) / 2) if pill else None, back=True)


def _turn(made: Plan) -> Plan:
    """The same drawing from left to right."""
    return Plan(
        {node: Box(box.y, box.x, box.height, box.width) for node, box in made.boxes.items()},
        tuple(
            Route(
                route.edge,
                tuple((y, x) for x, y in route.points),
                (route.pill[1], route.pill[0]) if route.pill else None,
                route.back,
            )
            for route in made.routes
        ),
        made.height,
        made.width,
        "right",
    )
