"""Permanent physical names of form tables and their columns: given once, hidden and shown again, never reused."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from formwright.storage.tables import storage_name

# No vowels, so that no name spells a word; no letter case, which databases treat differently.
ALPHABET = "0123456789bcdfghjklmnpqrstvwxyz"
LENGTH = 10


@dataclass(frozen=True, slots=True)
class Name:
    """One physical name; `hidden_at` since when the published form no longer has what it holds."""

    form: str
    path: str
    kind: str
    physical: str
    hidden_at: datetime | None = None

    @property
    def hidden(self) -> bool:
        return self.hidden_at is not None


def new_name(form: str, path: str, kind: str) -> Name:
    """A fresh physical name: `f_` for a form's table, `s_` for rows, `c_` for a column."""
    prefix = {"table": "f", "rows": "s"}.get(kind, "c")
    return Name(form, path, kind, f"{prefix}_{''.join(secrets.choice(ALPHABET) for _ in range(LENGTH))}")


def names_of(session: Session, app_id: str, form_id: str | None = None) -> tuple[Name, ...]:
    """Every living name of the app, or of one of its forms."""
    statement = select(
        storage_name.c.form,
        storage_name.c.path,
        storage_name.c.kind,
        storage_name.c.physical,
        storage_name.c.hidden_at,
    ).where(storage_name.c.app == app_id, storage_name.c.removed_at.is_(None))
    if form_id is not None:
        statement = statement.where(storage_name.c.form == form_id)
    return tuple(Name(*row) for row in session.execute(statement))


def add(session: Session, app_id: str, names: Iterable[Name], *, now: datetime) -> None:
    rows = [
        {
            "physical": name.physical,
            "app": app_id,
            "form": name.form,
            "path": name.path,
            "kind": name.kind,
            "created_at": now,
        }
        for name in names
    ]
    if rows:
        session.execute(storage_name.insert(), rows)


def hide(session: Session, names: Iterable[Name], *, now: datetime) -> None:
    """Into the recycle bin: the column stays with what it holds."""
    _set_hidden(session, names, now)


def show(session: Session, names: Iterable[Name]) -> None:
    """Back from the recycle bin."""
    _set_hidden(session, names, None)


def _set_hidden(session: Session, names: Iterable[Name], hidden_at: datetime | None) -> None:
    physical = [name.physical for name in names]
    if physical:
        session.execute(update(storage_name).where(storage_name.c.physical.in_(physical)).values(hidden_at=hidden_at))


def remove(session: Session, app_id: str, *, now: datetime) -> None:
    """The app is gone: its tables wait to be dropped, and a later installation gets new ones."""
    session.execute(
        update(storage_name)
        .where(storage_name.c.app == app_id, storage_name.c.removed_at.is_(None))
        .values(removed_at=now)
    )
