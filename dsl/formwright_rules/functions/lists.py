"""Lists: choosing, testing, ordering. The lambdas see one row, one value or one member at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from ..types import ANY, Column, ListOf, Record, Type, list_of
from ..values import is_empty
from .base import MAX_LIST, Evaluation, Nothing, TooLarge, function

D = Decimal
Each = Callable[[Any], Any]


def items(state: Evaluation, values: Sequence[Any] | None) -> Sequence[Any]:
    """The list, counted against the budget of the evaluation."""
    if values is None or values == "":
        return ()
    if len(values) > MAX_LIST:
        raise TooLarge("列表超过 10000 项", "The list has more than 10,000 items")
    state.spend(len(values) + 1)
    return values


def _same(types: Sequence[Type]) -> Type:
    first = types[0]
    if isinstance(first, Column):
        return list_of(first.element)
    return first if isinstance(first, ListOf) else ListOf(ANY)


def _mapped(types: Sequence[Type]) -> Type:
    body = types[-1]
    if isinstance(body, ListOf | Record):
        return list_of(body.element if isinstance(body, ListOf) else body)
    return ListOf(body)


def _element(types: Sequence[Type]) -> Type:
    return types[0].element if isinstance(types[0], ListOf) else ANY


@function("FILTER(list: list, keep: ->boolean)", _same, "留下符合条件的", "Those that meet a condition",
          ("FILTER([1, 5, 9], x -> x > 4)", (D(5), D(9))), state=True, empty="pass")  # fmt: skip
def filter_(state: Evaluation, values: Sequence[Any], keep: Each) -> tuple[Any, ...]:
    return tuple(value for value in items(state, values) if keep(value))


@function("MAP(list: list, value: ->any)", _mapped, "每一项算出一个值", "One value from each",
          ("MAP([1, 2], x -> x * 10)", (D(10), D(20))), state=True, empty="pass")  # fmt: skip
def map_(state: Evaluation, values: Sequence[Any], value: Each) -> tuple[Any, ...]:
    made: list[Any] = []
    for each in items(state, values):
        result = value(each)
        if isinstance(result, list | tuple):
            made.extend(result)
        else:
            made.append(result)
    if len(made) > MAX_LIST:
        raise TooLarge("列表超过 10000 项", "The list has more than 10,000 items")
    return tuple(made)


@function("ANY(list: any, condition?: ->boolean)", "boolean", "至少一项符合", "At least one meets the condition",
          ("ANY([1, 5], x -> x > 4)", True), ("ANY([], x -> x > 4)", False), state=True, empty="pass", special=True)  # fmt: skip
def any_(state: Evaluation, values: Sequence[Any], condition: Each | None = None) -> bool:
    if condition is None:
        return any(value is True for value in items(state, values))
    return any(condition(value) for value in items(state, values))


@function("ALL(list: any, condition?: ->boolean)", "boolean", "每一项都符合", "All meet the condition",
          ("ALL([1, 5], x -> x > 0)", True), ("ALL([], x -> x > 4)", True), state=True, empty="pass", special=True)  # fmt: skip
def all_(state: Evaluation, values: Sequence[Any], condition: Each | None = None) -> bool:
    if condition is None:
        return all(value is True for value in items(state, values))
    return all(condition(value) for value in items(state, values))


@function("SORT(list: list, by?: ->any, descending?: boolean)", _same, "排序，空的在后", "In order; empties last",
          ("SORT([3, 1, 2])", (D(1), D(2), D(3))), ("SORT([3, 1, 2], x -> x, true)", (D(3), D(2), D(1))), state=True, empty="pass")  # fmt: skip
def sort(
    state: Evaluation, values: Sequence[Any], by: Each | None = None, descending: bool | None = False
) -> tuple[Any, ...]:
    keyed = [(by(value) if by is not None else value, value) for value in items(state, values)]
    full = [pair for pair in keyed if not is_empty(pair[0])]
    full.sort(key=lambda pair: pair[0], reverse=descending is True)
    return tuple(value for _, value in full) + tuple(value for key, value in keyed if is_empty(key))


@function(
    "FIRST(list: list)", _element, "第一项", "The first", ("FIRST([7, 8])", D(7)), ("FIRST([])", None), empty="pass"
)
def first(values: Sequence[Any]) -> Any:
    return values[0] if values else None


@function(
    "LAST(list: list)", _element, "最后一项", "The last", ("LAST([7, 8])", D(8)), ("LAST([])", None), empty="pass"
)
def last(values: Sequence[Any]) -> Any:
    return values[-1] if values else None


@function("INDEX(list: list, position: number)", _element, "第几项，负数从后面数", "The n-th; negative counts from the end",
          ("INDEX([7, 8, 9], 2)", D(8)), ("INDEX([7, 8, 9], -1)", D(9)))  # fmt: skip
def index(values: Sequence[Any], position: Decimal) -> Any:
    size = len(values or ())
    if not 1 <= abs(position) <= size:
        raise Nothing("not_found", "没有这一项", "There is no such item")
    return values[int(position) - 1 if position > 0 else int(position)]


@function(
    "UNIQUE(list: list)",
    _same,
    "去掉重复和空值",
    "Without doubles and empties",
    ('UNIQUE(["a", "b", "a"])', ("a", "b")),
    empty="pass",
)
def unique(values: Sequence[Any]) -> tuple[Any, ...]:
    kept: dict[Any, Any] = {}
    for value in values or ():
        if not is_empty(value):
            kept.setdefault(value.get("id") if hasattr(value, "get") else value, value)
    return tuple(kept.values())
