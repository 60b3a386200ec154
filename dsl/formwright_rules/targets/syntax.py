"""Small makers of Python syntax nodes. Only identifiers made here and bound constants ever stand in them."""

from __future__ import annotations

import ast
from typing import Any

_AT: Any = {"lineno": 1, "col_offset": 0}
_LOAD, _STORE = ast.Load(), ast.Store()
BINARY: dict[str, ast.operator] = {"+": ast.Add(), "-": ast.Sub(), "*": ast.Mult(), "/": ast.Div()}
COMPARISON: dict[str, ast.cmpop] = {
    "=": ast.Eq(), "<": ast.Lt(), "<=": ast.LtE(), ">": ast.Gt(), ">=": ast.GtE(), "in": ast.In(), "is": ast.Is(),
    "is not": ast.IsNot(),
}  # fmt: skip


def constant(value: Any) -> ast.expr:
    """None, True, False or a text."""
    return ast.Constant(value, **_AT)


def load(name: str) -> ast.expr:
    """A variable."""
    return ast.Name(name, _LOAD, **_AT)


def store(name: str) -> ast.expr:
    """A variable that is set."""
    return ast.Name(name, _STORE, **_AT)


def call(function: ast.expr, *arguments: ast.expr) -> ast.expr:
    """`function(arguments)`."""
    return ast.Call(function, list(arguments), [], **_AT)


def item(base: ast.expr, key: str) -> ast.expr:
    """`base["key"]`."""
    return ast.Subscript(base, constant(key), _LOAD, **_AT)


def attribute(base: ast.expr, name: str) -> ast.expr:
    """`base.name`; the name is one of ours."""
    return ast.Attribute(base, name, _LOAD, **_AT)


def binary(left: ast.expr, operator: str, right: ast.expr) -> ast.expr:
    """`left operator right`."""
    return ast.BinOp(left, BINARY[operator], right, **_AT)


def minus(value: ast.expr) -> ast.expr:
    """`-value`."""
    return ast.UnaryOp(ast.USub(), value, **_AT)


def negation(value: ast.expr) -> ast.expr:
    """`not value`."""
    return ast.UnaryOp(ast.Not(), value, **_AT)


def every(values: list[ast.expr]) -> ast.expr:
    """`a and b and …`."""
    return values[0] if len(values) == 1 else ast.BoolOp(ast.And(), values, **_AT)


def some(values: list[ast.expr]) -> ast.expr:
    """`a or b or …`."""
    return values[0] if len(values) == 1 else ast.BoolOp(ast.Or(), values, **_AT)


def compare(left: ast.expr, *pairs: tuple[str, ast.expr]) -> ast.expr:
    """`left < a <= b …`."""
    return ast.Compare(left, [COMPARISON[sign] for sign, _ in pairs], [right for _, right in pairs], **_AT)


def choose(condition: ast.expr, then: ast.expr, otherwise: ast.expr) -> ast.expr:
    """`then if condition else otherwise`."""
    return ast.IfExp(condition, then, otherwise, **_AT)


def function(parameters: list[str], body: ast.expr) -> ast.expr:
    """`lambda parameters: body`."""
    return ast.Lambda(_parameters(parameters), body, **_AT)


def listing(values: list[ast.expr]) -> ast.expr:
    """`(a, b, …)`."""
    return ast.Tuple(values, _LOAD, **_AT)


def comprehension(
    element: ast.expr, name: str, source: ast.expr, condition: ast.expr | None = None, *, lazy: bool = False
) -> ast.expr:
    """`[element for name in source if condition]`, or the generator of it."""
    loop = ast.comprehension(store(name), source, [condition] if condition is not None else [], 0)
    return ast.GeneratorExp(element, [loop], **_AT) if lazy else ast.ListComp(element, [loop], **_AT)


def assign(name: str, value: ast.expr) -> ast.stmt:
    """`name = value`."""
    return ast.Assign([store(name)], value, **_AT)


def give(value: ast.expr) -> ast.stmt:
    """`return value`."""
    return ast.Return(value, **_AT)


def statement(value: ast.expr) -> ast.stmt:
    """An expression for its effect."""
    return ast.Expr(value, **_AT)


def guarded(
    body: list[ast.stmt], stopping: tuple[ast.expr, ast.stmt], failing: ast.stmt, finally_: list[ast.stmt]
) -> ast.stmt:
    """`try: body / except stop as error: … / except Exception: failing / finally: finally_`."""
    stop = ast.ExceptHandler(stopping[0], "error", [stopping[1]], **_AT)
    handler = ast.ExceptHandler(load("Exception"), None, [failing], **_AT)
    return ast.Try(body, [stop, handler], [], finally_, **_AT)


def module(name: str, parameters: list[str], defaults: int, body: list[ast.stmt]) -> ast.Module:
    """A module of one function; the last `defaults` parameters default to None."""
    arguments = _parameters(parameters)
    arguments.defaults = [constant(None) for _ in range(defaults)]
    return ast.Module([ast.FunctionDef(name, arguments, body, [], None, **_AT)], [])


def _parameters(names: list[str]) -> ast.arguments:
    return ast.arguments([], [ast.arg(name, **_AT) for name in names], None, [], [], None, [])
