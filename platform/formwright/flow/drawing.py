"""The one drawing of a flow, as SVG made on the server: cards with owner and time limit, conditions on the edges, the marking.

Only classes, no styles and no scripts; every state is a word as well as a colour. `static/src/css/parts/drawing.css` dresses it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html import escape
from itertools import pairwise

from formwright.flow.definition import compiled
from formwright.flow.layout import Box, Direction, Plan, Point, Route, Size, layout, plan
from formwright.flow.lettering import clipped, width, wrapped
from formwright.flow.model import Flow, Marking, Node
from formwright.flow.node_types import node_types
from formwright.flow.words import condition, name_of, owner, time_limit
from formwright.schema.model import App
from formwright.texts import both, show

__all__ = ["draw", "layout"]

CARD_WIDTH = 208.0
PADDING = 12.0
MARK = 24.0
"""Room for the type's sign, left of the name."""
NAME_SIZE, SMALL_SIZE, PILL_SIZE, BADGE_SIZE = 14.0, 12.0, 12.0, 11.0
BOLD = 1.14
"""How much wider bold letters are than the estimate."""
NAME_LINE, SMALL_LINE = 19.0, 17.0
PILL_HEIGHT, PILL_ROOM = 24.0, 220.0
GATES = frozenset({"branch", "parallel", "join", "start", "end"})
"""Nodes that are drawn as a small rounded sign rather than a card."""

STATES = {
    "passed": both("已完成", "Done"),
    "current": both("当前在这里", "You are here"),
    "waiting": both("等待汇合", "Waiting"),
    "late": both("已超时", "Late"),
}


def draw(
    app: App,
    flow: Flow,
    *,
    language: str,
    marking: Marking | None = None,
    passed: Collection[str] = (),
    late: Collection[str] = (),
    direction: Direction = "down",
    name: str | None = None,
) -> str:
    """The flow as an `<svg>` element in `language`; `passed` and `late` are node ids.

    `name` makes the element ids unique where one page shows the same flow twice.
    """
    made = compiled(flow)
    cards = {node.id: _Card(app, flow, node, language) for node in made.nodes.values()}
    sizes: dict[str, Size] = {node: card.size for node, card in cards.items()}
    pills = {
        edge: said for edges in made.out.values() for edge in edges if (said := condition(app, flow, edge, language))
    }
    drawn = plan(made, sizes, {edge: _pill_size(said) for edge, said in pills.items()}, direction=direction)
    states = _states(made.order, marking or Marking(), passed, late)
    prefix = escape(name or f"flow-{flow.id}")
    wide, high = _n(drawn.width), _n(drawn.height)
    size = f'viewBox="0 0 {wide} {high}" width="{wide}" height="{high}"'
    title = escape(show(flow.name, language, flow.id))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="drawing" role="group" aria-labelledby="{prefix}-title {prefix}-desc" {size}>',
        f'<title id="{prefix}-title">{title}</title>',
        f'<desc id="{prefix}-desc">{escape(_description(flow, states, language))}</desc>',
    ]
    parts += [_line(route, drawn, states) for route in drawn.routes]
    parts += [_label(route.pill, pills[route.edge]) for route in drawn.routes if route.pill and route.edge in pills]
    parts += [cards[node].svg(box, states.get(node, ()), language) for node, box in drawn.boxes.items()]
    return "".join([*parts, "</svg>"])


class _Card:
    """One node: its texts, and the room they take."""

    def __init__(self, app: App, flow: Flow, node: Node, language: str) -> None:
        self.node = node
        self.kind = node_types.get(node.type)
        self.gate = node.type in GATES
        room = CARD_WIDTH - 2 * PADDING - MARK
        self.name = name_of(node, language)
        self.lines = wrapped(self.name, NAME_SIZE * BOLD, room, 1 if self.gate else 2)
        self.owner = "" if self.gate else owner(app, flow, node, language)
        self.limit = time_limit(app, flow, node, language)
        self.small = [clipped(text, SMALL_SIZE, room) for text in (self.owner, self.limit) if text]
        if self.gate and not self.small:
            longest = max((width(line, NAME_SIZE * BOLD) for line in self.lines), default=0.0)
            self.size: Size = (2 * PADDING + MARK + longest + 6, 40.0)
        else:
            self.size = (CARD_WIDTH, 2 * PADDING + NAME_LINE * len(self.lines) + SMALL_LINE * len(self.small))

    def svg(self, box: Box, states: Sequence[str], language: str) -> str:
        kind = show(self.kind.label, language) if self.kind else self.node.type
        words = [show(STATES[state], language) for state in states]
        spoken = ", ".join(text for text in (self.name, kind, self.owner, self.limit, *words) if text)
        classes = " ".join(["node", f"node-{escape(self.node.type)}", *(f"is-{state}" for state in states)])
        parts = [
            f'<g class="{classes}" data-node="{escape(self.node.id)}" role="img" aria-label="{escape(spoken)}">',
            f"<title>{escape(spoken)}</title>",
            _rect(box.left, box.top, box.width, box.height, 20 if self.gate else 8, "node-card"),
        ]
        y = box.top + PADDING + (1.0 if self.gate else 0.0)
        if self.kind is not None:
            parts.append(
                f'<path class="node-mark" fill="none" transform="translate({_n(box.left + PADDING)} {_n(y)})" '
                f'd="{self.kind.mark}"/>'
            )
        x = box.left + PADDING + MARK
        for line in self.lines:
            parts.append(f'<text class="node-name" x="{_n(x)}" y="{_n(y + 13)}">{escape(line)}</text>')
            y += NAME_LINE
        for place, text in enumerate(self.small):
            sort = "node-owner" if place == 0 and self.owner else "node-limit"
            parts.append(f'<text class="{sort}" x="{_n(x)}" y="{_n(y + 12)}">{escape(text)}</text>')
            y += SMALL_LINE
        # The middle of the upper edge stays free: that is where lines arrive.
        if words:
            parts.append(_badge(box, words[0], after=box.x if self.gate else box.left))
            parts += [_badge(box, word) for word in words[1:]]
        return "".join([*parts, "</g>"])


def _badge(box: Box, text: str, *, after: float | None = None) -> str:
    """A state in words on the upper edge: right of `after`, or else at the right corner."""
    wide = width(text, BADGE_SIZE) * BOLD + 16
    x, y = (box.right - wide - 8 if after is None else after + 8), box.top - 9
    return (
        _rect(x, y, wide, 18, 9, "node-badge")
        + f'<text class="node-state" x="{_n(x + wide / 2)}" y="{_n(y + 13)}" text-anchor="middle">{escape(text)}</text>'
    )


def _states(
    nodes: Sequence[str], marking: Marking, passed: Collection[str], late: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """The states of each node that has any: where a token is wins over having been passed."""
    found: dict[str, tuple[str, ...]] = {}
    for node in nodes:
        if marking.active(node):
            found[node] = ("current", "late") if node in late else ("current",)
        elif marking.waiting(node):
            found[node] = ("waiting",)
        elif node in passed:
            found[node] = ("passed",)
    return found


def _description(flow: Flow, states: dict[str, tuple[str, ...]], language: str) -> str:
    nodes = compiled(flow).nodes
    zh = language == "zh"
    said = [f"共 {len(nodes)} 个节点。" if zh else f"{len(nodes)} nodes."]
    for state, word in STATES.items():
        names = [name_of(nodes[node], language) for node, its in states.items() if state in its]
        if names:
            joined = ("、" if zh else ", ").join(names)
            said.append(f"{show(word, language)}：{joined}。" if zh else f"{show(word, language)}: {joined}.")
    return ("" if zh else " ").join(said)


def _pill_size(text: str) -> Size:
    return (width(clipped(text, PILL_SIZE, PILL_ROOM), PILL_SIZE) + 20, PILL_HEIGHT)


def _label(centre: Point, text: str) -> str:
    """A condition on its edge; what does not fit is in the title."""
    x, y = centre
    wide, high = _pill_size(text)
    shown = clipped(text, PILL_SIZE, PILL_ROOM)
    title = f"<title>{escape(text)}</title>" if shown != text else ""
    return (
        f'<g class="pill">{title}{_rect(x - wide / 2, y - high / 2, wide, high, 12, "pill-back")}'
        f'<text x="{_n(x)}" y="{_n(y + 4)}" text-anchor="middle">{escape(shown)}</text></g>'
    )


def _line(route: Route, drawn: Plan, states: dict[str, tuple[str, ...]]) -> str:
    edge = route.edge
    gone = "passed" in states.get(edge.from_, ()) and edge.to in states
    classes = ["edge", *(["edge-back"] if route.back else []), *(["is-passed"] if gone else [])]
    if edge.outcome in ("reject", "object", "timeout", "error"):
        classes.append("edge-exception")
    path = _straight(route.points) if route.back else _curved(route.points, drawn.direction)
    head = _head(route.points)
    ends = f'data-from="{escape(edge.from_)}" data-to="{escape(edge.to)}"'
    return (
        f'<g class="{" ".join(classes)}" {ends}><path fill="none" d="{path}"/><path class="edge-head" d="{head}"/></g>'
    )


def _curved(points: Sequence[Point], direction: Direction) -> str:
    """Straight along a layer, an S between two."""
    made = [f"M{_n(points[0][0])} {_n(points[0][1])}"]
    for (x1, y1), (x2, y2) in pairwise(points):
        if x1 == x2 or y1 == y2:
            made.append(f"L{_n(x2)} {_n(y2)}")
        elif direction == "down":
            middle = _n((y1 + y2) / 2)
            made.append(f"C{_n(x1)} {middle} {_n(x2)} {middle} {_n(x2)} {_n(y2)}")
        else:
            middle = _n((x1 + x2) / 2)
            made.append(f"C{middle} {_n(y1)} {middle} {_n(y2)} {_n(x2)} {_n(y2)}")
    return "".join(made)


def _straight(points: Sequence[Point]) -> str:
    """Right angles with rounded corners."""
    made = [f"M{_n(points[0][0])} {_n(points[0][1])}"]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        arrive, leave = _towards(here, before), _towards(here, after)
        made.append(f"L{_n(arrive[0])} {_n(arrive[1])}Q{_n(here[0])} {_n(here[1])} {_n(leave[0])} {_n(leave[1])}")
    return "".join([*made, f"L{_n(points[-1][0])} {_n(points[-1][1])}"])


def _towards(here: Point, there: Point, radius: float = 8.0) -> Point:
    """The point `radius` away from a corner, at most half of the way."""
    long = abs(there[0] - here[0]) + abs(there[1] - here[1])
    share = min(radius / long, 0.5) if long else 0.0
    return (here[0] + (there[0] - here[0]) * share, here[1] + (there[1] - here[1]) * share)


def _head(points: Sequence[Point]) -> str:
    """An arrow head that ends at the last point, along the last stretch."""
    (x1, y1), (x2, y2) = points[-2], points[-1]
    if abs(y2 - y1) >= abs(x2 - x1):
        back = 7 if y2 >= y1 else -7
        return f"M{_n(x2 - 4.5)} {_n(y2 - back)}L{_n(x2)} {_n(y2)}L{_n(x2 + 4.5)} {_n(y2 - back)}Z"
    back = 7 if x2 >= x1 else -7
    return f"M{_n(x2 - back)} {_n(y2 - 4.5)}L{_n(x2)} {_n(y2)}L{_n(x2 - back)} {_n(y2 + 4.5)}Z"


def _rect(x: float, y: float, wide: float, high: float, radius: float, name: str) -> str:
    return f'<rect class="{name}" x="{_n(x)}" y="{_n(y)}" width="{_n(wide)}" height="{_n(high)}" rx="{_n(radius)}"/>'


def _n(value: float) -> str:
    """A number for SVG: one decimal at most."""
    return f"{value:.1f}".removesuffix(".0")
