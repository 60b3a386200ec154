"""Records: looking into other forms, the value before a change, parameters of the app."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from ..values import ZERO, is_empty
from .base import MAX_LIST, Evaluation, Nothing, TooLarge, function

Each = Callable[[Any], Any]
_EARTH = 6_371_008.8  # mean radius in metres


def records_of(state: Evaluation, form: str) -> Iterable[Mapping[str, Any]]:
    """The records of another form."""
    records = state.around.records
    if records is None:
        raise Nothing("no_context", "这里不能查其他表单", "Other forms cannot be read here")
    return records.lookup(form)


def reverse_of(state: Evaluation, form: str, relation: str) -> Iterable[Mapping[str, Any]]:
    """The records of another form whose relation names this record."""
    records = state.around.records
    if records is None:
        raise Nothing("no_context", "这里不能查其他表单", "Other forms cannot be read here")
    return tuple(records.reverse(form, relation, state.values.get("id")))


def _counted(state: Evaluation, records: Iterable[Any] | None) -> Iterable[Any]:
    for number, each in enumerate(records or ()):
        if number >= MAX_LIST:
            raise TooLarge("记录超过 10000 条", "There are more than 10,000 records")
        state.spend(1)
        yield each


@function("LOOKUP(form: any, condition: ->boolean, value: ->any, otherwise?: any)", "any",
          "在另一个表单里找第一条符合的记录，取它的值", "The value of the first record of another form that meets a condition",
          ("LOOKUP([1, 5, 9], x -> x > 4, x -> x * 2)", Decimal(10)), state=True, empty="pass", special=True)  # fmt: skip
def lookup(state: Evaluation, records: Iterable[Any], condition: Each, value: Each, otherwise: Any = None) -> Any:
    for each in _counted(state, records):
        if condition(each):
            return value(each)
    if otherwise is None:
        raise Nothing("not_found", "没有符合的记录", "No record meets the condition")
    return otherwise


@function("ROLLUP(form: any, aggregate: literal, value?: ->any, condition?: ->boolean)", "any",
          "汇总另一个表单的记录：sum count average min max", "Related records summed up: sum, count, average, min, max",
          ('ROLLUP([1, 5, 9], "sum", x -> x, x -> x > 4)', Decimal(14)), ('ROLLUP([1, 5, 9], "count")', Decimal(3)),
          state=True, empty="pass", special=True)  # fmt: skip
def rollup(
    state: Evaluation, records: Iterable[Any], aggregate: str, value: Each | None = None, condition: Each | None = None
) -> Any:
    kept = [each for each in _counted(state, records) if condition is None or condition(each)]
    if value is None:
        return Decimal(len(kept))
    values = [result for each in kept if not is_empty(result := value(each))]
    if aggregate == "sum":
        return sum(values, ZERO)
    if aggregate == "count":
        return Decimal(len(values))
    if not values:
        return None
    if aggregate == "average":
        return sum(values, ZERO) / len(values)
    return min(values) if aggregate == "min" else max(values)


def previous_value(state: Evaluation, field: str) -> Any:
    """The value of a field before this change, None at the creation of the record."""
    previous = state.around.previous
    return previous.get(field) if previous is not None else None


def has_changed(state: Evaluation, *fields: str) -> bool:
    """Whether one of the fields differs from before; at its creation every filled field has changed."""
    return any(_plain(previous_value(state, each)) != _plain(state.values.get(each)) for each in fields)


def _plain(value: Any) -> Any:
    if is_empty(value):
        return None
    if isinstance(value, Mapping) and "id" in value:
        return value["id"]
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


@function(
    "PREV(field: any)", "any", "改动之前的值", "The value before this change", state=True, empty="pass", special=True
)
def prev(state: Evaluation, field: str) -> Any:
    return previous_value(state, field)


@function(
    "CHANGED(field: any, *more: any)",
    "boolean",
    "是否改动了",
    "Whether it was changed",
    state=True,
    empty="pass",
    special=True,
)
def changed(state: Evaluation, *fields: str) -> bool:
    return has_changed(state, *fields)


@function("PARAM(name: literal)", "any", "应用参数的值", "The value of an app parameter", state=True, special=True)
def param(state: Evaluation, name: str) -> Any:
    return state.around.parameter(name)


@function("RECNO()", "number", "本次打开的序号", "The running number of this record where it is given", state=True)
def recno(state: Evaluation) -> Decimal:
    number = state.values.get("recno")
    if number is None:
        raise Nothing("not_found", "这里没有序号", "There is no running number here")
    return Decimal(number)


@function("UUID()", "text", "一个不重复的编号", "A new unique id", ("LEN(UUID())", Decimal(36)))
def uuid_() -> str:
    import uuid

    return str(uuid.uuid4())


def _point(value: Any) -> tuple[float, float]:
    try:
        if isinstance(value, Mapping):
            point = float(value["lat"]), float(value["lng"])
        else:
            latitude, longitude = str(value).split(",")
            point = float(latitude), float(longitude)
    except (KeyError, TypeError, ValueError):
        raise Nothing("not_a_place", "位置写成 纬度,经度", "A place is written latitude,longitude") from None
    if not (abs(point[0]) <= 90 and abs(point[1]) <= 180):
        raise Nothing("not_a_place", "没有这个位置", "There is no such place")
    return point


@function("DISTANCE(one: any, other: any)", "number", "两个位置相距几米", "Metres between two places",
          ('DISTANCE("31.2304,121.4737", "31.2304,121.4737")', Decimal(0)), ('DISTANCE("0,0", "0,1")', Decimal(111195)))  # fmt: skip
def distance(one: Any, other: Any) -> Decimal:
    (lat1, lng1), (lat2, lng2) = (map(math.radians, _point(one)), map(math.radians, _point(other)))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lng2 - lng1) / 2) ** 2
    return Decimal(round(2 * _EARTH * math.asin(math.sqrt(min(half, 1.0)))))
