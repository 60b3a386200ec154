"""Working time: which days and hours count, by a site's calendar with its country's holidays and make-up days."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import ROUND_FLOOR, Decimal
from functools import lru_cache

from formwright.errors import Invalid
from formwright.texts import both

FARTHEST = 20_000
"""Working days that one step may span (about 80 years): more is a mistake and would take long."""


@dataclass(frozen=True, slots=True)
class CalendarSettings:
    """`week` holds week days (Monday = 0), `hours` ranges within a day in order, `holidays` a country code or dates.

    `workdays` are days that count although they are no week day or a holiday (make-up days).
    """

    week: frozenset[int] = frozenset(range(5))
    hours: tuple[tuple[time, time], ...] = ((time(9), time(12)), (time(13, 30), time(18)))
    holidays: str | frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()


class WorkCalendar:
    """Working days and hours of one set of settings; every answer is a pure function of them.

    Datetimes are aware; a `tz` says where the day's hours lie. Answers are in UTC.
    """

    def __init__(self, settings: CalendarSettings | None = None) -> None:
        self.settings = settings or CalendarSettings()
        self._years: dict[int, tuple[int, ...]] = {}
        self._day = sum((_span(a, b) for a, b in self.settings.hours), timedelta())

    @property
    def hours_a_day(self) -> Decimal:
        return _hours(self._day)

    def is_workday(self, day: date) -> bool:
        """Whether `day` counts: an own working day, else no holiday, else by the day of the week."""
        settings = self.settings
        if day in settings.workdays:
            return True
        if isinstance(settings.holidays, frozenset):
            return day not in settings.holidays and day.weekday() in settings.week
        free, made_up = country_days(settings.holidays, day.year)
        return day in made_up or (day not in free and day.weekday() in settings.week)

    def add_workdays(self, start: datetime, days: int | Decimal, tz: tzinfo) -> datetime:
        """The same time of day `days` working days later (earlier when negative); a fraction counts as working hours."""
        whole = int(days)
        local = start.astimezone(tz)
        if whole:
            day = self._shift(local.date(), whole)
            local = datetime.combine(day, local.time(), tzinfo=tz)
        moved = local.astimezone(UTC)
        rest = Decimal(days) - whole
        return self.add_workhours(moved, rest * self.hours_a_day, tz) if rest else moved

    def add_workhours(self, start: datetime, hours: int | Decimal, tz: tzinfo) -> datetime:
        """The instant at which `hours` working hours have passed since `start` (or have still to pass, when negative)."""
        if not hours:
            return start.astimezone(UTC)
        if not self._day:
            raise _no_hours()
        _within_reach(abs(Decimal(hours)) / self.hours_a_day)
        left = timedelta(microseconds=int(abs(Decimal(hours)) * 3_600_000_000))
        return self._forward(start, left, tz) if hours > 0 else self._backward(start, left, tz)

    def workhours(self, start: datetime, end: datetime, tz: tzinfo) -> Decimal:
        """Working hours between two instants; negative when `end` comes first."""
        if end < start:
            return -self.workhours(end, start, tz)
        first, last = start.astimezone(tz).date(), end.astimezone(tz).date()
        if first == last:
            return _hours(self._worked(first, start, end, tz))
        between = self._count(first + timedelta(days=1), last - timedelta(days=1))
        return _hours(self._worked(first, start, end, tz) + self._worked(last, start, end, tz) + between * self._day)

    def networkdays(self, start: date, end: date, holidays: Collection[date] = ()) -> int:
        """Working days from `start` to `end`, both included; negative when `end` comes first, as in Excel."""
        if end < start:
            return -self.networkdays(end, start, holidays)
        return self._count(start, end) - sum(1 for day in set(holidays) if start <= day <= end and self.is_workday(day))

    def workday(self, start: date, days: int, holidays: Collection[date] = ()) -> date:
        """The working day `days` working days after (before) `start`; `start` itself for 0, as in Excel."""
        if not holidays:
            return self._shift(start, days) if days else start
        _within_reach(Decimal(abs(days)))
        off, day, step = set(holidays), start, 1 if days > 0 else -1
        for _ in range(abs(days)):
            day = self._shift(day, step)
            while day in off:
                day = self._shift(day, step)
        return day

    def _workdays_of(self, year: int) -> tuple[int, ...]:
        """Ordinals of the year's working days, in order."""
        found = self._years.get(year)
        if found is None:
            first, last = days_of(year)
            found = tuple(n for n in range(first, last + 1) if self.is_workday(date.fromordinal(n)))
            self._years[year] = found
        return found

    def _count(self, first: date, last: date) -> int:
        if last < first:
            return 0
        if (last - first).days > FARTHEST * 2:
            raise _too_far()
        return sum(
            bisect_right(days, last.toordinal()) - bisect_left(days, first.toordinal())
            for days in map(self._workdays_of, range(first.year, last.year + 1))
        )

    def _shift(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`, or before it when negative."""
        _within_reach(Decimal(abs(count)))
        year, left, start = day.year, abs(count), day.toordinal()
        while abs(year - day.year) <= FARTHEST // 100 and 1 <= year <= 9999:
            days = self._workdays_of(year)
            ahead = days[bisect_right(days, start) :] if count > 0 else days[: bisect_left(days, start)][::-1]
            if len(ahead) >= left:
                return date.fromordinal(ahead[left - 1])
            left -= len(ahead)
            start = days_of(year)[1] if count > 0 else days_of(year)[0]
            year += 1 if count > 0 else -1
        raise _too_far()

    def _ranges(self, day: date, tz: tzinfo) -> Iterator[tuple[datetime, datetime]]:
        for opens, closes in self.settings.hours:
            following = day + timedelta(days=1) if closes == time(0) else day
            yield (
                datetime.combine(day, opens, tz).astimezone(UTC),
                datetime.combine(following, closes, tz).astimezone(UTC),
            )

    def _worked(self, day: date, start: datetime, end: datetime, tz: tzinfo) -> timedelta:
        if not self.is_workday(day):
            return timedelta()
        spans = (min(end, closes) - max(start, opens) for opens, closes in self._ranges(day, tz))
        return sum((span for span in spans if span > timedelta()), timedelta())

    def _forward(self, start: datetime, left: timedelta, tz: tzinfo) -> datetime:
        local = start.astimezone(tz).date()
        day = local if self.is_workday(local) else self._shift(local, 1)
        while True:
            for opens, closes in self._ranges(day, tz):
                begin = max(opens, start)
                if closes <= begin:
                    continue
                if closes - begin >= left:
                    return begin + left
                left -= closes - begin
            day = self._shift(day, 1)

    def _backward(self, end: datetime, left: timedelta, tz: tzinfo) -> datetime:
        local = end.astimezone(tz).date()
        day = local if self.is_workday(local) else self._shift(local, -1)
        while True:
            for opens, closes in reversed(list(self._ranges(day, tz))):
                stop = min(closes, end)
                if stop <= opens:
                    continue
                if stop - opens >= left:
                    return stop - left
                left -= stop - opens
            day = self._shift(day, -1)


@lru_cache(maxsize=400)
def country_days(country: str, year: int) -> tuple[frozenset[date], frozenset[date]]:
    """(holidays, make-up working days) of a country in a year; both empty for years that nobody has announced yet."""
    if country == "CN":
        import chinese_calendar

        return (
            frozenset(day for day in chinese_calendar.holidays if day.year == year),
            frozenset(day for day in chinese_calendar.workdays if day.year == year),
        )
    from holidays import country_holidays

    return frozenset(country_holidays(country, years=year)), frozenset()


def days_of(year: int) -> tuple[int, int]:
    """Ordinals of a year's first and last day."""
    return date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()


def known_country(country: str) -> bool:
    """Whether holidays of this ISO 3166 code are known."""
    from holidays import list_supported_countries

    return country == "CN" or country in list_supported_countries()


def _span(opens: time, closes: time) -> timedelta:
    midnight = timedelta(days=1) if closes == time(0) else timedelta()
    return datetime.combine(date.min, closes) + midnight - datetime.combine(date.min, opens)


def _hours(span: timedelta) -> Decimal:
    microseconds = Decimal((span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds)
    return (microseconds / 3_600_000_000).quantize(Decimal("0.000001"), ROUND_FLOOR).normalize() + 0


def _within_reach(workdays: Decimal) -> None:
    if workdays > FARTHEST:
        raise _too_far()


def _too_far() -> Invalid:
    return Invalid(
        "out_of_range",
        both(f"工作日历最多计算 {FARTHEST} 个工作日", f"The work calendar reaches at most {FARTHEST} working days"),
    )


def _no_hours() -> Invalid:
    return Invalid("no_work_hours", both("工作日历没有工作时间", "The work calendar has no working hours"))
