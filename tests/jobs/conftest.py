"""A database with a ledger, a worker whose clock the test sets, and room for handlers of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from formwright.database import Database
from formwright.jobs import handlers, worker
from formwright.jobs.handlers import Handler
from formwright.jobs.worker import Worker
from formwright.registry import Registry
from tests.jobs.stage import Hands, ledger, take_down


@pytest.fixture(autouse=True)
def own_handlers(monkeypatch: pytest.MonkeyPatch) -> Registry[Handler]:
    """Handlers of this test only; `line` writes a line into the ledger."""
    registry: Registry[Handler] = Registry("job handler")
    for module in (handlers, worker):
        monkeypatch.setattr(module, "handlers", registry)
    handlers.handler("line")(take_down)
    return registry


@pytest.fixture
def workshop(database: Database) -> Database:
    with database.write() as session:
        ledger.create(session.connection())
    return database


@pytest.fixture
def hands(tmp_path: Path) -> Hands:
    return Hands(tmp_path / "now")


@pytest.fixture
def at_work(workshop: Database, hands: Hands) -> Worker:
    return Worker(workshop, hands.clock)
