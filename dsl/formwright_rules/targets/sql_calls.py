"""Calls for the SQL target: choices become CASE, aggregates and quantifiers sub-queries, the rest functions by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..tree import Call, Expression, Lambda, Literal
from ..types import Column as ColumnType
from ..types import ListOf, Record
from .sql_tree import Aggregate, Each, Exists, Kind, Operation, PersonAttribute, Reduction, Sql

if TYPE_CHECKING:
    from .sql import Compiler

FUNCTIONS = frozenset((
    "ROUND", "ROUNDUP", "ROUNDDOWN", "INT", "TRUNC", "MOD", "ABS", "SIGN", "CEILING", "FLOOR",
    "LEFT", "RIGHT", "MID", "LEN", "LOWER", "UPPER", "FIND", "REPLACE", "EXACT",
    "DATE", "YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "WEEKDAY", "ISOWEEKNUM", "DAYS", "EDATE", "EOMONTH", "STARTOF",
))  # fmt: skip
"""Functions of single values that both databases answer as Python does."""

AGGREGATES: dict[str, Aggregate] = {
    "SUM": "sum", "COUNT": "count", "COUNTA": "count", "AVERAGE": "average", "MIN": "min", "MAX": "max",
}  # fmt: skip
"""Functions over many values."""


def _choose(self: Compiler, node: Call, pairs: list[tuple[Sql, Expression]], otherwise: Expression | None) -> Sql:
    results = [self.value(each) for _, each in pairs] + ([self.value(otherwise)] if otherwise is not None else [])
    operands: list[Sql] = []
    for (condition, _), result in zip(pairs, results, strict=False):
        operands += [condition, result]
    if otherwise is not None:
        operands.append(results[-1])
    return Operation(_common(self, node, results), "choose", tuple(operands), span=node.span)


def _common(self: Compiler, node: Call, results: list[Sql]) -> Kind:
    kinds = {each.kind for each in results} - {"null"}
    if len(kinds) > 1 or kinds & {"list"}:
        raise self.refuse(node.span, "结果类型不同的选择", "a choice between values of different types")
    return kinds.pop() if kinds else "null"


def _if(self: Compiler, node: Call) -> Sql:
    otherwise = node.arguments[2] if len(node.arguments) > 2 else None
    return _choose(self, node, [(self.emitted(node.arguments[0]), node.arguments[1])], otherwise)


def _ifs(self: Compiler, node: Call) -> Sql:
    pairs = zip(node.arguments[::2], node.arguments[1::2], strict=True)
    return _choose(self, node, [(self.emitted(condition), result) for condition, result in pairs], None)


def _switch(self: Compiler, node: Call) -> Sql:
    subject, *rest = node.arguments
    value = self.value(subject)
    otherwise = rest.pop() if len(rest) % 2 else None
    pairs = [
        (self.equality(value, self.value(case), node.span), result)
        for case, result in zip(rest[::2], rest[1::2], strict=True)
    ]
    return _choose(self, node, pairs, otherwise)


def _coalesce(self: Compiler, node: Call) -> Sql:
    values = [self.value(each) for each in node.arguments]
    return Operation(_common(self, node, values), "coalesce", tuple(values), span=node.span)


def _logic(self: Compiler, node: Call) -> Sql:
    values = tuple(self.emitted(each) for each in node.arguments)
    return Operation("boolean", node.function.lower(), values, span=node.span)


def _is_empty(self: Compiler, node: Call) -> Sql:
    return self.emptiness(node.arguments[0], node.span)


def _joined(self: Compiler, node: Call) -> Sql:
    return Operation("text", "&", tuple(self.as_text(each) for each in node.arguments), span=node.span)


def _text(self: Compiler, node: Call) -> Sql:
    if len(node.arguments) > 1:
        raise self.refuse(node.span, "带格式的 TEXT", "TEXT with a format")
    return Operation("text", "&", (self.as_text(node.arguments[0]),), span=node.span)


def _manager(self: Compiler, node: Call) -> Sql:
    """`manager(x)`, one level up."""
    if len(node.arguments) > 1:
        raise self.refuse(node.span, "多级上级", "managers some levels up")
    return PersonAttribute("key", self.value(node.arguments[0]), "manager", span=node.span)


def _quantified(self: Compiler, node: Call) -> Sql:
    """ANY: there is a row that meets it. ALL: there is none that does not."""
    first = node.arguments[0]
    if len(node.arguments) == 1:
        if not isinstance(first.type, ColumnType):
            raise self.refuse(node.span, f"这样的 {node.function}", f"this {node.function}")
        each, test = self.column(first)
    else:
        each = self.each(first)
        test = self.inside(node.arguments[1], each.element)
    if node.function == "ALL":
        test = self.negation(test, node.span)
    exists = Exists("boolean", Each(each.rows, each.element, (*each.conditions, test)), span=node.span)
    return self.negation(exists, node.span) if node.function == "ALL" else exists


def _aggregate(self: Compiler, node: Call) -> Sql:
    aggregate = AGGREGATES[node.function]
    if len(node.arguments) == 1:
        found = _rows_of(self, node.arguments[0])
        if found is not None:
            return _reduction(self, node, aggregate, *found)
    values = [self.value(each) for each in node.arguments]
    if any(each.kind == "list" for each in values):
        raise self.refuse(node.span, f"几个列表的 {node.function}", f"{node.function} over several lists")
    kind: Kind = "number" if aggregate in ("sum", "count", "average") else _common(self, node, values)
    return Operation(kind, f"{aggregate}_of", tuple(values), span=node.span)


def _rows_of(self: Compiler, node: Expression) -> tuple[Each, Sql | None] | None:
    """The rows and the value of each, when the node is a list that a query can go through."""
    if isinstance(node.type, ColumnType):
        return None if self.is_row_value(node) else self.column(node)
    if isinstance(node, Call) and node.function == "MAP":
        each = self.each(node.arguments[0])
        return each, self.inside(node.arguments[1], each.element)
    if isinstance(node.type, ListOf) and isinstance(node.type.element, Record):
        return self.each(node), None
    return None


def _reduction(self: Compiler, node: Call, aggregate: Aggregate, each: Each, value: Sql | None) -> Sql:
    kind: Kind = "number"
    if aggregate in ("min", "max"):
        kind = value.kind if value is not None else "null"
    if value is None and aggregate != "count":
        raise self.refuse(node.span, "没有值的汇总", "an aggregate of no value")
    if value is not None and aggregate != "count" and value.kind not in ("number", "date", "instant", "text"):
        raise self.refuse(node.span, f"{value.kind} 的 {node.function}", f"{node.function} of {value.kind}")
    return Reduction(kind, aggregate, each, value, span=node.span)


def _rollup(self: Compiler, node: Call) -> Sql:
    """`ROLLUP(form.relation, "sum", p -> p.amount, p -> condition)`."""
    named = node.arguments[1]
    aggregate = AGGREGATES.get(str(named.value).upper()) if isinstance(named, Literal) else None
    if aggregate is None:
        raise self.refuse(node.span, "这样的 ROLLUP", "this ROLLUP")
    each = self.each(node.arguments[0])
    lambdas = [argument for argument in node.arguments[2:] if isinstance(argument, Lambda)]
    value = self.inside(lambdas[0], each.element) if lambdas else None
    if len(lambdas) > 1:
        condition = self.inside(lambdas[1], each.element)
        each = Each(each.rows, each.element, (*each.conditions, condition))
    return _reduction(self, node, aggregate if value is not None else "count", each, value)


SPECIAL: dict[str, Callable[[Compiler, Call], Sql]] = {
    "IF": _if,
    "IFS": _ifs,
    "FIRST_HIT": _ifs,
    "SWITCH": _switch,
    "COALESCE": _coalesce,
    "AND": _logic,
    "OR": _logic,
    "NOT": _logic,
    "XOR": _logic,
    "ISEMPTY": _is_empty,
    "CONCATENATE": _joined,
    "TEXT": _text,
    "manager": _manager,
    "ANY": _quantified,
    "ALL": _quantified,
    "ROLLUP": _rollup,
    **dict.fromkeys(AGGREGATES, _aggregate),
}
