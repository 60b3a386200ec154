"""An office to write records in."""

from __future__ import annotations

import pytest

from formwright.database import Database
from formwright.records.model import Record
from tests.records.office import Office


@pytest.fixture
def office(database: Database) -> Office:
    return Office.open(database)


@pytest.fixture
def acme(office: Office) -> Record:
    return office.create("fin", "customer", {"name": "Acme", "region": "east", "credit": 500, "status": "active"})


@pytest.fixture
def pump(office: Office) -> Record:
    return office.create("rep", "product", {"name": "Pump", "list_price": 100, "stock": 10})
