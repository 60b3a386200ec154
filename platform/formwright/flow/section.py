"""Reads `flows/<flow>.yaml` into `Flow`: every key and default of the format, and every reference inside the flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from formwright.flow.model import Edge, Flow, Node, NodeActions, OnReject, Outcome, Pass, PassMode
from formwright.flow.node_types import NodeType, node_types
from formwright.flow.node_types.base import EVERYWHERE, TASK_KEYS
from formwright.flow.proof import check_flows
from formwright.registry import nearest
from formwright.schema.model import App, Form
from formwright.schema.reading import Reader
from formwright.schema.rights import check_field_rights, read_field_rights
from formwright.schema.sections import Section, sections
from formwright.texts import both

OUTCOMES = ("approve", "reject", "submit", "confirm", "object", "timeout", "error")
"""Outcomes that an edge may name without anyone declaring them."""

WITHDRAW = ("never", "before_next_handled", "any_time")
REPEAT = ("off", "adjacent", "anywhere")
SELF_APPROVAL = ("keep", "pass", "manager", "remove")
NO_ASSIGNEE = ("error", "manager_up", "pass", "admin")
DISTRIBUTE = ("everyone", "claim", "round_robin", "least_loaded", "sticky")
COMMENT = ("none", "optional", "required", "on_reject")
SIGNERS = ("before", "after", "parallel")
SWITCHES = (
    "approve", "reject", "submit", "save", "confirm", "object", "claim", "remove_signer", "recall", "take_back", "cc",
    "urge", "withdraw",
)  # fmt: skip
"""Acts that `actions: {…: false}` may switch off beside those with settings of their own."""

_SHARED = EVERYWHERE | TASK_KEYS | {"on_reject"}


def read_flows(reader: Reader, app: App) -> Mapping[str, Flow]:
    """Every flow by id."""
    return {name: read_flow(inner, app.forms, name=name) for name, inner in reader.entries()}


def read_flow(reader: Reader, forms: Mapping[str, Form], *, name: str) -> Flow:
    """One flow from its document; `name` is the key under `flows`. Whatever is wrong becomes a finding of the reader."""
    flow_id = reader.id("id", default=name, reserved=())
    if flow_id != name:
        message = both(f"id 应与文件名“{name}”相同", f'The id must be that of the file, "{name}"')
        reader.error("id_mismatch", message, "id")
    form_id = reader.string("form", required=True)
    if form_id and form_id not in forms:
        _unknown(reader, "form", both("表单", "form"), form_id, list(forms))
    nodes = _returning_to_start(tuple(_node(each, forms.get(form_id)) for each in reader.objects("nodes")))
    flow = Flow(
        id=name,
        form=form_id,
        name=reader.text("name", name) or name,
        nodes=nodes,
        edges=tuple(edge for each in reader.objects("edges") if (edge := _edge(each, nodes))),
        start=reader.choice("start", ("submit", "created", "updated", "manual", "schedule"), "submit"),
        every=reader.string("every") or None,
        withdraw=reader.choice("withdraw", WITHDRAW, "before_next_handled"),
        repeat=reader.choice("repeat", REPEAT, "off"),
        self_approval=reader.choice("self_approval", SELF_APPROVAL, "keep"),
        no_assignee=_no_assignee(reader) or "error",
    )
    if not reader.has("nodes"):
        reader.error("missing_key", both("缺少“nodes”", '"nodes" is missing'), "nodes")
    if (flow.start == "schedule") != (flow.every is not None):
        message = both("start: schedule 与 every 要一起写", "start: schedule and every go together")
        reader.error("every_and_schedule", message, "start")
    reader.finish()
    _references(reader, flow)
    return flow


def _node(reader: Reader, form: Form | None) -> Node:
    kind_name = reader.choice("type", list(node_types), "", required=True)
    kind = node_types.get(kind_name) or _ANY
    keys = kind.keys | EVERYWHERE
    for key in _SHARED - keys:
        if reader.has(key):
            label = kind.label if isinstance(kind.label, Mapping) else both(kind.label, kind.label)
            message = both(f"“{label['zh']}”节点没有“{key}”", f'A node of type "{kind_name}" has no "{key}"')
            reader.error("unknown_key", message, key)
    node_id = reader.id("id")
    node = Node(
        id=node_id,
        type=kind_name,
        name=reader.text("name", node_id) or node_id,
        guide=reader.text("guide"),
        checklist=reader.texts("checklist"),
        assign=reader.rule("assign"),
        distribute=reader.choice("distribute", DISTRIBUTE, "everyone"),
        four_eyes=reader.strings("four_eyes"),
        pass_=_pass(reader),
        on_reject=_on_reject(reader),
        outcomes=tuple(_outcome(each) for each in reader.objects("outcomes")),
        decide=reader.rule("decide"),
        actions=_actions(reader.object("actions")),
        fields=read_field_rights(reader, "fields", "edit" if kind_name == "start" else "view"),
        resubmit=reader.choice("resubmit", ("rerun", "direct", "ask"), "rerun"),
        reassign_on_return=reader.choice("reassign_on_return", ("last", "rule"), "last"),
        deadline=reader.rule("deadline"),
        target=reader.at_key("target", _target) or {},
        take=reader.choice("take", ("first", "all"), "first"),
        withdraw=reader.choice("withdraw", WITHDRAW),
        repeat=reader.choice("repeat", REPEAT),
        self_approval=reader.choice("self_approval", SELF_APPROVAL),
        no_assignee=_no_assignee(reader),
        settings=kind.read(reader),
    )
    if form is not None:
        reader.findings += check_field_rights(node.fields, form, reader.place("fields"))
    if kind is not _ANY:
        reader.finish()
    return node


class _Unknown(NodeType):
    """Stands in for a type that does not exist: the type is the only finding, not every key of the node."""

    name = ""
    label = both("未知", "Unknown")
    keys = _SHARED


_ANY = _Unknown()


def _edge(reader: Reader, nodes: tuple[Node, ...]) -> Edge | None:
    """An edge, or None when one of its ends is not written."""
    from_, to = reader.string("from", required=True), reader.string("to", required=True)
    by_id = {node.id: node for node in nodes}
    outcome = reader.string("outcome") or None
    source = by_id.get(from_)
    own = [each.id for each in source.outcomes] if source else []
    if outcome is not None and source is not None and outcome not in OUTCOMES and outcome not in own:
        _unknown(reader, "outcome", both("结果", "outcome"), outcome, [*OUTCOMES, *own])
    for key, node in (("from", from_), ("to", to)):
        if node and node not in by_id:
            _unknown(reader, key, both("节点", "node"), node, list(by_id))
    edge = Edge(from_, to, when=reader.rule("when"), outcome=outcome)
    reader.finish()
    return edge if from_ and to else None


def _pass(reader: Reader) -> Pass:
    if not isinstance(reader.raw("pass"), Mapping):
        mode = reader.choice("pass", ("any", "all", "in_order"), "any")
        return Pass(PassMode(mode))
    return cast(Pass, reader.at_key("pass", _written_pass))


def _written_pass(reader: Reader) -> Pass:
    modes = [mode for mode in ("any", "all", "percent", "count", "weight") if reader.has(mode)]
    if len(modes) != 1:
        message = both(
            "写 any、all、in_order、{any: collect}、{all: collect}、{percent: 60}、{count: 2} 或 {weight: 70, weights: 规则}",
            "Write any, all, in_order, {any: collect}, {all: collect}, {percent: 60}, {count: 2} "
            "or {weight: 70, weights: rule}",
        )
        reader.error("wrong_type", message)
        return Pass()
    mode = modes[0]
    weights = reader.rule("weights") if mode == "weight" else None
    if mode in ("any", "all"):
        reader.choice(mode, ("collect",), "collect")
        return Pass(PassMode(mode), collect=True)
    if mode == "weight" and weights is None:
        reader.error("missing_key", both("缺少“weights”", '"weights" is missing'), "weights")
    need = reader.integer(mode, 1, min=1, max=100 if mode == "percent" else None)
    return Pass(PassMode(mode), need=need, weights=weights)


def _on_reject(reader: Reader) -> OnReject:
    if not isinstance(reader.raw("on_reject"), Mapping):
        reader.choice("on_reject", ("end",), "end")
        return OnReject()
    return cast(OnReject, reader.at_key("on_reject", _written_on_reject))


def _written_on_reject(reader: Reader) -> OnReject:
    if reader.has("return"):
        return OnReject("return", reader.string("return", required=True))
    return OnReject("goto", reader.string("goto", required=True))


def _outcome(reader: Reader) -> Outcome:
    outcome_id = reader.id("id", reserved=())
    if outcome_id in OUTCOMES:
        reader.error("reserved_id", both(f"“{outcome_id}”是内置结果", f'"{outcome_id}" is built in'), "id")
    found = Outcome(
        outcome_id,
        reader.text("label", outcome_id) or outcome_id,
        reader.choice("comment", ("none", "optional", "required"), "optional"),
    )
    reader.finish()
    return found


def _actions(reader: Reader | None) -> NodeActions:
    if reader is None:
        return NodeActions()
    back: Any = ("start",)
    written = reader.has("return")
    if written:
        raw = reader.raw("return")
        if raw is False or raw is None:
            back = ()
        elif isinstance(raw, str):
            back = reader.choice("return", ("previous", "any"), "any")
        else:
            back = reader.strings("return")
    signers: Any = reader.raw("add_signer", [])
    if isinstance(signers, bool):
        signers = SIGNERS if signers else ()
    else:
        signers = reader.strings("add_signer", allowed=SIGNERS)
    comment = reader.raw("comment", "optional")
    found = NodeActions(
        back=back,
        back_is_written=written,
        transfer=reader.boolean("transfer", True),
        delegate=reader.boolean("delegate"),
        add_signer=signers,
        comment="none" if comment is False else reader.choice("comment", COMMENT, "optional"),
        signature=reader.boolean("signature"),
        batch=reader.boolean("batch", True),
        switched_off=frozenset(act for act in SWITCHES if reader.has(act) and not reader.boolean(act, True)),
    )
    reader.finish()
    return found


def _target(reader: Reader) -> Mapping[str, Any]:
    found = {key: reader.decimal(key) for key in ("hours", "on_time", "count", "amount", "weight")}
    return {key: value for key, value in found.items() if value is not None}


def _no_assignee(reader: Reader) -> str | None:
    if not isinstance(reader.raw("no_assignee"), Mapping):
        return cast("str | None", reader.choice("no_assignee", NO_ASSIGNEE))
    member = reader.at_key("no_assignee", lambda inner: inner.string("member", required=True))
    return f"member:{member}" if member else None


def _returning_to_start(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """A node that does not say `return:` allows a return to the start, whatever that is called."""
    starts = tuple(node.id for node in nodes if node.type == "start")[:1]
    return tuple(
        node if node.actions.back_is_written else replace(node, actions=replace(node.actions, back=starts))
        for node in nodes
    )


def _references(reader: Reader, flow: Flow) -> None:
    """Nodes that are named twice, and names of nodes that do not exist."""
    ids: dict[str, int] = {}
    for place, node in enumerate(flow.nodes):
        at = Reader({}, reader.place("nodes", place), reader.findings)
        if node.id and node.id in ids:
            at.error("duplicate_id", both(f"节点“{node.id}”有两个", f'There are two nodes "{node.id}"'), "id")
        ids.setdefault(node.id, place)
    known = list(ids)
    for place, node in enumerate(flow.nodes):
        named: list[tuple[tuple[str | int, ...], str | None]] = [
            (("four_eyes", i), each) for i, each in enumerate(node.four_eyes)
        ]
        if node.on_reject.node:
            named.append((("on_reject", node.on_reject.kind), node.on_reject.node))
        if node.actions.back_is_written and isinstance(node.actions.back, tuple):
            named += [(("actions", "return", i), each) for i, each in enumerate(node.actions.back)]
        named += [((key,), node.settings.get(key)) for key in _NODE_SETTINGS.get(node.type, ())]
        for steps, name in named:
            if name and name not in ids:
                at = Reader({}, reader.place("nodes", place, *steps), reader.findings)
                _unknown(at, "", both("节点", "node"), name, known)


_NODE_SETTINGS: Mapping[str, tuple[str, ...]] = {"wait": ("on_timeout",), "feedback": ("to",)}


def _unknown(reader: Reader, key: str, kind: Mapping[str, str], name: str, known: list[str]) -> None:
    near = nearest(name, known)
    hint_zh, hint_en = (f"，是不是“{near}”？", f'. Did you mean "{near}"?') if near else ("", "")
    code = f"unknown_{kind['en']}"
    reader.error(code, both(f"没有{kind['zh']}“{name}”{hint_zh}", f'There is no {kind["en"]} "{name}"{hint_en}'), key)


sections.add("flows", Section("flows", ".yaml", read_flows, check_flows))
