"""Numbers: sums, counts, rounding. All exact decimals; ROUND goes half away from zero."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, ROUND_UP, Context, Decimal
from typing import Any

from ..types import NUMBER, ListOf, Type
from ..values import ZERO, is_empty
from .base import Nothing, function
from .criteria import criterion_of

D = Decimal
ONE = Decimal(1)
_PLACES = {digits: Decimal(1).scaleb(-digits) for digits in range(-30, 31)}
_WIDE = Context(prec=50, Emin=-120, Emax=120)


def numbers_in(values: Sequence[Any]) -> Iterator[Decimal]:
    """The numbers among the arguments, lists opened, empties skipped."""
    for value in values:
        if isinstance(value, list | tuple):
            yield from (each for each in value if each is not None and each != "")
        elif value is not None and value != "":
            yield value


def _whole(value: Decimal, least: int, most: int) -> int:
    if not least <= value <= most:
        raise Nothing("out_of_range", f"要在 {least} 到 {most} 之间", f"Must be between {least} and {most}")
    return int(value)


@function(
    "SUM(*values: numbers)", "number", "求和，跳过空值", "The sum; empties are skipped",
    ("SUM(1, 2.5, null)", D("3.5")), ("SUM([1, 2, 3])", D(6)), ("SUM([])", D(0)), empty="pass",
)  # fmt: skip
def sum_(*values: Any) -> Decimal:
    return sum(numbers_in(values), ZERO)


@function(
    "AVERAGE(*values: numbers)", "number", "平均值，跳过空值", "The mean; empties are skipped",
    ("AVERAGE(1, 2, 6)", D(3)), ("AVERAGE([])", None), empty="pass",
)  # fmt: skip
def average(*values: Any) -> Decimal | None:
    found = list(numbers_in(values))
    return sum(found, ZERO) / len(found) if found else None


def _extreme(types: Sequence[Type]) -> Type:
    first = types[0] if types else NUMBER
    return first.element if isinstance(first, ListOf) else first


@function("MIN(first: any, *more: any)", _extreme, "最小的数或最早的日期", "The smallest number or the earliest date",
          ("MIN(3, 1, 2)", D(1)), ("MIN([])", None), empty="pass")  # fmt: skip
def min_(*values: Any) -> Any:
    return min(numbers_in(values), default=None)


@function("MAX(first: any, *more: any)", _extreme, "最大的数或最晚的日期", "The largest number or the latest date",
          ("MAX(3, 1, 2)", D(3)), ("MAX([])", None), empty="pass")  # fmt: skip
def max_(*values: Any) -> Any:
    return max(numbers_in(values), default=None)


def _count(values: Sequence[Any]) -> Decimal:
    total = 0
    for value in values:
        if isinstance(value, list | tuple):
            total += sum(not is_empty(each) for each in value)
        else:
            total += not is_empty(value)
    return Decimal(total)


@function("COUNT(*values: any)", "number", "不为空的个数；子表的行数", "How many are not empty; the rows of a subform",
          ("COUNT([1, null, 3])", D(2)), ("COUNT([])", D(0)), empty="pass")  # fmt: skip
def count(*values: Any) -> Decimal:
    return _count(values)


@function("COUNTA(*values: any)", "number", "不为空的个数", "How many are not empty",
          ('COUNTA(["a", "", "b"])', D(2)), empty="pass")  # fmt: skip
def counta(*values: Any) -> Decimal:
    return _count(values)


@function("COUNTIF(values: list, criterion: any)", "number", "符合条件的个数", "How many meet the criterion",
          ('COUNTIF([1, 5, 9], ">4")', D(2)), ('COUNTIF(["a", "b", "a"], "a")', D(2)), empty="pass")  # fmt: skip
def countif(values: Sequence[Any], criterion: Any) -> Decimal:
    holds = criterion_of(criterion)
    return Decimal(sum(holds(value) for value in values or ()))


def _meeting(pairs: Sequence[Any]) -> list[bool]:
    lists, criteria = pairs[::2], [criterion_of(each) for each in pairs[1::2]]
    if len({len(each or ()) for each in lists}) > 1:
        raise Nothing("different_rows", "各列的行数不同", "The columns differ in length")
    return [all(holds(v) for holds, v in zip(criteria, row, strict=True)) for row in zip(*lists, strict=True)]


@function("COUNTIFS(values: list, criterion: any, *more: any)", "number", "同时符合几个条件的行数",
          "How many rows meet all criteria", ('COUNTIFS([1, 5, 9], ">2", [4, 5, 6], "<6")', D(1)), empty="pass")  # fmt: skip
def countifs(*pairs: Any) -> Decimal:
    return Decimal(sum(_meeting(pairs)))


def _picked(values: Sequence[Any], pairs: Sequence[Any]) -> list[Decimal]:
    meeting = _meeting(pairs)
    if len(meeting) != len(values):
        raise Nothing("different_rows", "各列的行数不同", "The columns differ in length")
    return list(numbers_in([[value for value, meets in zip(values, meeting, strict=True) if meets]]))


@function("SUMIF(values: list, criterion: any, sums?: numbers)", "number", "符合条件的合计", "The sum of those that meet the criterion",
          ('SUMIF([1, 5, 9], ">4")', D(14)), ('SUMIF(["a", "b", "a"], "a", [1, 2, 3])', D(4)), empty="pass")  # fmt: skip
def sumif(values: Sequence[Any], criterion: Any, sums: Sequence[Any] | None = None) -> Decimal:
    return sum(_picked(values if sums is None else sums, (values, criterion)), ZERO)


@function("SUMIFS(sums: numbers, values: list, criterion: any, *more: any)", "number", "同时符合几个条件的合计",
          "The sum of the rows that meet all criteria", ('SUMIFS([1, 2, 3], ["a", "b", "a"], "a")', D(4)), empty="pass")  # fmt: skip
def sumifs(sums: Sequence[Any], *pairs: Any) -> Decimal:
    return sum(_picked(sums, pairs), ZERO)


@function("AVERAGEIF(values: list, criterion: any, averaged?: numbers)", "number", "符合条件的平均值",
          "The mean of those that meet the criterion", ('AVERAGEIF([1, 5, 9], ">4")', D(7)), empty="pass")  # fmt: skip
def averageif(values: Sequence[Any], criterion: Any, averaged: Sequence[Any] | None = None) -> Decimal | None:
    found = _picked(values if averaged is None else averaged, (values, criterion))
    return sum(found, ZERO) / len(found) if found else None


@function("SUMPRODUCT(first: numbers, *more: numbers)", "number", "逐行相乘再求和", "Products row by row, summed",
          ("SUMPRODUCT([1, 2], [3, 4])", D(11)), empty="pass")  # fmt: skip
def sumproduct(*lists: Any) -> Decimal:
    columns = [each if isinstance(each, list | tuple) else (each,) for each in lists]
    if len({len(each) for each in columns}) > 1:
        raise Nothing("different_rows", "各列的行数不同", "The columns differ in length")
    total = ZERO
    for row in zip(*columns, strict=True):
        if None in row:
            continue
        product = ONE
        for value in row:
            product *= value
        total += product
    return total


@function("PRODUCT(*values: numbers)", "number", "求积，跳过空值", "The product; empties are skipped",
          ("PRODUCT(2, 3, null)", D(6)), empty="pass")  # fmt: skip
def product_(*values: Any) -> Decimal:
    result = ONE
    for value in numbers_in(values):
        result *= value
    return result


def _quantum(digits: Decimal) -> Decimal:
    return _PLACES[_whole(digits, -30, 30)]


def _rounded(value: Decimal, digits: Decimal, how: str) -> Decimal:
    quantum = _quantum(digits)
    if value.adjusted() + digits > 32:
        return value
    result = value.quantize(quantum, rounding=how)
    return result if digits >= 0 else result + ZERO


@function("ROUND(value: number, digits?: number)", "number", "四舍五入", "Rounded half away from zero",
          ("ROUND(1.005, 2)", D("1.01")), ("ROUND(-2.5)", D(-3)), ("ROUND(1234, -2)", D(1200)))  # fmt: skip
def round_(value: Decimal, digits: Decimal = ZERO) -> Decimal:
    return _rounded(value, digits, ROUND_HALF_UP)


@function("ROUNDUP(value: number, digits?: number)", "number", "向远离零的方向进位", "Rounded away from zero",
          ("ROUNDUP(2.01)", D(3)), ("ROUNDUP(-2.01)", D(-3)))  # fmt: skip
def roundup(value: Decimal, digits: Decimal = ZERO) -> Decimal:
    return _rounded(value, digits, ROUND_UP)


@function("ROUNDDOWN(value: number, digits?: number)", "number", "向零的方向舍去", "Rounded towards zero",
          ("ROUNDDOWN(2.99)", D(2)), ("ROUNDDOWN(-2.99)", D(-2)))  # fmt: skip
def rounddown(value: Decimal, digits: Decimal = ZERO) -> Decimal:
    return _rounded(value, digits, ROUND_DOWN)


@function("INT(value: number)", "number", "不大于它的整数", "The whole number below or equal",
          ("INT(2.9)", D(2)), ("INT(-2.1)", D(-3)))  # fmt: skip
def int_(value: Decimal) -> Decimal:
    return _rounded(value, ZERO, ROUND_FLOOR)


@function("TRUNC(value: number, digits?: number)", "number", "截去小数", "Decimals cut off",
          ("TRUNC(-2.9)", D(-2)), ("TRUNC(3.147, 2)", D("3.14")))  # fmt: skip
def trunc(value: Decimal, digits: Decimal = ZERO) -> Decimal:
    return _rounded(value, digits, ROUND_DOWN)


@function("MOD(value: number, divisor: number)", "number", "余数，符号随除数", "The remainder, with the sign of the divisor",
          ("MOD(7, 3)", D(1)), ("MOD(-7, 3)", D(2)), ("MOD(7, -3)", D(-2)))  # fmt: skip
def mod(value: Decimal, divisor: Decimal) -> Decimal:
    if not divisor:
        raise Nothing("division_by_zero", "除以零", "Division by zero")
    rest = value % divisor
    return rest + divisor if rest and (rest < 0) != (divisor < 0) else rest


@function("ABS(value: number)", "number", "绝对值", "Without its sign", ("ABS(-3.5)", D("3.5")))
def abs_(value: Decimal) -> Decimal:
    return abs(value)


@function("SIGN(value: number)", "number", "正 1 负 -1 零 0", "1, -1 or 0", ("SIGN(-3)", D(-1)), ("SIGN(0)", D(0)))
def sign(value: Decimal) -> Decimal:
    return Decimal((value > 0) - (value < 0))


@function("POWER(value: number, exponent: number)", "number", "乘方", "To the power of",
          ("POWER(2, 10)", D(1024)), ("POWER(2, -1)", D("0.5")))  # fmt: skip
def power(value: Decimal, exponent: Decimal) -> Decimal:
    if (value < 0 and exponent != int(exponent.to_integral_value())) or (not value and exponent <= 0):
        raise Nothing("out_of_range", "这个乘方没有结果", "This power has no result")
    return value**exponent


@function("SQRT(value: number)", "number", "平方根", "The square root", ("SQRT(9)", D(3)))
def sqrt(value: Decimal) -> Decimal:
    if value < 0:
        raise Nothing("out_of_range", "负数没有平方根", "A negative number has no square root")
    return value.sqrt()


@function("EXP(value: number)", "number", "e 的乘方", "e to the power of", ("EXP(0)", D(1)))
def exp(value: Decimal) -> Decimal:
    return value.exp()


@function("LN(value: number)", "number", "自然对数", "The natural logarithm", ("LN(1)", D(0)))
def ln(value: Decimal) -> Decimal:
    _positive(value)
    return value.ln()


@function("LOG(value: number, base?: number)", "number", "对数，默认以 10 为底", "The logarithm, to the base 10 by default",
          ("LOG(1000)", D(3)), ("LOG(8, 2)", D(3)))  # fmt: skip
def log(value: Decimal, base: Decimal = Decimal(10)) -> Decimal:
    _positive(value)
    _positive(base)
    if base == 1:
        raise Nothing("out_of_range", "底不能是 1", "The base cannot be 1")
    return +_WIDE.divide(_WIDE.ln(value), _WIDE.ln(base))


def _positive(value: Decimal) -> None:
    if value <= 0:
        raise Nothing("out_of_range", "要大于零", "Must be greater than zero")


def _step(value: Decimal, step: Decimal, how: str) -> Decimal:
    if not step:
        return ZERO
    return (value / step).to_integral_value(rounding=how) * step


@function("CEILING(value: number, step?: number)", "number", "向上取到步长的倍数", "Up to a multiple of the step",
          ("CEILING(2.1)", D(3)), ("CEILING(7, 5)", D(10)), ("CEILING(-7, 5)", D(-5)))  # fmt: skip
def ceiling(value: Decimal, step: Decimal = ONE) -> Decimal:
    return _step(value, step, ROUND_CEILING)


@function("FLOOR(value: number, step?: number)", "number", "向下取到步长的倍数", "Down to a multiple of the step",
          ("FLOOR(2.9)", D(2)), ("FLOOR(7, 5)", D(5)), ("FLOOR(-7, 5)", D(-10)))  # fmt: skip
def floor(value: Decimal, step: Decimal = ONE) -> Decimal:
    return _step(value, step, ROUND_FLOOR)


@function("MEDIAN(*values: numbers)", "number", "中位数", "The middle value",
          ("MEDIAN(1, 9, 3)", D(3)), ("MEDIAN(1, 2)", D("1.5")), empty="pass")  # fmt: skip
def median(*values: Any) -> Decimal | None:
    found = sorted(numbers_in(values))
    if not found:
        return None
    middle = len(found) // 2
    return found[middle] if len(found) % 2 else (found[middle - 1] + found[middle]) / 2


def _nth(values: Any, position: Decimal, *, reverse: bool) -> Decimal:
    found = sorted(numbers_in([values]), reverse=reverse)
    index = _whole(position, 1, 10_000) - 1
    if index >= len(found):
        raise Nothing("not_found", "没有这么多个数", "There are not that many numbers")
    return found[index]


@function(
    "LARGE(values: numbers, position: number)",
    "number",
    "第几大的数",
    "The n-th largest",
    ("LARGE([3, 9, 5], 2)", D(5)),
)
def large(values: Any, position: Decimal) -> Decimal:
    return _nth(values, position, reverse=True)


@function(
    "SMALL(values: numbers, position: number)",
    "number",
    "第几小的数",
    "The n-th smallest",
    ("SMALL([3, 9, 5], 2)", D(5)),
)
def small(values: Any, position: Decimal) -> Decimal:
    return _nth(values, position, reverse=False)


@function("RANK(value: number, values: numbers, ascending?: boolean)", "number", "名次，默认从大到小",
          "The rank, the largest first by default", ("RANK(5, [3, 9, 5])", D(2)), ("RANK(5, [3, 9, 5], true)", D(2)))  # fmt: skip
def rank(value: Decimal, values: Any, ascending: bool = False) -> Decimal:
    found = list(numbers_in([values]))
    if value not in found:
        raise Nothing("not_found", "列表里没有这个数", "The list does not hold this number")
    return Decimal(1 + sum((each < value) if ascending else (each > value) for each in found))


@function("COUNTDISTINCT(values: list)", "number", "不同值的个数", "How many different values",
          ('COUNTDISTINCT(["a", "b", "a", null])', D(2)), empty="pass")  # fmt: skip
def countdistinct(values: Sequence[Any]) -> Decimal:
    return Decimal(len({each for each in values or () if not is_empty(each)}))


@function(
    "CUMSUM(values: numbers)",
    "numbers",
    "逐行累计",
    "Running totals",
    ("CUMSUM([1, 2, 3])", (D(1), D(3), D(6))),
    empty="pass",
)
def cumsum(values: Any) -> tuple[Decimal, ...]:
    total, totals = ZERO, []
    for value in values or ():
        total += value if value is not None else ZERO
        totals.append(total)
    return tuple(totals)


@function("ALLOCATE(total: number, weights: numbers, digits?: number)", "numbers",
          "按权重分摊，分到最后一分钱也不差", "Split by weights without losing a cent",
          ("ALLOCATE(100, [1, 1, 1])", (D("33.34"), D("33.33"), D("33.33"))))  # fmt: skip
def allocate(total: Decimal, weights: Any, digits: Decimal = Decimal(2)) -> tuple[Decimal, ...]:
    shares = [weight if weight is not None else ZERO for weight in weights or ()]
    whole = sum(shares, ZERO)
    if not whole:
        raise Nothing("division_by_zero", "权重之和是零", "The weights add up to zero")
    quantum = _quantum(digits)
    exact = [total * share / whole for share in shares]
    given = [share.quantize(quantum, rounding=ROUND_DOWN) for share in exact]
    left = total - sum(given, ZERO)
    step = quantum if left >= 0 else -quantum
    # The largest remainders get one step each; what is smaller than a step goes to the first.
    order = sorted(range(len(given)), key=lambda index: abs(exact[index] - given[index]), reverse=True)
    for index in order:
        if abs(left) < quantum:
            break
        given[index] += step
        left -= step
    if left and given:
        given[order[0]] += left
    return tuple(given)
