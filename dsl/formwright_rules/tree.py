"""The tree of a rule: immutable nodes that remember where they stood in the text.

The parser makes these nodes; the checker gives the same nodes back with labels turned into ids and with `type` (and
`Name.scope`) filled in; every target walks them. Spans and types do not count for equality, so two trees are equal
when they mean the same text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal as OneOf

from .types import Type
from .values import Duration


@dataclass(frozen=True, slots=True)
class Span:
    """A place in the text: line and column count from 1, `start` and `length` count characters."""

    line: int = 1
    column: int = 1
    start: int = 0
    length: int = 0


NOWHERE = Span()

Constant = str | Decimal | bool | date | datetime | timedelta | Duration | None


@dataclass(frozen=True, slots=True)
class Node:
    """Base of all nodes."""

    span: Span = field(default=NOWHERE, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Expression(Node):
    """Base of what has a value; `type` is None until the checker has seen it."""

    type: Type | None = field(default=None, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Literal(Expression):
    """A constant. Text, `Decimal`, boolean, None, date, datetime (naive: in the zone of the app) or duration.

    `unit` keeps the spelling of a duration (`3 days`: amount 3, unit day).
    """

    value: Constant
    amount: Decimal | None = None
    unit: str | None = None


Scope = OneOf["field", "context", "local", "form", "unknown"]


@dataclass(frozen=True, slots=True)
class Name(Expression):
    """A bare name. After checking, `scope` says where its value comes from:

    field    `values[id]`: fields of the record, system fields and the extra names of the environment
    context  `me`, `initiator`, `assignee`
    local    the parameter of a lambda around it, or of a `define`
    form     a form id, as in the first argument of LOOKUP and ROLLUP (no value of its own)
    """

    id: str
    quoted: bool = field(default=False, compare=False)
    scope: Scope = field(default="unknown", compare=False)


@dataclass(frozen=True, slots=True)
class Attribute(Expression):
    """`base.id`: a field of a record, a column of rows, an attribute of a member or department."""

    base: Expression
    id: str
    quoted: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class ListLiteral(Expression):
    """`[a, b]`."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Unary(Expression):
    """One operand: `not`, `-`, `%` (postfix), `is empty`, `is not empty`, `changed`."""

    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Chain(Expression):
    """Operands of one precedence, flat, from left to right: `operators[i]` stands before `operands[i + 1]`.

    All of `or`, all of `and`, all of `&`, a mix of `+ -`, a mix of `* /`, or all of `^`.
    """

    operands: tuple[Expression, ...]
    operators: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compare(Expression):
    """`= != < <= > >=`, `in`, `not in`, `contains`, `starts with`, `ends with`, `matches`: two sides, one operator."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Between(Expression):
    """`operand between low and high`, both ends included."""

    operand: Expression
    low: Expression
    high: Expression


@dataclass(frozen=True, slots=True)
class Call(Expression):
    """`function(arguments)`; `function` is the registered spelling after checking.

    When it calls a `define` or a table of the environment, `expansion` is its typed body with the arguments put in;
    targets compile that instead.
    """

    function: str
    arguments: tuple[Expression, ...]
    expansion: Expression | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Lambda(Expression):
    """`parameter -> body`; `type` is the type of the body."""

    parameter: str
    body: Expression


@dataclass(frozen=True, slots=True)
class UpTo(Expression):
    """`up to 3` or `up to role("director")`, the second argument of `chain`."""

    limit: Expression


# ---- blocks -----------------------------------------------------------------------------------------------------


Because = str | tuple[tuple[str, str], ...] | None  # one text, or (language, text) pairs


@dataclass(frozen=True, slots=True)
class AssignLine(Node):
    """`when condition then people`, `otherwise people`, `and also [when condition then] people`, or people alone."""

    kind: OneOf["when", "otherwise", "also", "always"]
    condition: Expression | None
    people: Expression
    because: Because = None


@dataclass(frozen=True, slots=True)
class Assign(Node):
    """Who gets the task."""

    lines: tuple[AssignLine, ...]


@dataclass(frozen=True, slots=True)
class DecideLine(Node):
    """`approve`, `reject` or `require …`, each with an optional `when`."""

    verb: OneOf["approve", "reject", "require"]
    condition: Expression | None
    requirements: tuple[str, ...] = ()
    because: Because = None


@dataclass(frozen=True, slots=True)
class Decide(Node):
    """Approval logic."""

    lines: tuple[DecideLine, ...]


@dataclass(frozen=True, slots=True)
class Timing(Node):
    """When a deadline act happens: before, after or at the due time; `every` repeats after it."""

    kind: OneOf["before", "after", "due", "every"]
    offset: Literal | None = None
    at_most: int | None = None


Act = OneOf["remind", "escalate", "escalate_adding", "cc", "approve", "reject", "return", "timeout", "set"]


@dataclass(frozen=True, slots=True)
class DueLine(Node):
    """`due duration` (after arrival) or `due date`."""

    due: Expression


@dataclass(frozen=True, slots=True)
class ActLine(Node):
    """One act of a deadline: `people` for remind, escalate and cc; `target` is the node or the field."""

    act: Act
    timing: Timing
    people: Expression | None = None
    target: str | None = None
    value: Expression | None = None


@dataclass(frozen=True, slots=True)
class Deadline(Node):
    """Time limit, reminders, escalation."""

    lines: tuple[DueLine | ActLine, ...]


@dataclass(frozen=True, slots=True)
class Cell(Node):
    """One condition of a table: any, a comparison, a range with both ends, or a list of values."""

    kind: OneOf["any", "compare", "range", "values"]
    items: tuple[Expression, ...] = ()
    operator: str = "="


@dataclass(frozen=True, slots=True)
class TableRow(Node):
    """One line of a decision table."""

    cells: tuple[Cell, ...]
    output: Expression


@dataclass(frozen=True, slots=True)
class Table(Node):
    """A decision table."""

    name: str
    hit: OneOf["first hit", "unique", "collect"]
    inputs: tuple[Expression, ...]
    output: str
    rows: tuple[TableRow, ...]


@dataclass(frozen=True, slots=True)
class Define(Node):
    """`define name(parameters) = body`."""

    name: str
    parameters: tuple[str, ...]
    body: Expression


@dataclass(frozen=True, slots=True)
class Rules(Node):
    """The content of a rules file."""

    statements: tuple[Define | Table, ...]


Tree = Expression | Assign | Decide | Deadline | Rules


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below, in the order of the text; an expansion is not one of them."""
    for each in fields(node):
        if each.name == "expansion":
            continue
        value = getattr(node, each.name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            for item in value:
                if isinstance(item, Node):
                    yield item


def walk(node: Node) -> Iterator[Node]:
    """The node and all nodes below it, parents first, without recursion."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(list(children(current))))
