"""A masked value is recognised and never given; a title says nothing that its reader may not know."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from formwright.database import Database
from formwright.errors import Invalid, NotAllowed
from formwright.records.lists import ListQuery, list_records
from formwright.records.model import Record
from formwright.records.show import masked
from tests.records.office import Office, codes, field, with_form

CONTACT = {
    "id": "contact",
    "name": "Contact",
    "title": 'name & " " & phone',
    "fields": [field("name", "text"), field("phone", "phone"), field("note", "textarea")],
    "grants": [
        {"role": "sales_rep", "records": True, "actions": ["view", "create", "edit"], "fields": {"*": "edit"}},
        {"role": "finance", "records": True, "actions": ["view", "edit"], "fields": {"phone": "mask", "*": "edit"}},
        {
            "role": "legal",
            "records": True,
            "actions": ["view"],
            "fields": {"note": "hidden", "phone": "hidden", "*": "view"},
        },
    ],
}


@pytest.fixture
def office(database: Database) -> Office:
    return Office.open(database, with_form(CONTACT))


@pytest.fixture
def ann(office: Office) -> Record:
    return office.create("rep", "contact", {"name": "Ann", "phone": "13812345678", "note": "vip"})


def test_a_masked_phone_shows_its_ends(office: Office, ann: Record) -> None:
    seen = office.see("fin", ann)
    assert "phone" not in seen["values"]
    assert seen["display"]["phone"] == "1*********8"
    assert "13812345678" not in str(seen)


def test_a_masked_field_is_not_written(office: Office, ann: Record) -> None:
    with pytest.raises(NotAllowed) as refused:
        office.update("fin", ann, {"phone": "1"})
    assert codes(refused.value) == [("field_forbidden", "/values/phone")]


def test_a_hidden_field_is_nowhere(office: Office, ann: Record) -> None:
    seen = office.see("legal", ann)
    assert seen["values"] == {"name": "Ann"}
    assert seen["title"] == f"#{ann.id}"
    assert "138" not in str({**seen, "id": "", "title": ""})
    with pytest.raises((Invalid, NotAllowed)):
        office.update("legal", ann, {"note": "x"})


@pytest.mark.parametrize(
    ("text", "shown"), [("", ""), ("abc", "***"), ("abcdef", "a****f"), ("x" * 12, "xx********xx")]
)
def test_masking_keeps_a_third_at_most(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_a_title_made_of_another_records_hidden_field_is_not_told(clean_database: Callable[[], Database]) -> None:
    fields = [field("customer", "relation", form="customer")]
    grants = [{"everyone": True, "records": True, "actions": ["view", "create"], "fields": {"*": "edit"}}]
    form = {
        "id": "case",
        "name": "Case",
        "title": 'customer.name & " " & customer.credit',
        "fields": fields,
        "grants": grants,
    }
    office = Office.open(clean_database(), with_form(form))
    acme = office.create("fin", "customer", {"name": "Acme", "credit": 424242424242})
    case = office.create("rep", "case", {"customer": str(acme.id)})
    assert "424242424242" in office.see("fin", case)["title"]
    assert "424242424242" not in str(office.see("rep", case))
    with office.database.read() as session:
        actor = office.actor(session, "rep")
        assert (
            list_records(session, office.app, "case", ListQuery(q="424242424242"), actor=actor, now=office.now).records
            == ()
        )
        assert list_records(
            session, office.app, "case", ListQuery(filter='customer.name = "Acme"'), actor=actor, now=office.now
        ).records
