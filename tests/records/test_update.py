"""A record that changes: only what was sent and what follows from it, one version at a time."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from formwright.accounts.operations import update_member
from formwright.errors import Conflict, Invalid, Missing, NotAllowed
from formwright.records.model import Record
from tests.records.office import Office, codes


@pytest.fixture
def quote(office: Office, acme: Record, pump: Record) -> Record:
    return office.create(
        "rep", "quote", {"customer": str(acme.id), "lines": [{"product": str(pump.id), "quantity": 2}]}
    )


def line(record: Record) -> dict[str, object]:
    found: dict[str, object] = record.values["lines"][0]
    return found


def test_what_follows_is_computed_again(office: Office, quote: Record) -> None:
    changed = office.update("rep", quote, {"lines": [{"id": str(line(quote)["id"]), "quantity": 3}]})
    assert (changed.values["total"], changed.values["tax"]) == (Decimal("300.00"), Decimal("39.00"))
    assert changed.version == 2
    assert changed.values["region"] == "east"


def test_what_changes_nothing_makes_no_version(office: Office, quote: Record) -> None:
    assert office.update("rep", quote, {"region": "east"}).version == 1
    assert office.update("rep", quote, {}).version == 1


def test_a_stale_version_is_a_conflict_with_the_present_record(office: Office, quote: Record) -> None:
    office.update("rep", quote, {"region": "west"})
    with pytest.raises(Conflict) as refused:
        office.update("rep", quote, {"region": "east"}, version=1)
    assert refused.value.code == "stale"
    assert refused.value.current.version == 2


def test_without_a_version_only_the_fields_sent_are_written(office: Office, quote: Record) -> None:
    office.update("rep", quote, {"region": "west"})
    again = office.update("rep", quote, {"status": "accepted"})
    assert (again.values["region"], again.values["status"]) == ("west", "accepted")


def test_a_new_customer_brings_its_region(office: Office, quote: Record) -> None:
    other = office.create("fin", "customer", {"name": "Best", "region": "west"})
    assert office.update("rep", quote, {"customer": str(other.id)}).values["region"] == "west"


def test_a_region_by_hand_stays_until_the_customer_changes(office: Office, quote: Record) -> None:
    by_hand = office.update("rep", quote, {"region": "west"})
    assert office.update("rep", by_hand, {"status": "accepted"}).values["region"] == "west"


def test_a_region_sent_along_with_the_customer_wins(office: Office, quote: Record) -> None:
    other = office.create("fin", "customer", {"name": "Best", "region": "west"})
    assert office.update("rep", quote, {"customer": str(other.id), "region": "east"}).values["region"] == "east"


def test_another_product_in_a_row_brings_its_price_to_that_row_only(
    office: Office, quote: Record, pump: Record
) -> None:
    valve = office.create("rep", "product", {"name": "Valve", "list_price": 30})
    two = office.update(
        "rep", quote, {"lines": [{"id": str(line(quote)["id"]), "price": 90}, {"product": str(valve.id)}]}
    )
    first, second = two.values["lines"]
    assert (first["price"], second["price"], second["quantity"]) == (Decimal(90), Decimal(30), Decimal(1))
    swapped = office.update("rep", two, {"lines": [{"id": first["id"]}, {"id": second["id"], "product": str(pump.id)}]})
    assert [row["price"] for row in swapped.values["lines"]] == [Decimal(90), Decimal(100)]


def test_rows_keep_their_ids_and_those_left_out_go(office: Office, quote: Record, pump: Record) -> None:
    kept = str(line(quote)["id"])
    two = office.update("rep", quote, {"lines": [{"product": str(pump.id)}, {"id": kept}]})
    assert [str(row["id"]) for row in two.values["lines"]][1] == kept
    assert two.values["total"] == 300
    one = office.update("rep", two, {"lines": [{"id": kept}]})
    assert [str(row["id"]) for row in one.values["lines"]] == [kept]
    assert one.values["total"] == 200
    assert office.see("rep", one)["values"]["lines"] == [
        {"id": kept, "product": str(pump.id), "quantity": 2, "price": 100, "discount": 0, "amount": 200}
    ]


def test_a_row_of_another_record_is_no_row_of_this(office: Office, quote: Record, acme: Record, pump: Record) -> None:
    other = office.create("rep", "quote", {"customer": str(acme.id), "lines": [{"product": str(pump.id)}]})
    with pytest.raises(Invalid) as refused:
        office.update("rep", quote, {"lines": [{"id": str(line(other)["id"]), "quantity": 5}]})
    assert codes(refused.value) == [("unknown_row", "/values/lines/0/id")]


def test_sending_back_what_was_shown_is_no_forbidden_write(office: Office, quote: Record) -> None:
    shown = office.see("rep", quote)["values"]["lines"]
    assert office.update("rep", quote, {"lines": shown}).version == 1


def test_a_computed_column_is_not_written(office: Office, quote: Record) -> None:
    with pytest.raises(NotAllowed) as refused:
        office.update("rep", quote, {"lines": [{"id": str(line(quote)["id"]), "amount": 1}]})
    assert codes(refused.value) == [("field_forbidden", "/values/lines/0/amount")]


def test_a_field_that_hides_is_cleared(office: Office, acme: Record, pump: Record) -> None:
    large = office.create(
        "rep",
        "quote",
        {"customer": str(acme.id), "lines": [{"product": str(pump.id), "quantity": 20}], "remark": "why"},
    )
    small = office.update("rep", large, {"lines": [{"id": str(line(large)["id"]), "quantity": 1}]})
    assert small.values["remark"] is None


def test_no_value_unlocks_itself(office: Office, quote: Record) -> None:
    accepted = office.update("rep", quote, {"status": "accepted"})
    with pytest.raises(NotAllowed) as refused:
        office.update("li.na", accepted, {"status": "draft"})
    assert codes(refused.value) == [("field_forbidden", "/values/status")]
    assert office.update("rep", accepted, {"status": "draft"}).values["status"] == "draft"


def test_a_colleague_neither_sees_nor_writes_it(office: Office, quote: Record) -> None:
    for act in (lambda: office.see("rep2", quote), lambda: office.update("rep2", quote, {"region": "west"})):
        with pytest.raises(Missing):
            act()


def test_the_manager_sees_the_cost_but_does_not_write_it(office: Office, quote: Record) -> None:
    office.update("admin", quote, {"cost": 70})
    assert office.see("li.na", quote)["values"]["cost"] == 70
    assert "cost" not in office.see("rep", quote)["values"]
    with pytest.raises(NotAllowed) as refused:
        office.update("li.na", quote, {"cost": 60})
    assert codes(refused.value) == [("field_forbidden", "/values/cost")]


def test_handing_over_takes_it_out_of_sight(office: Office, quote: Record) -> None:
    handed = office.update("rep", quote, {"owner": "rep2@example.com"})
    with pytest.raises(Missing):
        office.see("rep", handed)
    assert office.see("rep2", handed)["owner"]["email"] == "rep2@example.com"


def test_finance_sees_large_quotes_only(office: Office, quote: Record, pump: Record) -> None:
    with pytest.raises(Missing):
        office.see("fin", quote)
    office.update("rep", quote, {"lines": [{"id": str(line(quote)["id"]), "quantity": 6}]})
    assert office.see("fin", quote)["values"]["total"] == 600


def test_a_right_that_is_taken_away_is_gone_at_once(office: Office, quote: Record) -> None:
    assert office.see("rep", quote)["can"]["edit"]
    with office.writing() as session:
        admin = office.actor(session, "admin")
        update_member(session, "rep@example.com", {"roles": []}, actor=admin, now=office.now)
    with pytest.raises(Missing):
        office.see("rep", quote)


def test_a_deleted_record_is_gone_and_comes_back(office: Office, quote: Record) -> None:
    office.delete("rep", quote)
    with pytest.raises(Missing):
        office.see("rep", quote)
    assert office.restore("rep", quote).version == 3
    assert office.see("rep", quote)["values"]["total"] == 200


def test_who_may_not_delete_does_not(office: Office, quote: Record) -> None:
    with pytest.raises(NotAllowed):
        office.delete("li.na", quote)


def test_a_name_that_was_taken_meanwhile_keeps_a_record_in_the_bin(office: Office, acme: Record) -> None:
    office.delete("admin", acme)
    office.create("rep", "customer", {"name": "Acme"})
    with pytest.raises(Invalid) as refused:
        office.restore("admin", acme)
    assert codes(refused.value) == [("unique", "/values/name")]


def test_a_relation_may_stay_though_its_target_no_longer_fits(office: Office, quote: Record, acme: Record) -> None:
    office.update("fin", acme, {"status": "lost"})
    assert office.update("rep", quote, {"status": "accepted"}).values["customer"] == acme.id


def test_a_relation_may_stay_though_the_writer_no_longer_sees_it(office: Office, quote: Record, acme: Record) -> None:
    office.delete("admin", acme)
    again = office.update("rep", quote, {"customer": str(acme.id), "status": "accepted"})
    assert again.values["status"] == "accepted"
    assert "customer" not in office.see("rep", again)["display"]


def test_there_is_no_such_record(office: Office, quote: Record) -> None:
    for id in (1, 2**63 - 1, 2**63, 10**30):
        with pytest.raises(Missing):
            office.update("rep", replace(quote, id=id), {"region": "west"})
