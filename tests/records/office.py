"""A sales office with the standard organisation and a small app, for stories about records."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.orm import Session

from formwright.accounts.directory import directory
from formwright.accounts.model import SYSTEM, Actor
from formwright.accounts.operations import import_org
from formwright.database import Database
from formwright.records import operations
from formwright.records.access import record_for
from formwright.records.model import Record
from formwright.records.show import dump_record
from formwright.schema.document import read_app
from formwright.schema.model import App
from formwright.storage import migrate

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
"""Noon of a Monday in Shanghai."""

ORG = Path(__file__).parent.parent / "standard-org.yaml"


def field(id: str, type: str, **settings: Any) -> dict[str, Any]:
    return {"id": id, "type": type, "label": {"zh": id, "en": id}, **settings}


SELLERS = {"role": "sales_rep", "records": "owner = me", "actions": ["view", "create", "edit", "delete", "comment"]}

CUSTOMER = {
    "id": "customer",
    "name": "Customer",
    "title": "name",
    "fields": [
        field("name", "text", required=True, unique=True),
        field("region", "select", options=[{"id": "east", "label": "East"}, {"id": "west", "label": "West"}]),
        field("credit", "money", default=0),
        field("status", "select", options=[{"id": "active", "label": "Active"}, {"id": "lost", "label": "Lost"}]),
    ],
    "grants": [
        {"everyone": True, "records": True, "actions": ["view"], "fields": {"credit": "hidden", "*": "view"}},
        {
            "role": "sales_rep",
            "records": True,
            "actions": ["view", "create"],
            "fields": {"credit": "hidden", "*": "edit"},
        },
        {"role": "finance", "records": True, "actions": ["view", "create", "edit"], "fields": {"*": "edit"}},
    ],
}

PRODUCT = {
    "id": "product",
    "name": "Product",
    "title": "name",
    "fields": [
        field("name", "text", required=True),
        field("list_price", "money"),
        field("stock", "number", places=0, default=0),
    ],
    "checks": [
        {"rule": "stock >= 0", "message": {"zh": "库存不能为负", "en": "Stock cannot be negative"}, "at": "stock"}
    ],
    "grants": [{"everyone": True, "records": True, "actions": ["view", "create", "edit"], "fields": {"*": "edit"}}],
}

QUOTE: dict[str, Any] = {
    "id": "quote",
    "name": "Quote",
    "title": 'number & " " & customer.name',
    "fields": [
        field("number", "serial", parts=["BJ", {"date": "yyyyMMdd"}, {"counter": 4, "reset": "day"}]),
        field("customer", "relation", form="customer", required=True, where='status != "lost"'),
        field(
            "region",
            "select",
            options=[{"id": "east", "label": {"zh": "华东", "en": "East"}}, {"id": "west", "label": "West"}],
            fill="customer.region",
        ),
        field(
            "lines",
            "rows",
            min=1,
            max=5,
            fields=[
                field("product", "relation", form="product"),
                field("quantity", "number", places=0, default=1),
                field("price", "money", fill="product.list_price"),
                field(
                    "discount",
                    "percent",
                    default=0,
                    checks=[{"rule": "discount <= 50%", "message": "At most half off"}],
                ),
                field("amount", "money", compute="quantity * price * (1 - discount)"),
            ],
        ),
        field("total", "money", compute="SUM(lines.amount)"),
        field("tax", "money", compute="total * 13%"),
        field("cost", "money"),
        field(
            "status",
            "select",
            options=[{"id": "draft"}, {"id": "accepted"}],
            default='"draft"',
            editable='status != "accepted" or owner = me',
        ),
        field("remark", "textarea", visible="total > 1000", required="total > 1000", when_hidden="clear"),
    ],
    "checks": [
        {"rule": "total <= 100000", "message": {"zh": "总额过大", "en": "The total is too large"}, "at": "total"},
    ],
    "grants": [
        SELLERS
        | {
            "records": "owner = me or owner in subordinates(me)",
            "fields": {"cost": "hidden", "tax": "view", "total": "view", "*": "edit"},
        },
        {
            "role": "sales_manager",
            "records": "owner in subordinates(me)",
            "actions": ["view", "edit"],
            "fields": {"cost": "view", "*": "edit"},
        },
        {"role": "finance", "records": "total > 500", "actions": ["view"], "fields": {"*": "view"}},
    ],
}

DOCUMENT: dict[str, Any] = {
    "app": {
        "format": 1,
        "id": "sales",
        "version": "1.0.0",
        "name": "Sales",
        "roles": [{"id": role, "name": role} for role in ("sales_rep", "sales_manager", "finance", "legal")],
    },
    "forms": {"customer": CUSTOMER, "product": PRODUCT, "quote": QUOTE},
}


def with_form(form: Mapping[str, Any]) -> dict[str, Any]:
    """The sales app with one more form, or another one in its place."""
    return {**DOCUMENT, "forms": {**DOCUMENT["forms"], form["id"]: form}}


@dataclass(slots=True)
class Office:
    """One site with one app; people act by the part of their e-mail address before the @."""

    database: Database
    app: App
    now: datetime = NOON

    @classmethod
    def open(cls, database: Database, document: Mapping[str, Any] = DOCUMENT) -> Office:
        app, findings = read_app(document, publication=1)
        assert [each for each in findings if each.severity == "error"] == []
        with database.write() as session:
            import_org(session, yaml.safe_load(ORG.read_text()), actor=SYSTEM, now=NOON)
            migrate.apply(session, migrate.plan(session, None, app), now=NOON)
        return cls(database, app)

    def writing(self) -> AbstractContextManager[Session]:
        return self.database.write()

    def actor(self, session: Session, who: str) -> Actor:
        known = directory(session)
        found = known.find(f"{who}@example.com")
        assert found is not None
        return known.actor(found)

    def create(self, who: str, form: str, values: Mapping[str, Any], **more: Any) -> Record:
        with self.writing() as session:
            actor = self.actor(session, who)
            return operations.create(session, self.app, form, values, actor=actor, now=self.now, **more)

    def update(self, who: str, record: Record, values: Mapping[str, Any], **more: Any) -> Record:
        with self.writing() as session:
            actor = self.actor(session, who)
            return operations.update(
                session, self.app, record.form, record.id, values, actor=actor, now=self.now, **more
            )

    def delete(self, who: str, record: Record) -> None:
        with self.writing() as session:
            actor = self.actor(session, who)
            operations.delete(session, self.app, record.form, record.id, actor=actor, now=self.now)

    def restore(self, who: str, record: Record) -> Record:
        with self.writing() as session:
            actor = self.actor(session, who)
            return operations.restore(session, self.app, record.form, record.id, actor=actor, now=self.now)

    def submit(self, who: str, record: Record, values: Mapping[str, Any] | None = None) -> Record:
        with self.writing() as session:
            actor = self.actor(session, who)
            return operations.submit_draft(session, self.app, record.form, record.id, values, actor=actor, now=self.now)

    def see(self, who: str, record: Record, language: str = "en") -> dict[str, Any]:
        """The record as `who` gets it from the API. Raises Missing where it does not exist for them."""
        with self.database.read() as session:
            actor = self.actor(session, who)
            found, rights = record_for(session, self.app, record.form, record.id, actor=actor, now=self.now)
            return dump_record(session, self.app, found, rights, actor=actor, now=self.now, language=language)

    def later(self, now: datetime) -> Office:
        return replace(self, now=now)


def codes(error: Any) -> list[tuple[str, str]]:
    """What an error says: code and place of each problem."""
    return [(problem.code, problem.at) for problem in error.problems]
