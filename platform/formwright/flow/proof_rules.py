"""The part of the proof that reads rules: they type-check where they stand, and say what the engine needs to hear."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from formwright.flow.definition import compiled
from formwright.flow.model import Flow, Node, PassMode
from formwright.flow.node_types.action import ACTS, acts_of
from formwright.flow.rule_places import RECORD_ACTS, RulePlace, rule_places
from formwright.records.act_types import act_types
from formwright.registry import nearest
from formwright.schema.model import App, Finding
from formwright.schema.reading import is_id, pointer
from formwright.schema.rule_check import findings_of
from formwright.texts import both, show
from formwright_rules import ANY, DATE, DATETIME, Checked, check
from formwright_rules.tree import ActLine, Assign, Call, Deadline, DueLine, Expression, Literal, Name
from formwright_rules.types import Choice

GIVES = (DATE, DATETIME, ANY)
ONE_PERSON = frozenset({"member", "manager", "head"})


def rule_findings(app: App, flow: Flow) -> Iterator[Finding]:
    """Findings of every rule of the flow, errors and warnings; `app` has the flow's form."""
    for place in rule_places(app, flow):
        checked = check(place.text, place.environment, place.start, place.expect)
        for said, found in zip(checked.findings, findings_of(checked, place.text, place.at), strict=True):
            # The language knows a timer without a date by itself; the proof has a code of its own for it.
            yield _named(replace(found, code="no_date") if said.code == "no_date" else found, place)
        if checked.ok:
            yield from _meaning(app, flow, place, checked)
    yield from _unknown_forms(app, flow)


def _named(found: Finding, place: RulePlace) -> Finding:
    """The same finding, saying whose rule it is."""
    if place.node is None:
        return found
    zh, en = show(place.node.name, "zh", place.node.id), show(place.node.name, "en", place.node.id)
    what_zh, what_en = show(place.what, "zh"), show(place.what, "en")
    message = both(f"“{zh}”的{what_zh}：{show(found.message, 'zh')}", f'"{en}", {what_en}: {show(found.message, "en")}')
    return Finding(found.severity, found.code, found.at, message, found.example)


def _meaning(app: App, flow: Flow, place: RulePlace, checked: Checked) -> Iterator[Finding]:
    """What is wrong with a rule that is right as a rule."""
    tree: Any = checked.tree
    if place.sets is not None:
        yield from _set(app, place, tree)
    elif isinstance(tree, Deadline) and place.node is not None:
        yield from _deadline(app, flow, place.node, tree, place)
    elif isinstance(tree, Assign) and place.node is not None:
        yield from _assign(flow, place.node, tree, place)
    elif place.at.endswith("/until") and checked.type not in GIVES:
        yield _say(place, "error", "no_date", "没有给出日期", "gives no date")


def _set(app: App, place: RulePlace, tree: Any) -> Iterator[Finding]:
    form_id, field_id = place.sets or ("", "")
    form = app.forms[form_id]
    if not is_id(field_id):
        # What YAML makes of a rule with a comma in it that nobody quoted.
        yield _say(place, "error", "unknown_key", f"“{field_id}”不是字段；它像是一条规则的后半段：请给规则加上引号", (
            f'"{field_id}" is no field; it looks like the tail of a rule: put the rule in quotes'))  # fmt: skip
    elif form.field(field_id) is None and field_id not in ("owner", "department"):
        near = nearest(field_id, [field.id for field in form.fields])
        hint_zh, hint_en = (f"，是不是“{near}”？", f'; did you mean "{near}"?') if near else ("", "")
        yield _say(place, "error", "unknown_field", f"表单“{form_id}”没有这个字段{hint_zh}", (
            f'form "{form_id}" has no such field{hint_en}'))  # fmt: skip
    elif (field := form.field(field_id)) is not None and field.compute is not None:
        yield _say(
            place, "error", "rule_error", "这个字段由公式计算，不能写入", "the field is computed, it cannot be set"
        )
    elif (
        isinstance(place.expect, Choice)
        and isinstance(tree, Literal)
        and isinstance(tree.value, str)
        and place.expect.options
        and place.expect.option(tree.value) is None
    ):
        listed = ", ".join(option.id for option in place.expect.options)
        yield _say(place, "error", "rule_error", f"没有选项“{tree.value}”，只有 {listed}", (
            f'there is no option "{tree.value}", only {listed}'))  # fmt: skip


def _deadline(app: App, flow: Flow, node: Node, tree: Deadline, place: RulePlace) -> Iterator[Finding]:
    made = compiled(flow)
    dues = [line for line in tree.lines if isinstance(line, DueLine)]
    acts = [line for line in tree.lines if isinstance(line, ActLine)]
    if any(_is_null(line.due) for line in dues):
        yield _say(place, "error", "no_date", "期限是空的", "the due date is empty")
    for line in acts:
        if line.act == "return" and line.target not in made.nodes:
            yield _say(place, "error", "return_target", f"没有节点“{line.target}”", f'there is no node "{line.target}"')
        elif line.act == "return" and line.target is not None and not made.below(node.id, line.target):
            yield _say(place, "error", "return_target", f"不能退回“{line.target}”：它不在前面", (
                f'cannot return to "{line.target}", which does not come before it'))  # fmt: skip
        elif line.act == "timeout" and not any(edge.outcome == "timeout" for edge in made.out[node.id]):
            yield _say(place, "error", "no_timeout_edge", "没有结果为 timeout 的连线", "there is no edge for timeout")
        elif line.act == "set" and app.forms[flow.form].field(line.target or "") is None:
            yield _say(place, "error", "rule_error", f"没有字段“{line.target}”", f'there is no field "{line.target}"')


def _assign(flow: Flow, node: Node, tree: Assign, place: RulePlace) -> Iterator[Finding]:
    kinds = {line.kind for line in tree.lines}
    if kinds <= {"when", "also"} and (node.no_assignee or flow.no_assignee) == "error":
        always = any(line.kind == "also" and line.condition is None for line in tree.lines)
        if not always:
            yield _say(place, "warning", "maybe_nobody", "没有 otherwise，可能一个人也找不到", (
                "has no otherwise and may find nobody"))  # fmt: skip
    if node.pass_.mode is PassMode.PERCENT and len(tree.lines) == 1 and _is_one_person(tree.lines[0].people):
        yield _say(
            place,
            "warning",
            "percent_of_one",
            "只有一个人，百分比没有意义",
            "names one person; a percentage means nothing",
        )


def _is_one_person(people: Expression) -> bool:
    return isinstance(people, Name) or (isinstance(people, Call) and people.function in ONE_PERSON)


def _is_null(tree: Expression) -> bool:
    return isinstance(tree, Literal) and tree.value is None


def _unknown_forms(app: App, flow: Flow) -> Iterator[Finding]:
    """Forms and flows that action and subflow nodes name."""
    flows = app.parts.get("flows", {})
    for place, node in enumerate(flow.nodes):
        at = f"/flows{pointer(flow.id)}/nodes/{place}"
        named: list[tuple[str, Any, str, Any]] = []
        if node.type == "subflow":
            named.append((f"{at}/flow", node.settings.get("flow"), "flow", flows))
        if node.type == "action":
            for step, act, _ in acts_of(node.settings["do"]):
                named += [(f"{at}{step}/{verb}", act[verb], "form", app.forms) for verb in RECORD_ACTS if verb in act]
                for verb in act:
                    if verb in ACTS and verb not in act_types:
                        yield Finding("error", "unsupported_act", f"{at}{step}", both(
                            f"“{show(node.name, 'zh', node.id)}”的动作“{verb}”还不能运行",
                            f'"{show(node.name, "en", node.id)}": the act "{verb}" cannot run yet'))  # fmt: skip
                if "start_flow" in act:
                    named.append((f"{at}{step}/start_flow", act["start_flow"], "flow", flows))
        for where, name, kind, known in named:
            if name not in known:
                near = nearest(str(name), list(known))
                hint_zh, hint_en = (f"，是不是“{near}”？", f'. Did you mean "{near}"?') if near else ("", "")
                word = {"form": "表单", "flow": "流程"}[kind]
                yield Finding("error", f"unknown_{kind}", where, both(
                    f"没有{word}“{name}”{hint_zh}", f'There is no {kind} "{name}"{hint_en}'))  # fmt: skip


def _say(place: RulePlace, severity: Any, code: str, zh: str, en: str) -> Finding:
    return _named(Finding(severity, code, place.at, both(zh, en)), place)
