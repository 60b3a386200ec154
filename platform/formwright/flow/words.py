"""What nodes and edges say to a reader: who gets the task, by when, and under which condition, in words of their language."""

from __future__ import annotations

import re
from collections.abc import Mapping

from formwright.flow.definition import compiled
from formwright.flow.model import Edge, Flow, Node, Outcome
from formwright.flow.node_types import node_types
from formwright.flow.rule_places import edge_environment, flow_environment
from formwright.schema.model import App
from formwright.texts import Text, both, show
from formwright_rules import Environment, RuleError, parse
from formwright_rules import format as rule_text
from formwright_rules.tree import (
    Assign,
    Attribute,
    Call,
    Chain,
    Compare,
    Deadline,
    DueLine,
    Expression,
    Literal,
    Name,
    Tree,
)

OUTCOMES: Mapping[str, Text] = {
    "approve": both("同意", "approved"),
    "reject": both("拒绝", "rejected"),
    "submit": both("已提交", "submitted"),
    "confirm": both("确认", "confirmed"),
    "object": both("有异议", "objected"),
    "timeout": both("超时", "timed out"),
    "error": both("出错", "failed"),
}
OTHERWISE = both("否则", "otherwise")

_NAMES: Mapping[str, Text] = {
    "initiator": both("发起人", "the initiator"),
    "me": both("本人", "oneself"),
    "assignee": both("当前负责人", "the assignee"),
    "owner": both("记录负责人", "the record's owner"),
    "created_by": both("创建人", "the creator"),
    "department": both("归属部门", "the department"),
    "manager": both("主管", "manager"),
}
_CALLS: Mapping[str, Text] = {
    "manager": both("{0}的主管", "manager of {0}"),
    "head": both("{0}的负责人", "head of {0}"),
    "members": both("{0}的成员", "members of {0}"),
    "subordinates": both("{0}的下属", "reports of {0}"),
    "department": both("{0}所在部门", "the department of {0}"),
    "departments_under": both("{0}及下级部门", "{0} and below"),
    "handler": both("“{0}”的处理人", "whoever handled {0}"),
    "chosen": both("为“{0}”指定的人", "whoever was chosen for {0}"),
    "round_robin": both("轮流：{0}", "in turn: {0}"),
    "least_loaded": both("任务最少者：{0}", "least busy: {0}"),
    "chain": both("{0}的逐级主管", "managers above {0}"),
}
_UNITS: Mapping[str, tuple[str, str]] = {
    "second": ("秒", "second"),
    "minute": ("分钟", "minute"),
    "hour": ("小时", "hour"),
    "day": ("天", "day"),
    "week": ("周", "week"),
    "month": ("个月", "month"),
    "year": ("年", "year"),
    "workhour": ("个工作小时", "working hour"),
    "workday": ("个工作日", "working day"),
}


_PARAMETER = re.compile(r'PARAM\("([a-z0-9_]+)"\)')


def name_of(node: Node, language: str) -> str:
    """The node's name; a node that has none is called by its type."""
    shown = show(node.name, language, node.id)
    kind = node_types.get(node.type)
    return show(kind.label, language) if shown == node.id and kind is not None else shown


def owner(app: App, flow: Flow, node: Node, language: str) -> str:
    """Who gets the task, in a few words; empty for nodes that give nobody one."""
    if node.type == "start":
        return show(_NAMES["initiator"], language)
    if not node.assign:
        return ""
    environment = flow_environment(app, flow)
    try:
        tree = parse(node.assign, "assign", environment)
    except RuleError:
        return node.assign
    if not isinstance(tree, Assign):
        return node.assign
    people = _People(app, flow, environment, language)
    said = dict.fromkeys(people.words(line.people) for line in tree.lines)
    return (" / ").join(said)


def time_limit(app: App, flow: Flow, node: Node, language: str) -> str:
    """How long the node may take, or empty."""
    if not node.deadline:
        return ""
    environment = flow_environment(app, flow)
    try:
        tree = parse(node.deadline, "deadline", environment)
    except RuleError:
        return ""
    dues = [line.due for line in tree.lines if isinstance(line, DueLine)] if isinstance(tree, Deadline) else []
    if not dues:
        return ""
    due = dues[0]
    if isinstance(due, Literal) and due.amount is not None and due.unit is not None:
        zh, en = _UNITS.get(due.unit.rstrip("s"), (due.unit, due.unit))
        amount = f"{due.amount.normalize():f}"
        if language == "zh":
            return f"限 {amount} {zh}"
        return f"within {amount} {en}{'' if due.amount == 1 else 's'}"
    said = _read(due, language, environment)
    return f"截止：{said}" if language == "zh" else f"due {said}"


def condition(app: App, flow: Flow, edge: Edge, language: str) -> str:
    """What an edge is taken on; empty for an edge that is always taken."""
    made = compiled(flow)
    source = made.nodes.get(edge.from_)
    if edge.outcome is not None:
        own: tuple[Outcome, ...] = source.outcomes if source else ()
        labels = {outcome.id: outcome.label for outcome in own}
        said = show(labels.get(edge.outcome) or OUTCOMES.get(edge.outcome) or edge.outcome, language)
        return f"{said}: {_rule(app, flow, edge, source, language)}" if edge.when else said
    if edge.when is not None:
        return _rule(app, flow, edge, source, language)
    others = made.out.get(edge.from_, ())
    return show(OTHERWISE, language) if any(each.when or each.outcome for each in others) else ""


def _rule(app: App, flow: Flow, edge: Edge, source: Node | None, language: str) -> str:
    environment = edge_environment(app, flow, source)
    text = edge.when or ""
    try:
        said = _read(parse(text, "expression", environment), language, environment)
    except RuleError:
        return text
    labels = {parameter.id: show(parameter.label, language, parameter.id) for parameter in app.parameters}
    return _PARAMETER.sub(lambda found: labels.get(found[1], found[0]), said)


class _People:
    """Says a people expression as one would to a colleague; what has no words of its own is printed as a rule."""

    def __init__(self, app: App, flow: Flow, environment: Environment, language: str) -> None:
        self.app, self.flow, self.environment, self.language = app, flow, environment, language

    def words(self, tree: Expression) -> str:
        if isinstance(tree, Name):
            return self._name(tree.id)
        if isinstance(tree, Attribute):
            base, last = self.words(tree.base), self._last(tree)
            return f"{base}的{last}" if self.language == "zh" else f"{last} of {base}"
        if isinstance(tree, Call):
            return self._call(tree)
        if isinstance(tree, Chain) and set(tree.operators) <= {"+", "-"}:
            said = self.words(tree.operands[0])
            for operator, operand in zip(tree.operators, tree.operands[1:], strict=True):
                joint = both("、", " and ") if operator == "+" else both("，除", ", except ")
                said += show(joint, self.language) + self.words(operand)
            return said
        if isinstance(tree, Compare) and tree.operator == "in":
            left, right = self.words(tree.left), self.words(tree.right)
            return f"{right}的{left}" if self.language == "zh" else f"{left} in {right}"
        return _read(tree, self.language, self.environment)

    def _name(self, name: str) -> str:
        labels = self.environment.labels.get(name)
        if name in self.environment.fields and labels and name not in _NAMES:
            return labels.get(self.language) or name
        return show(_NAMES.get(name), self.language, name)

    def _last(self, tree: Attribute) -> str:
        if tree.id in ("manager", "owner", "department", "created_by"):
            short = both({"manager": "主管", "owner": "负责人", "department": "部门"}.get(tree.id, "创建人"), tree.id)
            return show(short, self.language)
        return tree.id

    def _call(self, tree: Call) -> str:
        first = tree.arguments[0] if tree.arguments else None
        text = first.value if isinstance(first, Literal) and isinstance(first.value, str) else None
        if tree.function == "role" and text is not None:
            return show(dict(self.app.roles).get(text), self.language, text)
        if tree.function in ("member", "department") and text is not None:
            return text
        pattern = _CALLS.get(tree.function)
        if pattern is None or first is None:
            return _read(tree, self.language, self.environment)
        if text is not None and (node := self.flow.node(text)) is not None:
            return show(pattern, self.language).format(name_of(node, self.language))
        return show(pattern, self.language).format(self.words(first) if text is None else text)


def _read(tree: Tree, language: str, environment: Environment) -> str:
    """The rule as one reads it: without the back-quotes that keep a label of several words together."""
    return rule_text(tree, "zh" if language == "zh" else "en", environment).replace("`", "")
