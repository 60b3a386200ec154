"""How each database computes what rules compute: exact numbers, dates in a zone, text whatever its case and width.

A number on SQLite is either a stored column (`places` says how many decimal places its whole number has), which
compares, sorts and sums natively, or a text in plain notation; on PostgreSQL every number is numeric.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, func

from formwright.database import Instant
from formwright.records.sql_constants import JsonList, compared, fitting
from formwright.storage.types import EXACT, Day, TimeOfDay, Truth
from formwright_rules.targets.sql_tree import Kind
from formwright_rules.values import number_text

Element = ColumnElement[Any]
MANY = 500
"""A list longer than this is bound as one parameter."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value in SQL. `element` is None for the constant NULL; `fixed` is a constant as Python knows it."""

    kind: Kind
    element: Element
    places: int | None = None
    constant: bool = False
    fixed: Any = None
    form: str = ""
    stored: str = ""
    """How a list lies in its column: choices, json; or roles, departments of a member."""


def microseconds(length: timedelta) -> int:
    return length // timedelta(microseconds=1)


class Dialect:
    """What the two have in common."""

    sqlite = False

    def __init__(self, zone: tzinfo) -> None:
        self.timezone = zone
        self.zone = sa.literal(getattr(zone, "key", None) or "UTC", sa.Text())

    def literal(self, kind: Kind, value: Any) -> Element:
        """A constant as a bound parameter."""
        if value is None:
            return sa.null()
        if kind == "boolean":
            return sa.true() if value else sa.false()
        if isinstance(value, timedelta):
            value = microseconds(value)
        return sa.literal(value, _TYPES[kind]())

    def text_of(self, value: Value) -> Element:
        """What `&` joins of one value."""
        if value.kind == "boolean":
            return sa.case((value.element.is_(None), ""), (value.element, "true"), else_="false")
        return func.coalesce(self.plain_text(value), "")

    def plain_text(self, value: Value) -> Element:
        """A number, date or key as a text."""
        raise NotImplementedError

    def counted(self, count: Element) -> Value:
        """A whole number that the database counted."""
        return Value("number", count, 0 if self.sqlite else None)

    def midnight_of(self, day: date) -> Element:
        """The first instant of a known day."""
        return sa.literal(datetime(day.year, day.month, day.day, tzinfo=self.timezone), Instant())


class Sqlite(Dialect):
    """Natively where a column is compared with a constant or summed; through registered functions elsewhere."""

    sqlite = True

    def literal(self, kind: Kind, value: Any) -> Element:
        if kind == "number" and value is not None:
            return sa.literal(number_text(value), sa.Text())
        return super().literal(kind, value)

    def number(self, value: Value) -> Element:
        """A number as a text."""
        if value.places is None:
            return value.element
        return func.fw_decimal(sa.type_coerce(value.element, sa.Integer()), _whole(value.places), type_=sa.Text())

    def arithmetic(self, operator: str, left: Value, right: Value) -> Element:
        name = {"+": "fw_add", "-": "fw_subtract", "*": "fw_multiply", "/": "fw_divide"}[operator]
        element: Element = getattr(func, name)(self.number(left), self.number(right), type_=sa.Text())
        return element

    def compare(self, operator: str, left: Value, right: Value) -> Element:
        """`left operator right` for two numbers, one of which may be a constant; NULL where one is."""
        if right.constant and left.places is not None:
            return compared(operator, left.element, left.places, right.fixed)
        if left.places is not None and left.places == right.places:
            one, other = (sa.type_coerce(each.element, sa.Integer()) for each in (left, right))
            return one == other if operator == "=" else one.op(operator, is_comparison=True)(other)
        if operator == "=":
            return self.number(left) == self.number(right)
        sign = func.fw_compare(self.number(left), self.number(right), type_=sa.Integer())
        return sign.op(operator, is_comparison=True)(_whole(0))

    def among(self, value: Value, items: Sequence[Any]) -> Element:
        if value.kind == "number" and value.places is not None:
            scaled = [moved for each in items if (moved := fitting(each, value.places)) is not None]
            return self.listed(sa.type_coerce(value.element, sa.Integer()), scaled, sa.Integer())
        if value.kind == "number":
            return self.listed(value.element, [number_text(each) for each in items], sa.Text())
        if value.kind in ("date", "instant", "time"):
            return value.element.in_([self.literal(value.kind, each) for each in items])
        return self.listed(value.element, items, _TYPES[value.kind]())

    def listed(self, element: Element, items: Sequence[Any], type_: Any) -> Element:
        if len(items) <= MANY:
            return element.in_([sa.literal(each, type_) for each in items])
        bound = sa.bindparam(None, list(items), type_=JsonList(), unique=True)
        return element.in_(sa.select(func.json_each(bound).table_valued("value").c.value))

    def has_item(self, value: Value, item: Element) -> Element:
        """Whether a stored list holds a text."""
        each = func.json_each(sa.type_coerce(value.element, sa.Text())).table_valued("value", joins_implicitly=True)
        return sa.exists(sa.select(sa.literal_column("1")).select_from(each).where(each.c.value == item))

    def plain_text(self, value: Value) -> Element:
        if value.kind == "number":
            return self.number(value)
        return sa.cast(value.element, sa.Text()) if value.kind == "key" else value.element

    def fold(self, element: Element) -> Element:
        return func.fw_fold(element, type_=sa.Text())

    def position(self, text: Element, part: Element) -> Element:
        return func.instr(text, part, type_=sa.Integer())

    def starts_with(self, text: Element, part: Element) -> Element:
        return func.fw_starts_with(text, part, type_=sa.Boolean())

    def ends_with(self, text: Element, part: Element) -> Element:
        return func.fw_ends_with(text, part, type_=sa.Boolean())

    def ordered(self, element: Element) -> Element:
        return element

    def local_date(self, element: Element) -> Element:
        return func.fw_local_date(_stored(element), self.zone, type_=Day())

    def midnight(self, element: Element) -> Element:
        return func.fw_midnight(element, self.zone, type_=Instant())

    def shift_date(self, element: Element, by: Element, sign: int) -> Element:
        return func.fw_shift_date(element, by, _whole(sign), type_=Day())

    def shift_instant(self, element: Element, by: Element, sign: int) -> Element:
        milliseconds = by.op("/")(sa.literal_column("1000"))
        return sa.type_coerce(_stored(element) + _whole(sign) * milliseconds, Instant())

    def days(self, later: Element, earlier: Element) -> Element:
        return func.fw_days(later, earlier, type_=sa.BigInteger())

    def elapsed(self, later: Element, earlier: Element) -> Element:
        return (_stored(later) - _stored(earlier)) * sa.literal_column("1000")

    def months(self, value: Value, months: int) -> Element:
        name, type_ = ("fw_months_date", Day()) if value.kind == "date" else ("fw_months_instant", Instant())
        element: Element = getattr(func, name)(sa.type_coerce(value.element, sa.Text()), _whole(months), type_=type_)
        return element

    def sum(self, value: Value) -> Element:
        """The sum of a column; whole numbers in two halves, whose sums cannot overflow."""
        if value.places is None:
            return func.fw_sum(value.element, type_=sa.Text())
        stored = sa.type_coerce(value.element, sa.Integer())
        million: Element = sa.literal_column("1000000")
        high = func.sum(stored.op("/")(million), type_=sa.Integer())
        low = func.sum(stored.op("%")(million), type_=sa.Integer())
        return func.fw_total(high, low, _whole(value.places), type_=sa.Text())

    def extreme(self, name: str, value: Value) -> Value:
        native = value.kind != "number" or value.places is not None
        function = getattr(func, name if native else f"fw_{name}")
        return Value(value.kind, function(value.element, type_=value.element.type), value.places)

    def least(self, name: str, values: Sequence[Value]) -> Element:
        """The smallest (`min`) or largest (`max`) of some numbers, empties skipped."""
        function = func.fw_least if name == "min" else func.fw_greatest
        return function(*(self.number(each) for each in values), type_=sa.Text())

    def function(self, name: str, kind: Kind, values: Sequence[Value]) -> Element:
        kinds = sa.literal(",".join(_READ_AS.get(each.kind, each.kind) for each in values), sa.Text())
        arguments = (self.number(each) if each.kind == "number" else each.element for each in values)
        return func.fw_call(sa.literal(name, sa.Text()), kinds, self.zone, *arguments, type_=_RESULTS[kind]())

    def decode(self, value: Value, raw: Any) -> Any:
        """What the rules know for what a query gave."""
        if raw is None:
            return None
        if value.kind == "number":
            return Decimal(raw).scaleb(-value.places, EXACT) if isinstance(raw, int) and value.places else Decimal(raw)
        return _decoded(value, raw)


class Postgresql(Dialect):
    """Numeric everywhere; a few functions of the catalogue (`postgresql.py`) hold what SQL lacks."""

    def number(self, value: Value) -> Element:
        return sa.cast(value.element, sa.Numeric()) if value.kind == "key" else _numeric(value.element)

    def arithmetic(self, operator: str, left: Value, right: Value) -> Element:
        one, other = self.number(left), self.number(right)
        if operator == "/":
            return func.fw_divide(one, other, type_=sa.Numeric())
        return func.fw_exact(one.op(operator)(other), type_=sa.Numeric())

    def compare(self, operator: str, left: Value, right: Value) -> Element:
        one, other = self.number(left), self.number(right)
        return one == other if operator == "=" else one.op(operator, is_comparison=True)(other)

    def among(self, value: Value, items: Sequence[Any]) -> Element:
        type_ = _TYPES[value.kind]()
        element = _numeric(value.element) if value.kind == "number" else value.element
        if len(items) <= MANY:
            return element.in_([sa.literal(each, type_) for each in items])
        return element == sa.any_(sa.literal(list(items), sa.ARRAY(type_)))

    def has_item(self, value: Value, item: Element) -> Element:
        if value.stored == "choices":
            return item == sa.any_(value.element)
        return func.jsonb_exists(sa.cast(sa.type_coerce(value.element, sa.Text()), sa.dialects.postgresql.JSONB), item)

    def plain_text(self, value: Value) -> Element:
        if value.kind == "number":
            return sa.cast(func.trim_scale(self.number(value)), sa.Text())
        if value.kind == "date":
            return func.to_char(value.element, "YYYY-MM-DD", type_=sa.Text())
        return sa.cast(value.element, sa.Text()) if value.kind == "key" else value.element

    def fold(self, element: Element) -> Element:
        return func.fw_fold(element, type_=sa.Text())

    def position(self, text: Element, part: Element) -> Element:
        return func.strpos(text, part, type_=sa.Integer())

    def starts_with(self, text: Element, part: Element) -> Element:
        return sa.and_(text != "", func.starts_with(text, func.coalesce(part, ""), type_=sa.Boolean()))

    def ends_with(self, text: Element, part: Element) -> Element:
        end = func.coalesce(part, "")
        return sa.and_(text != "", func.right(text, func.length(end)) == end)

    def ordered(self, element: Element) -> Element:
        return sa.collate(element, "C")

    def local_date(self, element: Element) -> Element:
        return sa.cast(func.timezone(self.zone, element), sa.Date())

    def midnight(self, element: Element) -> Element:
        return func.timezone(self.zone, sa.cast(element, sa.DateTime()), type_=Instant())

    def shift_date(self, element: Element, by: Element, sign: int) -> Element:
        whole = func.floor(sa.cast(by, sa.Numeric()) / sa.literal_column("86400000000"))
        return sa.type_coerce(element.op("+")(_whole(sign) * sa.cast(whole, sa.Integer())), Day())

    def shift_instant(self, element: Element, by: Element, sign: int) -> Element:
        return sa.type_coerce(
            element.op("+" if sign > 0 else "-")(by.op("*")(sa.literal_column("interval '1 microsecond'"))), Instant()
        )

    def days(self, later: Element, earlier: Element) -> Element:
        days = sa.type_coerce(later.op("-")(earlier), sa.Integer())
        return sa.cast(days, sa.BigInteger()) * sa.literal_column("86400000000")

    def elapsed(self, later: Element, earlier: Element) -> Element:
        one, other = (sa.cast(sa.extract("epoch", each), sa.Numeric()) for each in (later, earlier))
        return sa.cast((one - other) * sa.literal_column("1000000"), sa.BigInteger())

    def months(self, value: Value, months: int) -> Element:
        name = "fw_months" if value.kind == "date" else "fw_months_instant"
        function = getattr(func, name)
        element: Element = function(value.element, sa.literal(months, sa.Integer()), type_=_TYPES[value.kind]())
        return element

    def sum(self, value: Value) -> Element:
        return func.fw_exact(func.sum(self.number(value)), type_=sa.Numeric())

    def extreme(self, name: str, value: Value) -> Value:
        element = self.number(value) if value.kind == "number" else value.element
        if value.kind == "text":
            element = self.ordered(element)
        return Value(value.kind, getattr(func, name)(element, type_=_TYPES[value.kind]()))

    def least(self, name: str, values: Sequence[Value]) -> Element:
        function = func.least if name == "min" else func.greatest
        return function(*(self.number(each) for each in values), type_=sa.Numeric())

    def function(self, name: str, kind: Kind, values: Sequence[Value]) -> Element:
        elements = [self.number(each) if each.kind == "number" else each.element for each in values]
        if any(each.kind == "instant" for each in values):
            local = func.timezone(self.zone, elements[0])
            if name in ("HOUR", "MINUTE", "SECOND"):
                elements[0] = local
            elif name == "EDATE":
                return func.fw_months_instant(*elements, type_=Instant())
            elif name == "STARTOF":
                return self.midnight(func.fw_startof(self.local_date(elements[0]), elements[1], type_=Day()))
            else:
                elements = [
                    self.local_date(element) if each.kind == "instant" else element
                    for each, element in zip(values, elements, strict=True)
                ]
        if name in ("HOUR", "MINUTE", "SECOND") and values[0].kind == "date":
            elements[0] = sa.cast(elements[0], sa.DateTime())
        result = sa.Numeric() if kind == "number" else _RESULTS[kind]()
        element: Element = getattr(func, f"fw_{name.lower()}")(*elements, type_=result)
        return element

    def decode(self, value: Value, raw: Any) -> Any:
        """What the rules know for what a query gave."""
        return None if raw is None else Decimal(raw) if value.kind == "number" else _decoded(value, raw)


Dialects = Sqlite | Postgresql


def dialect_for(name: str, zone: tzinfo) -> Dialects:
    return Sqlite(zone) if name == "sqlite" else Postgresql(zone)


def _decoded(value: Value, raw: Any) -> Any:
    if value.kind == "duration":
        return timedelta(microseconds=raw)
    return bool(raw) if value.kind == "boolean" else raw


def _whole(number: int) -> Element:
    return sa.literal_column(str(number), sa.Integer())


def _stored(element: Element) -> Element:
    """An instant as SQLite has it, in milliseconds; a constant is bound as an instant all the same."""
    return (
        sa.cast(element, sa.Integer())
        if isinstance(element, sa.BindParameter)
        else sa.type_coerce(element, sa.Integer())
    )


def _numeric(element: Element) -> Element:
    """Without the number of places of its column, to which bound constants would be rounded."""
    return sa.type_coerce(element, sa.Numeric())


_TYPES: dict[str, Any] = {
    "number": sa.Numeric, "text": sa.Text, "date": Day, "instant": Instant, "time": TimeOfDay, "duration": sa.BigInteger,
    "key": sa.BigInteger, "record": sa.BigInteger, "boolean": Truth, "null": sa.Text,
}  # fmt: skip
_RESULTS: dict[str, Any] = {**_TYPES, "number": sa.Text}
_READ_AS = {"null": "text"}
