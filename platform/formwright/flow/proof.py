"""The proof of a flow before it is published: what cannot work is an error, what is probably not meant a warning.

Errors keep an app from being published; every message names the node by its label. The graph part reads no rules and
takes well under a millisecond; `missing_people` is the one question that needs the site.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from formwright.flow.definition import Compiled, compiled
from formwright.flow.engine import RUNNABLE
from formwright.flow.model import Flow, Node
from formwright.flow.node_types import node_types
from formwright.flow.proof_rules import rule_findings
from formwright.flow.proof_together import together
from formwright.flow.rule_places import place_of
from formwright.schema.model import App, Field, Finding
from formwright.schema.reading import pointer
from formwright.texts import both, show

WRITABLE = ("edit", "required")
MOST_NODES = 50
MOST_CONDITIONS = 3
GIVEN_BY_ITSELF = frozenset({"serial", "rollup", "lookup"})


def check_flows(app: App) -> list[Finding]:
    """Everything that is wrong with the flows of an app, each by itself and together."""
    flows: Mapping[str, Flow] = app.parts.get("flows", {})
    found: list[Finding] = []
    for flow in flows.values():
        found += findings(app, flow)
    return [*found, *together(flows)]


def findings(app: App, flow: Flow) -> list[Finding]:
    """Errors and warnings of one flow; `at` points into the app's document."""
    found = graph_findings(flow)
    if flow.form in app.forms:
        found += _required_but_hidden(app, flow)
        found += rule_findings(app, flow)
    return found


def missing_people(app: App, known: Callable[[str], bool]) -> list[Finding]:
    """`fallback_missing` for each `no_assignee: {member: …}` whose member `known` (an e-mail) denies; for publishing."""
    found: list[Finding] = []
    for flow in app.parts.get("flows", {}).values():
        root = "/flows" + pointer(flow.id)
        named = [(f"{root}/no_assignee", flow.no_assignee)]
        named += [(f"{root}/nodes/{i}/no_assignee", node.no_assignee) for i, node in enumerate(flow.nodes)]
        for at, fallback in named:
            email = (fallback or "").removeprefix("member:")
            if fallback and fallback != email and not known(email):
                message = both(f"没有成员 {email}，任务会无人可派", f"There is no member {email} to fall back to")
                found.append(Finding("error", "fallback_missing", at, message))
    return found


def graph_findings(flow: Flow) -> list[Finding]:
    """What the drawing alone shows."""
    return list(_Graph(flow).findings())


class _Graph:
    """The questions about one drawing."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.made: Compiled = compiled(flow)
        self.root = "/flows" + pointer(flow.id)
        self.places: dict[str, int] = {}
        for place, node in enumerate(flow.nodes):
            self.places.setdefault(node.id, place)

    def findings(self) -> Iterator[Finding]:
        made = self.made
        starts = [node for node in self.flow.nodes if node.type == "start"]
        if len(starts) != 1:
            count = len(starts)
            yield self._say("error", "start_count", "/nodes", f"流程要有一个发起节点，现在有 {count} 个", (
                f"A flow has one start node; this one has {count}"))  # fmt: skip
        if not made.ends:
            yield self._say("error", "no_end", "/nodes", "流程没有结束节点", "The flow has no end node")
        for node in made.nodes.values():
            yield from self._node(node)
        yield from self._cycles()
        yield from self._warnings()

    def _node(self, node: Node) -> Iterator[Finding]:
        made, kind = self.made, node_types.get(node.type)
        if kind is not None and node.type not in RUNNABLE:
            yield self._at(node, "error", "unsupported_node", "这种节点还不能运行", "nodes of this type cannot run yet")
        if made.start is not None and not made.reachable & made.bit(node.id):
            yield self._at(node, "error", "unreachable", "从发起走不到这里", "cannot be reached from the start")
        elif made.ends and not made.finishing & made.bit(node.id):
            yield self._at(node, "error", "no_way_out", "从这里走不到结束", "has no way to an end")
        if node.type != "start" and ((kind is not None and kind.human) or node.type == "cc"):
            if not (node.assign or "").strip():
                yield self._at(
                    node, "error", "no_assign", "没有写由谁处理", "does not say who gets the task", "/assign"
                )
        yield from self._ways(node)
        yield from self._returns(node)

    def _ways(self, node: Node) -> Iterator[Finding]:
        """Conditional edges have exactly one default; several plain edges only leave a parallel node."""
        edges = [edge for edge in self.made.out[node.id] if edge not in self.made.implied]
        plain = [edge for edge in edges if edge.when is None and edge.outcome is None]
        conditions = [edge for edge in edges if edge.when is not None]
        if node.type == "end":
            if edges:
                yield self._at(node, "error", "edge_after_end", "结束之后还有连线", "is an end, but an edge leaves it")
            return
        if node.type == "parallel":
            if conditions and not plain:
                yield self._at(node, "error", "no_default", "每条连线都有条件，可能一条也不走", (
                    "has a condition on every edge, so that none may be taken"))  # fmt: skip
        elif len(plain) > 1:
            yield self._at(node, "error", "several_defaults", "有多条无条件的连线；要同时走请用并行节点", (
                "has several edges without a condition; use a parallel node to take them all"))  # fmt: skip
        elif not plain and conditions:
            yield self._at(node, "error", "no_default", "条件之外没有默认连线", "has conditions but no default edge")
        elif not plain:
            open_ = [outcome for outcome in self._outcomes(node) if outcome not in {edge.outcome for edge in edges}]
            if edges and open_:
                listed = ", ".join(open_)
                yield self._at(node, "error", "no_default", f"结果 {listed} 没有去处", f"has no edge for {listed}")

    def _outcomes(self, node: Node) -> list[str]:
        """What a node may end with and must then have an edge for; a rejection without one follows `on_reject`."""
        good = {"approve": "approve", "confirm": "confirm"}.get(node.type, "submit")
        return [good, *(outcome.id for outcome in node.outcomes)]

    def _returns(self, node: Node) -> Iterator[Finding]:
        made = self.made
        targets: list[tuple[str, str]] = []
        if isinstance(node.actions.back, tuple) and node.actions.back_is_written:
            targets += [(f"/actions/return/{i}", each) for i, each in enumerate(node.actions.back)]
        if node.on_reject.kind == "return" and node.on_reject.node:
            targets.append(("/on_reject/return", node.on_reject.node))
        for key, target in targets:
            if target in made.nodes and not made.below(node.id, target):
                label = self._label(target)
                yield self._at(node, "error", "return_target", f"不能退回“{label['zh']}”：它不在前面", (
                    f'cannot return to "{label["en"]}", which does not come before it'), key)  # fmt: skip

    def _cycles(self) -> Iterator[Finding]:
        made = self.made
        for edge in made.irregular:
            if made.reachable & made.bit(edge.from_):
                source, target = self._label(edge.from_), self._label(edge.to)
                yield Finding("error", "back_edge", place_of(self.flow, edge), both(
                    f"从“{source['zh']}”回到“{target['zh']}”的连线绕过了它：有路径不经过“{target['zh']}”",
                    f'The edge from "{source["en"]}" leads back to "{target["en"]}", which not every path passes',
                ))  # fmt: skip
        if not made.back and not made.irregular:
            return
        for node in self._without_pause():
            yield self._at(node, "error", "auto_cycle", "在一个没有人工或等待节点的循环里", (
                "is in a cycle in which nobody acts and nothing waits"))  # fmt: skip

    def _without_pause(self) -> Iterator[Node]:
        """One node of each cycle of nodes at which no token stays."""
        made = self.made
        passing = [name for name in made.order if not self._holds(made.nodes[name])]
        alive = set(passing)
        degree = {name: sum(edge.from_ in alive for edge in made.into[name]) for name in passing}
        free = [name for name in passing if not degree[name]]
        while free:
            name = free.pop()
            alive.discard(name)
            for edge in made.out[name]:
                if edge.to in alive:
                    degree[edge.to] -= 1
                    if not degree[edge.to]:
                        free.append(edge.to)
        for name in made.order:
            if name in alive and self._on_ring(name, alive):
                yield made.nodes[name]
                alive -= self._ring(name, alive)

    def _ring(self, name: str, alive: set[str]) -> set[str]:
        seen = {name}
        waiting = [name]
        while waiting:
            for edge in self.made.out[waiting.pop()]:
                if edge.to in alive and edge.to not in seen:
                    seen.add(edge.to)
                    waiting.append(edge.to)
        return seen

    def _on_ring(self, name: str, alive: set[str]) -> bool:
        following = {edge.to for edge in self.made.out[name] if edge.to in alive}
        return any(name in self._ring(each, alive) for each in following)

    def _holds(self, node: Node) -> bool:
        kind = node_types.get(node.type)
        return kind is not None and kind.holds

    # ---- warnings

    def _warnings(self) -> Iterator[Finding]:
        made = self.made
        if len(made.nodes) > MOST_NODES:
            count = len(made.nodes)
            yield self._say("warning", "too_complex", "/nodes", f"有 {count} 个节点，建议拆成子流程", (
                f"{count} nodes are hard to read; consider subflows"))  # fmt: skip
        for node in made.nodes.values():
            conditions = sum(edge.when is not None for edge in made.out[node.id])
            if conditions > MOST_CONDITIONS:
                yield self._at(node, "warning", "too_complex", f"有 {conditions} 条带条件的连线，建议用决策表", (
                    f"has {conditions} conditional edges; consider a decision table"))  # fmt: skip
            if self._holds(node) and node.name == node.id:
                yield self._at(node, "warning", "missing_label", "没有名称", "has no name", "/name")
            if node.type in ("approve", "handle", "confirm") and not self._way_back(node):
                yield self._at(node, "warning", "no_way_back", "没有退回的路", "has no way back")
        yield from self._same_owner()
        yield from self._parallel_writes()

    def _way_back(self, node: Node) -> bool:
        back = node.actions.back
        drawn = any(edge in self.made.back for edge in self.made.out[node.id])
        return bool(back) or node.on_reject.kind == "return" or drawn

    def _same_owner(self) -> Iterator[Finding]:
        for node in self.made.nodes.values():
            for edge in self.made.out[node.id]:
                other = self.made.nodes[edge.to]
                if node.assign and other is not node and _same(node.assign, other.assign):
                    label = self._label(node.id)
                    yield self._at(other, "warning", "same_owner", f"与上一步“{label['zh']}”由同样的人处理", (
                        f'goes to the same people as the step before, "{label["en"]}"'), "/assign")  # fmt: skip

    def _parallel_writes(self) -> Iterator[Finding]:
        made = self.made
        writers: dict[str, list[Node]] = {}
        for node in made.nodes.values():
            if self._holds(node):
                for field, right in node.fields.by_field.items():
                    if right in WRITABLE:
                        writers.setdefault(field, []).append(node)
        for field, nodes in writers.items():
            for i, one in enumerate(nodes):
                for other in nodes[i + 1 :]:
                    if self._at_once(one.id, other.id):
                        label = self._label(one.id)
                        yield self._at(other, "warning", "parallel_writes", (
                            f"与并行的“{label['zh']}”写同一个字段“{field}”"), (
                            f'writes "{field}" at the same time as "{label["en"]}"'), f"/fields{pointer(field)}")  # fmt: skip

    def _at_once(self, one: str, other: str) -> bool:
        """Whether both may be active: neither comes before the other, and they part where several edges are taken."""
        made = self.made
        if made.below(one, other) or made.below(other, one):
            return False
        passed = made.dominators[one] & made.dominators[other] & made.reachable
        if not passed:
            return False
        parting = made.nodes[made.order[passed.bit_length() - 1]]
        return parting.type == "parallel" or parting.take == "all"

    # ---- wording

    def _label(self, name: str) -> dict[str, str]:
        node = self.made.nodes[name]
        return both(show(node.name, "zh", name), show(node.name, "en", name))

    def _at(
        self, node: Node, severity: Literal["error", "warning"], code: str, zh: str, en: str, key: str = ""
    ) -> Finding:
        label = self._label(node.id)
        at = f"{self.root}/nodes/{self.places[node.id]}{key}"
        return Finding(severity, code, at, both(f"“{label['zh']}”{zh}", f'"{label["en"]}" {en}'))

    def _say(self, severity: Literal["error", "warning"], code: str, key: str, zh: str, en: str) -> Finding:
        return Finding(severity, code, self.root + key, both(zh, en))


def _same(one: str, other: str | None) -> bool:
    return other is not None and one.split() == other.split()


def _required_but_hidden(app: App, flow: Flow) -> Iterator[Finding]:
    """A field that must be filled where it cannot be: the step could never be done."""
    form = app.forms[flow.form]
    fields = {field.id: field for field in form.fields}
    for place, node in enumerate(flow.nodes):
        at = f"/flows{pointer(flow.id)}/nodes/{place}/fields"
        for name, right in node.fields.by_field.items():
            field = fields.get(name)
            if field is not None and right == "required" and _never_filled(field):
                yield _required_hidden(node, field, at + pointer(name))
        for name, rights in node.fields.rows.items():
            field = fields.get(name)
            if field is None or field.type != "rows":
                continue
            writable = node.fields.of(name) in WRITABLE and (rights.add or rights.edit)
            for column_name, right in rights.fields.by_field.items():
                column = field.column(column_name)
                if column is not None and right == "required" and (not writable or _never_filled(column)):
                    yield _required_hidden(node, column, at + pointer(name, "fields", column_name))
        if node.type == "start" and flow.start == "submit":
            for field in form.fields:
                if field.required == "true" and node.fields.of(field.id) not in WRITABLE and not _fills_itself(field):
                    yield _required_hidden(
                        node, field, at + (pointer(field.id) if field.id in node.fields.by_field else "")
                    )


def _never_filled(field: Field) -> bool:
    by_itself = field.compute is not None or field.type in GIVEN_BY_ITSELF
    return by_itself or field.visible == "false" or field.editable == "false"


def _fills_itself(field: Field) -> bool:
    given = (field.compute, field.default, field.fill)
    return any(each is not None for each in given) or field.type in GIVEN_BY_ITSELF or field.visible is not None


def _required_hidden(node: Node, field: Field, at: str) -> Finding:
    zh, en = (show(node.name, language, node.id) for language in ("zh", "en"))
    field_zh, field_en = (show(field.label, language, field.id) for language in ("zh", "en"))
    return Finding("error", "required_hidden", at, both(
        f"“{zh}”必须填写“{field_zh}”，却不能在这里填写", f'"{en}" requires "{field_en}", which cannot be filled in there'
    ))  # fmt: skip
