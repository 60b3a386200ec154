"""Constants beside stored whole numbers on SQLite: moved to the number's own unit, so that the column stays bare."""

from __future__ import annotations

import json
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from formwright.storage.types import DIGITS, EXACT

Element = ColumnElement[Any]


def fitting(value: Decimal, places: int) -> int | None:
    """A number in smallest units, None when the column cannot hold it."""
    moved = value.scaleb(places, EXACT)
    whole = int(moved) if moved.adjusted() < DIGITS else None
    return whole if whole is not None and whole == moved else None


def compared(operator: str, element: Element, places: int, value: Decimal) -> Element:
    """A stored whole number compared with a constant that may have more places than it, or be out of its range."""
    stored = sa.type_coerce(element, sa.Integer())
    limit = 10**DIGITS
    if operator == "=":
        exact = fitting(value, places)
        return sa.false() if exact is None else stored == sa.literal(exact, sa.BigInteger())
    moved = value.scaleb(places, EXACT)
    if abs(moved) >= limit:
        moved = Decimal(limit if moved > 0 else -limit)
    rounding = ROUND_CEILING if operator in ("<", ">=") else ROUND_FLOOR
    bound = sa.literal(int(moved.to_integral_value(rounding, EXACT)), sa.BigInteger())
    return stored.op(operator, is_comparison=True)(bound)


class JsonList(sa.types.TypeDecorator[Any]):
    """A list of numbers or texts as one JSON text."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> Any:
        return json.dumps(value, ensure_ascii=False)
