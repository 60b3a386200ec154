"""Whatever a caller sends, the answer is a clear no or a right answer: never an accident, and the same on both databases."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from formwright.errors import FormwrightError, Invalid
from formwright.records.lists import AggregateQuery, ListQuery, aggregate, list_records
from formwright.records.model import Record
from tests.records.office import Office

NASTY = [
    "\x00",
    "a\x00b",
    "\ud800",
    "\udfff x",
    "x" * 70_000,
    "'; DROP TABLE x; --",
    "%_\\",
    "‮abc",
    "9" * 400,
    "(" * 100,
    '"' * 999,
]


def ask(office: Office, **asked: Any) -> int:
    with office.database.read() as session:
        actor = office.actor(session, "rep")
        return len(
            list_records(session, office.app, "customer", ListQuery(**asked), actor=actor, now=office.now).records
        )


def outcome(act: Any) -> Any:
    try:
        return act()
    except FormwrightError as error:
        return error.code if 400 <= error.status < 500 else error


@pytest.mark.parametrize("text", NASTY)
def test_no_search_filter_sort_or_cursor_is_an_accident(office: Office, acme: Record, text: str) -> None:
    quoted = '"' + text.replace('"', '""') + '"'
    assert outcome(lambda: ask(office, q=text)) in (0, "bad_text", "too_long")
    outcome(lambda: ask(office, filter=text))
    assert outcome(lambda: ask(office, filter=f"name = {quoted}")) != 1
    assert outcome(lambda: ask(office, filter=f"name contains {quoted}")) != 1
    assert outcome(lambda: ask(office, filter=f"owner = member({quoted})")) != 1
    assert isinstance(outcome(lambda: ask(office, sort=(text,))), str)
    assert isinstance(outcome(lambda: ask(office, cursor=text)), str)
    assert isinstance(outcome(lambda: ask(office, view=text)), str)


@pytest.mark.parametrize(
    "rule", ["name = CHAR(0)", "name = CHAR(55296)", 'name = REPT("x", 99999999)', "credit = 9^9^9^9", "1 = 1"]
)
def test_no_constant_of_a_filter_is_an_accident(office: Office, acme: Record, rule: str) -> None:
    assert isinstance(outcome(lambda: ask(office, filter=rule)), str | int)


@pytest.mark.parametrize("text", NASTY)
def test_no_value_is_an_accident(office: Office, acme: Record, text: str) -> None:
    for key in ("name", "region", "credit", text):
        outcome(lambda key=key: office.create("fin", "customer", {key: text}))
    outcome(lambda: office.create("rep", "quote", {"customer": {"$match": {"name": text}}, "lines": [{}]}))
    for value in (text, {"$match": {text: 1}}, {"id": text}, [text], {text: text}):
        with pytest.raises(FormwrightError):
            office.create("rep", "quote", {"customer": value, "lines": [{}]})
        with pytest.raises(FormwrightError):
            office.create("rep", "quote", {"customer": str(acme.id), "lines": value})
    outcome(lambda: office.create("rep", "quote", {"customer": str(acme.id), "owner": text, "department": text}))


@pytest.mark.parametrize("text", NASTY)
def test_no_figure_is_an_accident(office: Office, acme: Record, text: str) -> None:
    with office.database.read() as session:
        actor = office.actor(session, "rep")
        asked = AggregateQuery(measures={"n": text}, group_by=(text,), sort=(text,))
        with pytest.raises(Invalid):
            aggregate(session, office.app, "customer", asked, actor=actor, now=office.now)


@pytest.mark.parametrize(
    "number", ["1e999999", "-1e400", "1e-400", "NaN", "Infinity", 2**63, -(2**63), 10**40, 0.1, True]
)
def test_no_number_is_an_accident(office: Office, number: Any) -> None:
    known = ("bad_number", "out_of_range", "too_many_places", Decimal("0.10"))
    assert outcome(lambda: office.create("fin", "customer", {"name": "N", "credit": number}).values["credit"]) in known
