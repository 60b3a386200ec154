"""Serial numbers: counters that two submissions at once never read alike."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from formwright.storage.tables import serial_counter


def next_serials(session: Session, app_id: str, form_id: str, field_id: str, period: str, count: int = 1) -> range:
    """The next `count` numbers of a counter, from 1; `period` is the day, month or year that it counts, "" for always.

    Taken in the caller's transaction: what rolls back gives its numbers back, so a submission that fails leaves no gap.
    On PostgreSQL submissions to one counter therefore wait for each other's commit.
    """
    make = sqlite.insert if session.connection().dialect.name == "sqlite" else postgresql.insert
    statement = make(serial_counter).values(app=app_id, form=form_id, field=field_id, period=period, value=count)
    grown = statement.on_conflict_do_update(
        index_elements=list(serial_counter.primary_key), set_={"value": serial_counter.c.value + count}
    )
    last = session.connection().execute(grown.returning(serial_counter.c.value)).scalar_one()
    return range(last - count + 1, last + 1)


def forget(session: Session, app_id: str) -> None:
    """The app is uninstalled: a later installation counts from 1."""
    session.execute(sa.delete(serial_counter).where(serial_counter.c.app == app_id))
