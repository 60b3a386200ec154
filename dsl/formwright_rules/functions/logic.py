"""Logic: choosing between values. Most are special forms: the targets evaluate only the branch that is taken."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ..values import is_empty
from .base import Evaluation, Nothing, TooLarge, function

Thunk = Callable[[], Any]
_ONE, _TWO = Decimal(1), Decimal(2)


@function(
    "IF(condition: boolean, then: any, otherwise?: any)", "any",
    "条件成立取第二个值，否则取第三个", "One value when the condition holds, else the other",
    ("IF(2 > 1, 10, 20)", Decimal(10)), ("IF(2 < 1, 10)", None), special=True,
)  # fmt: skip
def if_(condition: bool, then: Thunk, otherwise: Thunk | None = None) -> Any:
    if condition:
        return then()
    return otherwise() if otherwise is not None else None


@function(
    "IFS(condition: boolean, then: any, *more: any)", "any",
    "第一个成立的条件后面的值", "The value behind the first condition that holds",
    ('IFS(1 > 2, "a", true, "b")', "b"), ('IFS(1 > 2, "a")', None), special=True,
)  # fmt: skip
def ifs(*pairs: Thunk) -> Any:
    for condition, value in zip(pairs[::2], pairs[1::2], strict=True):
        if condition():
            return value()
    return None


@function(
    "SWITCH(value: any, case: any, then: any, *more: any)", "any",
    "按值取对应的结果，最后可以写其他情况", "The result beside the equal case; the last may be the default",
    ('SWITCH("b", "a", 1, "b", 2, 9)', _TWO), ('SWITCH("z", "a", 1, 9)', Decimal(9)), special=True,
)  # fmt: skip
def switch(value: Any, *cases: Thunk) -> Any:
    for index in range(0, len(cases) - 1, 2):
        case = cases[index]()
        if value == case or (is_empty(value) and is_empty(case)):
            return cases[index + 1]()
    return cases[-1]() if len(cases) % 2 else None


@function(
    "AND(first: boolean, *more: boolean)", "boolean", "全部成立", "All hold",
    ("AND(true, 1 < 2)", True), ("AND(true, false)", False), empty="pass",
)  # fmt: skip
def and_(*values: Any) -> bool:
    return all(value is True for value in values)


@function(
    "OR(first: boolean, *more: boolean)", "boolean", "至少一个成立", "At least one holds",
    ("OR(false, 1 < 2)", True), ("OR(false, false)", False), empty="pass",
)  # fmt: skip
def or_(*values: Any) -> bool:
    return any(value is True for value in values)


@function(
    "NOT(value: boolean)", "boolean", "不成立", "The opposite", ("NOT(1 > 2)", True), ("NOT(true)", False), empty="pass"
)
def not_(value: Any) -> bool:
    return value is not True


@function(
    "XOR(first: boolean, *more: boolean)", "boolean", "成立的个数是奇数", "An odd number of them hold",
    ("XOR(true, false)", True), ("XOR(true, true)", False), empty="pass",
)  # fmt: skip
def xor(*values: Any) -> bool:
    return sum(value is True for value in values) % 2 == 1


@function(
    "IFERROR(value: any, otherwise: any)", "any",
    "算不出来（有警告）时取第二个值", "The second value when the first could not be worked out (it warned)",
    ("IFERROR(1 / 0, 7)", Decimal(7)), ("IFERROR(6 / 2, 7)", Decimal(3)), special=True, state=True, empty="pass",
)  # fmt: skip
def iferror(state: Evaluation, value: Thunk, otherwise: Thunk) -> Any:
    before = len(state.warnings)
    result = value()
    if len(state.warnings) == before:
        return result
    del state.warnings[before:]
    return otherwise()


@function(
    "COALESCE(first: any, *more: any)", "any", "第一个不为空的值", "The first value that is not empty",
    ('COALESCE(null, "", "x")', "x"), ("COALESCE(null, 0, 5)", Decimal(0)), special=True,
)  # fmt: skip
def coalesce(*values: Thunk) -> Any:
    for value in values:
        result = value()
        if not is_empty(result):
            return result
    return None


@function(
    "ISEMPTY(value: any)", "boolean", "是不是空的", "Whether it is empty",
    ("ISEMPTY(null)", True), ('ISEMPTY("")', True), ("ISEMPTY(0)", False), empty="pass",
)  # fmt: skip
def isempty(value: Any) -> bool:
    return is_empty(value)


@function("FIRST_HIT(condition: boolean, then: any, *more: any)", "any", "决策表", "A decision table: the first row that fits",
          special=True, hidden=True)  # fmt: skip
def first_hit(*pairs: Thunk) -> Any:
    return ifs(*pairs)


@function("UNIQUE_HIT(condition: boolean, then: any, *more: any)", "any", "决策表", "A decision table: at most one row fits",
          special=True, hidden=True)  # fmt: skip
def unique_hit(*pairs: Thunk) -> Any:
    hits = [value for condition, value in zip(pairs[::2], pairs[1::2], strict=True) if condition()]
    if len(hits) > 1:
        raise TooLarge("决策表有两行同时成立", "Two rows of a `unique` table are true at once")
    return hits[0]() if hits else None


@function("COLLECT_HITS(condition: boolean, then: any, *more: any)", "any", "决策表", "A decision table: all rows that fit",
          special=True, hidden=True)  # fmt: skip
def collect_hits(*pairs: Thunk) -> Any:
    found: dict[Any, None] = {}
    for condition, value in zip(pairs[::2], pairs[1::2], strict=True):
        if condition():
            result = value()
            for each in result if isinstance(result, list | tuple) else () if is_empty(result) else (result,):
                found[each] = None
    return tuple(found)


def no_answer() -> Nothing:
    """The answer of a look-up that found nothing."""
    return Nothing("not_found", "没有找到", "Nothing was found")
