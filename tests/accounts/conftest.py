"""A site where the standard organisation works."""

from __future__ import annotations

import pytest

from formwright.database import Database
from tests.accounts.stories import settle


@pytest.fixture
def office(database: Database) -> Database:
    with database.write() as session:
        settle(session)
    return database
