"""How each kind of value lies in a column: exactly, comparable in SQL, and the same on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from decimal import Context, Decimal
from typing import Any

from sqlalchemy import BigInteger, Boolean, Date, Integer, Numeric, Text, Time
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from formwright.database import Instant, instant_to_milliseconds
from formwright.schema.field_types import ColumnSpec

DIGITS = 18
"""Significant digits of a number: what a 64-bit integer holds for certain."""

EXACT = Context(prec=60)


class Scaled(TypeDecorator[Decimal]):
    """An exact decimal with `places` decimal places: an integer of its smallest unit on SQLite, numeric on PostgreSQL.

    SQLite has no decimal: its NUMERIC rounds, and text compares as text. Integers compare, index and add up exactly.
    """

    impl = Numeric
    cache_ok = True

    def __init__(self, places: int) -> None:
        super().__init__(DIGITS, places)
        self.places = places

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else Numeric(DIGITS, self.places))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return scaled(value, self.places)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None or dialect.name != "sqlite":
            return value  # type: ignore[no-any-return]
        return Decimal(value).scaleb(-self.places, EXACT)


def scaled(value: Decimal, places: int) -> int:
    """`value` in its smallest unit; ValueError when it has more places or more digits than the column."""
    moved = Decimal(value).scaleb(places, EXACT)
    whole = int(moved)
    if whole != moved or abs(whole) >= 10**DIGITS:
        raise ValueError(f"{value} does not fit into {DIGITS} digits with {places} places")
    return whole


class Day(TypeDecorator[date]):
    """A date: 'YYYY-MM-DD' on SQLite, where it sorts as it reads; date on PostgreSQL."""

    impl = Date
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Date())

    def process_bind_param(self, value: date | None, dialect: Dialect) -> Any:
        return value.isoformat() if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        return date.fromisoformat(value) if value is not None and dialect.name == "sqlite" else value


class TimeOfDay(TypeDecorator[time]):
    """A time of day without a zone: milliseconds since midnight on SQLite, time on PostgreSQL."""

    impl = Time
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else Time())

    def process_bind_param(self, value: time | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return ((value.hour * 60 + value.minute) * 60 + value.second) * 1000 + value.microsecond // 1000

    def process_result_value(self, value: Any, dialect: Dialect) -> time | None:
        if value is None or dialect.name != "sqlite":
            return value  # type: ignore[no-any-return]
        seconds, milliseconds = divmod(value, 1000)
        minutes, second = divmod(seconds, 60)
        return time(minutes // 60, minutes % 60, second, milliseconds * 1000)


class Seconds(TypeDecorator[timedelta]):
    """An exact length of time: whole seconds on both databases, so that it compares and adds up as a number."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:
        return None if value is None else value.days * 86_400 + value.seconds

    def process_result_value(self, value: Any, dialect: Dialect) -> timedelta | None:
        return None if value is None else timedelta(seconds=value)


class Truth(TypeDecorator[bool]):
    """Yes or no: 0 or 1 on SQLite, whose strict tables know no boolean; boolean on PostgreSQL."""

    impl = Boolean
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else Boolean())

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> Any:
        return int(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> bool | None:
        return None if value is None else bool(value)


class Choices(TypeDecorator[tuple[str, ...]]):
    """A set of option ids, sorted: a JSON array on SQLite, text[] on PostgreSQL; none chosen is NULL outside and () inside."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(Text()))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if not value:
            return None
        chosen = sorted(set(value))
        return json.dumps(chosen, ensure_ascii=False, separators=(",", ":")) if dialect.name == "sqlite" else chosen

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[str, ...]:
        if value is None:
            return ()
        return tuple(json.loads(value) if dialect.name == "sqlite" else value)


class Json(TypeDecorator[tuple[Any, ...]]):
    """A list that nobody filters on, in its order: JSON text on both databases; empty is NULL outside and () inside."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")) if value else None

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[Any, ...]:
        return () if value is None else tuple(json.loads(value))


_PLAIN: Mapping[str, Callable[[], TypeEngine[Any]]] = {
    "text": Text,
    "date": Day,
    "instant": Instant,
    "time": TimeOfDay,
    "duration": Seconds,
    "boolean": Truth,
    "integer": BigInteger,
    "key": BigInteger,
    "choices": Choices,
    "json": Json,
}


def column_type(spec: ColumnSpec) -> TypeEngine[Any]:
    """The SQLAlchemy type for what a field type wants stored."""
    return Scaled(spec.places) if spec.kind == "decimal" else _PLAIN[spec.kind]()


def ddl_type(type: TypeEngine[Any], dialect: Dialect) -> str:
    """The type as CREATE TABLE spells it; SQLite's strict tables know INTEGER and TEXT."""
    name: str = type.compile(dialect=dialect)
    if dialect.name == "sqlite":
        return "INTEGER" if name in ("INTEGER", "BIGINT") else "TEXT"
    return name


def converter(type: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """What turns a value into what the driver takes, or None where the driver takes it as it is; for the bulk path."""
    if dialect.name == "sqlite" or isinstance(type, Choices | Json):
        if isinstance(type, Scaled):
            return _scaling(type.places)
        if isinstance(type, Instant):
            return lambda value: None if value is None else instant_to_milliseconds(value)
        if isinstance(type, TypeDecorator):
            return lambda value: type.process_bind_param(value, dialect)
    return None


def _scaling(places: int) -> Callable[[Decimal | None], int | None]:
    def scale(value: Decimal | None) -> int | None:
        return None if value is None else scaled(value, places)

    return scale
