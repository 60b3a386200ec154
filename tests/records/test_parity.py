"""A rule means the same to the server, to SQLite and to PostgreSQL, whatever is empty."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from formwright.database import Database
from formwright.records.sql import condition, expression
from formwright.records.sql_dialects import dialect_for
from formwright.storage.access import layout_for
from formwright_rules import BOOLEAN
from tests.databases import Databases
from tests.records.deals import Deals
from tests.records.questions import CONDITIONS, EXPRESSIONS


@pytest.fixture(scope="module")
def deals(databases: Databases) -> Iterator[Deals]:
    url = databases.fresh()
    database = Database(url)
    yield Deals.open(database)
    database.dispose()
    databases.drop(url)


def chosen(deals: Deals, text: str) -> tuple[set[int], set[int]]:
    """The deals that a condition holds for: in Python, in SQL."""
    checked = deals.check(text)
    with deals.database.read() as session:
        layout = layout_for(session, deals.app, "deal")
        where = condition(checked, layout, app=deals.app, session=session, context=deals.context(session))
        found = set(session.connection().execute(sa.select(layout.table.c.id).where(where)).scalars())
        expected = {id for id, value in deals.in_python(session, text).items() if value is True}
    return expected, found


def computed(deals: Deals, text: str) -> tuple[dict[int, Any], dict[int, Any]]:
    """The value of an expression for each deal: in Python, in SQL."""
    checked = deals.check(text)
    with deals.database.read() as session:
        layout = layout_for(session, deals.app, "deal")
        value = expression(checked, layout, app=deals.app, session=session, context=deals.context(session))
        dialect = dialect_for(deals.database.engine.dialect.name, deals.context(session).timezone)
        rows = session.connection().execute(sa.select(layout.table.c.id, value.element)).all()
        found = {id: dialect.decode(value, raw) for id, raw in rows}
        return deals.in_python(session, text), found


def plain(value: Any) -> Any:
    """Empty is empty; numbers count by their value."""
    if value is None or value == "" or value == ():
        return None
    return value.normalize() if isinstance(value, Decimal) else value


@pytest.mark.parametrize("text", CONDITIONS)
def test_a_condition_picks_the_same_records(deals: Deals, text: str) -> None:
    assert deals.check(text).type == BOOLEAN
    expected, found = chosen(deals, text)
    assert found == expected


@pytest.mark.parametrize("text", CONDITIONS)
def test_its_negation_picks_the_others(deals: Deals, text: str) -> None:
    expected, found = chosen(deals, f"not ({text})")
    assert found == expected


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_an_expression_has_the_same_value(deals: Deals, text: str) -> None:
    expected, found = computed(deals, text)
    assert {id: plain(value) for id, value in found.items()} == {id: plain(value) for id, value in expected.items()}
