"""Every function keeps what its examples promise, and is described in both languages."""

from __future__ import annotations

from decimal import Decimal

import pytest

from formwright_rules import Environment, PlainContext, compile_python
from formwright_rules.functions import functions

EXAMPLES = [(function.name, text, value) for function in functions for text, value in function.examples]
# What needs people, records or a clock has its story in test_people.py and test_records.py.
WITHOUT_EXAMPLES = {
    "today", "now", "member", "role", "department", "manager", "head", "members", "subordinates", "departments_under",
    "handler", "chosen", "approved_by", "round_robin", "least_loaded", "chain", "PREV", "CHANGED", "PARAM", "RECNO",
}  # fmt: skip


@pytest.mark.parametrize(("name", "text", "value"), EXAMPLES, ids=[text for _, text, _ in EXAMPLES])
def test_an_example_gives_what_it_says(name: str, text: str, value: object, context: PlainContext) -> None:
    result = compile_python(text, Environment({}))({}, context)
    assert result == value
    assert type(result) is type(value)


def test_every_function_has_help_and_examples() -> None:
    for function in functions:
        assert all(function.help.get(language) for language in ("zh", "en")), function.name
        assert function.hidden or function.examples or function.name in WITHOUT_EXAMPLES, function.name


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("RMBCAP(0)", "零元整"),
        ("RMBCAP(10)", "壹拾元整"),
        ("RMBCAP(100000000)", "壹亿元整"),
        ("RMBCAP(100010001)", "壹亿零壹万零壹元整"),
        ("RMBCAP(1234567.89)", "壹佰贰拾叁万肆仟伍佰陆拾柒元捌角玖分"),
        ("RMBCAP(1.05)", "壹元零伍分"),
        ('TEXT(-1234.5, "#,##0.00")', "-1,234.50"),
        ('TEXT(7, "000")', "007"),
        ('TEXT(0.5, "#.##")', ".5"),
        ('TEXT(2026-03-06T09:05, "yyyy-MM-dd HH:mm")', "2026-03-06 09:05"),
        ('TEXT(2026-03-06, "EEEE aaaa")', "Friday 星期五"),
        ('SUBSTITUTE("", "a", "b")', ""),
        ('LEN("👍好")', Decimal(2)),
    ],
)
def test_formats_and_capitals(text: str, value: object, context: PlainContext) -> None:
    assert compile_python(text, Environment({}))({}, context) == value


def test_a_split_payment_loses_no_cent() -> None:
    split = compile_python("SUM(ALLOCATE(100.01, [3, 3, 1, 7]))", Environment({}))
    assert split({}) == Decimal("100.01")


def test_no_answer_is_empty_and_warned_of(context: PlainContext) -> None:
    assert compile_python('VALUE("zwölf")', Environment({}))({}, context) is None
    assert [warning.code for warning in context.warnings] == ["not_a_number"]
    assert compile_python('IFERROR(VALUE("zwölf"), 12)', Environment({}))({}, context) == 12
    assert len(context.warnings) == 1
