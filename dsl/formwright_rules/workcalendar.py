"""The built-in working time: Monday to Friday, 09:00-12:00 and 13:30-18:00, plus given holidays and make-up days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal

from .errors import fail
from .tree import NOWHERE

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
MAX_DAYS = 40_000


@dataclass(frozen=True)
class PlainCalendar:
    """Working days and hours. `holidays` are free although in the week, `workdays` are worked although not."""

    hours: tuple[tuple[time, time], ...] = ((time(9), time(12)), (time(13, 30), time(18)))
    weekdays: frozenset[int] = frozenset(range(5))
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()

    def works(self, day: date) -> bool:
        """Whether `day` is a working day."""
        return day in self.workdays or (day.weekday() in self.weekdays and day not in self.holidays)

    def workday(self, start: date, days: int) -> date:
        """The working day `days` after (before, when negative) `start`; with 0 `start` itself, as in Excel."""
        step, day, left = (_DAY if days > 0 else -_DAY), start, abs(days)
        if left > MAX_DAYS:
            raise fail("out_of_range", "天数太多", "Too many days", NOWHERE)
        while left:
            day += step
            if self.works(day):
                left -= 1
        return day

    def networkdays(self, first: date, last: date) -> int:
        """Working days from `first` to `last`, both included; negative when `last` is earlier."""
        sign = 1 if first <= last else -1
        low, high = min(first, last), max(first, last)
        days = (high - low).days + 1
        weeks, rest = divmod(days, 7)
        count = weeks * len(self.weekdays)
        count += sum((low + _DAY * offset).weekday() in self.weekdays for offset in range(rest))
        count -= sum(low <= day <= high and day.weekday() in self.weekdays for day in self.holidays)
        count += sum(
            low <= day <= high and (day.weekday() not in self.weekdays or day in self.holidays) for day in self.workdays
        )
        return sign * count

    def add_workdays(self, start: datetime, days: Decimal, zone: tzinfo) -> datetime:
        """`start` moved by working days at the same time of day; a fraction of a day moves by working hours."""
        local = start.astimezone(zone)
        whole = int(days)
        moved = datetime.combine(self.workday(local.date(), whole), local.timetz())
        fraction = days - whole
        if fraction:
            return self.add_workhours(moved, fraction * self._hours_a_day(), zone)
        return moved.astimezone(start.tzinfo)

    def add_workhours(self, start: datetime, hours: Decimal, zone: tzinfo) -> datetime:
        """`start` moved by working hours, forwards or backwards; time outside the working hours does not count."""
        if abs(hours) > MAX_DAYS:
            raise fail("out_of_range", "小时数太多", "Too many hours", NOWHERE)
        left = timedelta(microseconds=int(abs(hours) * 3_600_000_000))
        local = start.astimezone(zone)
        if not left:
            return start
        for begin, end in self._spans(local, zone, forwards=hours > 0):
            if hours > 0:
                begin = max(begin, local)
                if end - begin >= left:
                    return (begin + left).astimezone(start.tzinfo)
            else:
                end = min(end, local)
                if end - begin >= left:
                    return (end - left).astimezone(start.tzinfo)
            left -= max(end - begin, timedelta(0))
        raise fail("out_of_range", "日历里没有工作时间", "The calendar has no working time", NOWHERE)

    def workhours(self, start: datetime, end: datetime, zone: tzinfo) -> Decimal:
        """Working hours between two moments; negative when `end` is earlier."""
        if end < start:
            return -self.workhours(end, start, zone)
        first, last, total = start.astimezone(zone), end.astimezone(zone), timedelta(0)
        if (last - first).days > MAX_DAYS:
            raise fail("out_of_range", "时间跨度太大", "The span is too long", NOWHERE)
        for begin, stop in self._spans(first, zone, forwards=True):
            if begin >= last:
                break
            total += max(min(stop, last) - max(begin, first), timedelta(0))
        return Decimal(total // timedelta(microseconds=1)) / Decimal(3_600_000_000)

    def _hours_a_day(self) -> Decimal:
        total = sum((_clock(end) - _clock(begin) for begin, end in self.hours), timedelta(0))
        return Decimal(total // timedelta(seconds=1)) / 3600

    def _spans(self, start: datetime, zone: tzinfo, *, forwards: bool) -> Iterator[tuple[datetime, datetime]]:
        day, step = start.date(), (_DAY if forwards else -_DAY)
        for _ in range(2 * MAX_DAYS):
            if self.works(day):
                for begin, end in self.hours if forwards else reversed(self.hours):
                    span = datetime.combine(day, begin, zone), datetime.combine(day, end, zone)
                    if (span[1] > start) if forwards else (span[0] < start):
                        yield span
            day += step


def _clock(moment: time) -> timedelta:
    return timedelta(hours=moment.hour, minutes=moment.minute, seconds=moment.second)
