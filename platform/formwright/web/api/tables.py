"""Answers kept by `Idempotency-Key`."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from formwright.database import BigId, Instant, metadata

idempotent_answer = Table(
    "idempotent_answer",
    metadata,
    Column("member", BigId, ForeignKey("member.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("key", Text, primary_key=True),
    Column("request", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Index("ix_idempotent_answer_created_at", "created_at"),
)
"""`request` is a hash of method, path, arguments and body; the answer commits with the effect that it reports."""
