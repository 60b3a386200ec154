"""Field types: what they take, what they refuse and how they say it, and how values look."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formwright.schema.field_types import BadValue, field_types
from formwright.schema.field_types.later import later_types
from formwright.schema.forms import read_field
from formwright.schema.model import Field, Finding
from formwright.schema.reading import Reader

SHANGHAI = ZoneInfo("Asia/Shanghai")


class World:
    """Ann, the sales department, one customer and one file."""

    currency = "CNY"

    @property
    def timezone(self) -> tzinfo:
        return SHANGHAI

    def member(self, reference: Any) -> Any:
        return {"ann@example.com": 7, "7": 7, 7: "Ann"}.get(reference)

    def department(self, reference: str) -> Any:
        return {"sales": "sales"}.get(reference)

    def record(self, form: str, reference: Any) -> Any:
        if isinstance(reference, Mapping):
            return 42 if reference == {"name": "Acme"} else None
        return {"42": 42, 42: "Acme"}.get(reference)

    def file(self, reference: str) -> Any:
        return {"f1": "offer.pdf"}.get(reference)


WORLD = World()


def field(**keys: Any) -> Field:
    findings: list[Finding] = []
    made = read_field(Reader({"id": "x", **keys}, "", findings), within_rows=False)
    assert findings == []
    return made


def parse(raw: Any, **keys: Any) -> Any:
    each = field(**keys)
    return field_types[each.type].parse(raw, each, WORLD)


def dump(value: Any, **keys: Any) -> Any:
    each = field(**keys)
    return field_types[each.type].dump(value, each)


def show(value: Any, language: str = "en", **keys: Any) -> str:
    each = field(**keys)
    return field_types[each.type].show(value, each, language, WORLD)


def refusal(raw: Any, **keys: Any) -> str:
    with pytest.raises(BadValue) as caught:
        parse(raw, **keys)
    for problem in caught.value.problems:
        assert isinstance(problem.message, Mapping)
        assert problem.message["zh"]
        assert problem.message["en"]
    return caught.value.code


OPTIONS = [{"id": "A", "label": {"zh": "甲", "en": "Gold"}}, {"id": "B", "label": "乙"}, {"id": "C"}]


def test_numbers_are_exact_decimals_with_their_places() -> None:
    assert parse(Decimal("1.5"), type="number") == Decimal("1.50")
    assert str(parse("1,234.5", type="money")) == "1234.50"
    assert str(parse("１２３", type="number", places=0)) == "123"
    assert parse(0.1, type="number") == Decimal("0.10")
    assert str(parse("-0", type="number")) == "0.00"
    assert parse("", type="number") is None
    assert parse(Decimal("1.500000"), type="number", places=1) == Decimal("1.5")


def test_a_number_beyond_its_bounds_is_refused_by_name() -> None:
    assert refusal(Decimal("1.234"), type="number") == "too_many_places"
    assert refusal(10**16, type="number") == "out_of_range"
    assert parse(10**16 - 1, type="number") == 10**16 - 1
    assert refusal(-1, type="number", min=0) == "out_of_range"
    assert refusal(True, type="number") == "bad_number"
    for nonsense in ("abc", "1e5", "1,23", "NaN", "--1", ".", {}, [1], Decimal("NaN"), float("inf")):
        assert refusal(nonsense, type="number") == "bad_number"


@pytest.mark.parametrize(
    "bomb", [Decimal("1e999999"), Decimal("1e-999999"), "9" * 5000, 10**3000, Decimal("0." + "1" * 3000)]
)
def test_monstrous_numbers_are_refused_without_work(bomb: Any) -> None:
    assert refusal(bomb, type="number") in ("out_of_range", "too_many_places", "bad_number")


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**15), max_value=10**15))
def test_a_number_survives_the_way_out_and_back(number: Decimal) -> None:
    assert parse(dump(number, type="number"), type="number") == number


def test_long_numbers_go_out_as_text() -> None:
    assert dump(Decimal("1234567890123456.78"), type="number") == "1234567890123456.78"
    assert dump(Decimal("1234567890123.45"), type="number") == 1234567890123.45
    assert dump(Decimal("5.00"), type="number") == 5
    assert dump(Decimal("1000000000000000.00"), type="number") == "1000000000000000"


def test_a_percentage_is_a_fraction_everywhere() -> None:
    assert parse("15%", type="percent") == Decimal("0.15")
    assert parse("12.5 ％", type="percent") == Decimal("0.125")
    assert parse(Decimal("0.15"), type="percent") == Decimal("0.15")
    assert refusal("0.001%", type="percent") == "too_many_places"
    assert refusal("%", type="percent") == "bad_number"
    assert show(Decimal("0.1250"), type="percent") == "12.5%"
    assert show(Decimal("1.0000"), type="percent") == "100%"


def test_money_is_shown_in_its_currency() -> None:
    assert show(Decimal("-1234.50"), "zh", type="money") == "-¥1,234.50"
    assert show(Decimal("1234.50"), "en", type="money", currency="USD") == "$1,234.50"
    assert show(Decimal("3.00"), "en", type="number", unit={"zh": "件", "en": "pcs"}) == "3.00 pcs"
    assert show(None, type="money") == ""


def test_dates_are_read_and_shown_without_a_zone() -> None:
    assert parse("2026-01-31", type="date") == date(2026, 1, 31)
    assert parse("2026年1月31日", type="date") == date(2026, 1, 31)
    for nonsense in ("2026-02-30", "31/01/2026", 20260131, "tomorrow", "2026-01-31T00:00"):
        assert refusal(nonsense, type="date") == "bad_date"
    assert refusal("2025-12-31", type="date", min="2026-01-01") == "out_of_range"
    assert show(date(2026, 1, 31), "zh", type="date") == "2026-01-31"
    assert show(date(2026, 1, 31), "en", type="date") == "31 Jan 2026"


def test_instants_are_utc_inside_and_local_on_screen() -> None:
    nine = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    assert parse("2026-03-02T09:00:00+08:00", type="datetime") == nine
    assert parse("2026-03-02T01:00Z", type="datetime") == nine
    assert parse("2026-03-02 09:00", type="datetime") == nine
    assert parse("2026-03-02", type="datetime") == datetime(2026, 3, 1, 16, 0, tzinfo=UTC)
    assert parse("2026-03-02T01:00:00.123456Z", type="datetime").microsecond == 123000
    assert refusal("0001-01-01T00:00:00+08:00", type="datetime") == "bad_datetime"
    assert refusal("2026-W10-1T09:00:00", type="datetime") == "bad_datetime"
    assert dump(nine, type="datetime") == "2026-03-02T01:00:00Z"
    assert show(nine, "zh", type="datetime") == "2026-03-02 09:00"


def test_times_and_durations() -> None:
    assert parse("9:30", type="time") == time(9, 30)
    assert refusal("24:00", type="time") == "bad_time"
    assert parse("PT4H30M", type="duration") == timedelta(hours=4, minutes=30)
    assert parse({"$duration": "P1DT1S"}, type="duration") == timedelta(days=1, seconds=1)
    assert parse("4:30", type="duration") == timedelta(hours=4, minutes=30)
    assert refusal("P", type="duration") == "bad_duration"
    assert dump(timedelta(days=1, hours=2), type="duration") == {"$duration": "P1DT2H"}
    assert show(timedelta(hours=4, minutes=30), "zh", type="duration") == "4 小时 30 分钟"


@given(
    st.timedeltas(timedelta(days=-999), timedelta(days=999)).map(
        lambda each: timedelta(seconds=int(each.total_seconds()))
    )
)
def test_a_duration_survives_the_way_out_and_back(span: timedelta) -> None:
    assert parse(dump(span, type="duration"), type="duration") == span


def test_an_option_is_named_by_id_or_by_label() -> None:
    assert parse("A", type="select", options=OPTIONS) == "A"
    assert parse("甲", type="select", options=OPTIONS) == "A"
    assert parse(" Gold ", type="select", options=OPTIONS) == "A"
    assert refusal("D", type="select", options=OPTIONS) == "unknown_option"
    assert parse("D", type="select", options=OPTIONS, other=True) == "D"
    assert show("A", "zh", type="select", options=OPTIONS) == "甲"
    assert show("gone", "zh", type="select", options=OPTIONS) == "gone"


def test_several_options_keep_the_order_of_the_list() -> None:
    assert parse(["C", "A", "C"], type="multiselect", options=OPTIONS) == ("A", "C")
    assert parse("乙、甲", type="multiselect", options=OPTIONS) == ("A", "B")
    assert parse([], type="multiselect", options=OPTIONS) == ()
    assert refusal(["A", "D"], type="multiselect", options=OPTIONS) == "unknown_option"
    assert dump(("A", "B"), type="multiselect", options=OPTIONS) == ["A", "B"]
    assert show(("A", "B"), "zh", type="multiselect", options=OPTIONS) == "甲、乙"


def test_yes_and_no_in_both_languages_and_in_their_own_words() -> None:
    assert [parse(each, type="boolean") for each in (True, "是", "no", "1", None)] == [True, True, False, True, None]
    assert parse("已寄出", type="boolean", yes={"zh": "已寄出", "en": "Sent"}) is True
    assert refusal("maybe", type="boolean") == "bad_boolean"
    assert refusal(1, type="boolean") == "bad_boolean"


def test_members_and_records_are_numbers_inside_and_strings_outside() -> None:
    assert parse("ann@example.com", type="member") == 7
    assert parse({"id": "7", "email": "ann@example.com", "name": "Ann"}, type="member") == 7
    assert refusal("bob@example.com", type="member") == "unknown_member"
    assert dump(7, type="member") == "7"
    assert show(7, type="member") == "Ann"
    assert parse("sales", type="department") == "sales"
    assert refusal("nowhere", type="department") == "unknown_department"
    assert parse({"$match": {"name": "Acme"}}, type="relation", form="customer") == 42
    assert parse("42", type="relation", form="customer") == 42
    assert refusal({"$match": {"name": "?"}}, type="relation", form="customer") == "unknown_record"
    assert refusal([1], type="relation", form="customer") == "unknown_record"
    assert show(42, type="relation", form="customer") == "Acme"


def test_files_are_counted_and_must_exist() -> None:
    assert parse(["f1", "f1"], type="attachment") == ("f1",)
    assert refusal(["f2"], type="attachment") == "unknown_file"
    assert refusal(["f1", "f2"], type="attachment", count=1) == "too_many"


def test_texts_have_a_length_a_pattern_and_a_form() -> None:
    assert parse("", type="text") is None
    assert refusal("abcd", type="text", max=3) == "too_long"
    assert refusal("x" * 70_000, type="textarea") == "too_long"
    assert refusal("ab1", type="text", pattern="[a-z]+") == "pattern"
    assert refusal(["a"], type="text") == "bad_text"
    assert parse("a\r\nb", type="textarea") == "a\nb"
    assert parse(" ann@example.com ", type="email") == "ann@example.com"
    assert refusal("ann@", type="email") == "bad_format"
    assert parse("+86 138-0000-0000", type="phone") == "+86 138-0000-0000"
    assert refusal("javascript:alert(1)", type="url") == "bad_format"
    assert parse("11010519491231002X", type="text", format="id_card") == "11010519491231002X"
    assert refusal("110105194912310021", type="text", format="id_card") == "bad_format"


@pytest.mark.parametrize("nasty", ["a\x00b", "a\ud800b"])
def test_what_no_database_takes_is_refused(nasty: str) -> None:
    assert refusal(nasty, type="text") == "bad_text"
    assert refusal([{"x": nasty}], type="rows", fields=[{"id": "x", "type": "text"}]) == "bad_text"


def test_rows_name_every_bad_cell() -> None:
    rows: dict[str, Any] = {
        "type": "rows",
        "fields": [{"id": "what", "type": "text"}, {"id": "quantity", "type": "number", "places": 0}],
    }
    assert parse([{"what": "x", "quantity": 2}, {"id": "5", "quantity": "3"}], **rows) == (
        {"id": None, "what": "x", "quantity": Decimal(2)},
        {"id": 5, "quantity": Decimal(3)},
    )
    with pytest.raises(BadValue) as caught:
        parse([{"quantity": "two"}, {"wat": 1}, {"id": "x"}, 5], **rows)
    assert [(problem.at, problem.code) for problem in caught.value.problems] == [
        ("/0/quantity", "bad_number"),
        ("/1/wat", "unknown_field"),
        ("/2/id", "unknown_row"),
        ("/3", "bad_rows"),
    ]
    assert dump(({"id": 5, "what": "x", "quantity": Decimal("2")},), **rows) == [
        {"id": "5", "what": "x", "quantity": 2}
    ]
    assert refusal([{}, {}], **{**rows, "max": 1}) == "too_many_rows"


def test_a_rating_counts_stars() -> None:
    assert parse(4, type="rating") == 4
    assert refusal(6, type="rating") == "out_of_range"
    assert dump(Decimal(4), type="rating") == 4


def test_every_field_type_of_the_format_is_known() -> None:
    known = (
        "text textarea richtext number money percent rating date datetime time duration boolean select multiselect member "
        "members department departments relation relations lookup rollup rows serial email phone url address location "
        "attachment image signature"
    ).split()
    assert sorted([*field_types, *later_types]) == sorted(known)


@pytest.mark.parametrize("name", list(field_types))
def test_every_type_explains_itself_and_takes_emptiness(name: str) -> None:
    each = field_types[name]
    assert (each.__doc__ or "").strip()
    assert isinstance(each.label, Mapping)
    assert each.label["zh"]
    assert each.label["en"]
    keys: dict[str, Any] = {"type": name}
    if name == "relation":
        keys["form"] = "customer"
    if name in ("select", "multiselect"):
        keys["options"] = OPTIONS
    if name == "rows":
        keys["fields"] = [{"id": "y", "type": "text"}]
    empty = parse(None, **keys)
    assert empty in (None, ())
    assert parse("", **keys) == empty
    assert show(empty, **keys) == ""
    assert dump(empty, **keys) in (None, [])


@pytest.mark.parametrize("name", list(field_types))
@given(
    raw=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=5,
    )
)
def test_nothing_sent_makes_a_type_crash(name: str, raw: Any) -> None:
    keys: dict[str, Any] = {"type": name, "form": "customer"} if name == "relation" else {"type": name}
    if name in ("select", "multiselect"):
        keys["options"] = OPTIONS
    if name == "rows":
        keys["fields"] = [{"id": "y", "type": "text"}]
    try:
        value = parse(raw, **keys)
    except BadValue:
        return
    dump(value, **keys)
