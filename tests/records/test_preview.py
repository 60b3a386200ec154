"""A form says what will become of it while it is filled, by the very rules of the save; nothing is stored."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from formwright.database import Database
from formwright.errors import Missing, NotAllowed
from formwright.records.model import Record
from formwright.records.preview import Preview, candidates, preview
from tests.records.office import DOCUMENT, QUOTE, Office, field


@pytest.fixture
def office(database: Database) -> Office:
    """A quote's products must be of the quote's region; a customer may be lost."""
    regions = [{"id": "east", "label": "East"}, {"id": "west", "label": "West"}]
    product = {**DOCUMENT["forms"]["product"]}
    product["fields"] = [*product["fields"], field("region", "select", options=regions)]
    quote = deepcopy(QUOTE)
    lines = next(each for each in quote["fields"] if each["id"] == "lines")
    lines["fields"][0]["where"] = "region = record.region"
    return Office.open(database, {**DOCUMENT, "forms": {**DOCUMENT["forms"], "product": product, "quote": quote}})


def look(office: Office, who: str, values: dict[str, Any], **more: Any) -> Preview:
    with office.database.read() as session:
        actor = office.actor(session, who)
        return preview(session, office.app, "quote", values, actor=actor, now=office.now, language="en", **more)


def choices(office: Office, who: str, path: tuple[str, ...], **more: Any) -> list[str]:
    with office.database.read() as session:
        actor = office.actor(session, who)
        found = candidates(session, office.app, "quote", path, actor=actor, now=office.now, **more)
        return [record.title for record, _ in found]


def test_an_empty_form_has_its_defaults(office: Office) -> None:
    found = look(office, "rep", {})
    assert (found.values["status"], found.values["total"]) == ("draft", 0)
    assert found.states["customer"].required
    assert not found.states["remark"].visible
    assert not found.states["total"].editable
    assert "cost" not in found.values
    assert not found.states["cost"].visible


def test_rows_are_filled_and_added_up(office: Office, acme: Record, pump: Record) -> None:
    found = look(office, "rep", {"customer": str(acme.id), "lines": [{"product": str(pump.id), "quantity": 11}]})
    assert (found.values["region"], found.values["total"]) == ("east", 1100)
    assert found.values["lines"][0]["price"] == 100
    assert found.display["lines"][0]["product"] == "Pump"
    assert (found.states["remark"].visible, found.states["remark"].required) == (True, True)
    assert found.states["lines/0/price"].editable
    assert not found.states["lines/0/amount"].editable


def test_what_is_wrong_is_said_and_the_rest_goes_on(office: Office, pump: Record) -> None:
    found = look(
        office, "rep", {"region": "mars", "lines": [{"product": str(pump.id), "quantity": "x", "discount": "60%"}]}
    )
    assert {(each.code, each.at) for each in found.problems} >= {
        ("unknown_option", "/values/region"),
        ("bad_number", "/values/lines/0/quantity"),
        ("check_failed", "/values/lines/0/discount"),
    }


def test_a_stored_record_is_shown_with_what_changes(office: Office, acme: Record, pump: Record) -> None:
    office.update("rep", pump, {"region": "east"})
    quote = office.create("rep", "quote", {"customer": str(acme.id), "lines": [{"product": str(pump.id)}]})
    found = look(office, "rep", {"lines": []}, record=quote.id)
    assert (found.values["total"], found.values["region"]) == (0, "east")
    assert office.see("rep", quote)["values"]["total"] == 100
    with pytest.raises(Missing):
        look(office, "rep2", {}, record=quote.id)


def test_who_creates_none_gets_no_form(office: Office) -> None:
    with pytest.raises(NotAllowed):
        look(office, "legal", {})


def test_candidates_are_those_of_where(office: Office, acme: Record) -> None:
    office.create("fin", "customer", {"name": "Gone", "status": "lost"})
    office.create("rep", "customer", {"name": "Hidden draft"}, draft=True)
    assert choices(office, "rep", ("customer",)) == ["Acme"]
    assert choices(office, "rep", ("customer",), q="ACM") == ["Acme"]
    assert choices(office, "rep", ("customer",), q="nobody") == []


def test_candidates_follow_the_form_as_it_is_filled(office: Office, pump: Record) -> None:
    office.update("rep", pump, {"region": "east"})
    office.create("rep", "product", {"name": "Valve", "region": "west"})
    assert choices(office, "rep", ("lines", "product"), values={"region": "west"}) == ["Valve"]
    assert choices(office, "rep", ("lines", "product"), values={"region": "east", "lines": [{}]}, row=0) == ["Pump"]


def test_only_relations_have_candidates(office: Office) -> None:
    for path in (("region",), ("nothing",), ("lines", "price")):
        with pytest.raises(Missing):
            choices(office, "rep", path)
