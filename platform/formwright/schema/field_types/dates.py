"""Types that hold calendar dates, instants, times of day and spans of time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, ClassVar

from formwright.schema.field_types.base import (
    BadValue,
    ColumnSpec,
    FieldType,
    Lookup,
    Names,
    Types,
    field_types,
    is_empty,
)
from formwright.schema.model import Field
from formwright.schema.reading import Reader
from formwright.texts import Text, both
from formwright_rules import types as rule_types

_DATE = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(\.[0-9]{1,6})?)?")
_DURATION = re.compile(r"(-)?P(?:([0-9]{1,6})D)?(?:T(?:([0-9]{1,7})H)?(?:([0-9]{1,7})M)?(?:([0-9]{1,9})S)?)?")
_CLOCK_DURATION = re.compile(r"(-)?([0-9]{1,7}):([0-5][0-9])(?::([0-5][0-9]))?")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class RangeSettings:
    """`min` and `max`, both included; values of the type itself, or None."""

    min: Any = None
    max: Any = None


def parse_date(raw: Any) -> date | None:
    """A calendar date from `2026-01-31` (`2026/1/31` too). Raises BadValue `bad_date`."""
    if is_empty(raw):
        return None
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    match = _DATE.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if match:
        try:
            return date(*(int(part) for part in match.groups()))
        except ValueError:
            pass
    raise BadValue("bad_date", both("应为日期，如 2026-01-31", "Expected a date such as 2026-01-31"))


def parse_instant(raw: Any, timezone: tzinfo) -> datetime | None:
    """An instant in UTC, to the millisecond, from RFC 3339; a time without offset is one in `timezone`."""
    if is_empty(raw):
        return None
    found = raw if isinstance(raw, datetime) else None
    if isinstance(raw, str) and len(raw) <= 40:
        text = raw.strip()
        try:
            found = datetime.fromisoformat(text) if _starts_as_date(text) else None
        except ValueError:
            found = None
        if found is None and _DATE.fullmatch(text):
            day = parse_date(text)
            found = None if day is None else datetime.combine(day, time())
    if found is not None:
        try:
            aware = found if found.tzinfo else found.replace(tzinfo=timezone)
            instant = aware.astimezone(UTC)
            return instant.replace(microsecond=instant.microsecond // 1000 * 1000)
        except (OverflowError, ValueError):
            pass
    raise BadValue(
        "bad_datetime", both("应为时间，如 2026-01-31T09:00+08:00", "Expected a time such as 2026-01-31T09:00+08:00")
    )


def _starts_as_date(text: str) -> bool:
    # `fromisoformat` also takes week dates and bare digits, which here are more likely mistakes.
    return len(text) >= 16 and text[4] == "-" and text[7] == "-" and text[10] in "T t"


def show_date(value: date, language: str) -> str:
    """`2026-01-31` in Chinese, `31 Jan 2026` in English: neither can be misread."""
    return value.isoformat() if language == "zh" else f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def _check_range(value: Any, settings: RangeSettings) -> None:
    if (settings.min is not None and value < settings.min) or (settings.max is not None and value > settings.max):
        low, high = settings.min if settings.min is not None else "", settings.max if settings.max is not None else ""
        raise BadValue("out_of_range", both(f"应在 {low} 到 {high} 之间", f"Must be within {low}..{high}"))


class _Ranged(FieldType):
    """What the types with `min` and `max` have in common."""

    def read_settings(self, reader: Reader) -> RangeSettings:
        bounds = []
        for key in ("min", "max"):
            raw = reader.raw(key)
            try:
                bounds.append(self.bound(raw))
            except BadValue as problem:
                reader.error("wrong_type", problem.problems[0].message, key)
                bounds.append(None)
        return RangeSettings(*bounds)

    def bound(self, raw: Any) -> Any:
        """One end of the range from the document; a time without an offset there is one in UTC."""
        raise NotImplementedError


class DateType(_Ranged):
    """日期: a calendar date, without a zone."""

    name = "date"
    label: ClassVar[Text] = both("日期", "Date")

    def bound(self, raw: Any) -> date | None:
        return parse_date(raw)

    def column(self, field: Field) -> ColumnSpec:
        return ColumnSpec("date")

    def parse(self, raw: Any, field: Field, lookup: Lookup) -> date | None:
        value = parse_date(raw)
        if value is not None:
            _check_range(value, field.settings)
        return value

    def dump(self, value: date | None, field: Field) -> str | None:
        return None if value is None else value.isoformat()

    def show(self, value: date | None, field: Field, language: str, names: Names) -> str:
        return "" if value is None else show_date(value, language)

    def rule_type(self, field: Field, types: Types) -> rule_types.Type:
        return rule_types.DATE


class DatetimeType(_Ranged):
    """日期时间: an instant, shown in the site's zone."""

    name = "datetime"
    label: ClassVar[Text] = both("日期时间", "Date and time")

    def bound(self, raw: Any) -> datetime | None:
        return parse_instant(raw, UTC)

    def column(self, field: Field) -> ColumnSpec:
        return ColumnSpec("instant")

    def parse(self, raw: Any, field: Field, lookup: Lookup) -> datetime | None:
        value = parse_instant(raw, lookup.timezone)
        if value is not None:
            _check_range(value, field.settings)
        return value

    def dump(self, value: datetime | None, field: Field) -> str | None:
        return None if value is None else dump_instant(value)

    def show(self, value: datetime | None, field: Field, language: str, names: Names) -> str:
        if value is None:
            return ""
        local = value.astimezone(names.timezone)
        return f"{show_date(local.date(), language)} {local:%H:%M}"

    def rule_type(self, field: Field, types: Types) -> rule_types.Type:
        return rule_types.DATETIME


def dump_instant(value: datetime) -> str:
    """RFC 3339 with offset."""
    text = value.astimezone(UTC).isoformat(timespec="milliseconds" if value.microsecond else "seconds")
    return text.removesuffix("+00:00") + "Z"


class TimeType(_Ranged):
    """时间: a time of day."""

    name = "time"
    label: ClassVar[Text] = both("时间", "Time of day")

    def bound(self, raw: Any) -> time | None:
        return _parse_time(raw)

    def column(self, field: Field) -> ColumnSpec:
        return ColumnSpec("time")

    def parse(self, raw: Any, field: Field, lookup: Lookup) -> time | None:
        value = _parse_time(raw)
        if value is not None:
            _check_range(value, field.settings)
        return value

    def dump(self, value: time | None, field: Field) -> str | None:
        return None if value is None else value.isoformat("seconds")

    def show(self, value: time | None, field: Field, language: str, names: Names) -> str:
        return "" if value is None else value.strftime("%H:%M:%S" if value.second else "%H:%M")

    def rule_type(self, field: Field, types: Types) -> rule_types.Type:
        return rule_types.TIME


def _parse_time(raw: Any) -> time | None:
    if is_empty(raw):
        return None
    if isinstance(raw, time):
        return raw
    match = _TIME.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if match:
        hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
        if hour < 24 and minute < 60 and second < 60:
            return time(hour, minute, second)
    raise BadValue("bad_time", both("应为时间，如 09:30", "Expected a time of day such as 09:30"))


class DurationType(_Ranged):
    """时长: an exact span of time, to the second."""

    name = "duration"
    label: ClassVar[Text] = both("时长", "Duration")

    def bound(self, raw: Any) -> timedelta | None:
        return _parse_duration(raw)

    def column(self, field: Field) -> ColumnSpec:
        return ColumnSpec("duration")

    def parse(self, raw: Any, field: Field, lookup: Lookup) -> timedelta | None:
        value = _parse_duration(raw)
        if value is not None:
            _check_range(value, field.settings)
        return value

    def dump(self, value: timedelta | None, field: Field) -> dict[str, str] | None:
        return None if value is None else {"$duration": _iso_duration(value)}

    def show(self, value: timedelta | None, field: Field, language: str, names: Names) -> str:
        if value is None:
            return ""
        days, hours, minutes, seconds = _split(abs(value))
        units = ("天", "小时", "分钟", "秒") if language == "zh" else ("d", "h", "min", "s")
        shown = [f"{n} {unit}" for n, unit in zip((days, hours, minutes, seconds), units, strict=True) if n]
        return ("-" if value < timedelta(0) else "") + (" ".join(shown) or f"0 {units[2]}")

    def rule_type(self, field: Field, types: Types) -> rule_types.Type:
        return rule_types.DURATION


def _split(value: timedelta) -> tuple[int, int, int, int]:
    minutes, seconds = divmod(value.seconds, 60)
    return value.days, minutes // 60, minutes % 60, seconds


def _iso_duration(value: timedelta) -> str:
    days, hours, minutes, seconds = _split(abs(value))
    clock = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if n)
    text = (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
    return ("-P" if value < timedelta(0) else "P") + (text or "T0S")


def _parse_duration(raw: Any) -> timedelta | None:
    if is_empty(raw):
        return None
    if isinstance(raw, timedelta):
        return raw
    if isinstance(raw, Mapping) and set(raw) == {"$duration"}:
        raw = raw["$duration"]
    text = raw.strip() if isinstance(raw, str) else ""
    match = _DURATION.fullmatch(text)
    if match and any(match.groups()[1:]):
        sign, *parts = match.groups()
        days, hours, minutes, seconds = (int(part or 0) for part in parts)
    elif match := _CLOCK_DURATION.fullmatch(text):
        sign, days, hours, minutes, seconds = match[1], 0, int(match[2]), int(match[3]), int(match[4] or 0)
    else:
        raise BadValue(
            "bad_duration", both("应为时长，如 PT4H30M 或 4:30", "Expected a duration such as PT4H30M or 4:30")
        )
    value = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -value if sign else value


for _type in (DateType, DatetimeType, TimeType, DurationType):
    field_types.add(_type.name, _type())
