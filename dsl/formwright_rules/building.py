"""The nodes that each completed rule of the grammar makes (Lark calls these methods while it parses)."""

from __future__ import annotations

import datetime as clock
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast

from .errors import fail
from .lexer import Lexeme
from .tree import (
    Act,
    ActLine,
    Assign,
    AssignLine,
    Attribute,
    Because,
    Between,
    Call,
    Cell,
    Chain,
    Compare,
    Deadline,
    Decide,
    DecideLine,
    Define,
    DueLine,
    Expression,
    Lambda,
    ListLiteral,
    Literal,
    Name,
    Node,
    Rules,
    Span,
    Table,
    TableRow,
    Timing,
    Unary,
    UpTo,
)
from .values import Duration

MAX_HOPS = 10
OPERATORS = {
    "OR": "or", "AND": "and", "NOT": "not", "EQ": "=", "NE": "!=", "LT": "<", "LE": "<=", "GT": ">", "GE": ">=",
    "IN": "in", "NOT_IN": "not in", "CONTAINS": "contains", "STARTS_WITH": "starts with", "ENDS_WITH": "ends with",
    "MATCHES": "matches", "IS_EMPTY": "is empty", "IS_NOT_EMPTY": "is not empty", "CHANGED": "changed", "AMP": "&",
    "PLUS": "+", "MINUS": "-", "STAR": "*", "SLASH": "/", "CARET": "^", "PERCENT": "%",
}  # fmt: skip
_ACTS: dict[str, Act] = {
    "REMIND": "remind", "ESCALATE": "escalate", "ESCALATE_ADDING": "escalate_adding", "CC": "cc", "APPROVE": "approve",
    "REJECT": "reject", "RETURN": "return", "TIMEOUT": "timeout", "SET": "set",
}  # fmt: skip
_EXACT = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_MAX_SECONDS = 100_000 * 86400

Children = list[Any]


def around(first: Node | Lexeme, last: Node | Lexeme) -> Span:
    """The span from the start of one node to the end of another."""
    start, end = first.span, last.span
    return Span(start.line, start.column, start.start, end.start + end.length - start.start)


def duration_value(amount: Decimal, unit: str) -> timedelta | Duration:
    """The duration `amount unit`; raises OverflowError when it is longer than 100,000 days."""
    if unit in _EXACT:
        seconds = amount * _EXACT[unit]
        if seconds > _MAX_SECONDS:
            raise OverflowError
        return timedelta(microseconds=int(seconds * 1_000_000))
    if amount > 100_000:
        raise OverflowError
    if unit == "workhour":
        return Duration(workhours=amount)
    if unit == "workday":
        return Duration(workdays=amount)
    return Duration(months=amount * 12 if unit == "year" else amount)


def unquote(lexeme: Lexeme) -> str:
    """The content of a text or a back-quoted name: a doubled quote is one quote."""
    text = lexeme.text
    inner = text[1:-1]
    return inner.replace(text[0] * 2, text[0]) if text[0] in "\"'`" else inner


class Builder:
    """One method for each rule or alias of grammar.lark."""

    # ---- expressions ----

    def chain(self, parts: Children) -> Expression:
        operators = tuple(OPERATORS[part.type] for part in parts[1::2])
        return Chain(tuple(parts[::2]), operators, span=around(parts[0], parts[-1]))

    def prefix(self, parts: Children) -> Expression:
        return Unary(OPERATORS[parts[0].type], parts[1], span=around(parts[0], parts[1]))

    def postfix(self, parts: Children) -> Expression:
        return Unary(OPERATORS[parts[1].type], parts[0], span=around(parts[0], parts[1]))

    def compare(self, parts: Children) -> Expression:
        return Compare(OPERATORS[parts[1].type], parts[0], parts[2], span=around(parts[0], parts[2]))

    def chained(self, parts: Children) -> Expression:
        zh, en = "比较不能连写，请用 between … and …", "Comparisons do not chain: use between … and …"
        raise fail("chained_comparison", zh, en, parts[3].span, "between … and …")

    def between(self, parts: Children) -> Expression:
        return Between(parts[0], parts[2], parts[4], span=around(parts[0], parts[4]))

    def text(self, parts: Children) -> Expression:
        return Literal(unquote(parts[0]), span=parts[0].span)

    def number(self, parts: Children) -> Expression:
        return Literal(self._decimal(parts[0], parts[0].text), span=parts[0].span)

    def duration(self, parts: Children) -> Literal:
        lexeme: Lexeme = parts[0]
        digits = lexeme.text[: len(lexeme.text) - len(lexeme.text.lstrip("0123456789."))]
        amount = self._decimal(lexeme, digits)
        unit = lexeme.value
        try:
            value = duration_value(amount, unit)
        except OverflowError:
            raise fail("out_of_range", "时长太长", "The duration is too long", lexeme.span) from None
        return Literal(value, amount, unit, span=lexeme.span)

    def date(self, parts: Children) -> Expression:
        return Literal(self._moment(parts[0], clock.date.fromisoformat), span=parts[0].span)

    def datetime(self, parts: Children) -> Expression:
        return Literal(self._moment(parts[0], clock.datetime.fromisoformat), span=parts[0].span)

    def true(self, parts: Children) -> Expression:
        return Literal(True, span=parts[0].span)

    def false(self, parts: Children) -> Expression:
        return Literal(False, span=parts[0].span)

    def null(self, parts: Children) -> Expression:
        return Literal(None, span=parts[0].span)

    def name(self, parts: Children) -> Expression:
        return Name(*_named(parts[0]), span=parts[0].span)

    def call(self, parts: Children) -> Expression:
        return Call(parts[0].text, tuple(parts[1:-1]), span=around(parts[0], parts[-1]))

    def attribute(self, parts: Children) -> Expression:
        base, hops = parts[0], 1
        while isinstance(base, Attribute):
            base, hops = base.base, hops + 1
        span = around(parts[0], parts[1])
        if hops > MAX_HOPS:
            zh, en = f"路径最多 {MAX_HOPS} 段", f"A path has at most {MAX_HOPS} steps"
            raise fail("too_many_hops", zh, en, span)
        return Attribute(parts[0], *_named(parts[1]), span=span)

    def list(self, parts: Children) -> Expression:
        end = parts[-1]
        first = parts[0] if len(parts) > 1 else end
        return ListLiteral(tuple(parts[:-1]), span=around(first, end))

    def parenthesis(self, parts: Children) -> Expression:
        return cast(Expression, parts[0])

    def lambda_(self, parts: Children) -> Expression:
        return Lambda(parts[0].text, parts[1], span=around(parts[0], parts[1]))

    def up_to(self, parts: Children) -> Expression:
        return UpTo(parts[1], span=around(parts[0], parts[1]))

    # ---- blocks ----

    def assign(self, parts: Children) -> Assign:
        return Assign(tuple(parts), span=around(parts[0], parts[-1]))

    def assign_line(self, parts: Children) -> AssignLine:
        span = around(parts[0], parts[-1])
        because = parts.pop().texts if isinstance(parts[-1], _Because) else None
        words = [part.type for part in parts if isinstance(part, Lexeme)]
        nodes = [part for part in parts if not isinstance(part, Lexeme)]
        condition = nodes[0] if len(nodes) == 2 else None
        if not words:
            return AssignLine("always", None, nodes[0], because, span=span)
        if words[0] == "ALSO":
            return AssignLine("also", condition, nodes[-1], because, span=span)
        if words[0] == "OTHERWISE":
            return AssignLine("otherwise", None, nodes[0], because, span=span)
        return AssignLine("when", condition, nodes[-1], because, span=span)

    def because(self, parts: Children) -> _Because:
        span = around(parts[0], parts[-1])
        if len(parts) == 1:
            return _Because(unquote(parts[0]), span)
        pairs = tuple((parts[i].text, unquote(parts[i + 1])) for i in range(0, len(parts), 2))
        for (language, _), lexeme in zip(pairs, parts[::2], strict=True):
            if language not in ("zh", "en"):
                raise fail("unknown_language", "语言只有 zh 和 en", "The languages are zh and en", lexeme.span)
        return _Because(pairs, span)

    def decide(self, parts: Children) -> Decide:
        return Decide(tuple(parts), span=around(parts[0], parts[-1]))

    def decide_line(self, parts: Children) -> DecideLine:
        span = around(parts[0], parts[-1])
        because = parts.pop().texts if isinstance(parts[-1], _Because) else None
        condition = parts[-1] if isinstance(parts[-1], Expression) else None
        verb = OPERATOR_OF_VERB[parts[0].type]
        if verb == "require":
            names = tuple(part.text for part in parts[1:] if isinstance(part, Lexeme) and part.type == "NAME")
            return DecideLine("require", condition, names, span=span)
        return DecideLine("approve" if verb == "approve" else "reject", condition, (), because, span=span)

    def deadline(self, parts: Children) -> Deadline:
        return Deadline(tuple(parts), span=around(parts[0], parts[-1]))

    def due(self, parts: Children) -> DueLine:
        return DueLine(parts[1], span=around(parts[0], parts[1]))

    def act(self, parts: Children) -> ActLine:
        act, timing, span = _ACTS[parts[0].type], parts[-1], around(parts[0], parts[-1])
        if act in ("remind", "escalate", "escalate_adding", "cc"):
            return ActLine(act, timing, people=parts[1], span=span)
        if act == "return":
            return ActLine(act, timing, target=parts[1].text, span=span)
        if act == "set":
            return ActLine(act, timing, target=parts[1].text, value=parts[3], span=span)
        return ActLine(act, timing, span=span)

    def timing(self, parts: Children) -> Timing:
        span = around(parts[0], parts[-1])
        at_most = None
        if parts[-1].type == "NUMBER":
            if not parts[-1].text.isdigit() or not 0 < len(parts[-1].text) <= 4:
                raise fail("out_of_range", "次数要是 1 到 9999 的整数", "A whole number from 1 to 9999", parts[-1].span)
            at_most = int(parts.pop().text)
        if parts[0].type == "AT_DUE":
            return Timing("due", None, at_most, span=span)
        if parts[0].type == "EVERY":
            every = self.duration([parts[1]])
            if not every.amount:
                raise fail("out_of_range", "间隔不能是 0", "The interval cannot be 0", parts[1].span)
            return Timing("every", every, at_most, span=span)
        return Timing("before" if parts[1].type == "BEFORE" else "after", self.duration([parts[0]]), at_most, span=span)

    # ---- shared rules ----

    def rules(self, parts: Children) -> Rules:
        return Rules(tuple(parts), span=around(parts[0], parts[-1]))

    def define(self, parts: Children) -> Define:
        parameters = tuple(part.text for part in parts[1:-1] if part.type == "NAME")
        return Define(parts[0].text, parameters, parts[-1], span=around(parts[0], parts[-1]))

    def table(self, parts: Children) -> Table:
        name, hit, (inputs, output) = parts[0], parts[1], parts[3]
        rows: list[TableRow] = parts[4:]
        for row in rows:
            if len(row.cells) != len(inputs):
                zh, en = f"这一行要有 {len(inputs)} 个条件", f"This row needs {len(inputs)} conditions"
                raise fail("table_shape", zh, en, row.span)
        kind = {"FIRST_HIT": "first hit", "UNIQUE": "unique", "COLLECT": "collect"}[hit.type]
        return Table(name.text, cast(Any, kind), inputs, output, tuple(rows), span=around(name, rows[-1]))

    def table_header(self, parts: Children) -> tuple[tuple[Expression, ...], str]:
        return tuple(parts[:-1]), parts[-1].text

    def table_row(self, parts: Children) -> TableRow:
        placed = [part for part in parts if part.span.length]
        return TableRow(tuple(parts[:-1]), parts[-1], span=around(placed[0], parts[-1]))

    def any_cell(self, parts: Children) -> Cell:
        return Cell("any", span=parts[0].span if parts else Span())

    def compare_cell(self, parts: Children) -> Cell:
        return Cell("compare", (parts[1],), OPERATORS[parts[0].type], span=around(parts[0], parts[1]))

    def range_cell(self, parts: Children) -> Cell:
        return Cell("range", tuple(parts), span=around(parts[0], parts[1]))

    def values_cell(self, parts: Children) -> Cell:
        return Cell("values", tuple(parts), span=around(parts[0], parts[-1]))

    # ---- constants ----

    def _decimal(self, lexeme: Lexeme, digits: str) -> Decimal:
        if len(digits) > 60:
            raise fail("out_of_range", "数字太长", "The number is too long", lexeme.span)
        return Decimal(digits)

    def _moment(self, lexeme: Lexeme, read: Callable[[str], clock.date]) -> clock.date:
        try:
            return read(lexeme.text)
        except ValueError:
            zh, en = f"没有 {lexeme.text} 这一天", f"There is no such day as {lexeme.text}"
            raise fail("bad_date", zh, en, lexeme.span) from None


OPERATOR_OF_VERB = {"APPROVE": "approve", "REJECT": "reject", "REQUIRE": "require"}


class _Because:
    def __init__(self, texts: Because, span: Span) -> None:
        self.texts = texts
        self.span = span


def _named(lexeme: Lexeme) -> tuple[str, bool]:
    return (unquote(lexeme), True) if lexeme.type == "QUOTED" else (lexeme.text, False)
