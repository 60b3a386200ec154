"""Statements of the hot path: written in SQLAlchemy Core, compiled once a dialect, run by the driver in the session's transaction.

What a step executes is the same few statements every time; most of what they would cost through `Connection.execute` is finding
that out again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect, Executable
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

Processor = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """The text for one dialect, how each parameter is given to the driver, and how each column is read."""

    text: str
    fixed: Mapping[str, Any]
    positions: tuple[str, ...] | None
    binders: tuple[tuple[str, Processor], ...]
    readers: tuple[Processor | None, ...]

    def parameters(self, given: Mapping[str, Any]) -> Any:
        values = {**self.fixed, **given}
        for name, process in self.binders:
            values[name] = process(values[name])
        return values if self.positions is None else [values[name] for name in self.positions]

    def row(self, raw: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(value if read is None else read(value) for value, read in zip(raw, self.readers, strict=True))


class Prepared:
    """One statement. Its parameters are named as in Core; a column's type converts what goes in and comes out.

    `names` are the columns of an INSERT, whose values are then the parameters.
    """

    def __init__(self, statement: Executable, names: Sequence[str] | None = None) -> None:
        self.statement = statement
        self.names = list(names) if names is not None else None
        self._by_dialect: dict[str, _Compiled] = {}

    def run(self, session: Session, given: Mapping[str, Any]) -> int:
        """Execute once; how many rows it touched."""
        cursor, compiled = self._cursor(session)
        try:
            cursor.execute(compiled.text, compiled.parameters(given))
            count: int = cursor.rowcount
            return count
        finally:
            cursor.close()

    def run_all(self, session: Session, given: Sequence[Mapping[str, Any]]) -> None:
        """Execute for each of `given`, in one go."""
        if not given:
            return
        cursor, compiled = self._cursor(session)
        try:
            if len(given) == 1:
                cursor.execute(compiled.text, compiled.parameters(given[0]))
            else:
                cursor.executemany(compiled.text, [compiled.parameters(each) for each in given])
        finally:
            cursor.close()

    def rows(self, session: Session, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Execute a SELECT; all its rows."""
        cursor, compiled = self._cursor(session)
        try:
            cursor.execute(compiled.text, compiled.parameters(given))
            return [compiled.row(each) for each in cursor.fetchall()]
        finally:
            cursor.close()

    def _cursor(self, session: Session) -> tuple[Any, _Compiled]:
        connection = session.connection()
        dialect = connection.dialect
        compiled = self._by_dialect.get(dialect.name)
        if compiled is None:
            compiled = self._by_dialect[dialect.name] = _compile(self.statement, self.names, dialect)
        return connection.connection.cursor(), compiled


def _compile(statement: Any, names: list[str] | None, dialect: Dialect) -> _Compiled:
    compiled = statement.compile(dialect=dialect, column_keys=names)
    binders = []
    for name, bind in compiled.binds.items():
        process = _in(bind.type, dialect)
        if process is not None:
            binders.append((name, process))
    columns = getattr(statement, "selected_columns", ())
    return _Compiled(
        text=compiled.string,
        fixed={name: value for name, value in compiled.params.items() if value is not None},
        positions=None if compiled.positiontup is None else tuple(compiled.positiontup),
        binders=tuple(binders),
        readers=tuple(_out(column.type, dialect) for column in columns),
    )


def _in(type_: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    process: Processor | None = type_.dialect_impl(dialect).bind_processor(dialect)
    return process


def _out(type_: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    process: Processor | None = type_.dialect_impl(dialect).result_processor(dialect, None)
    return process
