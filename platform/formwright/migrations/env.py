"""Alembic's entry: runs the migrations on the connection that `database.upgrade` holds."""

from __future__ import annotations

from alembic import context

from formwright.database import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=False)
with context.begin_transaction():
    context.run_migrations()
