"""A new record: who may make it, what it is filled with, what it must hold."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from formwright.database import Database
from formwright.errors import Invalid, Missing, NotAllowed
from formwright.records.model import Record
from tests.records.office import Office, codes, field, with_form


def a_quote(acme: Record, pump: Record, **more: object) -> dict[str, object]:
    return {"customer": str(acme.id), "lines": [{"product": str(pump.id), "quantity": 2}], **more}


def test_a_quote_is_filled_computed_numbered_and_titled(office: Office, acme: Record, pump: Record) -> None:
    quote = office.create("rep", "quote", a_quote(acme, pump))
    (line,) = quote.values["lines"]
    assert quote.values["region"] == "east"
    assert (line["price"], line["discount"], line["amount"]) == (
        Decimal("100.00"),
        Decimal("0.0000"),
        Decimal("200.00"),
    )
    assert (quote.values["total"], quote.values["tax"]) == (Decimal("200.00"), Decimal("26.00"))
    assert quote.values["status"] == "draft"
    assert quote.values["number"] == "BJ202603020001"
    assert quote.title == "BJ202603020001 Acme"
    assert quote.version == 1


def test_it_belongs_to_its_creator_and_their_department(office: Office, acme: Record, pump: Record) -> None:
    seen = office.see("rep", office.create("rep", "quote", a_quote(acme, pump)))
    assert seen["owner"]["email"] == seen["created_by"]["email"] == "rep@example.com"
    assert seen["department"] == {"id": "east", "name": "East"}


def test_what_is_stored_is_what_was_answered(office: Office, acme: Record, pump: Record) -> None:
    quote = office.create("rep", "quote", a_quote(acme, pump))
    seen = office.see("rep", quote)
    assert seen["values"]["lines"] == [
        {
            "id": str(quote.values["lines"][0]["id"]),
            "product": str(pump.id),
            "quantity": 2,
            "price": 100,
            "discount": 0,
            "amount": 200,
        }
    ]
    assert seen["values"]["total"] == 200
    assert seen["display"]["customer"] == "Acme"
    assert seen["display"]["lines"][0]["product"] == "Pump"
    assert seen["title"] == "BJ202603020001 Acme"


def test_a_price_of_ones_own_stays(office: Office, acme: Record, pump: Record) -> None:
    quote = office.create("rep", "quote", a_quote(acme, pump) | {"lines": [{"product": str(pump.id), "price": "80.5"}]})
    assert quote.values["lines"][0]["price"] == Decimal("80.50")
    assert quote.values["total"] == Decimal("80.50")


def test_every_mistake_is_named_with_its_place(office: Office, acme: Record) -> None:
    with pytest.raises(Invalid) as refused:
        office.create(
            "rep",
            "quote",
            {"customer": str(acme.id), "lines": [{}, {"quantity": "many", "discount": "0.123456"}], "region": "mars"},
        )
    assert codes(refused.value) == [
        ("bad_number", "/values/lines/1/quantity"),
        ("too_many_places", "/values/lines/1/discount"),
        ("unknown_option", "/values/region"),
    ]


def test_a_field_that_is_not_there_is_named(office: Office, acme: Record, pump: Record) -> None:
    with pytest.raises(Invalid) as refused:
        office.create("rep", "quote", a_quote(acme, pump, regoin="east"))
    assert codes(refused.value) == [("unknown_field", "/values/regoin")]
    assert "region" in refused.value.say("en")


def test_a_hidden_field_looks_like_one_that_is_not_there(office: Office, acme: Record, pump: Record) -> None:
    said = []
    for key in ("cost", "nothing"):
        with pytest.raises(Invalid) as refused:
            office.create("rep", "quote", a_quote(acme, pump) | {key: "abc"})
        said.append([(code, at.replace(key, "KEY")) for code, at in codes(refused.value)])
    assert said[0] == said[1] == [("unknown_field", "/values/KEY")]


@pytest.mark.parametrize("name", ["total", "tax", "number"])
def test_what_the_product_gives_nobody_writes(office: Office, acme: Record, pump: Record, name: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        office.create("rep", "quote", a_quote(acme, pump) | {name: "1"})
    assert codes(refused.value) == [("field_forbidden", f"/values/{name}")]


@pytest.mark.parametrize("name", ["id", "version", "created_at", "flow_status"])
def test_system_fields_are_not_written(office: Office, acme: Record, pump: Record, name: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        office.create("rep", "quote", a_quote(acme, pump) | {name: "1"})
    assert codes(refused.value) == [("field_forbidden", f"/values/{name}")]


def test_what_is_missing_is_required(office: Office) -> None:
    with pytest.raises(Invalid) as refused:
        office.create("rep", "quote", {})
    assert codes(refused.value) == [("required", "/values/customer"), ("too_few_rows", "/values/lines")]


def test_a_remark_is_required_as_soon_as_it_is_shown(office: Office, acme: Record, pump: Record) -> None:
    large = a_quote(acme, pump) | {"lines": [{"product": str(pump.id), "quantity": 11}]}
    with pytest.raises(Invalid) as refused:
        office.create("rep", "quote", large)
    assert codes(refused.value) == [("required", "/values/remark")]
    assert office.create("rep", "quote", large | {"remark": "a good customer"}).values["remark"] == "a good customer"


def test_a_remark_that_is_not_shown_cannot_be_written(office: Office, acme: Record, pump: Record) -> None:
    quote = office.create("rep", "quote", a_quote(acme, pump))
    with pytest.raises(NotAllowed) as refused:
        office.update("rep", quote, {"status": "accepted", "remark": "nobody sees this"})
    assert codes(refused.value) == [("field_forbidden", "/values/remark")]


def test_checks_speak_at_their_field(office: Office, acme: Record, pump: Record) -> None:
    with pytest.raises(Invalid) as refused:
        office.create(
            "rep",
            "quote",
            a_quote(acme, pump)
            | {"lines": [{"product": str(pump.id), "quantity": 9999, "discount": "60%"}], "remark": "x"},
        )
    assert codes(refused.value) == [("check_failed", "/values/total"), ("check_failed", "/values/lines/0/discount")]
    assert "too large" in refused.value.say("en")


def test_too_many_rows(office: Office, acme: Record, pump: Record) -> None:
    with pytest.raises(Invalid) as refused:
        office.create("rep", "quote", a_quote(acme, pump) | {"lines": [{"product": str(pump.id)}] * 6})
    assert codes(refused.value) == [("too_many_rows", "/values/lines")]


def test_a_relation_points_into_its_where(office: Office, pump: Record) -> None:
    gone = office.create("fin", "customer", {"name": "Gone", "status": "lost"})
    with pytest.raises(Invalid) as refused:
        office.create("rep", "quote", a_quote(gone, pump))
    assert codes(refused.value) == [("not_a_candidate", "/values/customer")]


@pytest.mark.parametrize(
    "reference", ["1", "99999999999999999999", "-5", "x", True, 9.5, [], {"$match": {"name": "Nobody"}}]
)
def test_a_relation_to_nothing_is_refused(office: Office, pump: Record, reference: object) -> None:
    with pytest.raises(Invalid) as refused:
        office.create("rep", "quote", {"customer": reference, "lines": [{"product": str(pump.id)}]})
    assert refused.value.problems[0].at == "/values/customer"


def test_a_record_is_found_by_its_values(office: Office, acme: Record, pump: Record) -> None:
    quote = office.create(
        "rep", "quote", {"customer": {"$match": {"name": "Acme"}}, "lines": [{"product": {"$match": {"name": "Pump"}}}]}
    )
    assert (quote.values["customer"], quote.values["lines"][0]["product"]) == (acme.id, pump.id)


def test_nothing_is_found_by_values_that_one_may_not_read(office: Office, acme: Record, pump: Record) -> None:
    with pytest.raises(Invalid):
        office.create("rep", "quote", {"customer": {"$match": {"credit": 500}}, "lines": [{"product": str(pump.id)}]})


def test_a_name_is_taken_once(office: Office, acme: Record) -> None:
    with pytest.raises(Invalid) as refused:
        office.create("rep", "customer", {"name": "Acme"})
    assert codes(refused.value) == [("unique", "/values/name")]


def test_who_has_no_grant_creates_nothing(office: Office) -> None:
    with pytest.raises(NotAllowed) as refused:
        office.create("legal", "quote", {})
    assert refused.value.code == "not_allowed"


def test_nobody_creates_in_another_ones_name_where_grants_do_not_reach(
    office: Office, acme: Record, pump: Record
) -> None:
    with pytest.raises(NotAllowed) as refused:
        office.create("rep", "quote", a_quote(acme, pump, owner="rep2@example.com"))
    assert refused.value.code == "not_allowed"


def test_administrators_create_for_anyone(office: Office, acme: Record, pump: Record) -> None:
    quote = office.create("admin", "quote", a_quote(acme, pump, owner="rep@example.com", cost=7))
    assert office.see("rep", quote)["owner"]["email"] == "rep@example.com"


def test_there_is_no_such_form(office: Office) -> None:
    with pytest.raises(Missing):
        office.create("rep", "nothing", {})


def test_numbers_are_given_once_each(office: Office, acme: Record, pump: Record) -> None:
    numbers = [office.create("rep", "quote", a_quote(acme, pump)).values["number"] for _ in range(3)]
    assert numbers == ["BJ202603020001", "BJ202603020002", "BJ202603020003"]


def test_a_refused_quote_uses_no_number(office: Office, acme: Record, pump: Record) -> None:
    with pytest.raises(Invalid):
        office.create("rep", "quote", a_quote(acme, pump, customer=None))
    assert office.create("rep", "quote", a_quote(acme, pump)).values["number"] == "BJ202603020001"


@pytest.mark.parametrize("nasty", ["\x00", "\ud800", "a\x00b"])
def test_text_that_no_database_takes_is_refused(office: Office, nasty: str) -> None:
    with pytest.raises(Invalid) as refused:
        office.create("rep", "customer", {"name": nasty})
    assert codes(refused.value) == [("bad_text", "/values/name")]


def test_values_are_an_object(office: Office) -> None:
    with pytest.raises(Invalid) as refused:
        office.create("rep", "customer", [1])  # type: ignore[arg-type]
    assert refused.value.code == "bad_values"


def test_a_member_is_chosen_among_those_of_the_rule(clean_database: Callable[[], Database]) -> None:
    grants = [{"everyone": True, "records": True, "actions": ["view", "create", "edit"], "fields": {"*": "edit"}}]
    fields = [
        field("checker", "member", **{"from": 'role("finance")'}),
        field("boss", "member", **{"from": "manager(me)"}),
    ]
    office = Office.open(
        clean_database(), with_form({"id": "case", "name": "Case", "fields": fields, "grants": grants})
    )
    case = office.create("rep", "case", {"checker": "fin@example.com", "boss": "li.na@example.com"})
    for values in ({"checker": "rep@example.com"}, {"boss": "boss@example.com"}):
        with pytest.raises(Invalid) as refused:
            office.update("rep", case, values)
        assert refused.value.code == "not_a_candidate"
    assert office.update("rep2", case, {"checker": "fin@example.com"}).version == 1
