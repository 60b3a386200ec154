"""The few statements that make and change form tables, as text, in the spelling of each database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Table, Text, inspect
from sqlalchemy.engine import Connection, Dialect

from formwright.storage.types import ddl_type


def create_table(table: Table, dialect: Dialect) -> str:
    """Written out rather than left to SQLAlchemy: only here do texts on PostgreSQL get the collation that SQLite has."""
    lines = [_column(column, dialect) for column in table.columns]
    lines += [
        f"FOREIGN KEY ({key.parent.name}) REFERENCES {key.column.table.name} (id) ON DELETE {key.ondelete}"
        for key in table.foreign_keys
    ]
    strict = " STRICT" if dialect.name == "sqlite" else ""
    return f"CREATE TABLE {table.name} ({', '.join(lines)}){strict}"


def add_column(table: Table, column: Column[Any], dialect: Dialect) -> str:
    return f"ALTER TABLE {table.name} ADD COLUMN {_column(column, dialect)}"


def _column(column: Column[Any], dialect: Dialect) -> str:
    end = " PRIMARY KEY" if column.primary_key else "" if column.nullable else " NOT NULL"
    collation = ' COLLATE "C"' if dialect.name != "sqlite" and isinstance(column.type, Text) else ""
    return f"{column.name} {ddl_type(column.type, dialect)}{collation}{end}"


def existing_indexes(connection: Connection, tables: list[str]) -> dict[str, tuple[str, ...]]:
    """The names of our indexes on each of these tables."""
    inspector = inspect(connection)
    return {
        table: tuple(name for index in inspector.get_indexes(table) if (name := index["name"] or "").startswith("ix_"))
        for table in tables
    }


def existing_columns(connection: Connection, table: str) -> dict[str, str]:
    """Column names and types as the database spells them; empty when there is no such table."""
    inspector = inspect(connection)
    if not inspector.has_table(table):
        return {}
    return {
        column["name"]: column["type"].compile(dialect=connection.dialect).split(" COLLATE")[0]
        for column in inspector.get_columns(table)
    }


def expected_columns(table: Table, dialect: Dialect) -> dict[str, str]:
    """The same for a table of a layout."""
    return {column.name: ddl_type(column.type, dialect) for column in table.columns}
