"""What SQLite lacks: exact decimals, folding of text, calendars with zones, and the rule functions, as SQL functions.

A number that is not a plain column is a text here, always in the one plain notation, so that equal numbers are equal
texts. What has no answer, or is out of range, is NULL: a list must not die of one record.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Context, Decimal, localcontext
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from ..context import PlainContext
from ..functions.base import Evaluation, Nothing, TooLarge, functions
from ..functions.dates import add_months, at_midnight, local_date
from ..functions.text import fold
from ..values import ARITHMETIC, number_text
from .guards import guarded_function

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400_000_000
_WIDE = Context(prec=60)


def register(connection: sqlite3.Connection) -> None:
    """Give a connection every function that rules in SQL may call."""
    for name, arguments, function in _FUNCTIONS:
        connection.create_function(name, arguments, function, deterministic=True)
    for aggregate, kind in (("fw_sum", _Sum), ("fw_min", _Least), ("fw_max", _Greatest)):
        connection.create_aggregate(aggregate, 1, kind)  # type: ignore[arg-type]


# ---- numbers -------------------------------------------------------------------------------------------------------


def _decimal(value: int | None, places: int) -> str | None:
    """A stored whole number of smallest units as a number."""
    return None if value is None else number_text(Decimal(value).scaleb(-places, _WIDE))


def _exact(operation: Callable[[Decimal, Decimal], Decimal]) -> Callable[[str | None, str | None], str | None]:
    def apply(left: str | None, right: str | None) -> str | None:
        if left is None or right is None:
            return None
        try:
            return number_text(operation(Decimal(left), Decimal(right)))
        except ArithmeticError:
            return None

    return apply


def _compare(left: str | None, right: str | None) -> int | None:
    if left is None or right is None:
        return None
    one, other = Decimal(left), Decimal(right)
    return (one > other) - (one < other)


def _total(high: int | None, low: int | None, places: int) -> str | None:
    """A sum that came in two halves, since 64 bits do not hold the sum of many large whole numbers."""
    return None if high is None or low is None else _decimal(high * 1_000_000 + low, places)


class _Sum:
    def __init__(self) -> None:
        self.total: Decimal | None = None

    def step(self, value: str | None) -> None:
        if value is not None:
            self.total = Decimal(value) if self.total is None else _WIDE.add(self.total, Decimal(value))

    def finalize(self) -> str | None:
        return None if self.total is None else number_text(ARITHMETIC.plus(self.total))


class _Least:
    def __init__(self) -> None:
        self.found: Decimal | None = None

    def better(self, value: Decimal, found: Decimal) -> bool:
        return value < found

    def step(self, value: str | None) -> None:
        if value is not None and (self.found is None or self.better(Decimal(value), self.found)):
            self.found = Decimal(value)

    def finalize(self) -> str | None:
        return None if self.found is None else number_text(self.found)


class _Greatest(_Least):
    def better(self, value: Decimal, found: Decimal) -> bool:
        return value > found


def _least(*values: str | None) -> str | None:
    """The smallest number; for dates and instants SQLite's own comparison does."""
    return min((each for each in values if each is not None), key=Decimal, default=None)


def _greatest(*values: str | None) -> str | None:
    return max((each for each in values if each is not None), key=Decimal, default=None)


# ---- text ----------------------------------------------------------------------------------------------------------


def _fold(text: str | None) -> str | None:
    return None if text is None else fold(text)


def _starts_with(text: str | None, start: str | None) -> bool:
    return bool(text) and str(text).startswith(start or "")


def _ends_with(text: str | None, end: str | None) -> bool:
    return bool(text) and str(text).endswith(end or "")


# ---- dates ---------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _state(zone: str) -> Evaluation:
    return Evaluation({}, PlainContext(_EPOCH, ZoneInfo(zone)))


def _instant(milliseconds: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=milliseconds)


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _local_date(milliseconds: int | None, zone: str) -> str | None:
    return None if milliseconds is None else local_date(_state(zone), _instant(milliseconds)).isoformat()


def _midnight(day: str | None, zone: str) -> int | None:
    return None if day is None else _milliseconds(at_midnight(_state(zone), date.fromisoformat(day)))


def _shift_date(day: str | None, microseconds: int | None, sign: int) -> str | None:
    """A date moved by the whole days of a duration, forward or back."""
    if day is None or microseconds is None:
        return None
    try:
        return (date.fromisoformat(day) + timedelta(days=sign * (microseconds // _DAY))).isoformat()
    except OverflowError:
        return None


def _days(later: str | None, earlier: str | None) -> int | None:
    """The exact duration between two dates, in microseconds."""
    if later is None or earlier is None:
        return None
    return (date.fromisoformat(later) - date.fromisoformat(earlier)).days * _DAY


def _months_date(day: str | None, months: int) -> str | None:
    try:
        return None if day is None else add_months(date.fromisoformat(day), Decimal(months)).isoformat()
    except Nothing:
        return None


def _months_instant(milliseconds: int | None, months: int) -> int | None:
    try:
        return None if milliseconds is None else _milliseconds(add_months(_instant(milliseconds), Decimal(months)))  # type: ignore[arg-type]
    except Nothing:
        return None


# ---- the rule functions --------------------------------------------------------------------------------------------


def _time(milliseconds: int) -> time:
    return (datetime(2000, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)).time()


_DECODE: dict[str, Callable[[Any], Any]] = {
    "number": Decimal,
    "text": str,
    "boolean": bool,
    "date": date.fromisoformat,
    "instant": _instant,
    "time": _time,
}


def _encode(value: Any) -> Any:
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        return _milliseconds(value)
    return value.isoformat() if isinstance(value, date) else value


def _call(name: str, kinds: str, zone: str, *arguments: Any) -> Any:
    """A rule function by name; `kinds` says how each argument is to be read."""
    function = functions.find(name)
    if function is None:
        return None
    decoded = [
        None if value is None else _DECODE[kind](value) for kind, value in zip(kinds.split(","), arguments, strict=True)
    ]
    if function.state:
        decoded.insert(0, _state(zone))
    try:
        with localcontext(ARITHMETIC):
            return _encode(guarded_function(function)(*decoded))
    except (Nothing, TooLarge, ArithmeticError):
        return None


_FUNCTIONS: tuple[tuple[str, int, Callable[..., Any]], ...] = (
    ("fw_decimal", 2, _decimal),
    ("fw_add", 2, _exact(ARITHMETIC.add)),
    ("fw_subtract", 2, _exact(ARITHMETIC.subtract)),
    ("fw_multiply", 2, _exact(ARITHMETIC.multiply)),
    ("fw_divide", 2, _exact(ARITHMETIC.divide)),
    ("fw_compare", 2, _compare),
    ("fw_total", 3, _total),
    ("fw_least", -1, _least),
    ("fw_greatest", -1, _greatest),
    ("fw_fold", 1, _fold),
    ("fw_starts_with", 2, _starts_with),
    ("fw_ends_with", 2, _ends_with),
    ("fw_local_date", 2, _local_date),
    ("fw_midnight", 2, _midnight),
    ("fw_shift_date", 3, _shift_date),
    ("fw_days", 2, _days),
    ("fw_months_date", 2, _months_date),
    ("fw_months_instant", 2, _months_instant),
    ("fw_call", -1, _call),
)
