"""Tables beside the records themselves: their history and the talk about them."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, Table, Text

from formwright.database import BigId, Instant, metadata

record_event = Table(
    "record_event",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),
    Column("app", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("record", BigInteger, nullable=False),
    Column("rev", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", BigInteger),
    Column("kind", Text, nullable=False),
    Column("diff", Text, nullable=False),
    Index("ix_record_event_record", "app", "form", "record", "rev"),
)
"""One row a save; `diff` is `history.Diff` as JSON text, `by` null is the system."""

record_comment = Table(
    "record_comment",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),
    Column("app", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("record", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    Column("author", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Column("mentions", JSON, nullable=False),
    Index("ix_record_comment_record", "app", "form", "record", "id"),
)
"""`mentions` lists member ids."""
