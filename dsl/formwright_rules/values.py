"""Values that Python has no type for, and the one idea of "empty"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Duration:
    """A duration that needs a calendar: months (years are 12), work days, work hours, and an exact rest."""

    months: Decimal = ZERO
    workdays: Decimal = ZERO
    workhours: Decimal = ZERO
    exact: timedelta = timedelta(0)

    def __neg__(self) -> Duration:
        return Duration(-self.months, -self.workdays, -self.workhours, -self.exact)

    def __add__(self, other: Duration | timedelta) -> Duration:
        if isinstance(other, timedelta):
            return Duration(self.months, self.workdays, self.workhours, self.exact + other)
        return Duration(
            self.months + other.months,
            self.workdays + other.workdays,
            self.workhours + other.workhours,
            self.exact + other.exact,
        )

    __radd__ = __add__

    def __sub__(self, other: Duration | timedelta) -> Duration:
        return self + -other

    def __rsub__(self, other: timedelta) -> Duration:
        return -self + other


_PLAIN = frozenset({str, tuple, list})


def is_empty(value: object) -> bool:
    """Whether a value counts as empty: None, "" or a list without items (a record is never empty)."""
    if value is None:
        return True
    if type(value) in _PLAIN:  # most values by far, and no question to an abstract class
        return not value
    if isinstance(value, Mapping):
        return False
    length = getattr(value, "__len__", None)
    return length is not None and length() == 0


# Sums of money and their products stay exact; what outgrows this is an error, never a hang.
ARITHMETIC = Context(
    prec=34, rounding=ROUND_HALF_UP, Emin=-60, Emax=60, traps=[InvalidOperation, DivisionByZero, Overflow]
)


def number_text(value: Decimal | int) -> str:
    """A number as text: plain notation without superfluous zeros."""
    plain = f"{Decimal(value):f}"
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain in ("-0", "") else plain


def to_text(value: object) -> str:
    """What `&` joins: empty is "", numbers and dates in their plain form, records by their id."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal | int):
        return number_text(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, timedelta):
        return number_text(Decimal(value // timedelta(seconds=1)) / 86400) + " days"
    if isinstance(value, Mapping):
        return to_text(value.get("title") or value.get("name") or value.get("id"))
    if isinstance(value, list | tuple):
        return ", ".join(to_text(item) for item in value)
    return str(value)
