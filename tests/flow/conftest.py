"""Offices with the flows that several stories tell of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.flow.office import Office

from formwright.database import Database


@pytest.fixture
def open_office(database: Database) -> Callable[..., Office]:
    """Call it with flows for an office that runs them."""

    def make(*flows: dict[str, Any]) -> Office:
        return Office.open(database, *flows)

    return make
