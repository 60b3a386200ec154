"""Statements of the hot path: written in SQLAlchemy Core, compiled once a dialect, run by the driver in the session's transaction.

What a step executes is the same few statements every time; most of what they would cost through `Connection.execute` is finding
that out again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

Processor = Callable[[Any], Any]

NUMERIC = 1700
"""PostgreSQL's number for its type `numeric`."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    """The text for one dialect, how each parameter is given to the driver, and how each column is read."""

    text: str
    fixed: Mapping[str, Any]
    positions: tuple[str, ...] | None
    binders: tuple[tuple[str, Processor], ...]
    readers: tuple[tuple[int, Processor, Any], ...]
    """The columns that are read otherwise than the driver gives them: their place, how, and what NULL is."""

    def parameters(self, given: Mapping[str, Any]) -> Any:
        values = {**self.fixed, **given}
        for name, process in self.binders:
            values[name] = process(values[name])
        return values if self.positions is None else [values[name] for name in self.positions]

    def row(self, raw: Sequence[Any]) -> tuple[Any, ...]:
        row = list(raw)
        for place, read, nothing in self.readers:
            value = row[place]
            row[place] = nothing if value is None else read(value)
        return tuple(row)


class Prepared:
    """One statement. Its parameters are named as in Core; a column's type converts what goes in and comes out.

    `names` are the columns of an INSERT, whose values are then the parameters.
    """

    def __init__(self, statement: Executable, names: Sequence[str] | None = None) -> None:
        self.statement = statement
        self.names = list(names) if names is not None else None
        self._by_dialect: dict[str, _Compiled] = {}

    def rows(self, session: Session, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Execute a SELECT; all its rows."""
        return rows_of(session, [(self, given)])[0]

    def first(self, session: Session, given: Mapping[str, Any]) -> dict[str, Any] | None:
        """Execute a SELECT; its first row by the names of its columns, None when it has none."""
        found = self.rows(session, given)
        if not found:
            return None
        columns = self.statement.selected_columns  # type: ignore[attr-defined]  # a SELECT has them
        return dict(zip(columns.keys(), found[0], strict=True))

    def compiled(self, dialect: Dialect) -> _Compiled:
        compiled = self._by_dialect.get(dialect.name)
        if compiled is None:
            compiled = self._by_dialect[dialect.name] = _compile(self.statement, self.names, dialect)
        return compiled


def rows_of(session: Session, asked: Sequence[tuple[Prepared, Mapping[str, Any]]]) -> list[list[tuple[Any, ...]]]:
    """The rows of several SELECTs, executed in order; on PostgreSQL they travel together."""
    connection = session.connection()
    raw = connection.connection
    ready = [(raw.cursor(), each.compiled(connection.dialect), given) for each, given in asked]
    with _travelling_together(raw, connection.dialect, len(ready)):
        for cursor, compiled, given in ready:
            parameters = compiled.parameters(given)
            _tell(connection, cursor, compiled.text, parameters)
            cursor.execute(compiled.text, parameters)
    found = [[compiled.row(row) for row in cursor.fetchall()] for cursor, compiled, _ in ready]
    for cursor, _, _ in ready:
        cursor.close()
    return found


class Batch:
    """Writes that are gathered and executed together, in their order; on PostgreSQL in one flight."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._waiting: list[tuple[Prepared, Sequence[Mapping[str, Any]], Exception | None]] = []

    def add(self, statement: Prepared, given: Sequence[Mapping[str, Any]], *, or_else: Exception | None = None) -> None:
        """Execute `statement` for each of `given` with the next flush; `or_else` is raised where one of them touches no row."""
        if given:
            self._waiting.append((statement, given, or_else))

    def flush(self) -> None:
        """Execute what has been gathered."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        connection = self.session.connection()
        raw = connection.connection
        ready = [(raw.cursor(), each.compiled(connection.dialect), given, or_else) for each, given, or_else in waiting]
        with _travelling_together(raw, connection.dialect, len(ready)):
            for cursor, compiled, given, _ in ready:
                if len(given) == 1:
                    cursor.execute(compiled.text, compiled.parameters(given[0]))
                else:
                    cursor.executemany(compiled.text, [compiled.parameters(each) for each in given])
        for cursor, _, given, or_else in ready:
            count = cursor.rowcount
            cursor.close()
            if or_else is not None and count != len(given):
                raise or_else


def _tell(connection: Connection, cursor: Any, text: str, parameters: Any) -> None:
    """Whoever listens to the engine's statements, such as a test that counts queries, hears of these too."""
    for listener in connection.dispatch.before_cursor_execute:
        listener(connection, cursor, text, parameters, None, False)


def _travelling_together(raw: Any, dialect: Dialect, count: int) -> ExitStack:
    """One round trip for several statements, where the driver can."""
    stack = ExitStack()
    if dialect.name == "postgresql" and count > 1:
        stack.enter_context(raw.driver_connection.pipeline())
    return stack


def _compile(statement: Any, names: list[str] | None, dialect: Dialect) -> _Compiled:
    compiled = statement.compile(dialect=dialect, column_keys=names)
    binders = []
    for name, bind in compiled.binds.items():
        process = _in(bind.type, dialect)
        if process is not None:
            binders.append((name, process))
    readers = [_out(column.type, dialect) for column in getattr(statement, "selected_columns", ())]
    return _Compiled(
        text=compiled.string,
        fixed={name: value for name, value in compiled.params.items() if value is not None},
        positions=None if compiled.positiontup is None else tuple(compiled.positiontup),
        binders=tuple(binders),
        readers=tuple((place, read, read(None)) for place, read in enumerate(readers) if read is not None),
    )


def _in(type_: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    process: Processor | None = type_.dialect_impl(dialect).bind_processor(dialect)
    return process


def _out(type_: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    # PostgreSQL's numbers ask which type the driver saw; ours are all `numeric` columns.
    seen = NUMERIC if dialect.name == "postgresql" else None
    process: Processor | None = type_.dialect_impl(dialect).result_processor(dialect, seen)
    return process
