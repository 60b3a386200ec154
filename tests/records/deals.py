"""Deals with many empty fields, their customers and payments, for asking the same question in Python and in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.orm import Session

from formwright.accounts.directory import directory
from formwright.accounts.model import SYSTEM
from formwright.accounts.operations import import_org
from formwright.database import Database
from formwright.records.context import StepContext, context_for
from formwright.records.stored import load_records
from formwright.records.values import loader_for
from formwright.schema.document import read_app
from formwright.schema.environment import form_environment
from formwright.schema.model import App
from formwright.storage import migrate, rows
from formwright.storage.access import layout_for
from formwright_rules import Checked, check, compile_python

NOW = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)
"""Half past noon of a Monday in Shanghai."""

ORG = Path(__file__).parent.parent / "standard-org.yaml"
D = Decimal


def field(id: str, type: str, **settings: Any) -> dict[str, Any]:
    return {"id": id, "type": type, "label": id, **settings}


STAGES = [{"id": "new"}, {"id": "won"}, {"id": "lost"}]

CUSTOMER = {
    "id": "customer",
    "name": "Customer",
    "title": "name",
    "fields": [
        field("name", "text"),
        field("level", "select", options=[{"id": "A"}, {"id": "B"}, {"id": "C"}]),
        field("credit", "money"),
        field("keeper", "member"),
        field("active", "boolean"),
        field("since", "date"),
        field("parent", "relation", form="customer"),
        field("contacts", "rows", fields=[field("phone", "text"), field("age", "number", places=0)]),
    ],
}

DEAL = {
    "id": "deal",
    "name": "Deal",
    "fields": [
        field("subject", "text"),
        field("note", "textarea"),
        field("amount", "money"),
        field("cost", "number", places=4),
        field("rate", "percent"),
        field("quantity", "number", places=0),
        field("stage", "select", options=STAGES),
        field("tags", "multiselect", options=[{"id": "vip"}, {"id": "new"}, {"id": "old"}]),
        field("urgent", "boolean"),
        field("checked", "boolean"),
        field("due", "date"),
        field("signed", "date"),
        field("met", "datetime"),
        field("left_at", "datetime"),
        field("at", "time"),
        field("wait", "duration"),
        field("customer", "relation", form="customer"),
        field("other", "relation", form="customer"),
        field("seller", "member"),
        field("helper", "member"),
        field("team", "department"),
        field("papers", "attachment"),
        field(
            "lines",
            "rows",
            fields=[
                field("product", "text"),
                field("quantity", "number", places=0),
                field("price", "money"),
                field("discount", "percent"),
                field("ready", "boolean"),
                field("day", "date"),
                field("vendor", "relation", form="customer"),
            ],
        ),
    ],
}

PAYMENT = {
    "id": "payment",
    "name": "Payment",
    "fields": [
        field("deal", "relation", form="deal"),
        field("amount", "money"),
        field("state", "select", options=[{"id": "open"}, {"id": "done"}]),
        field("paid", "date"),
    ],
}

DOCUMENT: dict[str, Any] = {
    "app": {
        "format": 1,
        "id": "deals",
        "version": "1.0.0",
        "name": "Deals",
        "roles": [{"id": role, "name": role} for role in ("sales_rep", "sales_manager", "finance")],
        "parameters": [
            {"id": "limit", "type": "number", "label": "limit", "default": 1000},
            {"id": "floor", "type": "number", "label": "floor"},
        ],
    },
    "forms": {"customer": CUSTOMER, "deal": DEAL, "payment": PAYMENT},
}


@dataclass(frozen=True)
class Deals:
    """The database, the app, and the ids of the deals and customers by the order in which they were written."""

    database: Database
    app: App
    deals: tuple[int, ...]
    customers: tuple[int, ...]

    @staticmethod
    def open(database: Database) -> Deals:
        app, findings = read_app(DOCUMENT)
        assert app is not None
        assert [finding for finding in findings if finding.severity == "error"] == []
        app = App(**{**_fields(app), "publication": 1})
        with database.write() as session:
            import_org(session, yaml.safe_load(ORG.read_text()), actor=SYSTEM, now=NOW)
            migrate.apply(session, migrate.plan(session, None, app), now=NOW)
            customers = tuple(_store(session, app, "customer", each) for each in some_customers(session))
            deals = tuple(_store(session, app, "deal", each) for each in some_deals(session))
            for each in some_payments():
                _store(session, app, "payment", each)
        return Deals(database, app, deals, customers)

    def check(self, text: str, form: str = "deal") -> Checked:
        return check(text, form_environment(self.app, form)).require()

    def context(self, session: Session, who: str = "rep") -> StepContext:
        known = directory(session)
        member = known.find(f"{who}@example.com")
        assert member is not None
        return context_for(session, self.app, actor=known.actor(member), now=NOW)

    def in_python(self, session: Session, text: str, ids: tuple[int, ...] | None = None) -> dict[int, Any]:
        """The value of a rule for each deal, as the server works it out."""
        context = self.context(session)
        rule = compile_python(text, form_environment(self.app, "deal"))
        loader = loader_for(session, self.app)
        records = load_records(session, self.app, "deal", ids or self.deals)
        return {id: rule(loader.of(record), context) for id, record in records.items()}


def _fields(app: App) -> dict[str, Any]:
    return {name: getattr(app, name) for name in app.__dataclass_fields__ if name != "derived"}


_IDS = {"customer": 1_000, "deal": 2_000, "payment": 3_000}


def _store(session: Session, app: App, form: str, given: Mapping[str, Any]) -> int:
    layout = layout_for(session, app, form)
    number = _IDS[form] + given["number"]
    names = {
        "owner",
        "department",
        "created_by",
        "created_at",
        "draft",
        "deleted_at",
        "flow_status",
        "flow_nodes",
        "title",
    }
    system = {"id": number, "created_at": NOW, "updated_at": NOW} | {key: given[key] for key in names & given.keys()}
    values = {key: value for key, value in given.items() if key not in names and key != "number"}
    rows.insert(session, layout, values, system)
    return number


def person(session: Session, who: str) -> int:
    found = directory(session).find(f"{who}@example.com")
    assert found is not None
    return found


def some_customers(session: Session) -> list[dict[str, Any]]:
    rep, boss = person(session, "rep"), person(session, "boss")
    contacts = ({"id": 1, "phone": "138", "age": D(30)}, {"id": 2, "phone": None, "age": None})
    return [
        {"number": 1, "title": "Acme", "name": "Acme", "level": "A", "credit": D("500.00"), "keeper": rep, "active": True,
         "since": date(2020, 2, 29), "contacts": contacts, "owner": rep, "department": "east"},
        {"number": 2, "title": "北方机械", "name": "北方机械", "level": "B", "credit": D("-10.50"), "keeper": boss,
         "active": False, "parent": 1001, "owner": boss, "department": "company"},
        {"number": 3, "title": "Gone", "name": "Gone", "level": "A", "credit": D("9.99"), "deleted_at": NOW, "keeper": rep},
        {"number": 4},
        {"number": 5, "title": "ÄRGER ｗｉｄｅ", "name": "ÄRGER ｗｉｄｅ", "parent": 1002, "level": "C", "active": True},
    ]  # fmt: skip


def some_deals(session: Session) -> list[dict[str, Any]]:
    rep, rep2, na, boss = (person(session, who) for who in ("rep", "rep2", "li.na", "boss"))
    lines = (
        {"id": 11, "product": "Pump", "quantity": D(2), "price": D("100.00"), "discount": D("0.1000"), "ready": True,
         "day": date(2026, 3, 1), "vendor": 1001},
        {"id": 12, "product": "Valve", "quantity": D(3), "price": D("33.33"), "discount": None, "ready": False,
         "day": None, "vendor": 1003},
        {"id": 13, "product": None, "quantity": None, "price": D("7.77"), "discount": D("0.3333"), "ready": None,
         "day": date(2025, 12, 31), "vendor": None},
    )  # fmt: skip
    ready = ({"id": 21, "product": "Pump", "quantity": D(1), "price": D("0.01"), "discount": D(0), "ready": True,
              "day": date(2026, 3, 2), "vendor": 1002},)  # fmt: skip
    full = {
        "subject": "Big Pump 加急", "note": "call back", "amount": D("1000.00"), "cost": D("333.3333"), "rate": D("0.1550"),
        "quantity": D(7), "stage": "new", "tags": ("new", "vip"), "urgent": True, "checked": False, "due": date(2026, 3, 4),
        "signed": date(2026, 1, 31), "met": datetime(2026, 3, 1, 16, 0, tzinfo=UTC),
        "left_at": datetime(2026, 3, 2, 15, 59, 59, 123000, tzinfo=UTC), "at": time(9, 30), "wait": timedelta(hours=36),
        "customer": 1001, "other": 1002, "seller": rep, "helper": na, "team": "east", "papers": ("a", "b"), "lines": lines,
        "owner": rep, "department": "east", "created_by": rep, "flow_status": "running", "flow_nodes": ("approve", "sign"),
    }  # fmt: skip
    return [
        {"number": 1, **full},
        {"number": 2},
        {"number": 3, **full, "amount": D("999.99"), "cost": None, "rate": D(0), "quantity": D(0), "stage": "won",
         "tags": ("old",), "urgent": False, "checked": None, "due": date(2026, 3, 2), "customer": 1003, "other": 1003,
         "seller": rep2, "helper": rep2, "team": "west", "lines": ready, "owner": rep2, "department": "west"},
        {"number": 4, **full, "subject": "ＢＩＧ ｐｕｍｐ", "amount": D("-1000.01"), "cost": D("-0.0001"), "rate": None,
         "quantity": D(-3), "stage": "lost", "tags": (), "urgent": None, "checked": True, "due": date(2025, 12, 31),
         "signed": None, "met": None, "customer": 1002, "other": 1001, "seller": boss, "helper": None, "team": None,
         "papers": (), "lines": (), "owner": boss, "department": "company"},
        {"number": 5, "amount": D("9999999999999999.99"), "cost": D("0.0001"), "quantity": D(999999999999999999),
         "subject": "", "customer": 1004, "seller": na, "met": datetime(2026, 3, 2, 4, 30, tzinfo=UTC)},
        {"number": 6, "subject": "straße", "note": "STRASSE", "amount": D("0.00"), "stage": None, "urgent": True,
         "customer": 1005, "other": 1005, "at": time(0, 0), "wait": timedelta(0), "due": date(2024, 2, 29),
         "owner": na, "department": "sales", "lines": ready[0:0]},
        {"number": 7, "amount": D("1000.00"), "cost": D("1000.0000"), "quantity": D(1000), "rate": D("1.0000"),
         "stage": "won", "subject": "won", "note": "won", "customer": 1001, "other": 1001, "seller": rep, "helper": rep,
         "owner": rep, "signed": date(2026, 3, 2), "due": date(2026, 3, 2), "met": NOW, "left_at": NOW, "checked": True,
         "urgent": True, "team": "sales", "department": "sales", "tags": ("vip",)},
    ]  # fmt: skip


def some_payments() -> list[dict[str, Any]]:
    return [
        {"number": 1, "deal": 2001, "amount": D("100.10"), "state": "done", "paid": date(2026, 2, 1)},
        {"number": 2, "deal": 2001, "amount": D("50.05"), "state": "open"},
        {"number": 3, "deal": 2001, "amount": None, "state": None},
        {"number": 4, "deal": 2003, "amount": D("1.00"), "state": "done", "deleted_at": NOW},
        {"number": 5, "deal": 2003, "amount": D("2.00"), "state": "done", "draft": True},
        {"number": 6, "deal": 2007, "amount": D("1000.00"), "state": "done", "paid": date(2026, 3, 2)},
    ]
