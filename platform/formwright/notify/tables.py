"""The table of what members were told."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Table, Text, text

from formwright.database import BigId, Instant, metadata

message = Table(
    "message",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("member", BigId, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("text", JSON, nullable=False),
    Column("link", Text),
    Column("created_at", Instant, nullable=False),
    Column("read_at", Instant),
    Index("ix_message_member_id", "member", "id"),
    Index(
        "ix_message_unread",
        "member",
        sqlite_where=text("read_at IS NULL"),
        postgresql_where=text("read_at IS NULL"),
    ),
)
"""`text` is a text in one or both languages; `link` a path of this site."""
