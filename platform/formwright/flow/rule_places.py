"""Every rule of a flow: where it stands, what it may name there, and what it must give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from formwright.flow.model import Edge, Flow, Node
from formwright.flow.node_types.action import acts_of
from formwright.schema.environment import form_environment, types_of
from formwright.schema.model import App
from formwright.schema.reading import constant_text, pointer
from formwright.texts import Text, both
from formwright_rules import (
    BOOLEAN,
    DURATION,
    NUMBER,
    PEOPLE,
    Environment,
    Type,
    check,
    choice,
)
from formwright_rules.parser import Start
from formwright_rules.types import ListOf

RECORD_ACTS = ("create", "update", "upsert", "delete")
DECISIONS = ("approve", "reject", "submit", "confirm", "object", "return", "transfer", "delegate", "save")
VERDICTS = ("approve", "reject", "submit", "confirm", "object", "timeout", "error")


@dataclass(frozen=True, slots=True)
class RulePlace:
    """One rule with its JSON pointer, its environment and the type it must give (None: any, or a block of its own)."""

    at: str
    what: Text
    """"the assign rule", as a message names it."""
    text: str
    start: Start
    environment: Environment
    expect: Type | None = None
    node: Node | None = None
    sets: tuple[str, str] | None = None
    """Form and field that get the value, where the rule gives one."""


def flow_environment(
    app: App, flow: Flow, *, kind: str = "", names: Mapping[str, Type] | None = None, form: str | None = None
) -> Environment:
    """The names of the flow's form, its nodes, and `names`; one object for each `kind` of place, so that rules cache."""
    # Kept with the flow: an instance may run by an older version, whose nodes and outcomes are others.
    key = f"environment {app.publication} {kind}"
    found = flow.derived.get(key)
    if not isinstance(found, Environment):
        base = form_environment(app, form or flow.form)
        nodes = frozenset(node.id for node in flow.nodes)
        found = flow.derived[key] = replace(base, nodes=nodes, names={**base.names, **(names or {})})
    return found


def edge_environment(app: App, flow: Flow, source: Node | None) -> Environment:
    """For `when` of an edge: `outcome` is the verdict of the node it leaves."""
    own = [(each.id, _labels(each.label)) for each in source.outcomes] if source else []
    kind = f"edge {source.id if source else ''}"
    return flow_environment(app, flow, kind=kind, names={"outcome": choice([*VERDICTS, *own])})


def decide_environment(app: App, flow: Flow, node: Node) -> Environment:
    """For `decide`: `decision` is the act at hand, `approvals` and `rejections` count the votes so far."""
    own = [(each.id, _labels(each.label)) for each in node.outcomes]
    names = {"decision": choice([*DECISIONS, *own]), "approvals": NUMBER, "rejections": NUMBER}
    return flow_environment(app, flow, kind=f"decide {node.id}", names=names)


def rule_places(app: App, flow: Flow) -> Iterator[RulePlace]:
    """All rules of a flow whose form exists, in the order of the document."""
    base = flow_environment(app, flow)
    root = "/flows" + pointer(flow.id)
    for place, node in enumerate(flow.nodes):
        at = f"{root}/nodes/{place}"
        if (node.assign or "").strip():
            yield RulePlace(
                f"{at}/assign", both("负责人规则", "the assign rule"), node.assign or "", "assign", base, node=node
            )
        if node.decide is not None:
            environment = decide_environment(app, flow, node)
            what = both("审批规则", "the decide rule")
            yield RulePlace(f"{at}/decide", what, node.decide, "decide", environment, node=node)
        if node.deadline is not None:
            what = both("限时规则", "the deadline rule")
            yield RulePlace(f"{at}/deadline", what, node.deadline, "deadline", base, node=node)
        if node.pass_.weights is not None:
            what = both("权重规则", "the weights rule")
            yield RulePlace(f"{at}/pass/weights", what, node.pass_.weights, "expression", base, NUMBER, node)
        yield from _of_settings(app, flow, node, at, base)
    nodes = {node.id: node for node in flow.nodes}
    for place, edge in enumerate(flow.edges):
        if edge.when is not None:
            source = nodes.get(edge.from_)
            environment = edge_environment(app, flow, source)
            what = both("分支条件", "the condition of the edge")
            yield RulePlace(f"{root}/edges/{place}/when", what, edge.when, "expression", environment, BOOLEAN, source)


def _of_settings(app: App, flow: Flow, node: Node, at: str, base: Environment) -> Iterator[RulePlace]:
    settings = node.settings
    if node.type == "wait":
        # `until` gives a date or an instant: the proof looks at what it gives.
        expected: dict[str, Type | None] = {"until": None, "for": DURATION, "when": BOOLEAN, "longest": DURATION}
        for key, expect in expected.items():
            if settings.get(key) is not None:
                what = both("等待规则", "the wait rule")
                yield RulePlace(f"{at}/{key}", what, settings[key], "expression", base, expect, node)
    if node.type == "subflow":
        yield from _of_subflow(app, flow, node, at, base)
    if node.type == "end":
        yield from _set(app, flow.form, settings["set"], f"{at}/set", base, node)
    if node.type == "action":
        for place, act, each in acts_of(settings["do"]):
            environment = base if each is None else _row_environment(app, flow, base, each)
            yield from _of_act(app, flow, node, act, f"{at}{place}", environment, each or "")


def _of_subflow(app: App, flow: Flow, node: Node, at: str, base: Environment) -> Iterator[RulePlace]:
    settings, environment = node.settings, base
    if settings["each"] is not None:
        what = both("子流程的列表", "the list of the subflow")
        yield RulePlace(f"{at}/each", what, settings["each"], "expression", base, None, node)
        environment = _row_environment(app, flow, base, settings["each"])
    child = app.parts.get("flows", {}).get(settings["flow"])
    if isinstance(child, Flow) and child.form in app.forms:
        yield from _set(app, child.form, settings["set"], f"{at}/set", environment, node)


def _row_environment(app: App, flow: Flow, base: Environment, each: str) -> Environment:
    """Where rules may name `row`, an element of the list that the rule `each` gives."""
    listed = check(each, base).type
    element = listed.element if isinstance(listed, ListOf) else None
    return flow_environment(app, flow, kind=f"each {each}", names={"row": element} if element is not None else {})


def _of_act(
    app: App, flow: Flow, node: Node, act: Mapping[str, Any], at: str, base: Environment, each: str
) -> Iterator[RulePlace]:
    verb = next((each for each in RECORD_ACTS if each in act), None)
    if verb is not None and act[verb] in app.forms:
        target = str(act[verb])
        environment = base
        if verb != "create":
            names = {**base.names, "target": types_of(app).record(target)}
            environment = flow_environment(app, flow, kind=f"target {target} {each}", names=names)
        if act.get("where") is not None:
            what = both("范围条件", "the where rule")
            yield RulePlace(f"{at}/where", what, _text(act["where"]), "expression", environment, BOOLEAN, node)
        yield from _set(app, target, act.get("set", {}), f"{at}/set", environment, node)
    elif verb is None and isinstance(act.get("set"), Mapping):
        yield from _set(app, flow.form, act["set"], f"{at}/set", base, node)
    if act.get("for_each") is not None:
        what = both("逐行执行的列表", "the list of for_each")
        yield RulePlace(f"{at}/for_each", what, _text(act["for_each"]), "expression", base, None, node)
    for key in ("notify", "mail"):
        if isinstance(act.get(key), str):
            what = both("收件人规则", "the rule for the recipients")
            yield RulePlace(f"{at}/{key}", what, act[key], "expression", base, PEOPLE, node)


def _set(app: App, form: str, rules: Any, at: str, environment: Environment, node: Node) -> Iterator[RulePlace]:
    """The values of fields; a field that does not exist is found by the proof, which sees no type for it."""
    if not isinstance(rules, Mapping):
        return
    types = types_of(app).fields(form)
    for field, rule in rules.items():
        what = both(f"字段“{field}”的值", f'the value of "{field}"')
        place = f"{at}{pointer(field)}"
        yield RulePlace(place, what, _text(rule), "expression", environment, types.get(field), node, (form, field))


def _text(rule: Any) -> str:
    return rule if isinstance(rule, str) else constant_text(rule)


def _labels(text: Text) -> Mapping[str, str]:
    return {"zh": text, "en": text} if isinstance(text, str) else text


def place_of(flow: Flow, edge: Edge) -> str:
    """The JSON pointer of an edge; of one that is implied, that of its node."""
    root = "/flows" + pointer(flow.id)
    for place, each in enumerate(flow.edges):
        if each is edge:
            return f"{root}/edges/{place}"
    return next((f"{root}/nodes/{i}" for i, node in enumerate(flow.nodes) if node.id == edge.from_), root)
