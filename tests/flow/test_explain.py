"""Why: every decision can be told with its rule, and never tells what the reader may not see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.flow.office import Office, flow_of

from formwright.errors import Invalid, Missing
from formwright.flow.explain import explain
from formwright.records.model import Record
from formwright.schema.access import app_for

Open = Callable[..., Office]

ROUTED = flow_of(
    "{id: a, type: approve, name: {zh: 审批, en: Approval}, "
    'assign: "when amount > 1000 then role(\\"finance\\")\\notherwise manager(initiator)", '
    "fields: {secret: hidden}}\n"
    "{id: b, type: approve, name: {zh: 法务, en: Legal}, assign: 'role(\"legal\")'}",
    "start > a > done, b > done",
    '{from: a, to: b, when: amount > 1000 and secret = "x"}',
)


def why(office: Office, who: str, record: Record, what: str, language: str = "en") -> dict[str, Any]:
    with office.database.read() as session:
        app, actor = app_for(session, "office"), office.actor(session, who)
        return explain(session, app, "request", record.id, what, actor=actor, now=office.now, language=language)


def test_why_this_task_is_mine(open_office: Open) -> None:
    office = open_office(ROUTED)
    record = office.submit("rep", {"amount": 5000})
    told = why(office, "fin", record, f"task:{office.open_task('fin', record)}")
    assert told["text"].startswith("Approval: 刘芳 Liu Fang — by the rule of the step")
    assert {"name": "Amount", "value": "5000"} in told["values"]
    assert "刘芳 Liu Fang" in told["result"]
    zh = why(office, "fin", record, f"task:{office.open_task('fin', record)}", "zh")
    assert zh["text"].startswith("审批")


def test_why_it_went_there(open_office: Open) -> None:
    office = open_office(ROUTED)
    record = office.submit("rep", {"amount": 5000, "secret": "x"})
    office.act("fin", "approve", record)
    told = why(office, "rep", record, "edge:b")
    assert told["result"] == "reached"
    assert "Approval → Legal" in told["text"]
    assert {"name": "Secret", "value": "x"} in told["values"]


def test_no_explanation_tells_what_is_hidden(open_office: Open) -> None:
    office = open_office(ROUTED)
    record = office.submit("rep", {"amount": 5000, "secret": "x"})
    office.act("fin", "approve", record)
    told = why(office, "fin", record, "edge:b")
    assert told["values"] == []
    assert told["steps"] == []
    assert "may not see" in told["text"]
    with pytest.raises(Invalid) as error:
        why(office, "fin", record, "field:secret")
    assert error.value.code == "unknown_field"


def test_why_a_field_cannot_be_edited(open_office: Open) -> None:
    office = open_office(ROUTED)
    record = office.submit("rep", {"amount": 1})
    assert "while the flow runs" in why(office, "rep", record, "field:amount")["text"]
    office.act("li.na", "reject", record)
    assert "may be edited" in why(office, "rep", record, "field:amount")["text"]


def test_what_cannot_be_explained(open_office: Open) -> None:
    office = open_office(ROUTED)
    record, other = office.submit("rep", {"amount": 1}), office.submit("rep", {"amount": 1})
    with pytest.raises(Missing):
        why(office, "rep", record, f"task:{office.open_task('li.na', other)}")
    with pytest.raises(Missing):
        why(office, "service", record, "edge:a")
    with pytest.raises(Invalid):
        why(office, "rep", record, "weather")


def test_looking_uses_up_nobodys_turn(open_office: Open) -> None:
    everyone = 'round_robin(role("finance") + role("legal"))'
    office = open_office(flow_of(f"{{id: a, type: approve, name: A, assign: '{everyone}'}}", "start > a > done"))
    first = office.submit("rep")
    who = office.holders(first)[0].split(":")[1]
    why(office, who, first, f"task:{office.open_task(who, first)}")
    second = office.submit("rep")
    assert office.holders(second) != office.holders(first)
