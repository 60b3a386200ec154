"""The functions by which PostgreSQL answers rules as Python does."""

from __future__ import annotations

from alembic import op

from formwright.records.postgresql import create

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    create(op.get_bind())
