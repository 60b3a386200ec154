"""The fast way in for many records at once: ids given by us, every column converted once, no answer asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from formwright.storage.layout import SYSTEM, FormLayout
from formwright.storage.rows import Stored
from formwright.storage.types import converter

if TYPE_CHECKING:
    import psycopg

_SYSTEM = ("id", *SYSTEM)
_system = attrgetter(*_SYSTEM)


def insert_many(session: Session, layout: FormLayout, records: Sequence[Stored]) -> None:
    """Store new records with their rows; all ids are given. Executemany on SQLite, COPY on PostgreSQL."""
    connection = session.connection()
    table = layout.table
    columns = [table.c[name] for name in _SYSTEM] + list(layout.columns.values())
    fields = list(layout.columns)
    insert_tuples(connection, table, columns, ((*_system(each), *map(each.values.get, fields)) for each in records))
    for field_id, rows in layout.rows.items():
        names = list(rows.columns)
        inner = [rows.table.c[name] for name in ("id", "record_id", "pos")] + list(rows.columns.values())
        tuples = (
            (row["id"], each.id, pos, *map(row.get, names))
            for each in records
            for pos, row in enumerate(each.values.get(field_id) or ())
        )
        insert_tuples(connection, rows.table, inner, tuples)


def insert_tuples(
    connection: Connection, table: sa.Table, columns: Sequence[sa.Column[Any]], records: Iterable[tuple[Any, ...]]
) -> None:
    """Insert rows of any of our tables, given as tuples of values in the order of `columns`."""
    converters = [
        (position, convert)
        for position, column in enumerate(columns)
        if (convert := converter(column.type, connection.dialect)) is not None
    ]
    tuples = _converted(records, converters)
    quote = connection.dialect.identifier_preparer.quote
    names = ", ".join(quote(column.name) for column in columns)
    if connection.dialect.name == "sqlite":
        first = list(tuples)
        if first:
            marks = ", ".join("?" * len(columns))
            connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", first)  # noqa: S608 - own names
        return
    driver: psycopg.Connection[Any] = cast(Any, connection.connection.driver_connection)
    statement = f"COPY {table.name} ({names}) FROM STDIN".encode()
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for each in tuples:
            copy.write_row(each)


def _converted(
    records: Iterable[tuple[Any, ...]], converters: Sequence[tuple[int, Callable[[Any], Any]]]
) -> Iterator[tuple[Any, ...]]:
    for record in records:
        values = list(record)
        for position, convert in converters:
            values[position] = convert(values[position])
        yield tuple(values)
