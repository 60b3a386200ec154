"""Functions with their handling of empty arguments put around them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from ..functions.base import Function

_SEES_EMPTY = frozenset(("list", "numbers", "people", "texts", "literal", "role", "node"))


@cache
def guarded_function(function: Function) -> Callable[..., Any]:
    """`function.evaluate`; where its `empty` says so an empty argument makes the result empty, an empty text is ""."""
    evaluate = function.evaluate
    if function.empty == "pass" or not function.parameters:
        return evaluate
    kinds = [parameter.kind for parameter in function.parameters]
    first = 1 if function.state else 0
    if all(kind == "number" for kind in kinds) and not first:
        return _numbers_only(evaluate)

    def guarded(*arguments: Any) -> Any:
        given = list(arguments)
        for position, value in enumerate(given[first:]):
            if value is None or value == "":
                kind = kinds[min(position, len(kinds) - 1)]
                if kind == "text":
                    given[position + first] = ""
                elif kind == "boolean":
                    given[position + first] = False
                elif kind not in _SEES_EMPTY and not kind.startswith("->"):
                    return None
        return evaluate(*given)

    guarded.__name__ = evaluate.__name__
    return guarded


def _numbers_only(evaluate: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(*arguments: Any) -> Any:
        for value in arguments:
            if value is None or value == "":
                return None
        return evaluate(*arguments)

    guarded.__name__ = evaluate.__name__
    return guarded
