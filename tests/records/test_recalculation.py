"""Computed fields and titles follow the records that they read, across forms."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from formwright.database import Database
from formwright.errors import Invalid
from formwright.jobs.tables import job
from formwright.records import recalculation
from formwright.records.dependents import Hop, dependents_of
from formwright.records.model import Record
from formwright.records.recalculation import recalculate_later
from formwright.records.stored import load_records
from tests.records.office import DOCUMENT, Office, field

ANYONE = [{"everyone": True, "records": True, "actions": ["view", "create", "edit", "delete"], "fields": {"*": "edit"}}]

PAYMENT: dict[str, Any] = {
    "id": "payment",
    "name": "Payment",
    "title": '"payment of " & order.customer.name',
    "fields": [
        field("order", "relation", form="order"),
        field("amount", "money"),
        field("share", "percent", compute="amount / order.total"),
        field("level", "text", compute="order.customer.region"),
    ],
    "grants": ANYONE,
}

ORDER: dict[str, Any] = {
    "id": "order",
    "name": "Order",
    "title": 'customer.name & " order"',
    "fields": [
        field("customer", "relation", form="customer"),
        field("total", "money"),
        field("paid", "money", compute='ROLLUP(payment.order, "sum", p -> p.amount)'),
        field("open", "money", compute="total - paid"),
    ],
    "checks": [{"rule": "open is empty or open >= 0", "message": "Paid too much", "at": "open"}],
    "grants": ANYONE,
}


@pytest.fixture
def office(database: Database) -> Office:
    return Office.open(database, {**DOCUMENT, "forms": {**DOCUMENT["forms"], "order": ORDER, "payment": PAYMENT}})


@pytest.fixture
def order(office: Office, acme: Record) -> Record:
    return office.create("rep", "order", {"customer": str(acme.id), "total": 100})


def pay(office: Office, order: Record, amount: int) -> Record:
    return office.create("rep", "payment", {"order": str(order.id), "amount": amount})


def now_is(office: Office, record: Record) -> Record:
    with office.database.read() as session:
        return load_records(session, office.app, record.form, [record.id])[record.id]


def open_amount(office: Office, order: Record) -> object:
    return now_is(office, order).values["open"]


def test_what_depends_on_a_form_is_known(office: Office) -> None:
    found = {(each.form, each.read, each.relation): each for each in dependents_of(office.app, "customer")}
    assert found["payment", ("order",), ""].hops == (Hop("payment", ("order",)), Hop("order", ("customer",)))
    assert found["quote", ("customer",), ""].fields == {"name"}
    (reverse,) = dependents_of(office.app, "payment")
    assert (reverse.form, reverse.relation, "amount" in reverse.fields) == ("order", "order", True)


def test_payments_add_up_on_their_order(office: Office, order: Record) -> None:
    first = pay(office, order, 30)
    pay(office, order, 20)
    assert open_amount(office, order) == Decimal("50.00")
    office.update("rep", first, {"amount": 40})
    assert open_amount(office, order) == Decimal("40.00")
    office.delete("rep", first)
    assert open_amount(office, order) == Decimal("80.00")
    office.restore("rep", first)
    assert open_amount(office, order) == Decimal("40.00")


def test_a_payment_that_moves_counts_on_both_orders(office: Office, order: Record, acme: Record) -> None:
    other = office.create("rep", "order", {"customer": str(acme.id), "total": 500})
    paid = pay(office, order, 30)
    office.update("rep", paid, {"order": str(other.id)})
    assert (open_amount(office, order), open_amount(office, other)) == (Decimal(100), Decimal(470))


def test_nobody_pays_more_than_is_open(office: Office, order: Record) -> None:
    pay(office, order, 90)
    with pytest.raises(Invalid) as refused:
        pay(office, order, 20)
    assert refused.value.code == "check_failed"
    assert "Paid too much" in refused.value.say("en")
    assert open_amount(office, order) == Decimal("10.00")


def test_a_total_reaches_the_share_of_each_payment(office: Office, order: Record) -> None:
    paid = pay(office, order, 30)
    assert paid.values["share"] == Decimal("0.3")
    office.update("rep", order, {"total": 60})
    assert now_is(office, paid).values["share"] == Decimal("0.5")


def test_a_name_reaches_titles_over_two_relations(office: Office, order: Record, acme: Record) -> None:
    paid = pay(office, order, 30)
    office.update("fin", acme, {"name": "Acme & Sons", "region": "west"})
    assert now_is(office, order).title == "Acme & Sons order"
    assert now_is(office, paid).title == "payment of Acme & Sons"
    assert now_is(office, paid).values["level"] == "west"


def test_what_reads_nothing_that_changed_is_not_written(office: Office, order: Record, acme: Record) -> None:
    office.update("fin", acme, {"credit": 7})
    assert now_is(office, order).version == order.version


def test_what_follows_is_in_the_history_of_the_product_itself(office: Office, order: Record) -> None:
    pay(office, order, 30)
    assert now_is(office, order).updated_by is None


def test_many_follow_by_a_job(office: Office, order: Record, acme: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recalculation, "AT_ONCE", 1)
    second = office.create("rep", "order", {"customer": str(acme.id), "total": 1})
    office.update("fin", acme, {"name": "Later"})
    assert now_is(office, order).title == "Acme order"
    monkeypatch.setattr(recalculation, "app_for", lambda _session, _app: office.app)
    for _ in range(2):
        with office.writing() as session:
            payload = session.execute(select(job.c.payload).order_by(job.c.id.desc()).limit(1)).scalar_one()
            recalculate_later(session, payload, now=office.now)
    assert {now_is(office, each).title for each in (order, second)} == {"Later order"}
