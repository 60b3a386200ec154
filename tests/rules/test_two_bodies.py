"""The fast body of a rule and its empty-aware body are one rule: on every record, empties included, they answer alike."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from formwright_rules import (
    BOOLEAN,
    DATE,
    DATETIME,
    DURATION,
    MEMBER,
    NUMBER,
    TEXT,
    Environment,
    EvaluationError,
    PlainContext,
    check,
    choice,
    compile_python,
    list_of,
    record,
    rows,
)
from formwright_rules.targets.python import _SlowBody
from formwright_rules.tree import Expression

ENVIRONMENT = Environment(
    {
        "n": NUMBER, "m": NUMBER, "s": TEXT, "t": TEXT, "b": BOOLEAN, "c": BOOLEAN, "d": DATE, "e": DATE, "w": DATETIME,
        "u": DURATION, "p": MEMBER, "ps": list_of(MEMBER), "o": choice(["x", "y"]), "os": list_of(choice(["x", "y"])),
        "r": record({"n": NUMBER, "s": TEXT, "p": MEMBER}, "other"),
        "l": rows({"n": NUMBER, "m": NUMBER, "s": TEXT, "b": BOOLEAN}),
    }
)  # fmt: skip
ZONE = ZoneInfo("Asia/Shanghai")


def one(*texts: str) -> st.SearchStrategy[str]:
    return st.sampled_from(texts)


def written(pattern: str, **parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.fixed_dictionaries(parts).map(lambda chosen: pattern.format(**chosen))


numbers: st.SearchStrategy[str] = st.deferred(
    lambda: st.one_of(
        one("n", "m", "r.n", "0", "1", "2.5", "15%", "null", "FIRST(l).n"),
        written("({a} {o} {b})", a=numbers, b=numbers, o=one("+", "-", "*", "/")),
        written("-{a}", a=numbers),
        written("IF({q}, {a}, {b})", q=truths, a=numbers, b=numbers),
        written("COALESCE({a}, {b})", a=numbers, b=numbers),
        written("IFERROR({a}, {b})", a=numbers, b=numbers),
        written("ROUND({a}, 1)", a=numbers),
        written("{f}({a}, {b})", f=one("SUM", "MIN", "MAX", "AVERAGE", "MOD"), a=numbers, b=numbers),
        written("{f}({c})", f=one("SUM", "MIN", "MAX", "COUNT", "AVERAGE"), c=columns),
        written("LEN({s})", s=texts),
        one("COUNT(l)", "COUNT(ps)", "DAYS(d, e)"),
    )
)
columns = st.deferred(
    lambda: st.one_of(
        one("l.n", "l.m"), written("({a} {o} {b})", a=columns, b=st.one_of(columns, numbers), o=one("+", "*", "-"))
    )
)
texts: st.SearchStrategy[str] = st.deferred(
    lambda: st.one_of(
        one("s", "t", "o", "r.s", '""', '"a"', '"X"', "null"),
        written("({a} & {b})", a=texts, b=st.one_of(texts, numbers)),
        written("{f}({a})", f=one("UPPER", "TRIM"), a=texts),
    )
)
moments = one("d", "e", "w", "2026-03-05", "2026-03-05T08:00", "today()", "d + 1 day", "e - 1 month", "w + u")
people = one("p", "r.p", "me", "initiator", "null")
sets = one("ps", "p + me", "ps - p", "(ps in (p + me))")
truths: st.SearchStrategy[str] = st.deferred(
    lambda: st.one_of(
        one("b", "c", "true", "(not b)", "(b = c)", "(b = false)", "(b is empty)"),
        written("({a} {o} {b})", a=numbers, b=numbers, o=one("=", "!=", "<", "<=", ">", ">=")),
        written("({a} {o} {b})", a=texts, b=texts, o=one("=", "!=", "<", "contains", "starts with", "ends with")),
        written("({a} {o} {b})", a=moments, b=moments, o=one("=", "!=", "<", ">=")),
        written("({a} {o} {b})", a=people, b=people, o=one("=", "!=")),
        written("({a} in {b})", a=people, b=sets),
        written("({a} between {b} and {c})", a=numbers, b=numbers, c=numbers),
        written("({a} between {b} and {c})", a=moments, b=moments, c=moments),
        written("({a} {o} [{b}, {c}])", a=numbers, b=numbers, c=numbers, o=one("in", "not in")),
        one(
            '(o in ["x"])',
            '(o = "x")',
            '(o != "y")',
            '(os contains "x")',
            '(s in ["a", ""])',
            "(o is empty)",
            "(l is empty)",
        ),
        written("({a} {o})", a=st.one_of(numbers, texts, people), o=one("is empty", "is not empty")),
        written("({a} {o} {b})", a=truths, b=truths, o=one("and", "or", "=")),
        written("(not {a})", a=truths),
        written("{f}(l, x -> x.n > {a})", f=one("ANY", "ALL"), a=numbers),
        one("ANY(l.b)", "ALL(l.b)", "ANY(l.n > 1)"),
    )
)

number_values = st.one_of(st.none(), st.sampled_from([Decimal(0), Decimal(1), Decimal("2.5"), Decimal(-3)]))
text_values = st.sampled_from([None, "", "a", "X", "xa", "1"])
records = st.fixed_dictionaries(
    {},
    optional={
        "n": number_values, "m": number_values, "s": text_values, "t": text_values,
        "b": st.sampled_from([None, True, False]), "c": st.sampled_from([None, True, False]),
        "d": st.sampled_from([None, date(2026, 3, 5), date(2026, 3, 6)]), "e": st.sampled_from([None, date(2026, 3, 5)]),
        "w": st.sampled_from([None, datetime(2026, 3, 5, 8, tzinfo=ZONE), datetime(2026, 3, 6, 23, tzinfo=ZONE)]),
        "u": st.sampled_from([None, timedelta(days=1), timedelta(hours=5)]),
        "p": st.sampled_from([None, 1, 2]), "ps": st.sampled_from([None, (), (1,), (2, 3)]),
        "o": st.sampled_from([None, "", "x", "y"]), "os": st.sampled_from([None, (), ("x",)]),
        "r": st.one_of(st.none(), st.fixed_dictionaries({}, optional={"n": number_values, "s": text_values, "p": st.sampled_from([None, 1])})),
        "l": st.one_of(st.none(), st.lists(
            st.fixed_dictionaries({}, optional={"n": number_values, "m": number_values, "b": st.sampled_from([None, True])}), max_size=3)),
    },
)  # fmt: skip


def outcome(rule: Any, values: dict[str, Any]) -> tuple[Any, ...]:
    context = PlainContext(datetime(2026, 3, 6, 9, tzinfo=ZONE), me=2, initiator=1)
    try:
        result = rule(values, context)
    except EvaluationError as error:
        return ("error", error.code)
    return (type(result), result)


@settings(max_examples=400)
@given(st.one_of(truths, numbers, texts, moments, sets), records)
def test_both_bodies_answer_alike(text: str, values: dict[str, Any]) -> None:
    checked = check(text, ENVIRONMENT)
    assume(all(each.code != "unknown_option" for each in checked.findings))
    assert checked.ok, (text, checked.findings)
    assert isinstance(checked.tree, Expression)
    assert outcome(compile_python(text, ENVIRONMENT), values) == outcome(_SlowBody(checked.tree), values), text
