"""Versions of the catalogue's own tables (Alembic); the tables of forms change through `storage.migrate` only."""
