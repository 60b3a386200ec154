"""The office that the troubles of this folder happen to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from formwright.settings import Settings
from tests.web.office import Office


@pytest.fixture
def office(site_of_its_own: Settings) -> Iterator[Office]:
    made = Office(site_of_its_own)
    yield made
    made.product.database.dispose()
