"""How each kind of file in a package is laid out: the order of its keys, which of them hold rules, what stands as a block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Shape:
    """Of a value in a file. Keys that `keys` does not name follow the named ones in their own order, with the shape `rest`."""

    keys: Mapping[str, Shape] = field(default_factory=dict)
    rest: Shape | None = None
    items: Shape | None = None
    """Of each value of a list."""
    rule: bool = False
    """Texts here, also inside lists and mappings, are rules and always in quotes or blocks."""
    block: bool = False
    """Never on one line, however short."""

    @property
    def item(self) -> Shape:
        return self.items or (RULE if self.rule else FREE)

    def ordered(self, value: Mapping[str, Any]) -> Iterator[tuple[str, Any, Shape]]:
        """The members of a mapping in their canonical order, each with its shape."""
        rest = self.rest or (RULE if self.rule else FREE)
        for key, shape in self.keys.items():
            if key in value:
                yield key, value[key], shape
        for key, inner in value.items():
            if key not in self.keys:
                yield key, inner, rest


FREE = Shape()
RULE = Shape(rule=True)


def _keys(plain: str, rules: str = "", **shapes: Shape) -> Mapping[str, Shape]:
    """Keys in the order of `plain`; those also in `rules` take rules, those in `shapes` have a shape of their own."""
    ruled = set(rules.split())
    return {key: shapes.get(key, RULE if key in ruled else FREE) for key in plain.split()}


def _list(item: Shape = FREE) -> Shape:
    """A list of which every item begins a line."""
    return Shape(items=item, block=True)


_CHECK = Shape(_keys("rule message at", "rule"))

_FIELD_KEYS = (
    "id type form path of value function label help options other parts gapless level within currency places min max unit "
    "pattern format from where show create count size types required unique default compute fill visible editable checks mask "
    "width when_hidden yes no add edit delete defaults fields"
)
_FIELD_RULES = "value from where required default compute fill visible editable"

_COLUMN = Shape(_keys(_FIELD_KEYS, _FIELD_RULES, checks=_list(_CHECK), fields=_list()))
_FIELD = Shape(_keys(_FIELD_KEYS, _FIELD_RULES, checks=_list(_CHECK), fields=_list(_COLUMN)))
_VIEW = Shape(
    _keys("id type name filter sort group_by columns color start end title image progress", "filter group_by")
)
_GRANT = Shape(_keys("role department member everyone rule records actions fields", "rule records"))

FORM = Shape(
    _keys(
        "id name title fields checks layout views grants public",
        "title",
        fields=_list(_FIELD),
        checks=_list(_CHECK),
        layout=_list(),
        views=_list(_VIEW),
        grants=_list(_GRANT),
    ),
    block=True,
)

APP = Shape(
    _keys(
        "format id version name summary icon requires managers roles parameters navigation tour screenshots",
        "managers",
        roles=_list(),
        parameters=_list(Shape(_keys("id type default label"))),
        navigation=_list(),
        tour=_list(),
        screenshots=_list(),
    ),
    block=True,
)

_ACT = Shape(
    _keys(
        "create update upsert delete start_flow notify mail request for_each branch wait where set text do",
        "where set when",
    )
)

_NODE = Shape(
    _keys(
        "id type name guide checklist assign every distribute four_eyes pass on_reject outcomes decide actions fields resubmit "
        "reassign_on_return deadline target withdraw repeat self_approval no_assignee take flow each wait until for when longest "
        "on_timeout on_rejected to field blocking do once undo status terminate set",
        "assign decide deadline each until when set",
        do=_list(_ACT),
        checklist=_list(),
        **{"pass": Shape(_keys("any all in_order percent count weight weights", "weights"))},
    )
)

FLOW = Shape(
    _keys(
        "id form name start every withdraw repeat self_approval no_assignee nodes edges",
        nodes=_list(_NODE),
        edges=_list(Shape(_keys("from to outcome when", "when"))),
    ),
    block=True,
)

DASHBOARD = Shape(
    _keys(
        "id name summary filters charts layout grants",
        filters=_list(),
        charts=_list(
            Shape(_keys("id type name form group_by measures filter sort limit drill", "group_by measures filter"))
        ),
    ),
    block=True,
)

AUTOMATION = Shape(_keys("id name enabled trigger when do", "when", do=_list(_ACT)), block=True)
LIFE_CYCLE = Shape(_keys("id name"), block=True)

SCENARIO = Shape(_keys("name org data now given steps", given=_list(), steps=_list()), block=True)

MAP = Shape(_keys("columns key skip", columns=Shape(block=True)), block=True)
"""Of `data/<form>.map.yaml`."""

ORG = Shape(
    _keys(
        "departments roles members proxies settings",
        departments=_list(Shape(_keys("id name parent head"))),
        roles=_list(Shape(_keys("id name"))),
        members=_list(Shape(_keys("email name password manager departments roles admin active"))),
        proxies=_list(),
    ),
    block=True,
)
"""Of `data/org.yaml`."""

SHAPES: Mapping[str, Shape] = {
    "forms": FORM,
    "flows": FLOW,
    "dashboards": DASHBOARD,
    "automations": AUTOMATION,
    "life_cycles": LIFE_CYCLE,
    "tests": SCENARIO,
}
"""By section; sections that are not here keep their keys in the order in which they come."""
