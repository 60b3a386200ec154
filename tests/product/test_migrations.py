"""What the migrations make is what the code thinks it works on."""

from __future__ import annotations

import importlib
import pkgutil

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

import formwright
from formwright.database import Database, is_current, metadata, upgrade


def test_the_migrated_catalogue_has_every_table_column_and_index(database: Database) -> None:
    for module in pkgutil.walk_packages(formwright.__path__, "formwright."):
        if module.name.endswith(".tables"):
            importlib.import_module(module.name)

    with database.engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)

    assert found == []


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    assert is_current(database)
    upgrade(database)
    assert is_current(database)
