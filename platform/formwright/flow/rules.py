"""The rules of one flow version, compiled when first asked for: who gets a task, where it goes, what is approved, when it is due."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from formwright.errors import Invalid
from formwright.flow.model import Edge, Flow, Node
from formwright.flow.rule_places import decide_environment, edge_environment, flow_environment
from formwright.schema.model import App
from formwright.texts import both
from formwright_rules import (
    BOOLEAN,
    NUMBER,
    Assignment,
    DeadlinePlan,
    Decision,
    Environment,
    RuleError,
    Type,
    check,
    compile_python,
)
from formwright_rules.parser import Start

Values = Mapping[str, Any]


class FlowRules:
    """Compiled rules by node and edge. Every call raises Invalid `rule_error` at the node where a rule has no answer."""

    def __init__(self, app: App, flow: Flow) -> None:
        self.app, self.flow = app, flow
        self._compiled: dict[tuple[str, str, str], Callable[..., Any]] = {}
        self._reads: dict[str, frozenset[str]] = {}

    def edge(self, edge: Edge, values: Values, context: Any) -> bool:
        """Whether the edge's condition holds; `values` has the name `outcome`."""

        def environment() -> Environment:
            return edge_environment(self.app, self.flow, self.flow.node(edge.from_))

        rule = self._rule(edge.when, "expression", edge.from_, environment, BOOLEAN)
        return bool(_run(rule, edge.from_, values, context))

    def assign(self, node: Node, values: Values, context: Any) -> Assignment:
        """Whom the node's rule finds. The node has one."""
        found: Assignment = _run(self._rule(node.assign, "assign", node.id, self._plain), node.id, values, context)
        return found

    def decide(self, node: Node, values: Values, context: Any) -> Decision:
        """What the block says; `values` has the names `decision`, `approvals`, `rejections`. The node has one."""
        rule = self._rule(node.decide, "decide", node.id, lambda: decide_environment(self.app, self.flow, node))
        found: Decision = _run(rule, node.id, values, context)
        return found

    def deadline(self, node: Node, values: Values, context: Any) -> DeadlinePlan:
        """When the node is due and what happens around that; the context has `arrived_at`. The node has one."""
        found: DeadlinePlan = _run(
            self._rule(node.deadline, "deadline", node.id, self._plain), node.id, values, context
        )
        return found

    def deadline_reads(self, node: Node) -> frozenset[str]:
        """The record's own fields by which the node's time limit goes."""
        found = self._reads.get(node.id)
        if found is None:
            checked = check(node.deadline or "", self._plain(), "deadline")
            found = self._reads[node.id] = frozenset(path[0] for path in checked.reads)
        return found

    def weight(self, node: Node, values: Values, context: Any) -> Decimal:
        """What the context's `assignee` weighs; an empty answer is 0."""
        if node.pass_.weights is None:
            return Decimal(1)
        rule = self._rule(node.pass_.weights, "expression", node.id, self._plain, NUMBER)
        found = _run(rule, node.id, values, context)
        return Decimal(0) if found is None else Decimal(found)

    def _plain(self) -> Environment:
        return flow_environment(self.app, self.flow)

    def _rule(
        self,
        text: str | None,
        start: Start,
        at: str,
        environment: Callable[[], Environment],
        expect: Type | None = None,
    ) -> Callable[..., Any]:
        key = (at, start, text or "")
        found = self._compiled.get(key)
        if found is None:
            try:
                found = compile_python(text or "", environment(), start=start, expect=expect)
            except RuleError as error:
                raise _failed(error, at) from error
            self._compiled[key] = found
        return found


def _run(rule: Callable[..., Any], at: str, values: Values, context: Any) -> Any:
    try:
        return rule(values, context)
    except RuleError as error:
        raise _failed(error, at) from error


def _failed(error: RuleError, at: str) -> Invalid:
    message = error.findings[0].message if error.findings else both("规则无法计算", "The rule cannot be computed")
    return Invalid("rule_error", message, at=at)
