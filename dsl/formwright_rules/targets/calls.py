"""Calls to Python syntax: the special forms take only the branch they need, the loops become comprehensions."""

from __future__ import annotations

import ast
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from ..functions import logic, records
from ..functions.base import Function, functions
from ..functions.records import has_changed, previous_value
from ..tree import Call, Expression, Lambda, Literal, Name
from ..types import NUMBER, Column, ListOf
from ..values import ARITHMETIC, ZERO
from . import runtime, syntax

if TYPE_CHECKING:
    from .emission import Emitter

_MANY = 24
_DECIMALS = {Decimal(places): Decimal(1).scaleb(-places) for places in range(13)}
_ROUND_NUMBERS = frozenset(("numbers", "dates"))


class CallEmission:
    """The part of the emitter that emits calls."""

    def call(self: Emitter, node: Call) -> ast.expr:  # type: ignore[misc]
        if node.expansion is not None:
            return self.emit(node.expansion)
        if self.hoisted and node in self.hoisted:
            return syntax.load(self.hoisted[node])
        special = _SPECIAL.get(node.function)
        if special is not None:
            emitted = special(self, node)
            if emitted is not None:
                return emitted
        function = functions.find(node.function)
        if function is None:
            raise AssertionError("the checker knows every function")
        return self.ordinary(node, function)

    def ordinary(self: Emitter, node: Call, function: Function) -> ast.expr:  # type: ignore[misc]
        """A plain call; in the empty-aware body through `attempt`, which turns "no answer" into empty."""
        if function.concern in _ROUND_NUMBERS:
            self.uses_arithmetic = True
        arguments = [self.raw(each) for each in node.arguments]
        if function.state:
            arguments.insert(0, self.state())
        return self.answered(node, self.function_of(function), arguments)

    def answered(self: Emitter, node: Call, function: Callable[..., object], arguments: list[ast.expr]) -> ast.expr:  # type: ignore[misc]
        if self.fast:
            return self.helper(function, *arguments)
        bound = self.bind(function, getattr(function, "__name__", "f"))
        return self.helper(runtime.attempt, self.state(), self.bind(node.span), bound, *arguments)

    def changed(self: Emitter, *operands: Expression) -> ast.expr:  # type: ignore[misc]
        ids = [syntax.constant(each.id) for each in operands if isinstance(each, Name)]
        return self.helper(has_changed, self.state(), *ids)

    def thunk(self: Emitter, node: Expression) -> ast.expr:  # type: ignore[misc]
        """A part that is worked out only when it is asked for."""
        return syntax.function([], self.raw(node))


def _if(self: Emitter, node: Call) -> ast.expr:
    otherwise = self.raw(node.arguments[2]) if len(node.arguments) > 2 else syntax.constant(None)
    return syntax.choose(self.emit(node.arguments[0]), self.raw(node.arguments[1]), otherwise)


def _ifs(self: Emitter, node: Call) -> ast.expr:
    if len(node.arguments) > 2 * _MANY:
        return self.helper(logic.ifs, *(self.thunk(each) for each in node.arguments))
    total: ast.expr = syntax.constant(None)
    for index in range(len(node.arguments) - 2, -1, -2):
        total = syntax.choose(self.emit(node.arguments[index]), self.raw(node.arguments[index + 1]), total)
    return total


def _hits(self: Emitter, node: Call) -> ast.expr:
    function = logic.unique_hit if node.function == "UNIQUE_HIT" else logic.collect_hits
    return self.helper(function, *(self.thunk(each) for each in node.arguments))


def _switch(self: Emitter, node: Call) -> ast.expr:
    return self.helper(logic.switch, self.raw(node.arguments[0]), *(self.thunk(each) for each in node.arguments[1:]))


def _coalesce(self: Emitter, node: Call) -> ast.expr:
    return self.helper(logic.coalesce, *(self.thunk(each) for each in node.arguments))


def _iferror(self: Emitter, node: Call) -> ast.expr:
    if self.fast:
        # What has no answer raises here, and the empty-aware body is asked.
        return self.raw(node.arguments[0])
    return self.helper(logic.iferror, self.state(), *(self.thunk(each) for each in node.arguments))


def _logic(self: Emitter, node: Call) -> ast.expr | None:
    values = [self.emit(each) for each in node.arguments]
    if node.function == "NOT":
        return syntax.negation(values[0])
    return syntax.every(values) if node.function == "AND" else syntax.some(values)


def _loop(self: Emitter, node: Expression, over: Expression) -> tuple[str, ast.expr, ast.expr]:
    """The variable, the list and the body of a lambda over a list."""
    if not isinstance(node, Lambda):
        raise AssertionError("the checker lets only lambdas through")
    source = self.iterated(over)
    name = self.variable()
    before = self.locals
    self.locals = {**before, node.parameter: name}
    self.loops += 1
    body = self.emit(node.body)
    self.loops -= 1
    self.locals = before
    return name, source, body


def _quantified(self: Emitter, node: Call) -> ast.expr | None:
    function = syntax.load("any" if node.function == "ANY" else "all")
    first = node.arguments[0]
    if len(node.arguments) == 1:
        if isinstance(first.type, Column):
            return syntax.call(function, self.column_list(first, first.type.rows, lazy=True))
        return None
    name, source, body = _loop(self, node.arguments[1], first)
    return syntax.call(function, syntax.comprehension(body, name, source, lazy=True))


def _filter(self: Emitter, node: Call) -> ast.expr:
    name, source, body = _loop(self, node.arguments[1], node.arguments[0])
    return syntax.call(syntax.load("tuple"), syntax.comprehension(syntax.load(name), name, source, body))


def _map(self: Emitter, node: Call) -> ast.expr | None:
    body_type = node.arguments[1].type
    if body_type is None or isinstance(body_type, ListOf) or not self.fast:
        return None
    name, source, body = _loop(self, node.arguments[1], node.arguments[0])
    return syntax.call(syntax.load("tuple"), syntax.comprehension(body, name, source))


def _single_column(node: Call) -> Expression | None:
    """The only argument when it is a column of numbers."""
    if len(node.arguments) != 1:
        return None
    column = node.arguments[0]
    return column if isinstance(column.type, Column) and column.type.element == NUMBER else None


def _sum(self: Emitter, node: Call) -> ast.expr | None:
    self.uses_arithmetic = True
    column = _single_column(node)
    if column is None or not self.fast or not isinstance(column.type, Column) or column.type.rows in self.rows:
        return None
    return syntax.call(syntax.load("sum"), self.column_list(column, column.type.rows), self.bind(ZERO))


def _extreme(self: Emitter, node: Call) -> ast.expr | None:
    column = _single_column(node)
    if column is None or not self.fast or not isinstance(column.type, Column) or column.type.rows in self.rows:
        return None
    return syntax.call(syntax.load(node.function.lower()), self.column_list(column, column.type.rows))


def _round(self: Emitter, node: Call) -> ast.expr | None:
    """Rounding to a constant number of decimals is one call of the decimal itself."""
    digits = self.folded(node.arguments[1]) if len(node.arguments) > 1 else ZERO
    value = node.arguments[0]
    if not self.fast or self.type_of(value) != NUMBER or isinstance(node.type, Column) or digits not in _DECIMALS:
        return None
    quantum = self.bind(_DECIMALS[digits])
    method = syntax.attribute(self.emit(value), "quantize")
    return syntax.call(method, quantum, syntax.constant(ROUND_HALF_UP), self.bind(ARITHMETIC))


def _param(self: Emitter, node: Call) -> ast.expr | None:
    argument = node.arguments[0]
    if not self.fast or not isinstance(argument, Literal):
        return None
    return syntax.call(syntax.attribute(syntax.load("context"), "parameter"), self.literal(argument))


def _prev(self: Emitter, node: Call) -> ast.expr:
    field = node.arguments[0]
    id = field.id if isinstance(field, Name) else ""
    return self.answered(node, previous_value, [self.state(), syntax.constant(id)])


def _changed(self: Emitter, node: Call) -> ast.expr:
    return self.changed(*node.arguments)


def _rollup(self: Emitter, node: Call) -> ast.expr:
    self.uses_arithmetic = True
    return self.answered(node, records.rollup, [self.state(), *(self.raw(each) for each in node.arguments)])


_SPECIAL: dict[str, Callable[[Emitter, Call], ast.expr | None]] = {
    "IF": _if,
    "IFS": _ifs,
    "FIRST_HIT": _ifs,
    "UNIQUE_HIT": _hits,
    "COLLECT_HITS": _hits,
    "SWITCH": _switch,
    "COALESCE": _coalesce,
    "IFERROR": _iferror,
    "AND": _logic,
    "OR": _logic,
    "NOT": _logic,
    "ANY": _quantified,
    "ALL": _quantified,
    "FILTER": _filter,
    "MAP": _map,
    "SUM": _sum,
    "MIN": _extreme,
    "MAX": _extreme,
    "ROUND": _round,
    "PARAM": _param,
    "PREV": _prev,
    "CHANGED": _changed,
    "ROLLUP": _rollup,
}
