"""Comparisons to Python syntax: Python's own operators where they answer alike or raise, else the empty-aware ones."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from ..functions.text import fold
from ..tree import Between, Compare, Expression, ListLiteral, Literal, Name
from ..types import ANY, BOOLEAN, DATE, DATETIME, DURATION, MEMBER, NUMBER, RANGE, TEXT, TIME, Choice, Column, ListOf
from ..values import is_empty
from . import runtime, syntax

if TYPE_CHECKING:
    from .emission import Emitter

_NATIVE_ORDER = (NUMBER, DATE, DATETIME, TIME, DURATION)


class CompareEmission:
    """The part of the emitter that emits comparisons."""

    def compare(self: Emitter, node: Compare) -> ast.expr:  # type: ignore[misc]
        operator = node.operator
        if operator == "!=":
            return syntax.negation(self._equality(node))
        if operator == "=":
            return self._equality(node)
        if operator in ("in", "not in"):
            found = self._membership(node)
            return found if operator == "in" else syntax.negation(found)
        left, right = node.left, node.right
        one, other = self.type_of(left), self.type_of(right)
        if operator in ("<", "<=", ">", ">="):
            if self.fast and one == other and one in _NATIVE_ORDER:
                return syntax.compare(self.emit(left), (operator, self.emit(right)))
            arguments = [syntax.constant(operator), self.emit(left), self.emit(right)]
            if {one, other} == {DATE, DATETIME} or (ANY in (one, other) and {one, other} & {DATE, DATETIME}):
                return self.helper(runtime.order_moments, self.state(), *arguments)
            return self.helper(runtime.order, *arguments)
        return self._text_test(operator, left, right)

    def _text_test(self: Emitter, operator: str, left: Expression, right: Expression) -> ast.expr:  # type: ignore[misc]
        fixed = right.value if isinstance(right, Literal) and isinstance(right.value, str) else ""
        if self.fast and fixed and self.type_of(left) == TEXT and operator != "matches":
            if operator == "contains" and self._simple(left) and _ideographs(fixed):
                # An ideograph never combines with its neighbours: found as it stands means found folded.
                subject, key = self.emit(left), syntax.constant(fixed)
                folded = syntax.compare(key, ("in", self.helper(fold, subject)))
                return syntax.some([syntax.compare(key, ("in", subject)), folded])
            if operator == "contains":
                return syntax.compare(syntax.constant(fold(fixed)), ("in", self.helper(fold, self.emit(left))))
            method = "startswith" if operator == "starts with" else "endswith"
            return syntax.call(syntax.attribute(self.emit(left), method), syntax.constant(fixed))
        helpers = {
            "contains": runtime.contains, "starts with": runtime.starts_with, "ends with": runtime.ends_with,
            "matches": runtime.matches,
        }  # fmt: skip
        return self.helper(helpers[operator], self.raw(left), self.raw(right))

    def _equality(self: Emitter, node: Compare) -> ast.expr:  # type: ignore[misc]
        one, other = self.type_of(node.left), self.type_of(node.right)
        left, right = self.emit(node.left), self.emit(node.right)
        if {one, other} == {DATE, DATETIME}:
            return self.helper(runtime.equal_moments, self.state(), left, right)
        if one == BOOLEAN and other == BOOLEAN:
            return syntax.compare(left, ("=", right))
        plain = all(each in (NUMBER, TEXT, DATE, DATETIME, TIME) or isinstance(each, Choice) for each in (one, other))
        if self.fast and plain:
            if any(isinstance(side, Literal) and not is_empty(side.value) for side in (node.left, node.right)):
                return syntax.compare(left, ("=", right))
            if self._simple(node.left) and self._simple(node.right):
                empty = syntax.some([syntax.negation(left), syntax.negation(right)])
                return syntax.some(
                    [syntax.compare(left, ("=", right)), syntax.every([empty, self.helper(runtime.equal, left, right)])]
                )
        if self.fast and one == MEMBER and other == MEMBER and self._simple(node.left) and self._simple(node.right):
            kinds = [
                syntax.compare(syntax.attribute(each, "__class__"), ("is not", syntax.load("int")))
                for each in (left, right)
            ]
            slow = syntax.every([syntax.some(kinds), self.helper(runtime.equal, left, right)])
            return syntax.some([syntax.compare(left, ("=", right)), slow])
        return self.helper(runtime.equal, left, right)

    def _simple(self: Emitter, node: Expression) -> bool:  # type: ignore[misc]
        """Whether evaluating the node twice costs nothing and has no effect."""
        return isinstance(node, Name) and (node.scope in ("field", "local") or node.id in self.fields)

    def _membership(self: Emitter, node: Compare) -> ast.expr:  # type: ignore[misc]
        left, right = node.left, node.right
        one = self.type_of(left)
        if right.type == RANGE:
            return self.helper(runtime.in_range, self.state(), self.raw(left), self.raw(right))
        if isinstance(node.type, ListOf) and not isinstance(node.type, Column):
            return self.helper(runtime.within, self.raw(left), self.raw(right))
        if self.fast and isinstance(right, ListLiteral) and (one in (TEXT, NUMBER) or isinstance(one, Choice)):
            values = [item.value for item in right.items if isinstance(item, Literal)]
            if len(values) == len(right.items):
                kept = frozenset(value for value in values if not is_empty(value))
                return syntax.compare(self.emit(left), ("in", self.bind(kept)))
        return self.helper(runtime.is_in, self.raw(left), self.raw(right))

    def between(self: Emitter, node: Between) -> ast.expr:  # type: ignore[misc]
        types = [self.type_of(each) for each in (node.operand, node.low, node.high)]
        operand, low, high = (self.emit(each) for each in (node.operand, node.low, node.high))
        if self.fast and types[0] in _NATIVE_ORDER and types.count(types[0]) == 3:
            return syntax.compare(low, ("<=", operand), ("<=", high))
        order = runtime.order
        if DATETIME in types and DATE in types:
            return self.helper(runtime.between_moments, self.state(), operand, low, high)
        if self._simple(node.operand) or isinstance(node.operand, Literal):
            return syntax.every(
                [
                    self.helper(order, syntax.constant(">="), operand, low),
                    self.helper(order, syntax.constant("<="), operand, high),
                ]
            )
        return self.helper(runtime.between, operand, low, high)


def _ideographs(text: str) -> bool:
    return all("\u4e00" <= character <= "\u9fff" for character in text)
