"""Working days and hours: week ends, holidays, make-up days, and clocks that change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formwright.accounts.calendar import CalendarSettings, WorkCalendar, country_days, known_country
from formwright.errors import Invalid

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
CHINA = WorkCalendar(CalendarSettings(holidays="CN"))
PLAIN = WorkCalendar()


def at(text: str, tz: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=tz)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-03-02T09:30", 2, "2026-03-04T09:30"),
        ("2026-03-06T17:00", 1, "2026-03-09T17:00"),
        ("2026-03-07T10:00", 1, "2026-03-09T10:00"),
        ("2026-03-09T10:00", -1, "2026-03-06T10:00"),
        ("2026-03-08T10:00", 0, "2026-03-08T10:00"),
        ("2026-09-30T09:00", 1, "2026-10-08T09:00"),
        ("2026-02-14T09:00", 1, "2026-02-24T09:00"),
        ("2026-02-13T09:00", 1, "2026-02-14T09:00"),
    ],
    ids=[
        "two days",
        "over a week end",
        "from a week end",
        "back",
        "none",
        "national holiday",
        "spring festival",
        "make-up day",
    ],
)
def test_so_many_working_days_later_at_the_same_time_of_day(start: str, days: int, end: str) -> None:
    assert CHINA.add_workdays(at(start), days, SHANGHAI) == at(end)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-03-02T09:00", "1", "2026-03-02T10:00"),
        ("2026-03-02T11:30", "1", "2026-03-02T14:00"),
        ("2026-03-02T17:30", "1", "2026-03-03T09:30"),
        ("2026-03-06T17:30", "0.75", "2026-03-09T09:15"),
        ("2026-03-07T03:00", "4", "2026-03-09T14:30"),
        ("2026-03-02T06:00", "3", "2026-03-02T12:00"),
        ("2026-03-03T09:30", "-1", "2026-03-02T17:30"),
        ("2026-03-02T20:00", "-7.5", "2026-03-02T09:00"),
        ("2026-03-02T12:30", "0", "2026-03-02T12:30"),
    ],
)
def test_working_hours_pass_only_while_people_work(start: str, hours: str, end: str) -> None:
    assert PLAIN.add_workhours(at(start), Decimal(hours), SHANGHAI) == at(end)


def test_hours_between_two_moments() -> None:
    assert PLAIN.workhours(at("2026-03-02T09:00"), at("2026-03-02T18:00"), SHANGHAI) == Decimal("7.5")
    assert PLAIN.workhours(at("2026-03-06T17:00"), at("2026-03-09T10:00"), SHANGHAI) == Decimal(2)
    assert PLAIN.workhours(at("2026-03-07T09:00"), at("2026-03-08T18:00"), SHANGHAI) == 0
    assert PLAIN.workhours(at("2026-03-09T10:00"), at("2026-03-06T17:00"), SHANGHAI) == Decimal(-2)
    assert str(PLAIN.workhours(at("2026-01-01T00:00"), at("2027-01-01T00:00"), SHANGHAI)) == "1957.5"


def test_networkdays_and_workday_as_in_excel() -> None:
    assert PLAIN.networkdays(date(2026, 3, 2), date(2026, 3, 8)) == 5
    assert PLAIN.networkdays(date(2026, 3, 8), date(2026, 3, 2)) == -5
    assert PLAIN.networkdays(date(2026, 3, 2), date(2026, 3, 8), [date(2026, 3, 3), date(2026, 3, 7)]) == 4
    assert PLAIN.workday(date(2026, 3, 6), 1) == date(2026, 3, 9)
    assert PLAIN.workday(date(2026, 3, 7), 0) == date(2026, 3, 7)
    assert PLAIN.workday(date(2026, 3, 6), 2, [date(2026, 3, 9)]) == date(2026, 3, 11)
    assert PLAIN.workday(date(2026, 3, 9), -1, [date(2026, 3, 6)]) == date(2026, 3, 5)
    assert CHINA.networkdays(date(2026, 10, 1), date(2026, 10, 7)) == 0


def test_the_time_of_day_stays_when_the_clocks_change() -> None:
    after = PLAIN.add_workdays(at("2026-03-27T10:00", BERLIN), 1, BERLIN)
    assert after == at("2026-03-30T10:00", BERLIN)
    assert after - at("2026-03-27T10:00", BERLIN) == timedelta(days=3, hours=-1)


def test_an_own_list_of_holidays_and_make_up_days() -> None:
    settings = CalendarSettings(holidays=frozenset({date(2026, 3, 3)}), workdays=frozenset({date(2026, 3, 7)}))
    own = WorkCalendar(settings)
    assert [day for day in range(1, 9) if own.is_workday(date(2026, 3, day))] == [2, 4, 5, 6, 7]


def test_a_country_other_than_china_has_its_holidays() -> None:
    germany = WorkCalendar(CalendarSettings(holidays="DE"))
    assert germany.add_workdays(at("2026-04-30T10:00", BERLIN), 1, BERLIN) == at("2026-05-04T10:00", BERLIN)
    assert known_country("DE")
    assert known_country("CN")
    assert not known_country("XX")


def test_years_without_announced_holidays_follow_the_week() -> None:
    assert country_days("CN", 2099) == (frozenset(), frozenset())
    assert CHINA.is_workday(date(2099, 10, 1)) == (date(2099, 10, 1).weekday() < 5)


def test_a_night_shift_ends_at_midnight() -> None:
    night = WorkCalendar(CalendarSettings(hours=((time(20), time(0)),)))
    assert night.add_workhours(at("2026-03-02T23:00"), Decimal(1), SHANGHAI) == at("2026-03-03T00:00")
    assert night.add_workhours(at("2026-03-02T23:00"), Decimal(2), SHANGHAI) == at("2026-03-03T21:00")


@pytest.mark.parametrize("days", [10**9, -(10**9), Decimal("1e30")])
def test_absurd_spans_are_refused_at_once(days: int) -> None:
    with pytest.raises(Invalid):
        CHINA.add_workdays(at("2026-03-02T10:00"), days, SHANGHAI)
    with pytest.raises(Invalid):
        CHINA.add_workhours(at("2026-03-02T10:00"), Decimal(days), SHANGHAI)
    with pytest.raises(Invalid):
        WorkCalendar(CalendarSettings(week=frozenset())).add_workdays(at("2026-03-02T10:00"), 1, SHANGHAI)
    with pytest.raises(Invalid):
        WorkCalendar(CalendarSettings(hours=())).add_workhours(at("2026-03-02T10:00"), 1, SHANGHAI)


BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 10 * 365 * 86_400).map(lambda seconds: BEGIN + timedelta(seconds=seconds))
ZONES = st.sampled_from([SHANGHAI, BERLIN, ZoneInfo("America/New_York")])
MINUTES = st.integers(1, 20_000).map(lambda minutes: Decimal(minutes) / 60)


@given(MOMENTS, ZONES, MINUTES)
def test_hours_added_are_the_hours_between(start: datetime, tz: ZoneInfo, hours: Decimal) -> None:
    end = CHINA.add_workhours(start, hours, tz)
    assert abs(CHINA.workhours(start, end, tz) - hours) < Decimal("0.00001")
    assert end > start
    assert CHINA.is_workday(end.astimezone(tz).date())


@given(MOMENTS, ZONES, MINUTES)
def test_hours_taken_off_are_the_hours_between(end: datetime, tz: ZoneInfo, hours: Decimal) -> None:
    start = CHINA.add_workhours(end, -hours, tz)
    assert abs(CHINA.workhours(start, end, tz) - hours) < Decimal("0.00001")


@given(MOMENTS, st.integers(1, 300))
def test_days_added_can_be_taken_off_from_a_working_day(start: datetime, days: int) -> None:
    later = CHINA.add_workdays(start, days, SHANGHAI)
    first, last = start.astimezone(SHANGHAI).date(), later.astimezone(SHANGHAI).date()
    assert CHINA.networkdays(first + timedelta(days=1), last) == days
    if CHINA.is_workday(first):
        assert CHINA.add_workdays(later, -days, SHANGHAI) == start


@given(MOMENTS, MOMENTS, MOMENTS)
def test_working_hours_add_up(a: datetime, b: datetime, c: datetime) -> None:
    total = PLAIN.workhours(a, b, BERLIN) + PLAIN.workhours(b, c, BERLIN)
    assert abs(total - PLAIN.workhours(a, c, BERLIN)) < Decimal("0.00001")
