"""A flow that cannot work does not publish: each way of going wrong has its code, its place and a sentence with the node's name."""

from __future__ import annotations

import random
from time import perf_counter
from typing import Any

import pytest
from tests.flow.documents import BOSS, DONE, START, app_of, edge, flow, node

from formwright.flow.definition import compiled
from formwright.flow.model import Edge, Flow, Node
from formwright.flow.proof import check_flows, graph_findings, missing_people
from formwright.schema.model import Finding


def prove(nodes: list[dict[str, Any]], edges: list[dict[str, Any]], **keys: Any) -> list[Finding]:
    return check_flows(app_of(flow(nodes, edges, **keys)))


def errors(found: list[Finding]) -> list[tuple[str, str]]:
    return [(each.code, each.at.removeprefix("/flows/f")) for each in found if each.severity == "error"]


def warnings(found: list[Finding]) -> list[tuple[str, str]]:
    return [(each.code, each.at.removeprefix("/flows/f")) for each in found if each.severity == "warning"]


def with_boss(**keys: Any) -> list[Finding]:
    """Start, boss with further keys, done."""
    return prove([START, {**BOSS, **keys}, DONE], [edge("start boss"), edge("boss done")])


def test_a_plain_flow_has_nothing_to_say() -> None:
    assert with_boss() == []


def test_a_flow_has_one_start_and_an_end() -> None:
    assert errors(prove([BOSS, DONE], [edge("boss done")])) == [("start_count", "/nodes")]
    assert ("start_count", "/nodes") in errors(
        prove([START, {**START, "id": "again"}, DONE], [edge("start done"), edge("again done")])
    )
    assert errors(prove([START, BOSS], [edge("start boss")])) == [("no_end", "/nodes")]


def test_every_node_is_reached_and_leads_to_an_end() -> None:
    found = prove(
        [START, BOSS, node("approve", "lost", assign="initiator"), node("handle", "dead", assign="initiator"), DONE],
        [edge("start boss"), edge("boss done"), edge("lost done"), edge("boss dead", when="amount > 5")],
    )
    assert errors(found) == [("unreachable", "/nodes/2"), ("no_way_out", "/nodes/3")]
    assert found[0].message == {
        "zh": "“节点lost”从发起走不到这里",
        "en": '"Node lost" cannot be reached from the start',
    }


def test_a_node_whose_only_way_leads_back_still_has_a_way_out() -> None:
    found = prove(
        [START, BOSS, node("handle", "repair", assign="initiator"), DONE],
        [edge("start boss"), edge("boss done"), edge("boss repair", outcome="reject"), edge("repair boss")],
    )
    assert errors(found) == []


def test_a_way_back_leads_to_a_node_that_everyone_passed() -> None:
    found = prove(
        [START, node("parallel", "split"), node("approve", "a", assign="initiator"), node("approve", "b", assign="owner"), DONE],
        [edge("start split"), edge("split a"), edge("split b"), edge("a b", when="amount > 1"), edge("a done"),
         edge("b a", when="amount > 2"), edge("b done")],
    )  # fmt: skip
    assert [code for code, _ in errors(found)] == ["back_edge"]


def test_a_cycle_needs_somebody_who_acts() -> None:
    found = prove(
        [START, node("branch", "check"), node("action", "add", do=[{"set": {"amount": "amount + 1"}}]), DONE],
        [edge("start check"), edge("check done", when="amount > 9"), edge("check add"), edge("add check")],
    )
    assert errors(found) == [("auto_cycle", "/nodes/1")]
    with_pause = prove(
        [START, node("branch", "check"), BOSS, DONE],
        [edge("start check"), edge("check done", when="amount > 9"), edge("check boss"), edge("boss check")],
    )
    assert errors(with_pause) == []


def test_conditions_need_a_default_and_plain_edges_a_parallel_node() -> None:
    assert errors(prove([START, BOSS, DONE], [edge("start boss"), edge("boss done", when="amount > 1")])) == [
        ("no_default", "/nodes/1")
    ]
    assert errors(
        prove([START, BOSS, DONE, {**DONE, "id": "other"}], [edge("start boss"), edge("boss done"), edge("boss other")])
    ) == [("several_defaults", "/nodes/1")]
    found = prove(
        [START, {**BOSS, "outcomes": [{"id": "later", "label": {"zh": "稍后", "en": "Later"}}]}, DONE],
        [edge("start boss"), edge("boss done", outcome="approve")],
    )
    assert errors(found) == [("no_default", "/nodes/1")]
    assert "later" in found[0].message["en"]  # type: ignore[index]
    covered = prove(
        [START, BOSS, DONE],
        [edge("start boss"), edge("boss done", outcome="approve"), edge("boss start", outcome="reject")],
    )
    assert errors(covered) == []


def test_whoever_shall_act_is_named() -> None:
    assert errors(with_boss(assign="")) == [("no_assign", "/nodes/1/assign")]
    nobody = prove(
        [START, node("handle", "fill"), node("cc", "tell"), DONE],
        [edge("start fill"), edge("fill tell"), edge("tell done")],
    )
    assert errors(nobody) == [("no_assign", "/nodes/1/assign"), ("no_assign", "/nodes/2/assign")]


@pytest.mark.parametrize(
    ("keys", "at"),
    [
        ({"assign": "manager(initator)"}, "/nodes/1/assign"),
        ({"assign": 'role("nobody")'}, "/nodes/1/assign"),
        ({"assign": "amount + 1"}, "/nodes/1/assign"),
        ({"decide": "approve when amont > 5"}, "/nodes/1/decide"),
        ({"deadline": "due subject"}, "/nodes/1/deadline"),
        ({"pass": {"weight": 2, "weights": "subject"}}, "/nodes/1/pass/weights"),
        ({"assign": 'handler("bos")'}, "/nodes/1/assign"),
    ],
)
def test_a_rule_that_does_not_hold_is_an_error(keys: dict[str, Any], at: str) -> None:
    found = with_boss(**keys)
    assert errors(found) == [("rule_error", at)]
    assert "主管" in found[0].message["zh"]  # type: ignore[index]


def test_rules_may_use_what_there_is_at_their_place() -> None:
    assert errors(with_boss(
        decide='approve when approvals >= 2 and amount < 5\nrequire comment when decision = "reject"',
        deadline="due until - 1 day\nremind assignee 2 hours before\nescalate to manager(assignee) 1 day after\nreturn to start 5 days after",
        **{"pass": {"weight": 70, "weights": 'IF(assignee = initiator, 60, 20)'}},
    )) == []  # fmt: skip
    branch = prove(
        [START, BOSS, DONE, {**DONE, "id": "no"}],
        [edge("start boss"), edge("boss no", when='outcome = "reject"'), edge("boss done")],
    )
    assert errors(branch) == []
    assert errors(
        prove([START, BOSS, DONE], [edge("start boss"), edge("boss done", when="amount"), edge("boss done")])
    ) == [("rule_error", "/edges/1/when")]


def test_a_field_that_must_be_filled_can_be_filled_there() -> None:
    assert errors(with_boss(fields={"twice": "required"})) == [("required_hidden", "/nodes/1/fields/twice")]
    assert errors(with_boss(fields={"lines": {"rights": "view", "fields": {"price": "required"}}})) == [
        ("required_hidden", "/nodes/1/fields/lines/fields/price")
    ]
    hidden = prove([{**START, "fields": {"subject": "hidden", "*": "edit"}}, DONE], [edge("start done")])
    assert errors(hidden) == [("required_hidden", "/nodes/0/fields/subject")]
    assert (
        errors(with_boss(fields={"amount": "required", "lines": {"rights": "edit", "fields": {"price": "required"}}}))
        == []
    )


def test_a_return_leads_to_a_node_before() -> None:
    assert errors(with_boss(actions={"return": ["done"]})) == [("return_target", "/nodes/1/actions/return/0")]
    assert errors(with_boss(on_reject={"return": "boss"})) == [("return_target", "/nodes/1/on_reject/return")]
    assert errors(with_boss(deadline="due 2 days\nreturn to done 1 day after")) == [
        ("return_target", "/nodes/1/deadline")
    ]


def test_a_timer_has_a_date() -> None:
    assert errors(with_boss(deadline="remind assignee 2 hours before")) == [("no_date", "/nodes/1/deadline")]


def test_a_jump_on_rejection_is_a_way() -> None:
    found = prove(
        [START, {**BOSS, "on_reject": {"goto": "sorry"}}, node("handle", "sorry", assign="initiator"), DONE],
        [edge("start boss"), edge("boss done"), edge("sorry done")],
    )
    assert errors(found) == []


def test_nodes_that_cannot_run_yet_do_not_publish() -> None:
    found = prove([START, node("wait", "pause", **{"for": "2 days"}), DONE], [edge("start pause"), edge("pause done")])
    assert errors(found) == [("unsupported_node", "/nodes/1")]


def test_what_an_action_or_an_end_writes_fits_the_fields() -> None:
    def acting(act: dict[str, Any]) -> list[tuple[str, str]]:
        return errors(
            prove([START, node("action", "write", do=[act]), DONE], [edge("start write"), edge("write done")])
        )

    assert acting({"update": "item", "where": "target.name = subject", "set": {"stock": "target.stock - amount"}}) == []
    assert acting({"create": "item", "set": {"name": "subject", "stock": 1}}) == []
    assert acting({"set": {"state": '"closed"'}}) == []
    assert acting({"set": {"state": '"gone"'}}) == [("rule_error", "/nodes/1/do/0/set/state")]
    assert acting({"set": {"twice": "1"}}) == [("rule_error", "/nodes/1/do/0/set/twice")]
    assert acting({"set": {"stat": '"closed"'}}) == [("unknown_field", "/nodes/1/do/0/set/stat")]
    tail = acting({"create": "item", "set": {"stock": "COALESCE(amount", "0)": None}})
    assert ("unknown_key", "/nodes/1/do/0/set/0)") in tail
    assert acting({"create": "item", "set": {"stock": "subject"}}) == [("rule_error", "/nodes/1/do/0/set/stock")]
    assert acting({"update": "itm", "set": {}}) == [("unknown_form", "/nodes/1/do/0/update")]
    assert acting({"notify": "owner", "text": "x"}) == []
    assert acting({"for_each": "lines", "do": [{"create": "item", "set": {"stock": "row.price"}}]}) == []
    assert acting({"for_each": "lines", "do": [{"create": "item", "set": {"stock": "row.prize"}}]}) == [
        ("rule_error", "/nodes/1/do/0/do/0/set/stock")
    ]
    assert acting({"request": {"url": "https://example.com"}}) == [("unsupported_act", "/nodes/1/do/0")]
    assert acting({"notify": "amount", "text": "x"}) == [("rule_error", "/nodes/1/do/0/notify")]
    ending = prove([START, {**DONE, "set": {"state": '"shut"'}}], [edge("start done")])
    assert errors(ending) == [("rule_error", "/nodes/1/set/state")]


def test_flows_do_not_start_each_other_in_a_ring() -> None:
    def starting(flow_id: str, form: str, act: dict[str, Any], start: str) -> dict[str, Any]:
        nodes = [START, node("action", "write", do=[act]), DONE]
        return {**flow(nodes, [edge("start write"), edge("write done")]), "id": flow_id, "form": form, "start": start}

    first = starting("one", "request", {"create": "item", "set": {"name": '"x"'}}, "created")
    second = starting("two", "item", {"create": "request", "set": {"subject": '"x"'}}, "created")
    found = [each for each in check_flows(app_of(first, second)) if each.code == "action_ring"]
    assert [each.at for each in found] == ["/flows/one/nodes/1/do/0", "/flows/two/nodes/1/do/0"]
    assert "one → two → one" in found[0].message["en"]  # type: ignore[index]
    assert not [each for each in check_flows(app_of(first)) if each.code == "action_ring"]


def test_subflows_do_not_contain_themselves() -> None:
    def calling(flow_id: str, child: str) -> dict[str, Any]:
        nodes = [START, node("subflow", "sub", flow=child), DONE]
        return {**flow(nodes, [edge("start sub"), edge("sub done")]), "id": flow_id, "start": "manual"}

    found = [
        each
        for each in check_flows(app_of(calling("one", "two"), calling("two", "one")))
        if each.code == "recursive_subflow"
    ]
    assert [each.at for each in found] == ["/flows/one/nodes/1/flow", "/flows/two/nodes/1/flow"]
    assert [each.code for each in check_flows(app_of(calling("one", "twoo")))] == ["unsupported_node", "unknown_flow"]


def test_a_form_is_submitted_into_one_flow() -> None:
    plain = flow([START, DONE], [edge("start done")])
    assert [each.code for each in check_flows(app_of(plain, {**plain, "id": "g"}))] == ["two_submit_flows"]
    assert check_flows(app_of(plain, {**plain, "id": "g", "start": "manual"})) == []


def test_a_fallback_member_exists() -> None:
    app = app_of(
        flow(
            [START, {**BOSS, "no_assignee": {"member": "gone@example.com"}}, DONE],
            [edge("start boss"), edge("boss done")],
        )
    )
    assert [(each.code, each.at) for each in missing_people(app, lambda email: False)] == [
        ("fallback_missing", "/flows/f/nodes/1/no_assignee")
    ]
    assert missing_people(app, lambda email: True) == []


def test_warnings_say_what_is_probably_not_meant() -> None:
    assert warnings(with_boss(actions={"return": []})) == [("no_way_back", "/nodes/1")]
    assert warnings(with_boss(assign="when amount > 5 then manager(initiator)")) == [
        ("maybe_nobody", "/nodes/1/assign")
    ]
    assert warnings(with_boss(**{"pass": {"percent": 60}})) == [("percent_of_one", "/nodes/1/assign")]
    unnamed = prove(
        [START, {"id": "boss", "type": "approve", "assign": "owner"}, DONE], [edge("start boss"), edge("boss done")]
    )
    assert warnings(unnamed) == [("missing_label", "/nodes/1/name")]
    same = prove(
        [START, BOSS, {**BOSS, "id": "again"}, DONE], [edge("start boss"), edge("boss again"), edge("again done")]
    )
    assert warnings(same) == [("same_owner", "/nodes/2/assign")]


def test_two_branches_that_write_one_field_are_named() -> None:
    def parting(kind: str, fields: dict[str, Any]) -> list[tuple[str, str]]:
        one = node("handle", "one", assign="initiator", fields={"amount": "edit"})
        two = node("handle", "two", assign="owner", fields=fields)
        way = edge("split one", when="amount > 1") if kind == "branch" else edge("split one")
        return warnings(
            prove(
                [START, node(kind, "split"), one, two, DONE],
                [edge("start split"), way, edge("split two"), edge("one done"), edge("two done")],
            )
        )

    assert parting("parallel", {"amount": "edit"}) == [("parallel_writes", "/nodes/3/fields/amount")]
    assert parting("parallel", {"subject": "edit"}) == []
    assert parting("branch", {"amount": "edit"}) == []


def test_too_much_for_one_picture_is_said() -> None:
    chain = [node("handle", f"n{i}", assign=f'member("m{i}@x")') for i in range(60)]
    edges = [edge("start n0"), *(edge(f"n{i} n{i + 1}") for i in range(59)), edge("n59 done")]
    assert ("too_complex", "/nodes") in warnings(prove([START, *chain, DONE], edges))


def test_the_graph_is_proved_within_a_millisecond_at_two_hundred_nodes() -> None:
    chance = random.Random(5)
    nodes = (
        Node("n0", "start", "s"),
        *(Node(f"n{i}", "approve", f"N{i}", assign=f"a{i}") for i in range(1, 199)),
        Node("n199", "end", "e"),
    )
    edges = [Edge(f"n{i}", f"n{i + 1}") for i in range(199)]
    edges += [Edge(f"n{i}", f"n{min(i + chance.randint(2, 9), 199)}", when="x") for i in range(0, 190, 4)]
    edges += [Edge(f"n{i}", f"n{i - 9}", outcome="reject") for i in range(30, 190, 30)]
    drawn = Flow("f", "request", "F", nodes, tuple(edges))
    compiled(drawn)
    taken = []
    for _ in range(7):
        began = perf_counter()
        graph_findings(drawn)
        taken.append(perf_counter() - began)
    assert min(taken) < 0.001
