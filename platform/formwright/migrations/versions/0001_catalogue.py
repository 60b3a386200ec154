"""The catalogue as it first was."""

from __future__ import annotations

import importlib
import pkgutil

from alembic import op

import formwright
from formwright.database import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    for module in pkgutil.walk_packages(formwright.__path__, "formwright."):
        if module.name.endswith(".tables"):
            importlib.import_module(module.name)
    metadata.create_all(op.get_bind())
