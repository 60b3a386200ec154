"""Nodes that write: action nodes, ends with fields, cc, decisions by rule, flows that other events start."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from tests.flow.office import Office, flow_of

from formwright.errors import FormwrightError, Invalid
from formwright.flow.access import tasks
from formwright.flow.operations import read_copies
from formwright.records import operations as records
from formwright.records.access import record_for
from formwright.records.show import dump_record
from formwright.schema.access import app_for

Open = Callable[..., Office]

A = "{id: a, type: approve, name: A, assign: 'role(\"finance\")'}"
TAKE = "do: [{update: item, where: target.id = item.id, set: {stock: target.stock - amount}}]"


def test_an_end_writes_its_fields(open_office: Open) -> None:
    flow = flow_of(A, "start > a > done")
    flow["nodes"][-1]["set"] = {"state": '"done"'}
    office = open_office(flow)
    record = office.submit("rep")
    office.act("fin", "approve", record)
    assert office.read(record).values["state"] == "done"
    assert office.status(record) == "approved"
    office.verify()


def test_an_action_writes_another_form_in_the_same_step(open_office: Open) -> None:
    office = open_office(flow_of(f"{A}\n{{id: take, type: action, name: Take, {TAKE}}}", "start > a > take > done"))
    pump = office.item("Pump", 10)
    record = office.submit("rep", {"amount": 4, "item": str(pump.id)})
    office.act("fin", "approve", record)
    assert office.read(pump).values["stock"] == Decimal("6")
    office.verify()


def test_what_it_may_not_write_refuses_the_whole_step(open_office: Open) -> None:
    office = open_office(flow_of(f"{A}\n{{id: take, type: action, name: Take, {TAKE}}}", "start > a > take > done"))
    pump = office.item("Pump", 3)
    record = office.submit("rep", {"amount": 4, "item": str(pump.id)})
    with pytest.raises(Invalid) as error:
        office.act("fin", "approve", record)
    assert error.value.code == "data_action_failed"
    assert office.read(pump).values["stock"] == Decimal("3")
    assert office.holders(record) == ["a:fin"]


def test_an_edge_for_the_error(open_office: Open) -> None:
    office = open_office(
        flow_of(
            f"{A}\n{{id: take, type: action, name: Take, {TAKE}}}\n"
            "{id: sorry, type: handle, name: Sorry, assign: initiator}",
            "start > a > take > done, sorry > done",
            "{from: take, to: sorry, outcome: error}",
        )
    )
    pump = office.item("Pump", 3)
    record = office.submit("rep", {"amount": 4, "item": str(pump.id)})
    office.act("fin", "approve", record)
    assert office.read(pump).values["stock"] == Decimal("3")
    assert office.holders(record) == ["sorry:rep"]
    office.verify()


@pytest.mark.parametrize(("once", "left"), [("true", 6), ("false", 2)])
def test_once_means_once_an_instance(open_office: Open, once: str, left: int) -> None:
    office = open_office(
        flow_of(
            f"{{id: take, type: action, name: Take, {TAKE}, once: {once}}}\n{A}",
            "start > take > a > done",
        )
    )
    pump = office.item("Pump", 10)
    record = office.submit("rep", {"amount": 4, "item": str(pump.id)})
    office.act("fin", "return", record, to="start")
    office.act("rep", "submit", record)
    assert office.read(pump).values["stock"] == Decimal(left)


def test_what_was_written_cannot_be_withdrawn(open_office: Open) -> None:
    office = open_office(
        flow_of(f"{{id: take, type: action, name: Take, {TAKE}}}\n{A}", "start > take > a > done", withdraw="any_time")
    )
    pump = office.item("Pump", 10)
    record = office.submit("rep", {"amount": 4, "item": str(pump.id)})
    with pytest.raises(FormwrightError) as error:
        office.order("rep", "withdraw", record)
    assert error.value.code == "already_handled"


def test_copies_are_sent_and_block_nobody(open_office: Open) -> None:
    office = open_office(
        flow_of(
            f"{{id: copy, type: cc, name: Copy, assign: 'role(\"legal\")', fields: {{secret: hidden}}}}\n{A}",
            "start > copy > a > done",
        )
    )
    record = office.submit("rep", {"secret": "s"})
    assert office.standing(record).cc == (("copy", "legal@example.com"),)
    assert office.holders(record) == ["a:fin"]
    with office.database.read() as session:
        (copy,) = tasks(session, actor=office.actor(session, "legal"), now=office.now, box="cc")["items"]
    assert (copy["node"], copy["record"]["title"], copy["read_at"]) == ("copy", "A request", None)


# ── decisions ─────────────────────────────────────────────────────────────────────────────────────


def decided(rule: str, more: str = "") -> dict[str, Any]:
    lines = "\\n".join(line.strip() for line in rule.strip().splitlines())
    everybody = '\'role(\\"finance\\") + role(\\"legal\\") + member(\\"boss@example.com\\")\''.replace('\\"', '"')
    return flow_of(
        f'{{id: a, type: approve, name: A, assign: {everybody}, decide: "{lines}"{more}}}', "start > a > done"
    )


def test_a_rule_decides_before_anybody_is_asked(open_office: Open) -> None:
    office = open_office(decided("approve when amount < 500"))
    small, large = office.submit("rep", {"amount": 499}), office.submit("rep", {"amount": 500})
    assert (office.status(small), office.history(small)) == ("approved", ["rep:submit", "system:auto_approve@a"])
    assert len(office.holders(large)) == 3


def test_a_rule_decides_by_the_votes(open_office: Open) -> None:
    office = open_office(decided("reject when rejections >= 2", ", pass: {percent: 100}"))
    record = office.submit("rep")
    office.act("fin", "approve", record)
    office.act("legal", "approve", record)
    office.act("boss", "approve", record)
    assert office.status(record) == "approved"
    office = Office(office.database, office.now, office.document)
    office.publish(decided('approve when approved_by(role(\\"legal\\"))', ", pass: all"))
    record = office.submit("rep")
    office.act("legal", "approve", record)
    assert office.history(record)[1:] == ["legal:approve@a", "system:auto_approve@a"]
    office.verify()


def test_a_rule_asks_for_a_comment(open_office: Open) -> None:
    office = open_office(decided('require comment when decision = \\"reject\\"'))
    record = office.submit("rep")
    with pytest.raises(Invalid) as error:
        office.act("fin", "reject", record)
    assert error.value.code == "comment_required"
    office.act("fin", "reject", record, comment="too dear")
    assert office.status(record) == "rejected"


@pytest.mark.parametrize(("rule", "asked"), [("required", {"approve", "reject"}), ("on_reject", {"reject"})])
def test_a_node_asks_for_a_comment(open_office: Open, rule: str, asked: set[str]) -> None:
    office = open_office(
        flow_of(
            f"{{id: a, type: approve, name: A, assign: 'role(\"finance\")', actions: {{comment: {rule}}}}}",
            "start > a > done",
        )
    )
    for act in ("approve", "reject"):
        record = office.submit("rep")
        if act in asked:
            with pytest.raises(Invalid) as error:
                office.act("fin", act, record)
            assert error.value.code == "comment_required"
        office.act("fin", act, record, comment="because")


def test_own_outcomes(open_office: Open) -> None:
    office = open_office(
        flow_of(
            "{id: a, type: approve, name: A, assign: 'role(\"finance\")', "
            "outcomes: [{id: qualified, label: Q, comment: required}]}\n"
            "{id: b, type: approve, name: B, assign: 'role(\"legal\")'}",
            "start > a > done, b > done",
            "{from: a, to: b, outcome: qualified}",
        )
    )
    record = office.submit("rep")
    with pytest.raises(FormwrightError) as error:
        office.act("fin", "submit", record, outcome="nonsense")
    assert error.value.code == "not_allowed"
    with pytest.raises(FormwrightError) as error:
        office.act("fin", "submit", record, outcome="qualified")
    assert error.value.code == "comment_required"
    office.act("fin", "submit", record, outcome="qualified", comment="good")
    assert office.holders(record) == ["b:legal"]
    assert office.history(record) == ["rep:submit", "fin:qualified@a"]


# ── other beginnings ──────────────────────────────────────────────────────────────────────────────


def test_a_flow_may_start_with_every_change(open_office: Open) -> None:
    office = open_office(flow_of(A, "start > a > done", start="updated"))
    record = office.submit("rep")
    assert office.read(record).flow_status is None
    office.edit("rep", record, {"note": "n"})
    assert office.holders(record) == ["a:fin"]
    office.act("fin", "approve", record)
    office.edit("rep", record, {"note": "m"})
    assert office.history(record) == ["rep:submit", "fin:approve@a", "rep:submit"]


def test_a_flow_may_be_started_by_hand(open_office: Open) -> None:
    office = open_office(flow_of(A, "start > a > done", start="manual"))
    record = office.submit("rep")
    office.order("rep", "submit", record)
    assert office.holders(record) == ["a:fin"]
    with pytest.raises(FormwrightError) as error:
        office.order("rep", "submit", record)
    assert error.value.code == "already_handled"


def test_one_flow_may_start_another(open_office: Open) -> None:
    second = {
        **flow_of(
            "{id: check, type: approve, name: C, assign: 'role(\"legal\")'}", "start > check > done", start="manual"
        ),
        "id": "second",
    }
    first = flow_of(f"{A}\n{{id: go, type: action, name: Go, do: [{{start_flow: second}}]}}", "start > a > go > done")
    office = open_office(first, second)
    record = office.submit("rep")
    office.act("fin", "approve", record)
    assert office.holders(record) == ["check:legal"]
    office.act("legal", "approve", record)
    assert office.status(record) == "approved"
    office.verify()


def test_a_deleted_record_is_on_no_way_any_more(open_office: Open) -> None:
    office = open_office(flow_of(A, "start > a > done"))
    record = office.submit("rep")
    with office.database.write() as session:
        app = app_for(session, "office")
        records.delete(session, app, "request", record.id, actor=office.actor(session, "admin"), now=office.now)
    assert (office.status(record), office.holders(record)) == ("terminated", [])
    office.verify()


def test_a_copy_is_read_once(open_office: Open) -> None:
    office = open_office(
        flow_of(f"{{id: copy, type: cc, name: C, assign: 'role(\"legal\")'}}\n{A}", "start > copy > a > done")
    )
    record = office.submit("rep")
    new = []
    for _ in range(2):
        with office.database.write() as session:
            app, actor = app_for(session, "office"), office.actor(session, "legal")
            new.append(read_copies(session, app, "request", record.id, actor=actor, now=office.now))
    assert new == [1, 0]


def test_what_the_start_requires(open_office: Open) -> None:
    flow = flow_of(A, "start > a > done")
    flow["nodes"][0]["fields"] = {"amount": "required", "*": "edit"}
    office = open_office(flow)
    with pytest.raises(Invalid) as error:
        office.submit("rep")
    assert [(each.code, each.at) for each in error.value.problems] == [("required", "/values/amount")]
    assert office.holders(office.submit("rep", {"amount": 1})) == ["a:fin"]


def test_a_record_shows_where_it_is(open_office: Open) -> None:
    office = open_office(flow_of(A, "start > a > done"))
    record = office.submit("rep")
    with office.database.read() as session:
        app, actor = app_for(session, "office"), office.actor(session, "rep")
        found, rights = record_for(session, app, "request", record.id, actor=actor, now=office.now)
        shown = dump_record(session, app, found, rights, actor=actor, now=office.now, language="en")
    assert (shown["flow"]["status"], shown["flow"]["at"]) == ("running", ["a"])
    assert shown["can"]["actions"] == ["withdraw", "urge"]
