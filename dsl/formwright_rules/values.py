"""Values that Python has no type for, and the one idea of "empty"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

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


def is_empty(value: object) -> bool:
    """Whether a value counts as empty: None, "" or a list without items (a record is never empty)."""
    if value is None:
        return True
    if isinstance(value, Mapping):
        return False
    length = getattr(value, "__len__", None)
    return length is not None and length() == 0
