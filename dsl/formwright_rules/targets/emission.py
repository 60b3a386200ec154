"""Typed nodes to Python syntax: one method a node, a fast and an empty-aware way for each operator."""

from __future__ import annotations

import ast
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from ..elaborate import path_of
from ..functions import people
from ..functions.base import Function
from ..functions.lists import items
from ..functions.records import records_of, reverse_of
from ..operators import arithmetic, scalar
from ..tree import (
    Attribute,
    Between,
    Call,
    Chain,
    Compare,
    Expression,
    Lambda,
    ListLiteral,
    Literal,
    Name,
    Span,
    Unary,
    UpTo,
    walk,
)
from ..types import (
    ANY,
    BOOLEAN,
    DATE,
    DATETIME,
    DEPARTMENT,
    DURATION,
    MEMBER,
    NUMBER,
    TEXT,
    Choice,
    Column,
    ListOf,
    Type,
)
from ..values import ARITHMETIC, Duration, is_empty
from . import runtime, syntax
from .calls import CallEmission
from .comparisons import CompareEmission
from .guards import guarded_function

_LONG = 24  # longer chains go through a loop, so that Python's compiler does not nest too deep


class Emitter(CallEmission, CompareEmission):
    """Emits one body. `constants` are the names that the code refers to."""

    def __init__(self, *, fast: bool) -> None:
        self.fast = fast
        self.constants: dict[str, Any] = {}
        self.bound: dict[int, str] = {}
        self.fields: dict[str, str] = {}
        self.locals: dict[str, str] = {}
        self.rows: dict[tuple[str, ...], str] = {}
        self.loops = 0
        self.variables = 0
        self.uses_state = not fast
        self.uses_arithmetic = False
        self.by_methods = False  # few operations: the context's methods instead of changing the context of the thread
        self.hoisted: dict[Expression, str] = {}

    # ---- names of the code ----

    def bind(self, value: Any, hint: str = "k") -> ast.expr:
        """A constant of the code, under a name of ours."""
        name = self.bound.get(id(value))
        if name is None:
            name = f"{hint}_{len(self.constants)}"
            self.constants[name] = value
            self.bound[id(value)] = name
        return syntax.load(name)

    def helper(self, function: Callable[..., Any], *arguments: ast.expr) -> ast.expr:
        """A call of a function of ours."""
        return syntax.call(self.bind(function, function.__name__), *arguments)

    def state(self) -> ast.expr:
        """The evaluation at hand."""
        self.uses_state = True
        return syntax.load("state")

    def variable(self) -> str:
        """A new local name."""
        self.variables += 1
        return f"each{self.variables}"

    def type_of(self, node: Expression) -> Type:
        """The type of one value of a node: inside a row-by-row computation that of the row's."""
        type_ = node.type if node.type is not None else ANY
        return scalar(type_) if isinstance(type_, Column) and type_.rows in self.rows else type_

    # ---- dispatch ----

    def emit(self, node: Expression) -> ast.expr:
        """The value of a node; a boolean is True or False, never empty."""
        raw = self.raw(node)
        if self.type_of(node) == BOOLEAN and isinstance(node, Name | Attribute | Call) and not self.is_strict(node):
            return syntax.compare(raw, ("is", syntax.constant(True)))
        return raw

    def raw(self, node: Expression) -> ast.expr:
        """The value of a node, an empty boolean included."""
        if isinstance(node.type, Column) and node.type.rows not in self.rows:
            return self.column(node, node.type.rows)
        if self.rows and not isinstance(node.type, Column):
            # One value for all rows, such as SUM(lines.amount) beside lines.amount: the columns in it are whole.
            before, self.rows = self.rows, {}
            whole = _EMIT[type(node)](self, node)
            self.rows = before
            return whole
        return _EMIT[type(node)](self, node)

    def column(self, node: Expression, rows: tuple[str, ...]) -> ast.expr:
        """The tuple of the node's values, one for each row."""
        return syntax.call(syntax.load("tuple"), self.column_list(node, rows))

    def column_list(self, node: Expression, rows: tuple[str, ...], *, lazy: bool = False) -> ast.expr:
        """`[value for row in rows]`."""
        source = _source(node, rows)
        iterated = self.iterated(source)
        name = self.variable()
        self.rows[rows] = name
        self.loops += 1
        value = self.emit(node)
        self.loops -= 1
        del self.rows[rows]
        return syntax.comprehension(value, name, iterated, lazy=lazy)

    def iterated(self, source: Expression) -> ast.expr:
        """A list to go through; in a loop inside a loop it is counted against the budget."""
        emitted = self.emit(source)
        if self.fast and not self.loops:
            return emitted
        return self.helper(items, self.state(), emitted)

    # ---- leaves ----

    def literal(self, node: Literal) -> ast.expr:
        value = node.value
        if value is None or isinstance(value, bool | str):
            return syntax.constant(value)
        if isinstance(value, datetime) and value.tzinfo is None:
            return self.helper(runtime.moment_literal, self.state(), self.bind(value))
        return self.bind(value)

    def name(self, node: Name) -> ast.expr:
        if node.scope == "local":
            return syntax.load(self.locals[node.id])
        if node.scope == "form":
            return self.helper(records_of, self.state(), syntax.constant(node.id))
        values = syntax.load("values")
        if node.id in self.fields:
            return syntax.load(self.fields[node.id])
        if node.scope == "context":
            return self.helper(runtime.from_context, values, syntax.load("context"), syntax.constant(node.id))
        if self.fast:
            return syntax.item(values, node.id)
        return self.helper(runtime.get, values, syntax.constant(node.id))

    def attribute(self, node: Attribute) -> ast.expr:
        base_type = node.base.type if node.base.type is not None else ANY
        if isinstance(node.base, Name) and node.base.scope == "form":
            return self.helper(reverse_of, self.state(), syntax.constant(node.base.id), syntax.constant(node.id))
        if isinstance(base_type, ListOf) and not isinstance(base_type, Column):
            base: ast.expr = syntax.load(self.rows[path_of(node.base)])
            base_type = base_type.element
        else:
            base = self.emit(node.base)
            base_type = scalar(base_type)
        if base_type == MEMBER:
            return self.helper(people.member_attribute, self.state(), base, syntax.constant(node.id))
        if base_type == DEPARTMENT:
            return self.helper(people.department_attribute, self.state(), base, syntax.constant(node.id))
        if self.fast:
            return syntax.item(base, node.id)
        return self.helper(runtime.get, base, syntax.constant(node.id))

    def list(self, node: ListLiteral) -> ast.expr:
        return syntax.listing([self.raw(item) for item in node.items])

    # ---- operators ----

    def unary(self, node: Unary) -> ast.expr:
        operator, operand = node.operator, node.operand
        if operator == "not":
            return syntax.negation(self.emit(operand))
        if operator in ("is empty", "is not empty"):
            test = self._emptiness(operand)
            return test if operator == "is empty" else syntax.negation(test)
        if operator == "changed":
            return self.changed(operand)
        folded = self.folded(node)
        if folded is not None:
            return self.bind(folded)
        self.uses_arithmetic = True
        value = self.emit(operand)
        if not self.fast or self.by_methods or self.type_of(operand) != NUMBER:
            return self.helper(runtime.negate if operator == "-" else runtime.percent, value)
        if operator == "-":
            return syntax.minus(value)
        return syntax.binary(value, "/", self.bind(_HUNDRED))

    def _emptiness(self, operand: Expression) -> ast.expr:
        type_ = self.type_of(operand)
        if self.fast and (type_ == TEXT or isinstance(type_, Choice)):
            return syntax.negation(self.raw(operand))
        return self.helper(is_empty, self.raw(operand))

    def folded(self, node: Expression) -> Decimal | None:
        """The value of a constant expression of few numbers, worked out within the limits of rule arithmetic."""
        if isinstance(node, Literal):
            return node.value if isinstance(node.value, Decimal) else None
        if isinstance(node, Unary) and node.operator in ("-", "%"):
            inner = self.folded(node.operand)
            if inner is None:
                return None
            return -inner if node.operator == "-" else ARITHMETIC.divide(inner, _HUNDRED)
        if (
            isinstance(node, Chain)
            and node.operators[0] in "+-*"
            and len(node.operands) <= _LONG
            and "/" not in node.operators
        ):
            total: Decimal | None = None
            for operator, operand in zip(("", *node.operators), node.operands, strict=True):
                value = self.folded(operand)
                if value is None:
                    return None
                try:
                    total = value if total is None else _FOLD[operator](total, value)
                except ArithmeticError:
                    return None
            return total
        return None

    def chain(self, node: Chain) -> ast.expr:
        kind = node.operators[0]
        if kind in ("and", "or"):
            values = [self.emit(each) for each in node.operands]
            return syntax.every(values) if kind == "and" else syntax.some(values)
        if kind == "&":
            return self._text_chain(node)
        self.uses_arithmetic = True
        folded = self.folded(node)
        if folded is not None:
            return self.bind(folded)
        if len(node.operands) > _LONG:
            values = [self.emit(each) for each in node.operands]
            operators = self.bind(node.operators)
            return self.helper(
                runtime.fold_chain, self.state(), operators, syntax.listing(values), self.bind(node.span)
            )
        total, type_ = self.emit(node.operands[0]), self.type_of(node.operands[0])
        for operator, operand in zip(node.operators, node.operands[1:], strict=True):
            right = self.type_of(operand)
            total = self._arithmetic(operator, total, type_, self.emit(operand), right, operand, node.span)
            type_ = arithmetic(operator, type_, right) or ANY
        return total

    def _arithmetic(
        self, operator: str, left: ast.expr, one: Type, right: ast.expr, other: Type, operand: Expression, span: Span
    ) -> ast.expr:
        if self.fast and operator in "+-*/":
            both = one == NUMBER and other == NUMBER
            days = one == DATE and operator == "-" and other == DATE
            moved = one in (DATE, DATETIME) and other == DURATION and operator in "+-" and not _calendar_length(operand)
            if both and self.by_methods:
                method = _METHODS[operator]
                return syntax.call(self.bind(method, f"decimal_{method.__name__}"), left, right)
            if both or days or moved:
                return syntax.binary(left, operator, right)
        if operator == "/":
            return self.helper(runtime.divide, self.state(), left, right, self.bind(span))
        if operator == "^":
            return self.helper(runtime.power, self.state(), left, right, self.bind(span))
        helpers = {"+": runtime.add, "-": runtime.subtract, "*": runtime.multiply}
        return self.helper(helpers[operator], self.state(), left, right)

    def _text_chain(self, node: Chain) -> ast.expr:
        values = [self.raw(each) for each in node.operands]
        texts = all(self.type_of(each) == TEXT or isinstance(self.type_of(each), Choice) for each in node.operands)
        if not self.fast or not texts or len(values) > _LONG:
            return self.helper(runtime.join_text, *values)
        total = values[0]
        for value in values[1:]:
            total = syntax.binary(total, "+", value)
        return total

    # ---- lambdas and calls ----

    def lambda_(self, node: Lambda) -> ast.expr:
        name = self.variable()
        before = self.locals
        self.locals = {**before, node.parameter: name}
        self.loops += 1
        body = self.emit(node.body)
        self.loops -= 1
        self.locals = before
        return syntax.function([name], body)

    def up_to(self, node: UpTo) -> ast.expr:
        return self.emit(node.limit)

    def is_strict(self, node: Expression) -> bool:
        """Whether the emitted boolean is True or False as it stands."""
        if not isinstance(node, Call):
            return False
        return node.function in ("AND", "OR", "NOT", "XOR", "ANY", "ALL", "CHANGED", "ISEMPTY")

    def function_of(self, function: Function) -> Callable[..., Any]:
        """The function with its handling of empty arguments."""
        return guarded_function(function)


_HUNDRED = Decimal(100)
_METHODS = {"+": ARITHMETIC.add, "-": ARITHMETIC.subtract, "*": ARITHMETIC.multiply, "/": ARITHMETIC.divide}
_FOLD = {"+": ARITHMETIC.add, "-": ARITHMETIC.subtract, "*": ARITHMETIC.multiply}
_EMIT: dict[type, Callable[[Emitter, Any], ast.expr]] = {
    Literal: Emitter.literal,
    Name: Emitter.name,
    Attribute: Emitter.attribute,
    ListLiteral: Emitter.list,
    Unary: Emitter.unary,
    Chain: Emitter.chain,
    Compare: Emitter.compare,
    Between: Emitter.between,
    Call: Emitter.call,
    Lambda: Emitter.lambda_,
    UpTo: Emitter.up_to,
}


def _calendar_length(node: Expression) -> bool:
    return isinstance(node, Literal) and isinstance(node.value, Duration)


def _source(node: Expression, rows: tuple[str, ...]) -> Expression:
    """The rows that a row-by-row computation goes through: the base of the first path into them."""
    for each in walk(node):
        if isinstance(each, Attribute) and isinstance(each.base.type, ListOf) and path_of(each.base) == rows:
            return each.base
    raise AssertionError("a column has rows")
