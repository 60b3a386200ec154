"""Why: who has a task, which way a record went, what a field may be used for; with the rule, what it read, and its result.

A value that the reader may not see is not told: then only the readable values and the result are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from formwright.accounts.model import Actor
from formwright.errors import Invalid, Missing
from formwright.flow.instances import Instance, instance_by_id, task_by_id
from formwright.flow.model import Edge, Node
from formwright.flow.operations import latest_instance
from formwright.flow.rule_places import edge_environment, flow_environment
from formwright.flow.versions import Version, version_of
from formwright.flow.world import World
from formwright.records.access import record_for, record_id, records_for
from formwright.records.context import context_for
from formwright.records.model import Record, Rights
from formwright.records.parsing import may_read, may_write, unknown
from formwright.records.rules import rules_for
from formwright.schema.model import App
from formwright.texts import Text, both, show
from formwright_rules import Environment, RuleError, check
from formwright_rules import explain as explain_rule
from formwright_rules import format as format_rule
from formwright_rules.parser import Start

ORIGINS: Mapping[str, Text] = {
    "rule": both("按节点的负责人规则", "by the rule of the step"),
    "return": both("退回给上次的处理人", "returned to whoever handled it last"),
    "initiator": both("您是发起人", "you started it"),
    "transfer": both("由他人转交", "handed on by somebody"),
    "delegate": both("由他人委派，请给出意见", "somebody asks for your advice"),
    "before": both("被加签，请先给出意见", "added as a signer, to advise first"),
    "parallel": both("被加签", "added as a signer"),
    "after": both("被加签，在其之后", "added as a signer, afterwards"),
    "escalate": both("超时升级", "escalated because it was overdue"),
    "admin": both("无人可派，由规则指定的后备人员处理", "nobody was found; you are the fallback"),
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks, about which record."""

    session: Session
    app: App
    record: Record
    rights: Rights
    actor: Actor
    now: datetime
    language: str

    def may_read(self, path: tuple[str, ...]) -> bool:
        """Whether the reader may read the value at a path, through every relation on the way."""
        record: Record | None = self.record
        rights = self.rights.fields
        while record is not None:
            form = self.app.forms[record.form]
            field = form.field(path[0])
            if field is None:
                return True  # a system field, a person or a name of the place
            own = path[:2] if field.type == "rows" and len(path) > 1 else path[:1]
            if not may_read(rights, own):
                return False
            if field.type != "relation" or len(path) == len(own):
                return field.type != "rows" or len(path) <= 2
            target = record.values.get(field.id)
            seen = records_for(
                self.session, self.app, field.settings.form, [target] if target else [], actor=self.actor, now=self.now
            )
            if not target:
                return True
            if target not in seen:
                return False
            record, rights, path = seen[target][0], seen[target][1].fields, path[1:]
        return True

    def say(self, text: Text) -> str:
        return show(text, self.language)


def explain(
    session: Session,
    app: App,
    form_id: str,
    record: int | str,
    what: str,
    *,
    actor: Actor,
    now: datetime,
    language: str,
) -> dict[str, Any]:
    """`what` is `task:{id}`, `edge:{node}` or `field:{id}`: `{"what", "rule", "values", "steps", "result", "text"}`.

    Raises Missing where the record is not visible or there is no such task, Invalid for a `what` that is none.
    """
    found, rights = record_for(session, app, form_id, record, actor=actor, now=now)
    reader = Reader(session, app, found, rights, actor, now, language)
    kind, _, name = what.partition(":")
    if kind == "task":
        answer = _task(reader, name)
    elif kind == "edge":
        answer = _edge(reader, name)
    elif kind == "field":
        answer = _field(reader, name)
    else:
        raise Invalid("unknown_value", both("应为 task:、edge: 或 field:", "It is task:, edge: or field:"), at="what")
    return {"what": what, **answer}


# ── the three questions ───────────────────────────────────────────────────────────────────────────


def _task(reader: Reader, name: str) -> dict[str, Any]:
    found = task_by_id(reader.session, record_id(name))
    if found is None or (found.app, found.form, found.record) != (reader.app.id, reader.record.form, reader.record.id):
        raise Missing(at="what")
    current = instance_by_id(reader.session, found.instance)
    if current is None:
        raise Missing(at="what")
    version = version_of(reader.session, reader.app, current.flow, current.version)
    node = version.compiled.nodes[found.node]
    world = _world(reader, current, version)
    person = world.people.show([found.assignee]).get(found.assignee)
    who = person.name if person else str(found.assignee)
    origin = reader.say(ORIGINS.get(found.origin, found.origin))
    if found.on_behalf_of is not None:
        owner = world.people.show([found.on_behalf_of]).get(found.on_behalf_of)
        origin += reader.say(both(f"；代 {owner.name} 处理", f"; in place of {owner.name}")) if owner else ""
    title = f"{show(node.name, reader.language, node.id)}: {who} — {origin}"
    if node.assign is None or found.origin not in ("rule", "return"):
        return _answer(None, [], [], who, title)
    environment = flow_environment(reader.app, version.flow)
    return _of_rule(reader, node.assign, environment, "assign", world.values, world.context(), title)


def _edge(reader: Reader, name: str) -> dict[str, Any]:
    """Why the record went to the node `name`: the edges of every step that leads there, in the order in which they were asked."""
    current = latest_instance(reader.session, reader.app, reader.record)
    if current is None:
        raise Missing(message=both("这条记录没有流程", "This record has no flow"))
    version = version_of(reader.session, reader.app, current.flow, current.version)
    if name not in version.compiled.nodes:
        raise Invalid("unknown_node", both(f"没有节点“{name}”", f'There is no node "{name}"'), at="what")
    world = _world(reader, current, version)
    answers = []
    for source in dict.fromkeys(edge.from_ for edge in version.compiled.into[name]):
        node = version.compiled.nodes[source]
        if current.state.visits.get(source):
            answers += [_way(reader, version, node, each, world) for each in version.compiled.out[source]]
    text = "\n".join(each["text"] for each in answers)
    return {
        "rule": "\n".join(each["rule"] for each in answers if each["rule"]) or None,
        "values": [value for each in answers for value in each["values"]],
        "steps": [step for each in answers for step in each["steps"]],
        "result": reader.say(
            both("已到达", "reached") if current.state.visits.get(name) else both("未到达", "not reached")
        ),
        "text": text or reader.say(both("流程还没有走到这里", "The record has not come this far")),
    }


def _way(reader: Reader, version: Version, node: Node, edge: Edge, world: World) -> dict[str, Any]:
    target = version.compiled.nodes[edge.to]
    arrow = f"{show(node.name, reader.language, node.id)} → {show(target.name, reader.language, target.id)}"
    if edge.outcome is not None:
        when = both(f"结果为 {edge.outcome} 时", f"on the outcome {edge.outcome}")
        arrow = f"{arrow} ({reader.say(when)})"
    if edge.when is None:
        otherwise = both("默认", "the default")
        return _answer(None, [], [], "", arrow if edge.outcome else f"{arrow} ({reader.say(otherwise)})")
    environment = edge_environment(reader.app, version.flow, node)
    values = world.values.with_names(outcome=_outcome(world, node))
    return _of_rule(reader, edge.when, environment, "expression", values, world.context(), arrow)


def _outcome(world: World, node: Node) -> str:
    return next((vote.outcome for vote in reversed(world.votes) if vote.node == node.id), "submit")


def _field(reader: Reader, name: str) -> dict[str, Any]:
    """What the reader may do with the field, and the rule that computes it."""
    form = reader.app.forms[reader.record.form]
    field = form.field(name)
    right = reader.rights.fields.of(name)
    if field is None or right == "hidden":
        known = [each.id for each in form.fields if reader.rights.fields.of(each.id) != "hidden"]
        raise Invalid(problems=[unknown(name, "what", known)])
    label = show(field.label, reader.language, name)
    rules = rules_for(reader.app, reader.record.form)
    computed = rules.fields[name,].compute
    if may_write(field, reader.rights.fields, (name,)) and computed is None:
        words = both("可以编辑", "may be edited")
    elif computed is not None:
        words = both("由规则计算，不能编辑", "is computed, so nobody edits it")
    elif reader.record.in_flow:
        words = both(
            "流程进行中，只有当前节点的处理人可以编辑",
            "is locked: while the flow runs only whoever has the step may edit",
        )
    else:
        words = both("权限组没有给予编辑权限", "may be seen; no grant lets you edit it")
    title = f"{label}: {reader.say(words)}"
    if computed is None or field.compute is None:
        return _answer(field.compute, [], [], right, title)
    values, context = _rule_values(reader)
    return _of_rule(reader, field.compute, rules.environment, "expression", values, context, title)


def _rule_values(reader: Reader) -> tuple[Any, Any]:
    """The record as rules see it, and the context in which they run."""
    context = context_for(reader.session, reader.app, actor=reader.actor, now=reader.now)
    return context.loader.of(reader.record), context


# ── one rule ──────────────────────────────────────────────────────────────────────────────────────


def _of_rule(
    reader: Reader, text: str, environment: Environment, start: Start, values: Any, context: Any, title: str
) -> dict[str, Any]:
    checked = check(text, environment, start)
    shown = format_rule(checked.tree, reader.language, environment)
    hidden = [path for path in checked.reads if not reader.may_read(path)]
    try:
        told = explain_rule(checked.tree, environment, values, context, reader.language, start)
    except RuleError as error:
        return _answer(shown, [], [], reader.say(error.findings[0].message), title)
    if hidden:
        secret = reader.say(both("规则还读取了您无权查看的字段", "The rule also reads fields that you may not see"))
        return _answer(shown, [], [], told.result if start == "assign" else "", f"{title}\n{secret}")
    read = {name: value for step in told.steps for name, value in step.reads}
    return _answer(
        shown,
        [{"name": name, "value": value} for name, value in read.items()],
        [{"depth": step.depth, "text": step.text, "value": step.value} for step in told.steps],
        told.result,
        "\n".join([title, str(told)]),
    )


def _answer(
    rule: str | None, values: list[dict[str, str]], steps: list[dict[str, Any]], result: str, text: str
) -> dict[str, Any]:
    return {"rule": rule, "values": values, "steps": steps, "result": result, "text": text}


def _world(reader: Reader, current: Instance, version: Version) -> World:
    world = World(reader.session, reader.app, version, current, actor=reader.actor, now=reader.now)
    world.looking = True
    return world
