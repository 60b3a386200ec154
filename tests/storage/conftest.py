"""A published app with one quote in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from tests.storage.apps import CUSTOMER, QUOTE, app

from formwright.database import Database
from formwright.schema.model import App
from formwright.storage import migrate, rows
from formwright.storage.access import layout_for
from formwright.storage.ids import new_id

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)

Publish = Callable[[App | None, App | None], Mapping[str, int]]


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def publish(database: Database) -> Publish:
    """Plan and apply in one transaction; answers how many values each retyped field lost."""

    def run(old: App | None, new: App | None) -> Mapping[str, int]:
        with database.write() as session:
            return migrate.apply(session, migrate.plan(session, old, new), now=NOW)

    return run


@pytest.fixture
def sales(publish: Publish) -> App:
    sales = app(CUSTOMER, QUOTE)
    publish(None, sales)
    return sales


@pytest.fixture
def store(database: Database) -> Callable[..., int]:
    """Store a quote with these values; answers its id."""

    def run(app: App, form: str = "quote", **values: Any) -> int:
        with database.write() as session:
            record = new_id(NOW)
            rows.insert(
                session, layout_for(session, app, form), values, {"id": record, "created_at": NOW, "updated_at": NOW}
            )
            return record

    return run


@pytest.fixture
def value(database: Database) -> Callable[..., Any]:
    """One value of a stored quote."""

    def run(app: App, record: int, field: str) -> Any:
        with database.read() as session:
            return rows.load(session, layout_for(session, app, "quote"), [record])[record].values[field]

    return run


@pytest.fixture
def values_in_order(database: Database) -> Callable[..., list[Any]]:
    """One field of all quotes, sorted by the database."""

    def run(app: App, field: str) -> list[Any]:
        with database.read() as session:
            column = layout_for(session, app, "quote").columns[field]
            return list(session.execute(select(column).order_by(column)).scalars())

    return run
