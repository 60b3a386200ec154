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

file = Table(
    "file",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("uploaded_by", BigInteger),
    Column("uploaded_at", Instant, nullable=False),
    Column("app", Text),
    Column("form", Text),
    Column("record", BigInteger),
    Index("ix_file_record", "app", "form", "record"),
    Index("ix_file_uploaded", "uploaded_at"),
)
"""An uploaded file; `app`, `form` and `record` are null until its uploader's record holds it, and never change after."""
