"""The only door to apps: what is in force, and the draft that is being worked on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from formwright.database import database_of, per_transaction
from formwright.errors import Missing
from formwright.prepared import Prepared
from formwright.schema import tables
from formwright.schema.document import read_app
from formwright.schema.json_text import from_json
from formwright.schema.model import App
from formwright.texts import Text, both


@dataclass(frozen=True, slots=True)
class InstalledApp:
    """One line of the list of apps; `publication` 0 has never been published."""

    id: str
    name: Text
    version: str
    publication: int
    installed_at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """The definition as it is being edited; `revision` counts its savings."""

    app: str
    document: Mapping[str, Any]
    revision: int
    updated_at: datetime
    updated_by: int | None


def apps(session: Session) -> list[InstalledApp]:
    """Every installed app, by id."""
    columns = tables.app.c
    rows = session.execute(
        select(columns.id, columns.name, columns.version, columns.publication, columns.installed_at)
        .where(columns.deleted_at.is_(None))
        .order_by(columns.id)
    )
    return [InstalledApp(*row) for row in rows]


def app_for(session: Session, app_id: str) -> App:
    """The app as it is in force. Raises Missing where there is none, or none published yet."""
    number = per_transaction(session, ("publication", app_id), lambda: _publication_in_force(session, app_id))
    if not number:
        raise Missing(message=both("没有这个应用", "There is no such app"), at=app_id)
    return publication_of(session, app_id, number)


def remember_publication(session: Session, app_id: str, number: int) -> None:
    """For whoever has just read the app's publication in force together with something else: `app_for` need not ask again."""
    per_transaction(session, ("publication", app_id), lambda: number)


def publication_of(session: Session, app_id: str, number: int) -> App:
    """The app as it was published under `number`; kept in memory, for publications never change. Raises Missing."""
    return database_of(session).cached(("app", app_id, number), lambda: _read_publication(session, app_id, number))


def draft_for(session: Session, app_id: str) -> Draft:
    """The draft of an app. Raises Missing where there is no such app."""
    columns = tables.draft.c
    row = session.execute(
        select(columns.app, columns.document, columns.revision, columns.updated_at, columns.updated_by)
        .join(tables.app, tables.app.c.id == columns.app)
        .where(columns.app == app_id, tables.app.c.deleted_at.is_(None))
    ).first()
    if row is None:
        raise Missing(message=both("没有这个应用", "There is no such app"), at=app_id)
    return Draft(row.app, from_json(row.document), row.revision, row.updated_at, row.updated_by)


_IN_FORCE = Prepared(
    select(tables.app.c.publication).where(tables.app.c.id == bindparam("app"), tables.app.c.deleted_at.is_(None))
)


def _publication_in_force(session: Session, app_id: str) -> int:
    found = _IN_FORCE.rows(session, {"app": app_id})
    return found[0][0] if found else 0


def _read_publication(session: Session, app_id: str, number: int) -> App:
    columns = tables.publication.c
    text = session.execute(
        select(columns.document).where(columns.app == app_id, columns.number == number)
    ).scalar_one_or_none()
    if text is None:
        raise Missing(message=both("没有这次发布", "There is no such publication"), at=f"{app_id}/{number}")
    app, _ = read_app(from_json(text), publication=number)
    return app
