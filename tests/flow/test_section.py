"""A flow's document becomes the flow that its author meant, and every slip is named at its place."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from formwright.flow.model import Edge, Flow, NodeActions, OnReject, Pass, PassMode
from formwright.flow.node_types import PALETTE, node_types
from formwright.flow.section import read_flow
from formwright.schema.model import Field, FieldRights, Finding, Form, RowRights
from formwright.schema.reading import Reader

LINES = Field("lines", "rows", "Lines", None, fields=(Field("price", "money", "Price", None),))
QUOTE = Form(
    "quote", "Quote", (Field("total", "money", "Total", None), Field("remark", "textarea", "Remark", None), LINES)
)


def read(document: dict[str, Any]) -> tuple[Flow, list[Finding]]:
    findings: list[Finding] = []
    reader = Reader(document, "/flows/approval", findings)
    return read_flow(reader, {"quote": QUOTE}, name="approval"), findings


def with_node(**keys: Any) -> tuple[Flow, list[Finding]]:
    """A flow start → boss → done whose node `boss` has `keys`."""
    boss = {"id": "boss", "type": "approve", "name": "Boss", "assign": "manager(initiator)", **keys}
    return read(
        {
            "id": "approval",
            "form": "quote",
            "nodes": [{"id": "begin", "type": "start"}, boss, {"id": "done", "type": "end"}],
            "edges": [{"from": "begin", "to": "boss"}, {"from": "boss", "to": "done"}],
        }
    )


def codes(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.code, finding.at.removeprefix("/flows/approval")) for finding in findings]


def test_what_is_left_out_has_the_format_s_defaults() -> None:
    flow, findings = with_node()
    assert findings == []
    assert (flow.start, flow.withdraw, flow.repeat, flow.self_approval, flow.no_assignee) == (
        "submit", "before_next_handled", "off", "keep", "error",
    )  # fmt: skip
    begin, boss, done = flow.nodes
    assert begin.fields == FieldRights(rest="edit")
    assert boss.fields == FieldRights(rest="view")
    assert boss.pass_ == Pass(PassMode.ANY)
    assert boss.on_reject == OnReject("end")
    assert boss.actions == NodeActions(back=("begin",))
    assert (boss.resubmit, boss.distribute, boss.reassign_on_return, boss.take) == (
        "rerun", "everyone", "last", "first",
    )  # fmt: skip
    assert (boss.withdraw, boss.no_assignee) == (None, None)
    assert done.settings == {"status": "approved", "set": {}, "terminate": False}
    assert flow.edges == (Edge("begin", "boss"), Edge("boss", "done"))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("all", Pass(PassMode.ALL)),
        ("in_order", Pass(PassMode.IN_ORDER)),
        ({"any": "collect"}, Pass(PassMode.ANY, collect=True)),
        ({"all": "collect"}, Pass(PassMode.ALL, collect=True)),
        ({"percent": 60}, Pass(PassMode.PERCENT, need=60)),
        ({"count": 2}, Pass(PassMode.COUNT, need=2)),
        ({"weight": 70, "weights": "IF(assignee = initiator, 60, 20)"},
         Pass(PassMode.WEIGHT, need=70, weights="IF(assignee = initiator, 60, 20)")),
    ],
)  # fmt: skip
def test_every_pass_mode_can_be_written(written: Any, meant: Pass) -> None:
    flow, findings = with_node(**{"pass": written})
    assert findings == []
    assert flow.nodes[1].pass_ == meant


@pytest.mark.parametrize("written", ["most", {"percent": 0}, {"percent": 101}, {}, {"count": 1, "all": "collect"}, 3])
def test_a_pass_mode_that_is_none_is_named(written: Any) -> None:
    assert codes(with_node(**{"pass": written})[1])[0][1].startswith("/nodes/1/pass")


def test_acts_rights_and_policies_of_a_node() -> None:
    flow, findings = with_node(
        actions={"return": "previous", "transfer": False, "delegate": True, "add_signer": ["after"], "comment": "required",
                 "urge": False, "cc": True},
        fields={"total": "view", "remark": "required", "lines": {"rights": "edit", "delete": False, "fields": {"price": "view"}}},
        on_reject={"return": "begin"},
        outcomes=[{"id": "qualified", "label": {"zh": "合格", "en": "Qualified"}, "comment": "required"}],
        no_assignee={"member": "boss@example.com"},
        target={"hours": 8, "on_time": Decimal("0.95")},
        four_eyes=["begin"],
        withdraw="never",
    )  # fmt: skip
    assert findings == []
    boss = flow.nodes[1]
    assert boss.actions == NodeActions(
        back="previous",
        back_is_written=True,
        transfer=False,
        delegate=True,
        add_signer=("after",),
        comment="required",
        switched_off=frozenset({"urge"}),
    )
    assert boss.fields == FieldRights(
        {"total": "view", "remark": "required", "lines": "edit"},
        "view",
        {"lines": RowRights(delete=False, fields=FieldRights({"price": "view"}, "edit"))},
    )
    assert boss.on_reject == OnReject("return", "begin")
    assert boss.outcomes[0].id == "qualified"
    assert boss.no_assignee == "member:boss@example.com"
    assert boss.target == {"hours": Decimal(8), "on_time": Decimal("0.95")}
    assert boss.withdraw == "never"


def test_no_return_can_be_written_in_two_ways() -> None:
    assert with_node(actions={"return": []})[0].nodes[1].actions.back == ()
    assert with_node(actions={"return": False})[0].nodes[1].actions.back == ()


@pytest.mark.parametrize(
    ("keys", "code", "at"),
    [
        ({"asign": "me"}, "unknown_key", "/nodes/1/asign"),
        ({"type": "aprove"}, "unknown_value", "/nodes/1/type"),
        ({"on_reject": {"goto": "dne"}}, "unknown_node", "/nodes/1/on_reject/goto"),
        ({"actions": {"return": ["dne"]}}, "unknown_node", "/nodes/1/actions/return/0"),
        ({"actions": {"retrun": []}}, "unknown_key", "/nodes/1/actions/retrun"),
        ({"four_eyes": ["x"]}, "unknown_node", "/nodes/1/four_eyes/0"),
        ({"fields": {"totl": "view"}}, "unknown_field", "/nodes/1/fields/totl"),
        ({"fields": {"total": "see"}}, "unknown_value", "/nodes/1/fields/total"),
        ({"fields": {"lines": {"fields": {"prize": "view"}}}}, "unknown_field", "/nodes/1/fields/lines/fields/prize"),
        ({"id": "begin"}, "duplicate_id", "/nodes/1/id"),
        ({"outcomes": [{"id": "approve"}]}, "reserved_id", "/nodes/1/outcomes/0/id"),
        ({"checklist": "one"}, "wrong_type", "/nodes/1/checklist"),
    ],
)
def test_a_slip_is_named_at_its_place(keys: dict[str, Any], code: str, at: str) -> None:
    assert (code, at) in codes(with_node(**keys)[1])


def test_an_edge_names_nodes_and_outcomes_that_exist() -> None:
    _, findings = read(
        {
            "form": "qoute",
            "nodes": [{"id": "start", "type": "start"}, {"id": "done", "type": "end", "assign": "me"}],
            "edges": [{"from": "start", "to": "doen", "outcome": "maybe"}, {"to": "done"}],
        }
    )
    assert codes(findings) == [
        ("unknown_form", "/form"),
        ("unknown_key", "/nodes/1/assign"),
        ("unknown_outcome", "/edges/0/outcome"),
        ("unknown_node", "/edges/0/to"),
        ("missing_key", "/edges/1/from"),
    ]
    assert '"quote"' in findings[0].message["en"]  # type: ignore[index]


def test_every_node_type_reads_what_only_it_knows() -> None:
    flow, findings = read(
        {
            "form": "quote",
            "nodes": [
                {"id": "start", "type": "start"},
                {"id": "talk", "type": "confirm", "assign": 'role("x")', "pass": "all", "on_reject": "end"},
                {"id": "answer", "type": "feedback", "to": "talk", "field": "remark", "assign": "me", "blocking": True},
                {"id": "tell", "type": "cc", "assign": "owner"},
                {"id": "way", "type": "branch", "take": "all"},
                {"id": "split", "type": "parallel"},
                {"id": "some", "type": "join", "wait": {"count": 2}},
                {"id": "later", "type": "wait", "for": "2 days", "longest": "30 days", "on_timeout": "done"},
                {"id": "weekly", "type": "recurring", "every": "week on mon", "assign": "me"},
                {"id": "child", "type": "subflow", "flow": "order", "each": "lines", "set": {"a": 1}, "wait": "any"},
                {"id": "write", "type": "action", "do": [{"set": {"remark": '"x"'}}, {"create": "quote", "set": {}}], "undo": True},
                {"id": "fill", "type": "handle", "assign": "initiator"},
                {"id": "done", "type": "end", "status": "rejected", "terminate": True},
            ],
            "edges": [],
        }
    )  # fmt: skip
    assert findings == []
    settings = {node.id: node.settings for node in flow.nodes}
    assert settings["answer"] == {"to": "talk", "field": "remark", "blocking": True}
    assert settings["some"] == {"wait": 2}
    assert settings["later"]["for"] == "2 days"
    assert settings["later"]["on_timeout"] == "done"
    assert settings["child"] == {
        "flow": "order", "each": "lines", "set": {"a": "1"}, "wait": "any", "on_rejected": "reject",
    }  # fmt: skip
    assert len(settings["write"]["do"]) == 2
    assert settings["done"] == {"status": "rejected", "set": {}, "terminate": True}


@pytest.mark.parametrize(
    ("act", "code", "at"),
    [
        ({"crate": "quote"}, "unknown_act", "/0"),
        ({"create": "quote", "update": "quote"}, "unknown_act", "/0"),
        ({"update": "quote", "wher": "true"}, "unknown_key", "/0/wher"),
        ({"for_each": "lines", "do": [{"notify": "owner", "txt": "x"}]}, "unknown_key", "/0/do/0/txt"),
        ({"notify": "owner", "text": 7.5}, "wrong_type", "/0/text"),
    ],
)
def test_an_act_takes_only_its_own_keys(act: dict[str, Any], code: str, at: str) -> None:
    _, findings = read(
        {"form": "quote", "nodes": [{"id": "start", "type": "start"}, {"id": "write", "type": "action", "do": [act]}]}
    )
    assert codes(findings) == [(code, f"/nodes/1/do{at}")]


def test_the_palette_offers_every_registered_type_once() -> None:
    assert sorted(PALETTE) == sorted(node_types)
    for kind in node_types.values():
        assert kind.holds >= kind.human
        assert set(kind.label) == {"zh", "en"}  # type: ignore[arg-type]
