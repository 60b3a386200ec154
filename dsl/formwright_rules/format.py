"""Tree to text: canonical (English keywords and ids), or in a reader's language with the labels of the form."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from .check import check
from .environment import Environment, labels_to_ids
from .keywords import CHINESE, CHINESE_WORDS, ENGLISH, NAMES, RESERVED, UNITS
from .lexer import cut
from .parser import Start
from .tree import (
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
    Table,
    Timing,
    Tree,
    Unary,
    UpTo,
)
from .types import Choice, Labels, ListOf, Record, Type
from .values import Duration

_LEVELS = {"or": 1, "and": 2, "&": 5, "+": 6, "-": 6, "*": 7, "/": 7, "^": 8}
_NOT, _COMPARISON, _MINUS, _PERCENT, _PRIMARY = 3, 4, 9, 10, 11
_WORD = re.compile(r"[^\W\d_]\w*")
_TERMINALS = {
    "or": "OR", "and": "AND", "not": "NOT", "in": "IN", "not in": "NOT_IN", "contains": "CONTAINS",
    "starts with": "STARTS_WITH", "ends with": "ENDS_WITH", "matches": "MATCHES", "is empty": "IS_EMPTY",
    "is not empty": "IS_NOT_EMPTY", "changed": "CHANGED",
}  # fmt: skip
_ACTS = {
    "remind": "REMIND", "escalate": "ESCALATE", "escalate_adding": "ESCALATE_ADDING", "cc": "CC", "approve": "APPROVE",
    "reject": "REJECT", "return": "RETURN", "timeout": "TIMEOUT", "set": "SET",
}  # fmt: skip


def format(tree: Tree, language: str = "en", environment: Environment | None = None) -> str:
    """The text of a tree; parsing it gives the tree again.

    Without an environment: ids, with the keywords of `language` ("en": the canonical text that is stored). With one:
    fields and options by their labels in `language`, wherever the label is unambiguous.
    """
    if environment is not None:
        start: Start = _START.get(type(tree), "expression")
        checked = check(tree, environment, start)
        tree = checked.tree if checked.ok else tree
    return _Printer(language, environment).tree(tree)


_START: dict[type[Node], Start] = {Assign: "assign", Decide: "decide", Deadline: "deadline", Rules: "rules"}


class _Printer:
    def __init__(self, language: str, environment: Environment | None) -> None:
        self.language = language
        self.environment = environment
        self.words = CHINESE if language == "zh" else ENGLISH

    def tree(self, tree: Tree | Node) -> str:
        if isinstance(tree, Assign | Decide | Deadline):
            return "\n".join(_LINES[type(line)](self, line) for line in tree.lines)
        if isinstance(tree, Rules):
            return "\n".join(_LINES[type(each)](self, each) for each in tree.statements)
        if isinstance(tree, Expression):
            return self.expression(tree)
        return _LINES[type(tree)](self, tree)

    # ---- expressions ----

    def expression(self, node: Expression, least: int = 0, choice: Type | None = None) -> str:
        """The text of a node, in brackets when it binds looser than `least`."""
        if isinstance(node, Literal):
            return self.literal(node, choice)
        if isinstance(node, ListLiteral):
            return "[" + ", ".join(self.expression(item, 0, choice) for item in node.items) + "]"
        text, level = _PRINT[type(node)](self, node)
        return f"({text})" if level < least else text

    def word(self, operator: str) -> str:
        """An operator in the language at hand."""
        terminal = _TERMINALS.get(operator)
        return self.words[terminal] if terminal else operator

    def literal(self, node: Literal, choice: Type | None) -> str:
        value = node.value
        if isinstance(value, str):
            return quoted(self._option(value, choice))
        if value is None:
            return self.words["NULL"]
        if isinstance(value, bool):
            return self.words["TRUE" if value else "FALSE"]
        if isinstance(value, Decimal):
            return f"{value:f}"
        if isinstance(value, timedelta | Duration):
            return self.duration(node)
        return value.isoformat() if isinstance(value, date | datetime | time) else str(value)

    def duration(self, node: Literal) -> str:
        amount, unit = node.amount, node.unit
        if amount is None or unit is None:
            amount, unit = _spelled(node.value)
        english, chinese = UNITS[unit]
        if self.language == "zh":
            return f"{amount:f} {chinese}"
        return f"{amount:f} {english[:-1] if amount == 1 else english}"

    def _option(self, value: str, choice: Type | None) -> str:
        if self.environment is None or not isinstance(choice, Choice):
            return value
        for option in choice.options:
            label = dict(option.labels).get(self.language)
            if option.id == value and label and choice.option(label) == value:
                return label
        return value

    def name(self, node: Name) -> tuple[str, int]:
        environment = self.environment
        if environment is not None and node.scope not in ("local", "form"):
            label = environment.labels.get(node.id, {}).get(self.language)
            if label and environment.by_label.get(label) == (node.id,) and environment.type_of(label) is None:
                return self.spelled(label), _PRIMARY
            if self.language == "zh" and node.id in NAMES and NAMES[node.id] not in environment.by_label:
                return NAMES[node.id], _PRIMARY
        return self.spelled(node.id, quoted=node.quoted and node.scope == "unknown"), _PRIMARY

    def spelled(self, id: str, *, quoted: bool = False) -> str:
        """A name as it must be written: in back-quotes when it would be read otherwise."""
        plain = _WORD.fullmatch(id) is not None and id not in CHINESE_WORDS and id.lower() not in _KEYWORDS
        if plain and not id.isascii():
            environment = self.environment
            known = environment.vocabulary if environment is not None else frozenset()
            plain = len(cut(id, lambda: known)) == 1
        if plain and not quoted:
            return id
        return "`" + id.replace("`", "``") + "`"

    def attribute(self, node: Attribute) -> tuple[str, int]:
        base = self.expression(node.base, _PRIMARY)
        if isinstance(node.base, Literal):
            base = f"({base})"
        return f"{base}.{self.spelled(self._label(node))}", _PRIMARY

    def _label(self, node: Attribute) -> str:
        base = node.base.type
        base = base.element if isinstance(base, ListOf) else base
        if self.environment is None or not isinstance(base, Record):
            return node.id
        labels: Mapping[str, Labels] = base.labels
        label = labels.get(node.id, {}).get(self.language)
        fine = label and labels_to_ids(labels).get(label) == (node.id,) and base.field(label) is None
        return label if label and fine else node.id

    def unary(self, node: Unary) -> tuple[str, int]:
        operator = node.operator
        if operator == "-":
            return f"-{self.expression(node.operand, _MINUS)}", _MINUS
        if operator == "%":
            return f"{self.expression(node.operand, _PERCENT)}%", _PERCENT
        if operator == "not":
            return f"{self.word('not')} {self.expression(node.operand, _NOT)}", _NOT
        return f"{self.expression(node.operand, _COMPARISON + 1)} {self.word(operator)}", _COMPARISON

    def chain(self, node: Chain) -> tuple[str, int]:
        level = _LEVELS[node.operators[0]]
        parts = [self.expression(node.operands[0], level + 1)]
        for operator, operand in zip(node.operators, node.operands[1:], strict=True):
            parts += [self.word(operator), self.expression(operand, level + 1)]
        return " ".join(parts), level

    def compare(self, node: Compare) -> tuple[str, int]:
        # Sets are bracketed, so that nobody has to remember that `in` binds looser than + and -.
        least = _LEVELS["*"] if node.operator == "in" else _COMPARISON + 1
        left = self.expression(node.left, least, _choice(node.right))
        right = self.expression(node.right, least, _choice(node.left))
        return f"{left} {self.word(node.operator)} {right}", _COMPARISON

    def between(self, node: Between) -> tuple[str, int]:
        parts = [self.expression(each, _COMPARISON + 1) for each in (node.operand, node.low, node.high)]
        between, and_ = self.words["BETWEEN"], self.words["AND"]
        return f"{parts[0]} {between} {parts[1]} {and_} {parts[2]}", _COMPARISON

    def call(self, node: Call) -> tuple[str, int]:
        return f"{node.function}({', '.join(self.expression(each) for each in node.arguments)})", _PRIMARY

    def lambda_(self, node: Lambda) -> tuple[str, int]:
        return f"{self.spelled(node.parameter)} -> {self.expression(node.body)}", 0

    def up_to(self, node: UpTo) -> tuple[str, int]:
        return f"{self.words['UP_TO']} {self.expression(node.limit)}", 0

    # ---- blocks ----

    def because(self, because: Because) -> str:
        if because is None:
            return ""
        if isinstance(because, str):
            return f" {self.words['_BECAUSE']} {quoted(because)}"
        pairs = ", ".join(f"{language}: {quoted(text)}" for language, text in because)
        return f" {self.words['_BECAUSE']} {{{pairs}}}"

    def when(self, condition: Expression | None) -> str:
        return "" if condition is None else f" {self.words['WHEN']} {self.expression(condition)}"

    def assign_line(self, line: AssignLine) -> str:
        people = self.expression(line.people) + self.because(line.because)
        if line.kind == "always":
            return people
        if line.kind == "otherwise":
            return f"{self.words['OTHERWISE']} {people}"
        condition = self.when(line.condition)
        then = f"{condition} {self.words['_THEN']}".lstrip() + " " if condition else ""
        return f"{self.words['ALSO']} {then}{people}" if line.kind == "also" else f"{then}{people}"

    def decide_line(self, line: DecideLine) -> str:
        if line.verb == "require":
            return f"{self.words['REQUIRE']} {', '.join(line.requirements)}{self.when(line.condition)}"
        verb = self.words["APPROVE" if line.verb == "approve" else "REJECT"]
        return verb + self.when(line.condition) + self.because(line.because)

    def due_line(self, line: DueLine) -> str:
        return f"{self.words['DUE']} {self.expression(line.due)}"

    def act_line(self, line: ActLine) -> str:
        parts = [self.words[_ACTS[line.act]]]
        if line.people is not None:
            parts.append(self.expression(line.people))
        if line.target is not None:
            parts.append(self.spelled(line.target))
        if line.value is not None:
            parts += ["=", self.expression(line.value)]
        return " ".join([*parts, self.timing(line.timing)])

    def timing(self, timing: Timing) -> str:
        if timing.offset is None:
            text = self.words["AT_DUE"]
        elif timing.kind == "every":
            text = f"{self.words['EVERY']} {self.duration(timing.offset)} {self.words['AFTER']}"
        else:
            text = f"{self.duration(timing.offset)} {self.words['BEFORE' if timing.kind == 'before' else 'AFTER']}"
        if timing.at_most is not None:
            text += f", {self.words['_AT_MOST']} {timing.at_most} {self.words['_TIMES']}"
        return text

    def define(self, statement: Define) -> str:
        parameters = f"({', '.join(statement.parameters)})" if statement.parameters else ""
        return f"{self.words['_DEFINE']} {statement.name}{parameters} = {self.expression(statement.body)}"

    def table(self, statement: Table) -> str:
        hit = self.words[{"first hit": "FIRST_HIT", "unique": "UNIQUE", "collect": "COLLECT"}[statement.hit]]
        lines = [[*(self.expression(each) for each in statement.inputs), f"-> {statement.output}"]]
        lines += [
            [*(self.cell(cell) for cell in row.cells), f"-> {self.expression(row.output)}"] for row in statement.rows
        ]
        widths = [max(len(line[index]) for line in lines) for index in range(len(lines[0]) - 1)]
        shown = [
            " | ".join([*(text.ljust(width) for text, width in zip(line, widths, strict=False)), line[-1]])
            for line in lines
        ]
        head = f"{self.words['_TABLE']} {statement.name} ({hit})"
        return "\n  ".join([head, *shown])

    def cell(self, cell: Cell) -> str:
        if cell.kind == "any":
            return "-"
        if cell.kind == "compare":
            return f"{self.word(cell.operator)} {self.expression(cell.items[0], _COMPARISON + 1)}"
        if cell.kind == "range":
            low, high = (self.expression(each, _COMPARISON + 1) for each in cell.items)
            return f"{low} .. {high}"
        return ", ".join(self.expression(each) for each in cell.items)


_PRINT: dict[type[Node], Callable[[_Printer, Any], tuple[str, int]]] = {
    Name: _Printer.name,
    Attribute: _Printer.attribute,
    Unary: _Printer.unary,
    Chain: _Printer.chain,
    Compare: _Printer.compare,
    Between: _Printer.between,
    Call: _Printer.call,
    Lambda: _Printer.lambda_,
    UpTo: _Printer.up_to,
}
_LINES: dict[type[Node], Callable[[_Printer, Any], str]] = {
    AssignLine: _Printer.assign_line,
    DecideLine: _Printer.decide_line,
    DueLine: _Printer.due_line,
    ActLine: _Printer.act_line,
    Define: _Printer.define,
    Table: _Printer.table,
}
_KEYWORDS = RESERVED - frozenset(NAMES)


def quoted(text: str) -> str:
    """A text literal."""
    return '"' + text.replace('"', '""') + '"'


def _choice(node: Expression) -> Type | None:
    type_ = node.type
    return type_.element if isinstance(type_, ListOf) else type_


def _spelled(value: object) -> tuple[Decimal, str]:
    """Amount and unit of a duration that was not written by hand."""
    if isinstance(value, timedelta):
        seconds = Decimal(value // timedelta(seconds=1))
        return (seconds / 86400, "day") if seconds % 86400 == 0 else (seconds, "second")
    if isinstance(value, Duration):
        for amount, unit in ((value.months, "month"), (value.workdays, "workday"), (value.workhours, "workhour")):
            if amount:
                return amount, unit
    return Decimal(0), "day"
