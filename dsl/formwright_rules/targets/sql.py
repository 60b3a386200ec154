"""The SQL target: a checked rule becomes a small tree that a database can answer, or the place is named that it cannot.

Parts that read no field of the record (`me`, `today()`, `subordinates(me)`, parameters) stay Python: they are worked out
once, before the statement, and bound. What cannot be pushed down raises RuleError with the code `not_in_sql`, so that
nobody finds out later by a list that reads every record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..errors import RuleError, fail
from ..functions.base import functions
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
    children,
    walk,
)
from ..types import (
    ANY,
    BOOLEAN,
    DATE,
    DATETIME,
    DEPARTMENT,
    DURATION,
    IDENTITY,
    MEMBER,
    NULL,
    NUMBER,
    RANGE,
    ROLE,
    TEXT,
    TIME,
    Choice,
    ListOf,
    Record,
    Type,
)
from ..types import (
    Column as ColumnType,
)
from ..values import Duration
from .python import compile_expression
from .sql_calls import FUNCTIONS, SPECIAL
from .sql_paths import PathCompiler
from .sql_tree import (
    Element,
    Exists,
    Kind,
    Known,
    Operation,
    Sql,
)

_KINDS: dict[Type, Kind] = {
    NUMBER: "number", TEXT: "text", BOOLEAN: "boolean", DATE: "date", DATETIME: "instant", TIME: "time",
    DURATION: "duration", MEMBER: "key", IDENTITY: "key", DEPARTMENT: "text", ROLE: "text", NULL: "null",
    RANGE: "range",
}  # fmt: skip
_TEXT_TESTS = {"contains": "contains", "starts with": "starts_with", "ends with": "ends_with"}
# Their answer changes with every call, or is not about the record as it stands.
_UNSTABLE = frozenset(("round_robin", "least_loaded", "UUID", "PREV", "CHANGED", "handler", "chosen", "approved_by"))


def compile_sql(tree: Expression, *, known: frozenset[str] = frozenset()) -> Sql:
    """The SQL tree of a checked expression; raises RuleError (`not_in_sql`) at the first place that no database can answer.

    `known` are names whose values are given beforehand (`record` in the `where` of a relation, say).
    """
    return Compiler(known).emitted(tree)


class Compiler(PathCompiler):
    """Walks one typed expression. `rows` are the rows that are being gone through, `locals` the parameters of lambdas."""

    def __init__(self, known: frozenset[str]) -> None:
        self.known = known
        self.rows: dict[tuple[str, ...], Element] = {}
        self.locals: dict[str, Element] = {}
        self.elements = 0

    # ---- what is asked of a node ----

    def emitted(self, node: Expression) -> Sql:
        """The value of a node; a truth is never empty."""
        value = self.value(node)
        if value.kind == "boolean" and isinstance(node, Name | Attribute | Call):
            return Operation("boolean", "truth", (value,), span=node.span)
        return value

    def value(self, node: Expression) -> Sql:
        """The value of a node, an empty truth included."""
        if isinstance(node, Call) and node.expansion is not None:
            return replace(self.value(node.expansion), span=node.span)
        if not self.reads_record(node, frozenset()):
            return self.constant(node)
        if isinstance(node.type, ColumnType) and node.type.rows not in self.rows:
            raise self.refuse(node.span, "整列的值", "a whole column as a value")
        return _COMPILE[type(node)](self, node)

    def kind(self, node: Expression) -> Kind:
        """The kind of one value of a node."""
        type_ = node.type if node.type is not None else ANY
        return self.kind_of(type_.element if isinstance(type_, ColumnType) else type_, node.span)

    def kind_of(self, type_: Type, span: Span) -> Kind:
        """The kind of a type; `any` has none."""
        if isinstance(type_, Choice):
            return "text"
        if isinstance(type_, Record):
            return "record"
        if isinstance(type_, ListOf):
            return "list"
        kind = _KINDS.get(type_)
        if kind is None:
            raise self.refuse(span, "类型要到运行时才知道的值", "a value whose type is not known beforehand")
        return kind

    def constant(self, node: Expression) -> Known:
        """A part to work out in Python."""
        for each in walk(node):
            if node is each and isinstance(each, Literal) and isinstance(each.value, Duration):
                if each.value.workdays or each.value.workhours:
                    raise self.refuse(node.span, "和工作日、工作小时的计算", "reckoning with working time")
        kind = "null" if node.type == ANY else self.kind(node)
        return Known(kind, compile_expression(node), span=node.span)

    def reads_record(self, node: Any, bound: frozenset[str]) -> bool:
        """Whether a node depends on the record (or on a row that is being gone through)."""
        if isinstance(node, Name):
            if node.scope == "local":
                return node.id not in bound
            return node.scope == "field" and node.id not in self.known
        if isinstance(node, Attribute) and isinstance(node.base, Name) and node.base.scope == "form":
            return True
        if isinstance(node, Call):
            if node.function in _UNSTABLE:
                raise self.refuse(node.span, f"{node.function}", f"{node.function}")
            if node.expansion is not None:
                return self.reads_record(node.expansion, bound)
        if isinstance(node, Lambda):
            bound = bound | {node.parameter}
        return any(self.reads_record(child, bound) for child in children(node))

    def refuse(self, span: Span, zh: str, en: str) -> RuleError:
        """What to raise for what no database can answer."""
        return fail("not_in_sql", f"列表条件里不能用：{zh}", f"Lists cannot be filtered by {en}", span)

    # ---- operators ----

    def list(self, node: ListLiteral) -> Sql:
        raise self.refuse(node.span, "含有字段的列表", "a list of fields as a value")

    def unary(self, node: Unary) -> Sql:
        operator, operand = node.operator, node.operand
        if operator == "not":
            return self.negation(self.emitted(operand), node.span)
        if operator in ("is empty", "is not empty"):
            test = self.emptiness(operand, node.span)
            return test if operator == "is empty" else self.negation(test, node.span)
        if operator == "changed":
            raise self.refuse(node.span, "changed", "changed")
        value = self.emitted(operand)
        name = "negate" if operator == "-" else "percent"
        return Operation(value.kind, name, (value,), span=node.span)

    def emptiness(self, node: Expression, span: Span) -> Sql:
        """Whether a value, or a list of rows, is empty."""
        type_ = node.type
        if isinstance(type_, ListOf) and not self.is_row_value(node) and self.reads_record(node, frozenset()):
            if isinstance(type_, ColumnType):
                return self.negation(Exists("boolean", self.column(node)[0], span=span), span)
            if isinstance(type_.element, Record):
                return self.negation(Exists("boolean", self.each(node), span=span), span)
        return Operation("boolean", "empty", (self.value(node),), span=span)

    def is_row_value(self, node: Expression) -> bool:
        """Whether a column stands for its value in the row at hand."""
        return isinstance(node.type, ColumnType) and node.type.rows in self.rows

    def negation(self, value: Sql, span: Span) -> Sql:
        return Operation("boolean", "not", (value,), span=span)

    def chain(self, node: Chain) -> Sql:
        operator = node.operators[0]
        if operator in ("and", "or"):
            return Operation("boolean", operator, tuple(self.emitted(each) for each in node.operands), span=node.span)
        if operator == "&":
            return Operation("text", "&", tuple(self.as_text(each) for each in node.operands), span=node.span)
        if operator == "^" or "^" in node.operators:
            raise self.refuse(node.span, "乘方", "powers of fields")
        total = self.emitted(node.operands[0])
        for symbol, operand in zip(node.operators, node.operands[1:], strict=True):
            total = self.arithmetic(symbol, total, self.emitted(operand), node.span)
        return total

    def arithmetic(self, operator: str, left: Sql, right: Sql, span: Span) -> Sql:
        kinds = (operator, left.kind, right.kind)
        if operator == "+" and left.kind == "duration" and right.kind in ("date", "instant"):
            left, right, kinds = right, left, (operator, right.kind, left.kind)
        result = _ARITHMETIC.get(kinds)
        if result is None:
            if "null" in kinds:
                return Operation(left.kind if right.kind == "null" else right.kind, "nothing", (), span=span)
            raise self.refuse(span, f"{left.kind} {operator} {right.kind}", f"{left.kind} {operator} {right.kind}")
        return Operation(result, operator, (left, right), span=span)

    def as_text(self, node: Expression) -> Sql:
        """What `&` joins."""
        value = self.value(node)
        if value.kind in ("text", "null"):
            return value
        if value.kind not in ("number", "date", "boolean", "key") or (
            value.kind == "key" and isinstance(node.type, Record)
        ):
            raise self.refuse(node.span, f"把 {value.kind} 变成文本", f"{value.kind} as text")
        return Operation("text", "text_of", (value,), span=node.span)

    def compare(self, node: Compare) -> Sql:
        operator = node.operator
        if operator in ("=", "!="):
            return self.positive(
                self.equality(self.emitted(node.left), self.emitted(node.right), node.span), operator == "="
            )
        if operator in ("in", "not in"):
            return self.positive(self.membership(node), operator == "in")
        if operator == "matches":
            raise self.refuse(node.span, "matches", "matches")
        if operator in _TEXT_TESTS:
            left, right = self.value(node.left), self.value(node.right)
            if left.kind not in ("text", "null") and not (operator == "contains" and left.kind == "list"):
                raise self.refuse(node.span, f"{left.kind} {operator}", f"{left.kind} {operator}")
            return Operation("boolean", _TEXT_TESTS[operator], (left, right), span=node.span)
        return self.ordering(operator, self.emitted(node.left), self.emitted(node.right), node.span)

    def positive(self, test: Sql, wanted: bool) -> Sql:
        return test if wanted else self.negation(test, test.span)

    def equality(self, left: Sql, right: Sql, span: Span) -> Sql:
        if "list" in (left.kind, right.kind) and "null" not in (left.kind, right.kind):
            raise self.refuse(span, "比较两个列表", "comparing lists")
        return Operation("boolean", "equal", (left, right), span=span)

    def ordering(self, operator: str, left: Sql, right: Sql, span: Span) -> Sql:
        kinds = {left.kind, right.kind} - {"null"}
        if kinds & {"list", "boolean", "record", "key"} or (len(kinds) == 2 and kinds != {"date", "instant"}):
            raise self.refuse(span, f"比较 {left.kind} 和 {right.kind}", f"ordering {left.kind} and {right.kind}")
        return Operation("boolean", operator, (left, right), span=span)

    def between(self, node: Between) -> Sql:
        operand, low, high = (self.emitted(each) for each in (node.operand, node.low, node.high))
        ends = (self.ordering(">=", operand, low, node.span), self.ordering("<=", operand, high, node.span))
        return Operation("boolean", "and", ends, span=node.span)

    def membership(self, node: Compare) -> Sql:
        if isinstance(node.type, ListOf) and not isinstance(node.type, ColumnType):
            raise self.refuse(node.span, "两个人员集合的交集", "the intersection of sets of people")
        left = self.value(node.left)
        if isinstance(node.right, ListLiteral) and self.reads_record(node.right, frozenset()):
            items = tuple(self.value(item) for item in node.right.items)
            tests = tuple(self.equality(left, item, node.span) for item in items)
            filled = self.negation(Operation("boolean", "empty", (left,), span=node.span), node.span)
            return Operation(
                "boolean", "and", (filled, Operation("boolean", "or", tests, span=node.span)), span=node.span
            )
        right = self.value(node.right)
        if right.kind == "key":  # one member stands for the set of one
            filled = self.negation(Operation("boolean", "empty", (left,), span=node.span), node.span)
            return Operation("boolean", "and", (filled, self.equality(left, right, node.span)), span=node.span)
        if not isinstance(right, Known) and right.kind == "list":
            return Operation("boolean", "contains", (right, left), span=node.span)
        if not isinstance(right, Known):
            raise self.refuse(node.right.span, "这个集合", "this set")
        return Operation("boolean", "in", (left, right), span=node.span)

    # ---- calls ----

    def call(self, node: Call) -> Sql:
        special = SPECIAL.get(node.function)
        if special is not None:
            return special(self, node)
        function = functions.find(node.function)
        if function is None or function.name not in FUNCTIONS:
            raise self.refuse(node.span, node.function, node.function)
        operands: list[Sql] = []
        for position, argument in enumerate(node.arguments):
            value = self.value(argument)
            parameter = function.parameter(position)
            kind = parameter.kind if parameter is not None else "any"
            if kind == "text" and function.empty == "propagate":
                value = Operation("text", "blank", (value,), span=argument.span)
            elif kind == "boolean":
                value = Operation("boolean", "truth", (value,), span=argument.span)
            operands.append(value)
        return Operation(self.kind(node), function.name, tuple(operands), span=node.span)

    def unexpected(self, node: Expression) -> Sql:
        raise self.refuse(node.span, "这个写法", "this")


_ARITHMETIC: dict[tuple[str, str, str], Kind] = {
    ("+", "number", "number"): "number",
    ("-", "number", "number"): "number",
    ("*", "number", "number"): "number",
    ("/", "number", "number"): "number",
    ("+", "date", "duration"): "date",
    ("-", "date", "duration"): "date",
    ("+", "instant", "duration"): "instant",
    ("-", "instant", "duration"): "instant",
    ("-", "date", "date"): "duration",
    ("-", "instant", "instant"): "duration",
    ("-", "instant", "date"): "duration",
    ("-", "date", "instant"): "duration",
    ("+", "duration", "duration"): "duration",
    ("-", "duration", "duration"): "duration",
}
_COMPILE: dict[type, Callable[[Compiler, Any], Sql]] = {
    Name: Compiler.name,
    Attribute: Compiler.attribute,
    ListLiteral: Compiler.list,
    Unary: Compiler.unary,
    Chain: Compiler.chain,
    Compare: Compiler.compare,
    Between: Compiler.between,
    Call: Compiler.call,
    Lambda: Compiler.unexpected,
    UpTo: Compiler.unexpected,
}
