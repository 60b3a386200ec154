"""What expressions mean: numbers, emptiness, comparisons, rows, dates. Each in its fast and its empty-aware way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from formwright_rules import (
    BOOLEAN,
    DATE,
    NUMBER,
    TEXT,
    Environment,
    EvaluationError,
    PlainContext,
    compile_python,
    record,
    rows,
)

FIELDS = {
    "a": NUMBER, "b": NUMBER, "s": TEXT, "t": TEXT, "flag": BOOLEAN, "day": DATE, "r": record({"x": NUMBER, "name": TEXT}),
    "lines": rows({"q": NUMBER, "p": NUMBER}),
}  # fmt: skip
EMPTY: dict[str, Any] = dict.fromkeys(FIELDS)


def value_of(text: str, context: PlainContext | None = None, **values: Any) -> Any:
    return compile_python(text, Environment(FIELDS))({**EMPTY, **values}, context)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("-2^2", 4),
        ("2^-1", Decimal("0.5")),
        ("2^3^2", 64),
        ("10 - 2 - 3", 5),
        ("15% * 200", 30),
        ("50%%", Decimal("0.005")),
        ("0.1 + 0.2", Decimal("0.3")),
        ("1 / 4", Decimal("0.25")),
        ('"a" & 1 & null & "b"', "a1b"),
        ("1 < 2 and not 2 < 1", True),
        ("true or false and false", True),
        ("not true = false", True),
        ("3 between 1 and 3", True),
        ("[1, 2] = [1, 2]", True),
        ('"It""s"', 'It"s'),
        ("'It''s'", "It's"),
        ("2026-01-31 + 1 day", date(2026, 2, 1)),
        ("2026-01-31 + 1 month", date(2026, 2, 28)),
        ("2026-03-02 - 2026-03-01", timedelta(days=1)),
        ("3 days * 2 = 6 days", True),
        ("36 hours / 1 day", Decimal("1.5")),
        ("1 week = 7 days", True),
    ],
)
def test_arithmetic_is_that_of_excel_and_exact(text: str, value: object) -> None:
    assert value_of(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a + 1", None),
        ("a * b", None),
        ("-a", None),
        ("a = b", True),
        ("a = null", True),
        ("a = 0", False),
        ("a != 0", True),
        ("not a = 0", True),
        ("a < 1", False),
        ("a >= 0", False),
        ("not a < 1", True),
        ("a between 0 and 9", False),
        ('s = ""', True),
        ("s = t", True),
        ('s != "lost"', True),
        ('s & "x"', "x"),
        ('s contains "x"', False),
        ('s contains ""', False),
        ('s starts with ""', False),
        ('s in ["", "x"]', False),
        ('s not in ["x"]', True),
        ("flag", False),
        ("not flag", True),
        ("flag = false", True),
        ("flag is empty", True),
        ("flag and true", False),
        ("r.x + 1", None),
        ("r.x is empty", True),
        ("r is empty", True),
        ("day < 2026-01-01", False),
        ("day + 1 day", None),
        ("SUM(lines.q * lines.p)", 0),
        ("COUNT(lines)", 0),
        ("MAX(lines.q)", None),
        ("AVERAGE(lines.q)", None),
        ("ALL(lines, row -> row.q > 1)", True),
        ("ANY(lines, row -> row.q > 1)", False),
        ("IF(flag, 1, 2)", 2),
        ("ROUND(a, 2)", None),
        ("LEN(s)", 0),
        ("UPPER(s)", ""),
        ("COALESCE(a, b, 3)", 3),
    ],
)
def test_emptiness_is_one_idea(text: str, value: object) -> None:
    result = value_of(text)
    assert result == value
    assert isinstance(result, bool) == isinstance(value, bool)
    # An empty text, a missing key and null are all the same emptiness.
    rule = compile_python(text, Environment(FIELDS))
    assert rule({}) == value
    assert rule({**EMPTY, "s": "", "t": "", "lines": []}) == value


def test_not_equal_is_exactly_not_equal_negated() -> None:
    for left in (None, "", "x", "y"):
        for right in (None, "", "x"):
            values = {"s": left, "t": right}
            assert value_of("s != t", **values) is not value_of("s = t", **values)
            assert value_of("s != t", **values) is value_of("not s = t", **values)


def test_division_by_zero_is_empty_and_names_its_place(context: PlainContext) -> None:
    assert value_of("1 + a / b", context, a=Decimal(1), b=Decimal(0)) is None
    (warning,) = context.warnings
    assert (warning.code, warning.severity, warning.column) == ("division_by_zero", "warning", 5)
    assert value_of("IFERROR(a / b, 0)", context, a=Decimal(1), b=Decimal(0)) == 0
    assert len(context.warnings) == 1


@pytest.mark.parametrize(
    "text", ["9^9^9^9", "EXP(500)", "10^59 * 100", "SUM(10^60, 9 * 10^60)", "a * a * a * a * a * a * a"]
)
def test_overflow_is_an_error_and_not_a_hang(text: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        value_of(text, a=Decimal("1e9"))
    assert caught.value.code == "overflow"


def test_sums_keep_34_digits() -> None:
    assert value_of("a * b", a=Decimal("12345678901234567"), b=Decimal("98765432109876543")) == Decimal(
        12345678901234567 * 98765432109876543
    )


def test_arithmetic_does_not_leak_its_precision() -> None:
    value_of("a / 3", a=Decimal(1))
    assert len(str(Decimal(1) / Decimal(3))) == 30


def test_columns_of_rows_are_computed_row_by_row(quote: Environment, values: Mapping[str, Any]) -> None:
    total = compile_python("SUM(lines.quantity * lines.price * (1 - lines.discount))", quote)
    assert total(values) == Decimal("5400.0")
    values["lines"][0]["discount"] = None
    assert total(values) == Decimal(3600)
    assert compile_python("SUM(ROUND(lines.price / 7, 1))", quote)(values) == Decimal("314.3")
    assert compile_python("lines.quantity > 2", quote)(values) == (False, True)
    assert compile_python("SUM(IF(lines.quantity > 2, lines.price, 0))", quote)(values) == 1200
    assert compile_python("COUNT(lines)", quote)(values) == 2
    assert compile_python('COUNTIF(lines.kind, "hw")', quote)(values) == 1
    assert compile_python('SUMIF(lines.kind, "sw", lines.price)', quote)(values) == 1200


def test_lists_are_chosen_tested_and_walked(quote: Environment, values: Mapping[str, Any]) -> None:
    assert compile_python("ALL(lines, row -> row.quantity <= row.product.stock)", quote)(values) is False
    assert compile_python("ANY(lines, row -> row.quantity <= row.product.stock)", quote)(values) is True
    assert compile_python("FIRST(FILTER(lines, l -> l.quantity > 2)).product.name", quote)(values) == "MG"
    assert compile_python("MAP(lines, l -> l.price * 2)", quote)(values) == (2000, 2400)
    assert compile_python("LAST(SORT(lines, l -> l.price)).kind", quote)(values) == "sw"
    assert compile_python('tags contains "贵宾"', quote)(values) is True
    assert compile_python('JOIN(lines.product.name, "+")', quote)(values) == "GTX+MG"


def test_text_is_exact_but_contains_sees_neither_case_nor_width() -> None:
    assert value_of('s = "abc"', s="ABC") is False
    assert value_of('s contains "ＡＢ"', s="xabc") is True
    assert value_of('s matches "[A-Z]+-\\d+"', s="AB-12") is True
    assert value_of('s matches "[A-Z]+"', s="AB-12") is False
    assert value_of('s ends with "12"', s="AB-12") is True


def test_dates_are_in_the_zone_of_the_app(quote: Environment, values: Mapping[str, Any], context: PlainContext) -> None:
    late = {**values, "sent_at": datetime.fromisoformat("2026-03-06T23:30:00+00:00")}
    assert compile_python("DAY(sent_at)", quote)(late, context) == 7
    assert compile_python("sent_at = 2026-03-07", quote)(late, context) is True
    assert compile_python("sent_at > 2026-03-06", quote)(late, context) is True
    assert compile_python("sent_at between 2026-03-07 and 2026-03-07", quote)(late, context) is True
    assert compile_python("sent_at > 2026-03-07T07:00", quote)(late, context) is True
    assert (
        compile_python("due_date - today() < 3 days", quote)({**values, "due_date": date(2026, 3, 8)}, context) is True
    )
    assert compile_python("today", quote)(values, context) == date(2026, 3, 6)
    assert compile_python("sent_at + 2 workdays", quote)(values, context) == datetime.fromisoformat(
        "2026-03-10T09:00+08:00"
    )


def test_a_clock_is_needed_where_a_rule_asks_for_today() -> None:
    assert value_of("today()") is None


def test_a_long_sum_needs_no_deep_stack(quote: Environment) -> None:
    text = "+".join(["amount"] * 1000)
    assert compile_python(text, quote)({"amount": Decimal(2)}) == 2000
    assert compile_python(text, quote)({"amount": None}) is None
    long_or = " or ".join(["amount=1"] * 600)
    assert compile_python(long_or, quote)({"amount": Decimal(1)}) is True
    joined = " & ".join(['"a"'] * 1000)
    assert compile_python(joined, quote)({}) == "a" * 1000


def test_only_the_branch_that_is_taken_is_worked_out(context: PlainContext) -> None:
    assert value_of("IF(b = 0, 0, a / b)", context, a=Decimal(1), b=Decimal(0)) == 0
    assert value_of("IFS(b = 0, 9, a / b > 1, 1)", context, a=Decimal(1), b=Decimal(0)) == 9
    assert value_of("b != 0 and a / b > 1", context, a=Decimal(1), b=Decimal(0)) is False
    assert context.warnings == []


def test_the_same_functions_by_any_case() -> None:
    assert value_of("sum(1, 2) + Sum(3)") == 6
    assert value_of("A + B", a=Decimal(1), b=Decimal(2)) == 3
    assert value_of("a > 1 AND b > 1", a=Decimal(2), b=Decimal(2)) is True


def test_a_share_of_the_whole_in_each_row() -> None:
    lines = [{"q": Decimal(1)}, {"q": Decimal(3)}]
    assert value_of("lines.q / SUM(lines.q)", lines=lines) == (Decimal("0.25"), Decimal("0.75"))
    assert value_of("SUM(lines.q * COUNT(lines))", lines=lines) == 8
    assert value_of("SUM(IF(lines.q > AVERAGE(lines.q), lines.q, 0))", lines=lines) == 3
