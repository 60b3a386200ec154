"""What goes into a column comes out of it, whatever the kind, and the bulk path writes the very same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import make_url
from sqlalchemy.types import TypeEngine

from formwright.database import Database
from formwright.schema.field_types import ColumnSpec
from formwright.schema.model import App
from formwright.storage.types import column_type, converter, ddl_type, scaled

SQLITE = make_url("sqlite://").get_dialect()()
POSTGRESQL = make_url("postgresql+psycopg://").get_dialect()()

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": st.text(),
    "date": st.dates(),
    "instant": st.datetimes(timezones=st.just(UTC)).map(
        lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)
    ),
    "time": st.times().map(lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)),
    "duration": st.timedeltas(timedelta(-999), timedelta(999)).map(lambda each: timedelta(each.days, each.seconds)),
    "boolean": st.booleans(),
    "integer": st.integers(-(2**63), 2**63 - 1),
    "key": st.integers(0, 2**63 - 1),
    "choices": st.lists(st.text(), unique=True).map(lambda each: tuple(sorted(each))),
    "json": st.lists(st.text()).map(tuple),
}


def processors(type: TypeEngine[Any]) -> tuple[Callable[[Any], Any] | None, Callable[[Any], Any] | None]:
    """What a statement puts values through on their way in and out."""
    implementation = type.dialect_impl(SQLITE)
    return implementation.bind_processor(SQLITE), implementation.result_processor(SQLITE, None)


@pytest.mark.parametrize("kind", VALUES)
def test_every_kind_of_value_survives_its_column(kind: Any) -> None:
    type = column_type(ColumnSpec(kind))

    @given(VALUES[kind])
    def survives(value: Any) -> None:
        bind, result = processors(type)
        stored = bind(value) if bind else value
        assert isinstance(stored, int | str | None)
        assert (result(stored) if result else stored) == value
        convert = converter(type, SQLITE)
        assert (convert(value) if convert else value) == stored

    survives()


@given(st.integers(-(10**18) + 1, 10**18 - 1), st.integers(0, 8))
def test_a_decimal_of_eighteen_digits_survives(units: int, places: int) -> None:
    value = Decimal(units).scaleb(-places)
    type = column_type(ColumnSpec("decimal", places))
    bind, result = processors(type)
    assert bind is not None
    assert result is not None
    assert bind(value) == scaled(value, places) == units
    back = result(bind(value))
    assert back == value
    assert str(back) == str(value)


@pytest.mark.parametrize("value", ["0.001", "10000000000000000", "1e999999", "NaN", "Infinity"])
def test_a_decimal_that_does_not_fit_is_refused(value: str) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        scaled(Decimal(value), 2)


def test_columns_are_typed_on_both_databases() -> None:
    kinds = ["text", "date", "instant", "time", "boolean", "integer", "key", "choices", "json"]
    specs = [ColumnSpec("decimal", 2), *(ColumnSpec(kind) for kind in kinds)]  # type: ignore[arg-type]
    assert [ddl_type(column_type(spec), SQLITE) for spec in specs] == [
        "INTEGER", "TEXT", "TEXT", "INTEGER", "INTEGER", "INTEGER", "INTEGER", "INTEGER", "TEXT", "TEXT",
    ]  # fmt: skip
    assert [ddl_type(column_type(spec), POSTGRESQL) for spec in specs] == [
        "NUMERIC(18, 2)", "TEXT", "DATE", "TIMESTAMP WITH TIME ZONE", "TIME WITHOUT TIME ZONE", "BOOLEAN", "BIGINT", "BIGINT", "TEXT[]", "TEXT",
    ]  # fmt: skip


def test_texts_sort_by_code_point_on_both_databases(
    database: Database, sales: App, store: Callable[..., int], values_in_order: Callable[..., list[Any]]
) -> None:
    for name in ("陈", "a", "B", "张", "王", "李"):
        store(sales, number=name)
    assert values_in_order(sales, "number") == ["B", "a", "张", "李", "王", "陈"]


def test_dates_and_times_sort_as_time_goes(
    database: Database, sales: App, store: Callable[..., int], values_in_order: Callable[..., list[Any]]
) -> None:
    days = [date(2025, 12, 31), date(2026, 1, 2), date(2026, 10, 1)]
    instants = [
        datetime(1969, 12, 31, 23, tzinfo=UTC),
        datetime(2026, 3, 1, tzinfo=UTC),
        datetime(2026, 3, 1, 1, tzinfo=UTC),
    ]
    for day, instant in zip(reversed(days), reversed(instants), strict=True):
        store(sales, due=day, met_at=instant)
    assert values_in_order(sales, "due") == days
    assert values_in_order(sales, "met_at") == instants
