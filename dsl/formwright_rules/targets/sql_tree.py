"""The dialect-free form of a rule that a database can answer; whoever knows tables and columns turns it into a statement.

Every node has a `kind`, which says what its value is: number, text, boolean, date, instant, time, duration (exact),
key (the integer id of a member or record), record (a key whose record may have been deleted), list,
range (two days). A value may be NULL,
which is "empty"; so is an empty text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from typing import Literal as OneOf

from ..tree import NOWHERE, Span

Kind = OneOf[
    "number", "text", "boolean", "date", "instant", "time", "duration", "key", "record", "list", "range", "null"
]
Aggregate = OneOf["sum", "count", "average", "min", "max"]


@dataclass(frozen=True, slots=True)
class Sql:
    """Base of the nodes."""

    kind: Kind
    span: Span = field(default=NOWHERE, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Known(Sql):
    """A part that reads no field: worked out in Python first (`rule(values, context)`) and bound as a parameter."""

    rule: Callable[[Mapping[str, Any], Any], Any] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Here:
    """The record that the condition is about."""


@dataclass(frozen=True, slots=True)
class Element:
    """One row or record that a `Reduction` goes through."""

    number: int


@dataclass(frozen=True, slots=True)
class Related:
    """The record of `form` that a relation holds; none when it was deleted."""

    relation: Column
    form: str


Source = Here | Element | Related


@dataclass(frozen=True, slots=True)
class Column(Sql):
    """A field of a record, or a column of a row. `form` is the target of a relation."""

    source: Source
    name: str
    form: str = ""


@dataclass(frozen=True, slots=True)
class PersonAttribute(Sql):
    """An attribute of the member (`of` is a key) or the department (`of` is a text)."""

    of: Sql
    name: str
    department: bool = False


@dataclass(frozen=True, slots=True)
class Operation(Sql):
    """An operator or function by name over values.

    Truths: and or not truth empty equal < <= > >= in contains starts_with ends_with xor. Values: + - * / negate percent
    & choose (condition, value, …, otherwise) coalesce local_date midnight shift months text_of, and rule functions by
    their own name.
    """

    operator: str
    operands: tuple[Sql, ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """The rows of a rows field."""

    source: Source
    field: str


@dataclass(frozen=True, slots=True)
class Pointing:
    """The records of `form` whose `relation` holds the record."""

    form: str
    relation: str


@dataclass(frozen=True, slots=True)
class Records:
    """All records of a form."""

    form: str


@dataclass(frozen=True, slots=True)
class Each:
    """What a reduction goes through: the rows for which all `conditions` hold, each known as `element`."""

    rows: Lines | Pointing | Records
    element: Element
    conditions: tuple[Sql, ...] = ()


@dataclass(frozen=True, slots=True)
class Reduction(Sql):
    """An aggregate of `value` (None: of the rows themselves) over rows."""

    aggregate: Aggregate
    each: Each
    value: Sql | None


@dataclass(frozen=True, slots=True)
class Exists(Sql):
    """Whether there is such a row; `kind` is boolean."""

    each: Each
