"""The catalogue's own tables about form tables: permanent physical names, the journal of schema changes, serial counters."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, Table, Text, text

from formwright.database import BigId, Instant, metadata

storage_name = Table(
    "storage_name",
    metadata,
    Column("physical", Text, primary_key=True),  # f_…, s_… or c_…; never given twice
    Column("app", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("path", Text, nullable=False),  # "" the form's table, "lines" a field, "lines/price" a column of its rows
    Column("kind", Text, nullable=False),  # what it can hold: table, rows, text, decimal2, key:relation:customer …
    Column("created_at", Instant, nullable=False),
    Column("hidden_at", Instant),  # not in the published form; comes back with what it held when the field does
    Column("removed_at", Instant),  # its app was uninstalled: a later installation starts with new tables
)
Index(
    "ix_storage_name_living",
    *(storage_name.c[name] for name in ("app", "form", "path", "kind")),
    unique=True,
    sqlite_where=text("removed_at IS NULL"),
    postgresql_where=text("removed_at IS NULL"),
)

schema_change = Table(
    "schema_change",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("app", Text, nullable=False, index=True),
    Column("from_publication", Integer, nullable=False),
    Column("to_publication", Integer, nullable=False),
    Column("plan", JSON, nullable=False),  # the steps, each {kind, at, words, lost}
    Column("state", Text, nullable=False),  # done
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant),
)

serial_counter = Table(
    "serial_counter",
    metadata,
    Column("app", Text, primary_key=True),
    Column("form", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("period", Text, primary_key=True),  # "" never starts anew; else the day, month or year it counts
    Column("value", BigInteger, nullable=False),
)
