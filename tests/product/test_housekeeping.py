"""Once a day the site tidies up after itself."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

from formwright.accounts.access import actor_for
from formwright.accounts.model import SYSTEM
from formwright.accounts.operations import create_member
from formwright.clock import Clock
from formwright.database import Database
from formwright.housekeeping import EVERY, KEY, arrange
from formwright.jobs.operations import waiting
from formwright.jobs.worker import Worker
from formwright.records.files import FileStore, infos, upload

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)


def test_an_upload_that_no_record_took_is_gone_after_a_while(database: Database) -> None:
    settings = database.settings
    store = FileStore(settings.files, settings.max_file)
    with database.write() as session:
        rep = create_member(session, {"email": "rep@example.com"}, actor=SYSTEM, now=NOW)
        kept = upload(session, store, "a.txt", io.BytesIO(b"hello"), actor=actor_for(session, rep.id), now=NOW)
    arrange(database, now=NOW)

    Worker(database, Clock(settings)).run_due(now=NOW + timedelta(days=30))

    with database.read() as session:
        assert infos(session, [kept.id]) == {}
    assert not store.path(kept.id).exists()


def test_it_comes_back_every_day_and_is_arranged_once(database: Database) -> None:
    arrange(database, now=NOW)
    arrange(database, now=NOW)
    Worker(database, Clock(database.settings)).run_due(now=NOW + EVERY)

    with database.read() as session:
        next_time = waiting(session, KEY)
    assert next_time is not None
    assert next_time.run_at == NOW + 2 * EVERY
