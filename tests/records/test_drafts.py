"""A draft is kept as it is, for its creator alone, until it is submitted."""

from __future__ import annotations

import pytest

from formwright.errors import Invalid, Missing, NotAllowed
from formwright.records.model import Record
from tests.records.office import Office, codes


@pytest.fixture
def draft(office: Office) -> Record:
    return office.create("rep", "quote", {"region": "west"}, draft=True)


def test_a_draft_needs_nothing_and_gets_no_number(office: Office, draft: Record) -> None:
    seen = office.see("rep", draft)
    assert seen["draft"] is True
    assert seen["flow"] is None
    assert seen["values"]["number"] is None
    assert seen["values"]["region"] == "west"


@pytest.mark.parametrize("who", ["li.na", "rep2", "fin", "admin"])
def test_nobody_else_sees_it(office: Office, draft: Record, who: str) -> None:
    with pytest.raises(Missing):
        office.see(who, draft)


def test_values_are_of_their_types_all_the_same(office: Office) -> None:
    with pytest.raises(Invalid) as refused:
        office.create("rep", "quote", {"region": "mars"}, draft=True)
    assert codes(refused.value) == [("unknown_option", "/values/region")]


def test_it_is_written_without_being_complete(office: Office, draft: Record) -> None:
    assert office.update("rep", draft, {"region": "east"}).values["region"] == "east"


def test_submitting_checks_it(office: Office, draft: Record) -> None:
    with pytest.raises(Invalid) as refused:
        office.submit("rep", draft)
    assert codes(refused.value) == [("required", "/values/customer"), ("too_few_rows", "/values/lines")]


def test_submitting_numbers_it(office: Office, draft: Record, acme: Record, pump: Record) -> None:
    quote = office.submit("rep", draft, {"customer": str(acme.id), "lines": [{"product": str(pump.id)}]})
    assert (quote.draft, quote.values["number"], quote.title) == (False, "BJ202603020001", "BJ202603020001 Acme")
    assert quote.values["region"] == "east"  # the customer came now, and brought its region
    assert office.see("li.na", quote)["draft"] is False


def test_what_is_submitted_is_no_draft_any_more(office: Office, draft: Record, acme: Record, pump: Record) -> None:
    quote = office.submit("rep", draft, {"customer": str(acme.id), "lines": [{"product": str(pump.id)}]})
    with pytest.raises(NotAllowed):
        office.submit("rep", quote)


def test_a_draft_takes_no_unique_name(office: Office) -> None:
    office.create("rep", "customer", {"name": "Acme"}, draft=True)
    office.create("rep", "customer", {"name": "Acme"}, draft=True)
    assert office.create("rep", "customer", {"name": "Acme"}).values["name"] == "Acme"


def test_a_relation_does_not_point_at_a_draft(office: Office, pump: Record) -> None:
    hidden = office.create("rep", "customer", {"name": "Acme"}, draft=True)
    with pytest.raises(Invalid) as refused:
        office.create("rep", "quote", {"customer": str(hidden.id), "lines": [{"product": str(pump.id)}]})
    assert codes(refused.value) == [("unknown_record", "/values/customer")]
