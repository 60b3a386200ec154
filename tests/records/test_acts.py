"""Acts of flows and automations: they write by the one path, and can be taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from formwright.errors import Conflict, Invalid, Missing
from formwright.notify.tables import message
from formwright.records.act_types import ActPlace, Effect, run_acts
from formwright.records.act_types.undo import dump_effect, take_back
from formwright.records.context import context_for
from formwright.records.model import Record
from formwright.records.stored import load_records
from formwright.schema.environment import form_environment
from tests.records.office import Office


@pytest.fixture
def quote(office: Office, acme: Record, pump: Record) -> Record:
    return office.create(
        "rep", "quote", {"customer": str(acme.id), "lines": [{"product": str(pump.id), "quantity": 2}]}
    )


def act(office: Office, quote: Record, acts: Sequence[Mapping[str, Any]], who: str = "rep") -> list[Effect]:
    with office.writing() as session:
        actor = office.actor(session, who)
        place = ActPlace(
            session,
            office.app,
            quote,
            form_environment(office.app, quote.form),
            context_for(session, office.app, actor=actor, now=office.now),
            actor,
            office.now,
        )
        return run_acts(acts, place)


def now_is(office: Office, record: Record) -> Record:
    with office.database.read() as session:
        return load_records(session, office.app, record.form, [record.id])[record.id]


TAKE_STOCK = {
    "for_each": "lines",
    "do": [
        {"update": "product", "where": "target.id = row.product.id", "set": {"stock": "target.stock - row.quantity"}}
    ],
}


def test_the_records_own_fields_are_set(office: Office, quote: Record) -> None:
    (effect,) = act(office, quote, [{"set": {"status": '"accepted"', "cost": "total * 70%"}}])
    assert (effect.after.values["status"], effect.after.values["cost"]) == ("accepted", Decimal("140.00"))


def test_a_later_act_sees_what_an_earlier_one_wrote(office: Office, quote: Record) -> None:
    effects = act(office, quote, [{"set": {"cost": 5}}, {"set": {"cost": "cost + 1"}}])
    assert effects[-1].after.values["cost"] == Decimal("6.00")


def test_every_row_takes_its_stock(office: Office, quote: Record, pump: Record) -> None:
    act(office, quote, [TAKE_STOCK])
    assert now_is(office, pump).values["stock"] == Decimal(8)


def test_stock_below_zero_refuses_the_whole_step(office: Office, acme: Record, pump: Record) -> None:
    greedy = office.create(
        "rep", "quote", {"customer": str(acme.id), "lines": [{"product": str(pump.id), "quantity": 11, "price": 1}]}
    )
    with pytest.raises(Invalid) as refused:
        act(office, greedy, [{"set": {"cost": 1}}, TAKE_STOCK])
    assert (refused.value.code, refused.value.problems[0].at) == ("data_action_failed", "/do/1")
    assert "Stock cannot be negative" in refused.value.say("en")
    assert now_is(office, greedy).values["cost"] is None


def test_no_match_is_a_failure(office: Office, quote: Record) -> None:
    with pytest.raises(Invalid) as refused:
        act(office, quote, [{"update": "product", "where": 'target.name = "Nothing"', "set": {"stock": 1}}])
    assert refused.value.code == "data_action_failed"


def test_every_match_is_written(office: Office, quote: Record, pump: Record) -> None:
    office.create("rep", "product", {"name": "Valve", "stock": 1})
    effects = act(
        office, quote, [{"update": "product", "where": "target.stock >= 1", "set": {"stock": "target.stock + 1"}}]
    )
    assert [effect.after.values["stock"] for effect in effects] == [Decimal(11), Decimal(2)]


def test_a_record_is_created_for_the_member_who_acts(office: Office, quote: Record, acme: Record) -> None:
    values = {"customer": "customer", "region": "region", "lines": "lines", "remark": '"again"', "cost": 3}
    (effect,) = act(
        office, quote, [{"create": "quote", "set": values | {"lines": "FILTER(lines, l -> true)", "remark": "null"}}]
    )
    made = effect.after
    assert (made.values["customer"], made.values["total"], made.values["number"]) == (
        acme.id,
        Decimal("200.00"),
        "BJ202603020002",
    )
    assert made.owner == quote.owner
    assert effect.before is None


def test_upsert_updates_what_is_there_and_creates_what_is_not(office: Office, quote: Record, pump: Record) -> None:
    def upsert(name: str) -> list[Effect]:
        rules = {"name": f'"{name}"', "stock": "COALESCE(target.stock, 0) + 1"}
        return act(office, quote, [{"upsert": "product", "where": f'target.name = "{name}"', "set": rules}])

    assert [(each.kind, each.after.values["stock"]) for each in upsert("Pump")] == [("updated", Decimal(11))]
    assert [(each.kind, each.after.values["stock"]) for each in upsert("Valve")] == [("created", Decimal(1))]


def test_deleted_records_are_in_the_bin(office: Office, quote: Record, pump: Record) -> None:
    act(office, quote, [{"delete": "product", "where": "target.id = FIRST(lines.product).id"}])
    with pytest.raises(Missing):
        office.see("rep", pump)


def test_people_are_told(office: Office, quote: Record) -> None:
    act(office, quote, [{"notify": "manager(owner)", "text": {"zh": "请看", "en": "Please look"}}])
    with office.database.read() as session:
        told = session.execute(select(message.c.member, message.c.link)).all()
        boss = office.actor(session, "li.na").id
    assert told == [(boss, f"/apps/sales/forms/quote/records/{quote.id}")]


def test_an_unknown_act_is_a_failure(office: Office, quote: Record) -> None:
    with pytest.raises(Invalid) as refused:
        act(office, quote, [{"explode": "quote"}])
    assert refused.value.code == "data_action_failed"


def test_what_acts_did_is_taken_back_in_reverse(office: Office, quote: Record, pump: Record) -> None:
    effects = act(
        office, quote, [TAKE_STOCK, {"set": {"status": '"accepted"'}}, {"create": "product", "set": {"name": '"New"'}}]
    )
    kept = [dump_effect(office.app, each) for each in effects]
    with office.writing() as session:
        actor = office.actor(session, "admin")
        for each in reversed(kept):
            take_back(session, office.app, each, actor=actor, now=office.now)
    assert now_is(office, pump).values["stock"] == Decimal(10)
    assert now_is(office, quote).values["status"] == "draft"
    with pytest.raises(Missing):
        office.see("rep", effects[2].after)


def test_what_was_changed_since_is_not_taken_back(office: Office, quote: Record, pump: Record) -> None:
    (effect,) = act(office, quote, [TAKE_STOCK])
    office.update("rep", pump, {"stock": 3})
    with office.writing() as session, pytest.raises(Conflict) as refused:
        take_back(
            session,
            office.app,
            dump_effect(office.app, effect),
            actor=office.actor(session, "admin"),
            now=office.now,
        )
    assert refused.value.code == "undo_conflict"
