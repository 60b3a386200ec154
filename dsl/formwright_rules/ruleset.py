"""Shared rules: the definitions and decision tables of an app's rules files, usable from every other rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from .errors import fail
from .tree import (
    Between,
    Call,
    Cell,
    Chain,
    Compare,
    Define,
    Expression,
    ListLiteral,
    Literal,
    Rules,
    Table,
)

# The functions that a table turns into: condition, output, condition, output, …
TABLE_FUNCTIONS = {"first hit": "FIRST_HIT", "unique": "UNIQUE_HIT", "collect": "COLLECT_HITS"}


@dataclass(frozen=True, eq=False)
class RuleSet:
    """Names → what they stand for. A table is a definition without parameters whose body tries the rows."""

    defines: Mapping[str, Define] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name that rules may use."""
        return frozenset((*self.defines, *self.tables))

    def parameters(self, name: str) -> tuple[str, ...] | None:
        """The parameters of a shared rule (a table has none), or None when there is no such rule."""
        if name in self.defines:
            return self.defines[name].parameters
        return () if name in self.tables else None

    def body(self, name: str) -> Expression:
        """What the name stands for; a table becomes a call of its hit function."""
        if name in self.defines:
            return self.defines[name].body
        return table_body(self.tables[name])

    def __iter__(self) -> Iterator[Define | Table]:
        yield from self.defines.values()
        yield from self.tables.values()


def rule_set(files: Iterable[Rules]) -> RuleSet:
    """Gather the statements of several files; a name that stands twice is an error (`duplicate_name`)."""
    defines: dict[str, Define] = {}
    tables: dict[str, Table] = {}
    for file in files:
        for statement in file.statements:
            if statement.name in defines or statement.name in tables:
                zh, en = f"{statement.name} 定义了两次", f"{statement.name} is defined twice"
                raise fail("duplicate_name", zh, en, statement.span)
            if isinstance(statement, Define):
                defines[statement.name] = statement
            else:
                tables[statement.name] = statement
    return RuleSet(defines, tables)


def table_body(table: Table) -> Expression:
    """A decision table as one expression over its columns."""
    arguments: list[Expression] = []
    for row in table.rows:
        conditions = [
            condition
            for column, cell in zip(table.inputs, row.cells, strict=True)
            if (condition := cell_condition(column, cell)) is not None
        ]
        arguments += [_all(conditions), row.output]
    return Call(TABLE_FUNCTIONS[table.hit], tuple(arguments), span=table.span)


def _all(conditions: list[Expression]) -> Expression:
    if not conditions:
        return Literal(True)
    if len(conditions) == 1:
        return conditions[0]
    return Chain(tuple(conditions), ("and",) * (len(conditions) - 1), span=conditions[0].span)


def cell_condition(column: Expression, cell: Cell) -> Expression | None:
    """What a cell asks of its column, or None for "any"."""
    if cell.kind == "any":
        return None
    if cell.kind == "compare":
        return Compare(cell.operator, column, cell.items[0], span=cell.span)
    if cell.kind == "range":
        return Between(column, cell.items[0], cell.items[1], span=cell.span)
    if len(cell.items) == 1:
        return Compare("=", column, cell.items[0], span=cell.span)
    return Compare("in", column, ListLiteral(cell.items, span=cell.span), span=cell.span)
