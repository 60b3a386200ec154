"""The criteria of COUNTIF and its like: a value, or a text such as ">32"."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ..values import is_empty


def criterion_of(criterion: Any) -> Callable[[Any], bool]:
    """COUNTIF's condition: a value, or a text such as ">32", "!=x"."""
    if isinstance(criterion, str):
        for operator in (">=", "<=", "<>", "!=", "=", ">", "<"):
            if criterion.startswith(operator):
                return _compared(operator, criterion[len(operator) :].strip())
    return lambda value: value == criterion or (is_empty(value) and is_empty(criterion))


def _compared(operator: str, text: str) -> Callable[[Any], bool]:
    try:
        wanted: Any = Decimal(text)
    except ArithmeticError:
        wanted = text

    def holds(value: Any) -> bool:
        if operator == "=":
            return bool(value == wanted) or (is_empty(value) and text == "")
        if operator in ("<>", "!="):
            return not (value == wanted or (is_empty(value) and text == ""))
        if is_empty(value) or isinstance(value, str) != isinstance(wanted, str):
            return False
        return bool({">": value > wanted, ">=": value >= wanted, "<": value < wanted, "<=": value <= wanted}[operator])

    return holds
