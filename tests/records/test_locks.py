"""Savers that come at once: stock never falls below zero, a name is taken once, numbers are never given twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from formwright.database import Database
from formwright.errors import Conflict, Invalid
from formwright.records.model import Record
from formwright.records.stored import load_records
from tests.records.office import DOCUMENT, Office, field

AT_ONCE = 6
GRANTS = [{"everyone": True, "records": True, "actions": ["view", "create", "edit"], "fields": {"*": "edit"}}]

ITEM: dict[str, Any] = {
    "id": "item",
    "name": "Item",
    "fields": [
        field("stock", "number", places=0),
        field("free", "number", places=0, compute='stock - ROLLUP(booking.item, "sum", b -> b.quantity)'),
    ],
    "grants": GRANTS,
}

BOOKING: dict[str, Any] = {
    "id": "booking",
    "name": "Booking",
    "fields": [
        field("number", "serial", parts=[{"counter": 3}]),
        field("item", "relation", form="item"),
        field("quantity", "number", places=0),
    ],
    "checks": [{"rule": "quantity <= item.free", "message": "Not enough in stock", "at": "quantity"}],
    "grants": GRANTS,
}


@pytest.fixture
def office(database: Database) -> Office:
    return Office.open(database, {**DOCUMENT, "forms": {**DOCUMENT["forms"], "item": ITEM, "booking": BOOKING}})


def at_once(act: Callable[[int], Record]) -> list[Record | Exception]:
    """What each of several got who started together."""
    barrier = Barrier(AT_ONCE)

    def one(number: int) -> Record | Exception:
        barrier.wait()
        try:
            return act(number)
        except (Invalid, Conflict) as refused:
            return refused

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def test_stock_is_never_booked_twice(office: Office) -> None:
    item = office.create("rep", "item", {"stock": 10})
    got = at_once(lambda _: office.create("rep", "booking", {"item": str(item.id), "quantity": 3}))
    booked = [each for each in got if isinstance(each, Record)]
    refused = [each.code for each in got if isinstance(each, Invalid)]
    assert (len(booked), refused) == (3, ["check_failed"] * 3)
    with office.database.read() as session:
        assert load_records(session, office.app, "item", [item.id])[item.id].values["free"] == 1
    assert sorted(each.values["number"] for each in booked) == ["001", "002", "003"]


def test_a_name_is_won_once(office: Office) -> None:
    got = at_once(lambda _: office.create("rep", "customer", {"name": "Acme"}))
    assert sum(isinstance(each, Record) for each in got) == 1
    assert {each.code for each in got if isinstance(each, Invalid)} == {"unique"}


def test_of_savers_who_know_one_version_one_wins(office: Office, acme: Record) -> None:
    got = at_once(lambda number: office.update("fin", acme, {"credit": 1000 + number}, version=1))
    assert sum(isinstance(each, Record) for each in got) == 1
    assert {each.code for each in got if isinstance(each, Conflict)} == {"stale"}


def test_savers_of_different_fields_both_succeed(office: Office, acme: Record) -> None:
    changes: list[dict[str, Any]] = [
        {"credit": 7},
        {"region": "west"},
        {"status": "lost"},
        {"credit": 7},
        {"region": "west"},
        {},
    ]
    at_once(lambda number: office.update("fin", acme, changes[number]))
    values = office.see("fin", acme)["values"]
    assert (values["credit"], values["region"], values["status"]) == (7, "west", "lost")
