"""What compiled rules call: the empty-aware operators and the values of a context.

Each operator here answers as the table "types and meaning" of the language says, whatever is empty; the fast body of a
compiled rule uses Python's own operators where they answer alike or raise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal, DivisionByZero, InvalidOperation
from typing import Any

from ..errors import Finding, finding
from ..functions.base import Evaluation, Nothing, TooLarge
from ..functions.dates import add_months, at_midnight, local_date
from ..functions.people import as_set
from ..functions.text import compile_pattern, fold, limited
from ..tree import Span
from ..values import Duration, is_empty, to_text

_MICROSECOND = timedelta(microseconds=1)


def warn(state: Evaluation, code: str, zh: str, en: str, span: Span) -> None:
    """Tell that a place had no answer."""
    state.warnings.append(finding(code, zh, en, span, None, "warning"))


def attempt(state: Evaluation, span: Span, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function; where it has no answer the result is empty and the place is warned of."""
    try:
        return function(*arguments)
    except Nothing as nothing:
        warn(state, nothing.code, nothing.zh, nothing.en, span)
    except (DivisionByZero, InvalidOperation, ZeroDivisionError) as error:
        if isinstance(error, InvalidOperation) and not isinstance(error, DivisionByZero):
            raise TooLarge("数字超出范围", "The number is out of range") from error
        warn(state, "division_by_zero", "除以零", "Division by zero", span)
    return None


def get(base: Any, name: str) -> Any:
    """A field of a record; empty of an empty one."""
    return base.get(name) if base is not None and base != "" else None


def column(rows: Iterable[Any] | None, read: Callable[[Any], Any]) -> tuple[Any, ...]:
    """One value for each row."""
    return tuple(read(row) for row in rows or ())


# ---- arithmetic ----------------------------------------------------------------------------------------------------


def add(state: Evaluation, left: Any, right: Any) -> Any:
    """`left + right` for numbers, moments with durations, durations, sets and lists."""
    if isinstance(left, list | tuple) or isinstance(right, list | tuple):
        return united(left, right)
    if left is None or right is None or left == "" or right == "":
        return None
    if isinstance(left, date):
        return shift(state, left, right)
    if isinstance(right, date):
        return shift(state, right, left)
    if isinstance(left, time):
        return _shift_time(left, right)
    if isinstance(left, int) and isinstance(right, int) and not isinstance(left, bool):
        return united(left, right)
    return left + right


def subtract(state: Evaluation, left: Any, right: Any) -> Any:
    """`left - right` for numbers, moments, durations, sets and lists."""
    if isinstance(left, list | tuple):
        return without(left, right)
    if isinstance(left, int) and not isinstance(left, bool):
        return without(left, right)
    if left is None or right is None or left == "" or right == "":
        return None
    if isinstance(left, date):
        if isinstance(right, date):
            if isinstance(left, datetime) or isinstance(right, datetime):
                return at_midnight(state, left) - at_midnight(state, right)
            return left - right
        if isinstance(right, timedelta) and not isinstance(left, datetime):
            return shift(state, left, timedelta(days=-right.days))  # whole days, as `date - timedelta` has it
        return shift(state, left, -right)
    if isinstance(left, time):
        return _shift_time(left, -right)
    return left - right


def multiply(state: Evaluation, left: Any, right: Any) -> Any:
    """`left * right`; a duration may be multiplied by a number."""
    if left is None or right is None or left == "" or right == "":
        return None
    if isinstance(right, timedelta | Duration):
        left, right = right, left
    if isinstance(left, timedelta):
        return _scaled(left, right)
    if isinstance(left, Duration):
        return Duration(left.months * right, left.workdays * right, left.workhours * right, _scaled(left.exact, right))
    return left * right


def divide(state: Evaluation, left: Any, right: Any, span: Span) -> Any:
    """`left / right`; division by zero is empty, with a warning."""
    if left is None or right is None or left == "" or right == "":
        return None
    if isinstance(right, timedelta):
        left, right = Decimal(left // _MICROSECOND), Decimal(right // _MICROSECOND)
    if not right:
        warn(state, "division_by_zero", "除以零", "Division by zero", span)
        return None
    if isinstance(left, timedelta | Duration):
        return multiply(state, left, 1 / right)
    return Decimal(left) / right


def power(state: Evaluation, left: Any, right: Any, span: Span) -> Any:
    """`left ^ right`."""
    if left is None or right is None or left == "" or right == "":
        return None
    from ..functions.numbers import power as raised

    return attempt(state, span, raised, left, right)


def negate(value: Any) -> Any:
    """`-value`."""
    return None if value is None or value == "" else -value


def percent(value: Any) -> Any:
    """`value%`."""
    return None if value is None or value == "" else value / 100


def fold_chain(state: Evaluation, operators: Sequence[str], values: Sequence[Any], span: Span) -> Any:
    """A long chain of `+ - * /` from left to right, without nesting."""
    total = values[0]
    for operator, value in zip(operators, values[1:], strict=True):
        if operator == "+":
            total = add(state, total, value)
        elif operator == "-":
            total = subtract(state, total, value)
        elif operator == "*":
            total = multiply(state, total, value)
        elif operator == "/":
            total = divide(state, total, value, span)
        else:
            total = power(state, total, value, span)
    return total


def _scaled(length: timedelta, factor: Decimal) -> timedelta:
    microseconds = Decimal(length // _MICROSECOND) * factor
    if abs(microseconds) > Decimal(10) ** 19:
        raise TooLarge("时长超出范围", "The duration is out of range")
    return timedelta(microseconds=int(microseconds))


def shift(state: Evaluation, moment: date, by: timedelta | Duration) -> Any:
    """A date or datetime moved by a duration; a date moves by whole days."""
    try:
        if isinstance(by, timedelta):
            return moment + by
        if by.months:
            moment = add_months(moment, by.months)
        if by.workdays or by.workhours:
            moment = _shift_work(state, moment, by)
        return moment + by.exact
    except OverflowError:
        raise TooLarge("日期超出范围", "The date is out of range") from None


def _shift_work(state: Evaluation, moment: date, by: Duration) -> date:
    calendar, zone = state.around.calendar, state.around.timezone
    if not isinstance(moment, datetime):
        return calendar.workday(moment, int(by.workdays)) if by.workdays else moment
    if by.workdays:
        moment = calendar.add_workdays(moment, by.workdays, zone)
    return calendar.add_workhours(moment, by.workhours, zone) if by.workhours else moment


def _shift_time(moment: time, by: timedelta) -> time:
    return (datetime.combine(date(2000, 1, 1), moment) + by).time()


def join_text(*values: Any) -> str:
    """`a & b`: empty is ""."""
    return limited("".join(value if isinstance(value, str) else to_text(value) for value in values))


# ---- sets and lists ------------------------------------------------------------------------------------------------


def _key(value: Any) -> Any:
    return value.get("id") if isinstance(value, Mapping) else value


def listed(value: Any) -> tuple[Any, ...]:
    """A value as a list: empty is none, one value is a list of it."""
    if value is None or value == "":
        return ()
    return tuple(value) if isinstance(value, list | tuple | frozenset) else (value,)


def united(left: Any, right: Any) -> tuple[Any, ...]:
    """The union, in order, without doubles."""
    found: dict[Any, Any] = {}
    for each in (*listed(left), *listed(right)):
        found.setdefault(_key(each), each)
    return tuple(found.values())


def without(left: Any, right: Any) -> tuple[Any, ...]:
    """Those of the left that are not in the right."""
    removed = {_key(each) for each in listed(right)}
    return tuple(each for each in listed(left) if _key(each) not in removed)


def within(left: Any, right: Any) -> tuple[Any, ...]:
    """Those of the left set that are in the right too."""
    kept = {_key(each) for each in listed(right)}
    return tuple(each for each in as_set(left) if each in kept)


def is_in(left: Any, right: Any) -> bool:
    """`left in right`: false for an empty left side."""
    if is_empty(left):
        return False
    key = _key(left)
    return any(_key(each) == key or (isinstance(key, int) and str(key) == each) for each in listed(right))


def in_range(state: Evaluation, left: Any, right: Any) -> bool:
    """`moment in period`: both days included, an open end has no bound."""
    if is_empty(left) or right is None:
        return False
    day = local_date(state, left)
    first, last = right
    return (first is None or first <= day) and (last is None or day <= last)


# ---- comparisons ---------------------------------------------------------------------------------------------------


def equal(left: Any, right: Any) -> bool:
    """`left = right` in two-valued logic: empty equals empty, and nothing else."""
    if is_empty(left) or is_empty(right):
        return is_empty(left) and is_empty(right)
    one, other = _key(left), _key(right)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return [_key(each) for each in one] == [_key(each) for each in other]
    if isinstance(one, str) != isinstance(other, str):
        return str(one) == str(other) if isinstance(one, int) or isinstance(other, int) else False
    return bool(one == other)


def equal_moments(state: Evaluation, left: Any, right: Any) -> bool:
    """A date and a datetime are equal when the datetime falls on the date."""
    if is_empty(left) or is_empty(right):
        return is_empty(left) and is_empty(right)
    return local_date(state, left) == local_date(state, right)


def order(operator: str, left: Any, right: Any) -> bool:
    """`< <= > >=`: false when a side is empty."""
    if is_empty(left) or is_empty(right):
        return False
    if operator == "<":
        return bool(left < right)
    if operator == "<=":
        return bool(left <= right)
    return bool(left > right) if operator == ">" else bool(left >= right)


def order_moments(state: Evaluation, operator: str, left: Any, right: Any) -> bool:
    """A date and a datetime compare by the calendar date in the zone of the app."""
    if is_empty(left) or is_empty(right):
        return False
    return order(operator, local_date(state, left), local_date(state, right))


def contains(left: Any, right: Any) -> bool:
    """A text in a text, whatever its case and width; an item in a list. False for an empty left side."""
    if is_empty(left):
        return False
    if isinstance(left, list | tuple):
        return is_in(right, left)
    return fold(str(right or "")) in fold(str(left))


def starts_with(left: Any, right: Any) -> bool:
    """Exact; false for an empty left side."""
    return not is_empty(left) and str(left).startswith(str(right or ""))


def ends_with(left: Any, right: Any) -> bool:
    """Exact; false for an empty left side."""
    return not is_empty(left) and str(left).endswith(str(right or ""))


def matches(left: Any, right: Any) -> bool:
    """The whole text fits the pattern (RE2); false for an empty left side."""
    if is_empty(left) or is_empty(right):
        return False
    return compile_pattern(str(right)).fullmatch(str(left)) is not None


# ---- the context ---------------------------------------------------------------------------------------------------


def from_context(values: Mapping[str, Any], context: Any, name: str) -> Any:
    """`me`, `initiator`, `assignee`: from the values when they give it, else from the context."""
    if name in values:
        return values[name]
    return getattr(context, name) if context is not None else None


def moment_literal(state: Evaluation, value: datetime) -> datetime:
    """A datetime constant without an offset is in the zone of the app."""
    return value.replace(tzinfo=state.around.timezone)


def between(value: Any, low: Any, high: Any) -> bool:
    """Both ends included; false when anything is empty."""
    return order(">=", value, low) and order("<=", value, high)


def between_moments(state: Evaluation, value: Any, low: Any, high: Any) -> bool:
    """`between` for a mix of dates and datetimes: by the calendar date."""
    return order_moments(state, ">=", value, low) and order_moments(state, "<=", value, high)


def stopped(code: str, zh: str, en: str, span: Span) -> Finding:
    """What an evaluation that had to stop says."""
    return finding(code, zh, en, span)
