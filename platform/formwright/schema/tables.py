"""Tables of the apps themselves: each app, its publications (never changed once written), and its one draft."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Integer, Table, Text

from formwright.database import BigId, Instant, metadata

app = Table(
    "app",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", JSON, nullable=False),
    Column("version", Text, nullable=False),
    Column("publication", Integer, nullable=False),
    Column("installed_at", Instant, nullable=False),
    Column("deleted_at", Instant),
)
"""`version` is the author's; `publication` counts what was published here and says which publication is in force (0: none yet)."""

publication = Table(
    "publication",
    metadata,
    Column("app", Text, ForeignKey("app.id", ondelete="RESTRICT"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("document", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("created_by", BigId, ForeignKey("member.id", ondelete="RESTRICT"), index=True),
    Column("note", Text),
)
"""`document` is JSON text, not a JSON column: decimals must come back digit by digit. `created_by` null: the system."""

draft = Table(
    "draft",
    metadata,
    Column("app", Text, ForeignKey("app.id", ondelete="CASCADE"), primary_key=True),
    Column("document", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("updated_by", BigId, ForeignKey("member.id", ondelete="RESTRICT"), index=True),
)
