"""Dates: calendar dates have no zone; a datetime is read in the zone of the app."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from ..types import DATE, DATETIME, Type
from ..workcalendar import PlainCalendar
from .base import Evaluation, Nothing, function

D = Decimal
ONE, ZERO = Decimal(1), Decimal(0)
_PLAIN = PlainCalendar()


def zone_of(state: Evaluation) -> tzinfo:
    """The zone in which days are counted."""
    return state.around.timezone


def local_date(state: Evaluation, moment: date) -> date:
    """The calendar date of a date or a datetime."""
    return moment.astimezone(zone_of(state)).date() if isinstance(moment, datetime) else moment


def at_midnight(state: Evaluation, moment: date) -> datetime:
    """A date as 00:00 in the zone of the app; a datetime as it is."""
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time(0), zone_of(state))


def add_months(day: date, months: Decimal) -> date:
    """`months` later, at the last day of the month where it is shorter; a datetime keeps its time."""
    if not -120_000 < months < 120_000:
        raise Nothing("out_of_range", "日期超出范围", "The date is out of range")
    index = day.year * 12 + day.month - 1 + int(months)
    year, month = divmod(index, 12)
    if not 1 <= year <= 9999:
        raise Nothing("out_of_range", "日期超出范围", "The date is out of range")
    return day.replace(year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1]))


def _moment_type(types: Sequence[Type]) -> Type:
    return DATETIME if types and types[0] == DATETIME else DATE


@function("today()", "date", "今天", "Today", state=True)
def today(state: Evaluation) -> date:
    return state.around.now.astimezone(zone_of(state)).date()


@function("now()", "datetime", "现在", "Now", state=True)
def now(state: Evaluation) -> datetime:
    return state.around.now


@function("DATE(year: number, month: number, day: number)", "date", "年月日组成日期",
          "A date from year, month and day",
          ("DATE(2026, 1, 31)", date(2026, 1, 31)),
          ("DATE(2026, 13, 1)", date(2027, 1, 1)),
          ("DATE(2026, 3, 0)", date(2026, 2, 28)))  # fmt: skip
def date_(year: Decimal, month: Decimal, day: Decimal) -> date:
    if not 1 <= year <= 9999 or abs(month) > 100_000 or abs(day) > 3_000_000:
        raise Nothing("out_of_range", "日期超出范围", "The date is out of range")
    try:
        return add_months(date(int(year), 1, 1), Decimal(int(month) - 1)) + timedelta(days=int(day) - 1)
    except OverflowError:
        raise Nothing("out_of_range", "日期超出范围", "The date is out of range") from None


@function("TIME(hour: number, minute: number, second?: number)", "time", "时分秒组成时间",
          "A time from hour, minute and second",
          ("TIME(9, 30)", time(9, 30)))  # fmt: skip
def time_(hour: Decimal, minute: Decimal, second: Decimal = ZERO) -> time:
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        raise Nothing("out_of_range", "没有这个时间", "There is no such time")
    return time(int(hour), int(minute), int(second))


@function("YEAR(date: moment)", "number", "年", "The year", ("YEAR(2026-01-31)", D(2026)), state=True)
def year(state: Evaluation, moment: date) -> Decimal:
    return Decimal(local_date(state, moment).year)


@function("MONTH(date: moment)", "number", "月", "The month", ("MONTH(2026-01-31)", D(1)), state=True)
def month(state: Evaluation, moment: date) -> Decimal:
    return Decimal(local_date(state, moment).month)


@function("DAY(date: moment)", "number", "日", "The day of the month", ("DAY(2026-01-31)", D(31)), state=True)
def day(state: Evaluation, moment: date) -> Decimal:
    return Decimal(local_date(state, moment).day)


def _clock(state: Evaluation, moment: Any) -> Any:
    return moment.astimezone(zone_of(state)) if isinstance(moment, datetime) else moment


@function("HOUR(moment: any)", "number", "时", "The hour", ("HOUR(TIME(9, 30))", D(9)), state=True)
def hour(state: Evaluation, moment: Any) -> Decimal:
    return Decimal(getattr(_clock(state, moment), "hour", 0))


@function("MINUTE(moment: any)", "number", "分", "The minute", ("MINUTE(TIME(9, 30))", D(30)), state=True)
def minute(state: Evaluation, moment: Any) -> Decimal:
    return Decimal(getattr(_clock(state, moment), "minute", 0))


@function("SECOND(moment: any)", "number", "秒", "The second", ("SECOND(TIME(9, 30, 15))", D(15)), state=True)
def second(state: Evaluation, moment: Any) -> Decimal:
    return Decimal(getattr(_clock(state, moment), "second", 0))


@function("WEEKDAY(date: moment, type?: number)", "number", "星期几：默认星期日是 1，类型 2 星期一是 1",
          "The day of the week: Sunday is 1, with type 2 Monday is 1",
          ("WEEKDAY(2026-02-01)", D(1)),
          ("WEEKDAY(2026-02-01, 2)", D(7)),
          ("WEEKDAY(2026-02-01, 3)", D(6)), state=True)  # fmt: skip
def weekday(state: Evaluation, moment: date, type: Decimal = ONE) -> Decimal:
    monday = local_date(state, moment).weekday()
    if type == 1:
        return Decimal((monday + 1) % 7 + 1)
    if type in (2, 3):
        return Decimal(monday + (type == 2))
    raise Nothing("out_of_range", "类型是 1、2 或 3", "The type is 1, 2 or 3")


@function("WEEKNUM(date: moment, type?: number)", "number", "一年中第几周（1 月 1 日是第 1 周）",
          "The week of the year; the one with January 1 is the first",
          ("WEEKNUM(2026-01-04)", D(2)), ("WEEKNUM(2026-01-04, 2)", D(1)), state=True)  # fmt: skip
def weeknum(state: Evaluation, moment: date, type: Decimal = ONE) -> Decimal:
    if type == 21:
        return isoweeknum(state, moment)
    if type not in (1, 2):
        raise Nothing("out_of_range", "类型是 1、2 或 21", "The type is 1, 2 or 21")
    on = local_date(state, moment)
    first = on.replace(month=1, day=1).weekday()
    offset = (first + 1) % 7 if type == 1 else first
    return Decimal(((on - on.replace(month=1, day=1)).days + offset) // 7 + 1)


@function(
    "ISOWEEKNUM(date: moment)",
    "number",
    "ISO 周数",
    "The ISO week",
    ("ISOWEEKNUM(2026-01-01)", D(1)),
    ("ISOWEEKNUM(2027-01-01)", D(53)),
    state=True,
)
def isoweeknum(state: Evaluation, moment: date) -> Decimal:
    return Decimal(local_date(state, moment).isocalendar().week)


def _months_between(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)


@function("DATEDIF(start: moment, end: moment, unit?: text)", "number",
          "相差几天（D）、月（M）、年（Y）、小时（H）…，取整",
          "Whole days (D), months (M), years (Y), hours (H), minutes (MI), seconds (S) between; YM, MD, YD as in Excel",
          ('DATEDIF(2026-01-31, 2026-03-01, "M")', D(1)),
          ("DATEDIF(2026-01-31, 2026-03-01)", D(29)),
          ('DATEDIF(2024-02-29, 2026-02-28, "Y")', D(1)),
          state=True)  # fmt: skip
def datedif(state: Evaluation, start: date, end: date, unit: str = "D") -> Decimal:
    unit = unit.upper()
    if unit in ("H", "MI", "S"):
        seconds = (at_midnight(state, end) - at_midnight(state, start)) // timedelta(seconds=1)
        return Decimal(int(seconds / {"H": 3600, "MI": 60, "S": 1}[unit]))
    first, last = local_date(state, start), local_date(state, end)
    if first > last:
        raise Nothing("out_of_range", "开始晚于结束", "The start is after the end")
    months = _months_between(first, last)
    if unit == "D":
        return Decimal((last - first).days)
    if unit in ("M", "Y", "YM"):
        return Decimal({"M": months, "Y": months // 12, "YM": months % 12}[unit])
    if unit == "MD":
        return Decimal((last - add_months(first, Decimal(months))).days)
    if unit == "YD":
        return Decimal((last - add_months(first, Decimal(months // 12 * 12))).days)
    raise Nothing("out_of_range", "单位是 D M Y H MI S YM MD YD", "The unit is D, M, Y, H, MI, S, YM, MD or YD")


@function(
    "DAYS(end: moment, start: moment)",
    "number",
    "相差几天",
    "Days between",
    ("DAYS(2026-03-01, 2026-02-01)", D(28)),
    state=True,
)
def days(state: Evaluation, end: date, start: date) -> Decimal:
    return Decimal((local_date(state, end) - local_date(state, start)).days)


@function("DAYS360(start: moment, end: moment, european?: boolean)", "number", "按每月 30 天相差几天",
          "Days between, by months of 30 days",
          ("DAYS360(2026-01-30, 2026-03-01)", D(31)),
          ("DAYS360(2026-01-31, 2026-12-31)", D(330)), state=True)  # fmt: skip
def days360(state: Evaluation, start: date, end: date, european: bool = False) -> Decimal:
    first, last = local_date(state, start), local_date(state, end)
    one, other = first.day, last.day
    if european:
        one, other = min(one, 30), min(other, 30)
    else:
        if one == 31 or (first.month == 2 and (first + timedelta(days=1)).month == 3):
            one = 30
        if other == 31 and one >= 30:
            other = 30
    return Decimal((last.year - first.year) * 360 + (last.month - first.month) * 30 + other - one)


@function("EDATE(date: moment, months: number)", _moment_type, "几个月后的同一天", "The same day some months later",
          ("EDATE(2026-01-31, 1)", date(2026, 2, 28)), ("EDATE(2026-03-31, -1)", date(2026, 2, 28)))  # fmt: skip
def edate(moment: date, months: Decimal) -> date:
    return add_months(moment, months)


@function("EOMONTH(date: moment, months: number)", "date", "几个月后的月末",
          "The end of the month, some months later",
          ("EOMONTH(2026-01-15, 1)", date(2026, 2, 28)), state=True)  # fmt: skip
def eomonth(state: Evaluation, moment: date, months: Decimal) -> date:
    moved = add_months(local_date(state, moment).replace(day=1), months)
    return moved.replace(day=calendar.monthrange(moved.year, moved.month)[1])


def _calendar(state: Evaluation) -> Any:
    return state.context.calendar if state.context is not None else _PLAIN


@function("NETWORKDAYS(start: moment, end: moment, holidays?: list)", "number", "两天之间（含两端）的工作日数",
          "Working days between, both ends included",
          ("NETWORKDAYS(2026-03-02, 2026-03-08)", D(5)),
          ("NETWORKDAYS(2026-03-08, 2026-03-02)", D(-5)),
          ("NETWORKDAYS(2026-03-02, 2026-03-08, [2026-03-03])", D(4)),
          state=True)  # fmt: skip
def networkdays(state: Evaluation, start: date, end: date, holidays: Sequence[date] = ()) -> Decimal:
    first, last = local_date(state, start), local_date(state, end)
    work = _calendar(state)
    total = work.networkdays(first, last)
    free = {each for each in holidays if each is not None and min(first, last) <= each <= max(first, last)}
    off = sum(abs(work.networkdays(each, each)) for each in free)
    return Decimal(total - off if total >= 0 else total + off)


@function("WORKDAY(start: moment, days: number, holidays?: list)", "date", "几个工作日之后（或之前）",
          "Some working days later or earlier",
          ("WORKDAY(2026-03-06, 1)", date(2026, 3, 9)),
          ("WORKDAY(2026-03-09, -1)", date(2026, 3, 6)),
          ("WORKDAY(2026-03-06, 1, [2026-03-09])", date(2026, 3, 10)),
          state=True)  # fmt: skip
def workday(state: Evaluation, start: date, days: Decimal, holidays: Sequence[date] = ()) -> date:
    if abs(days) > 10_000:
        raise Nothing("out_of_range", "天数太多", "Too many days")
    on, work, step = local_date(state, start), _calendar(state), 1 if days > 0 else -1
    free = set(holidays)
    if not free:
        return work.workday(on, int(days))  # type: ignore[no-any-return]
    for _ in range(abs(int(days))):
        on = work.workday(on, step)
        while on in free:
            on = work.workday(on, step)
    return on


@function("STARTOF(date: moment, unit: text)", _moment_type, "所在年、季、月、周的第一天，或当天零点",
          "The start of its year, quarter, month, week or day",
          ('STARTOF(2026-05-20, "month")', date(2026, 5, 1)),
          ('STARTOF(2026-05-20, "quarter")', date(2026, 4, 1)),
          ('STARTOF(2026-05-20, "week")', date(2026, 5, 18)),
          state=True)  # fmt: skip
def startof(state: Evaluation, moment: date, unit: str) -> date:
    on = local_date(state, moment)
    unit = unit.lower()
    if unit == "week":
        on -= timedelta(days=on.weekday())
    elif unit in ("month", "quarter", "year"):
        on = on.replace(day=1)
        if unit != "month":
            on = on.replace(month=1 if unit == "year" else (on.month - 1) // 3 * 3 + 1)
    elif unit != "day":
        raise Nothing(
            "out_of_range", "单位是 year quarter month week day", "The unit is year, quarter, month, week or day"
        )
    return at_midnight(state, on) if isinstance(moment, datetime) else on


@function("ADDWORKHOURS(moment: datetime, hours: number)", "datetime", "几个工作小时之后", "Some working hours later",
          ("ADDWORKHOURS(2026-03-06T17:00+08:00, 2)", datetime.fromisoformat("2026-03-09T10:00+08:00")), state=True)  # fmt: skip
def addworkhours(state: Evaluation, moment: datetime, hours: Decimal) -> datetime:
    return _calendar(state).add_workhours(moment, hours, zone_of(state))  # type: ignore[no-any-return]


@function("WORKHOURS(start: datetime, end: datetime)", "number", "两个时刻之间的工作小时",
          "Working hours between two moments",
          ("WORKHOURS(2026-03-06T17:00+08:00, 2026-03-09T10:00+08:00)", D(2)), state=True)  # fmt: skip
def workhours(state: Evaluation, start: datetime, end: datetime) -> Decimal:
    return _calendar(state).workhours(start, end, zone_of(state))  # type: ignore[no-any-return]
