"""Settings of the whole site that administrators change at run time: time zone, language, currency, work calendar."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from formwright.accounts.calendar import CalendarSettings, known_country
from formwright.accounts.reading import Entry

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_RANGE = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")


@dataclass(frozen=True, slots=True)
class SiteSettings:
    timezone: str = "Asia/Shanghai"
    language: str = "zh"
    currency: str = "CNY"
    calendar: CalendarSettings = field(default_factory=lambda: CalendarSettings(holidays="CN"))

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


def read_settings(entry: Entry, before: SiteSettings) -> SiteSettings:
    """Settings as `org import` takes them; keys left out stay as they were. Problems are left in `entry`."""
    entry.only("timezone", "language", "currency", "calendar")
    zone = entry.text("timezone", before.timezone)
    if not _is_zone(zone):
        entry.problem("timezone", "unknown_timezone", f"没有时区 {zone!r}", f"There is no time zone {zone!r}")
        zone = before.timezone
    language = entry.choice("language", ("zh", "en"), before.language)
    currency = entry.text("currency", before.currency)
    if not re.fullmatch("[A-Z]{3}", currency):
        entry.problem(
            "currency", "bad_currency", "货币是三个大写字母，如 CNY", "A currency is three capital letters, such as CNY"
        )
    calendar = entry.entry("calendar")
    return SiteSettings(zone, language, currency, _calendar(calendar, before.calendar) if calendar else before.calendar)


def write_settings(settings: SiteSettings) -> dict[str, Any]:
    """The same document that `read_settings` takes."""
    calendar = settings.calendar
    holidays = calendar.holidays if isinstance(calendar.holidays, str) else _days(calendar.holidays)
    written: dict[str, Any] = {
        "week": [WEEK[day] for day in sorted(calendar.week)],
        "hours": [f"{opens:%H:%M}-{closes:%H:%M}".replace("-00:00", "-24:00") for opens, closes in calendar.hours],
        "holidays": holidays,
    }
    if calendar.workdays:
        written["workdays"] = _days(calendar.workdays)
    return {
        "timezone": settings.timezone,
        "language": settings.language,
        "currency": settings.currency,
        "calendar": written,
    }


def stored_settings(stored: Mapping[str, Any]) -> SiteSettings:
    """Settings from what `write_settings` gave when they were saved."""
    return read_settings(Entry(stored, "/settings", []), SiteSettings())


def _calendar(entry: Entry, before: CalendarSettings) -> CalendarSettings:
    entry.only("week", "hours", "holidays", "workdays")
    week = frozenset(
        WEEK.index(day)
        for index, day in entry.texts("week", [WEEK[n] for n in before.week])
        if entry.among(f"week/{index}", day, WEEK)
    )
    return CalendarSettings(
        week=week,
        hours=_hours(entry) if "hours" in entry else before.hours,
        holidays=_holidays(entry) if "holidays" in entry else before.holidays,
        workdays=_dates(entry, "workdays") if "workdays" in entry else before.workdays,
    )


def _hours(entry: Entry) -> tuple[tuple[time, time], ...]:
    ranges: list[tuple[time, time]] = []
    for index, text in entry.texts("hours", []):
        found = _RANGE.fullmatch(text)
        numbers = [int(part) for part in found.groups()] if found else []
        if (
            not found
            or numbers[0] > 23
            or numbers[2] > 24
            or numbers[1] > 59
            or numbers[3] > (59 if numbers[2] < 24 else 0)
        ):
            entry.problem(f"hours/{index}", "bad_hours", '时间段写成 "09:00-12:00"', 'Write hours as "09:00-12:00"')
            continue
        opens, closes = time(numbers[0], numbers[1]), time(numbers[2] % 24, numbers[3])
        if closes != time(0) and closes <= opens or ranges and (ranges[-1][1] == time(0) or opens < ranges[-1][1]):
            entry.problem(
                f"hours/{index}", "bad_hours", "时间段要按先后排列、互不重叠", "Hours come in order and do not overlap"
            )
            continue
        ranges.append((opens, closes))
    return tuple(ranges)


def _holidays(entry: Entry) -> str | frozenset[date]:
    given = entry.raw("holidays")
    if given is None:
        return frozenset()
    if not isinstance(given, str):
        return _dates(entry, "holidays")
    if not known_country(given):
        entry.problem(
            "holidays",
            "unknown_country",
            f"没有 {given!r} 的节假日；请写国家代码（如 CN）或日期列表",
            f"No holidays are known for {given!r}; give a country code such as CN, or a list of dates",
        )
        return frozenset()
    return given


def _dates(entry: Entry, key: str) -> frozenset[date]:
    found = (entry.as_date(f"{key}/{index}", day) for index, day in enumerate(entry.items(key)))
    return frozenset(day for day in found if day is not None)


def _days(days: frozenset[date]) -> list[str]:
    return [day.isoformat() for day in sorted(days)]


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
