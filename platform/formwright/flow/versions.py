"""Flow versions: what a publication brings, and the version by which a running instance goes on."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

import msgspec
from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.orm import Session

from formwright.database import database_of, per_transaction
from formwright.errors import Missing
from formwright.flow.definition import Compiled, compiled
from formwright.flow.model import Flow
from formwright.flow.rules import FlowRules
from formwright.flow.section import read_flow
from formwright.flow.tables import flow_version
from formwright.schema.model import App, Finding
from formwright.schema.reading import Reader

T = TypeVar("T")

_PUBLISHING = "flow.publishing"
_written = msgspec.json.Encoder(decimal_format="number")
_read = msgspec.json.Decoder(float_hook=Decimal)


@dataclass(frozen=True, slots=True)
class Version:
    """One flow version, ready to run: its drawing compiled, its rules compiled against the app as it is now."""

    number: int
    flow: Flow
    compiled: Compiled
    rules: FlowRules


def flows_of(app: App) -> Mapping[str, Flow]:
    """The flows of the published app."""
    found: Mapping[str, Flow] = app.parts.get("flows", {})
    return found


def publish_flows(session: Session, old_app: App | None, new_app: App, *, now: datetime) -> None:
    """Keep a new version of every flow whose definition changed; instances that run stay on theirs."""
    before = (old_app.document.get("flows") or {}) if old_app else {}
    session.info.setdefault(_PUBLISHING, set()).add((new_app.id, new_app.publication))
    rows = [
        {
            "app": new_app.id,
            "flow": flow_id,
            "version": new_app.publication,
            "body": _written.encode(document).decode(),
            "created_at": now,
        }
        for flow_id, document in (new_app.document.get("flows") or {}).items()
        if flow_id not in before or _written.encode(before[flow_id]) != _written.encode(document)
    ]
    if rows:
        session.connection().execute(insert(flow_version), rows)


def newest(session: Session, app: App, flow_id: str) -> Version:
    """The version that new submissions take. Raises Missing."""
    key = ("flow.newest", app.id, app.publication, flow_id)
    return version_of(session, app, flow_id, _kept(session, app, key, lambda: _newest_number(session, app, flow_id)))


def version_of(session: Session, app: App, flow_id: str, number: int) -> Version:
    """The version of this number, its rules compiled against the publication of `app`. Raises Missing."""
    key = ("flow.version", app.id, app.publication, flow_id, number)
    return _kept(session, app, key, lambda: _make(session, app, flow_id, number))


def _kept(session: Session, app: App, key: Hashable, make: Callable[[], T]) -> T:
    """Kept as long as the publication; within the transaction that publishes only for it, since it may be rolled back."""
    if (app.id, app.publication) in session.info.get(_PUBLISHING, ()):
        return per_transaction(session, key, make)
    return database_of(session).cached(key, make)


_NEWEST = select(func.max(flow_version.c.version)).where(
    flow_version.c.app == bindparam("app"),
    flow_version.c.flow == bindparam("flow"),
    flow_version.c.version <= bindparam("publication"),
)
_BODY = select(flow_version.c.body).where(
    flow_version.c.app == bindparam("app"),
    flow_version.c.flow == bindparam("flow"),
    flow_version.c.version == bindparam("version"),
)


def _newest_number(session: Session, app: App, flow_id: str) -> int:
    asked = {"app": app.id, "flow": flow_id, "publication": app.publication}
    found: int | None = session.connection().execute(_NEWEST, asked).scalar()
    if found is None:
        raise Missing(at=flow_id)
    return found


def _make(session: Session, app: App, flow_id: str, number: int) -> Version:
    asked = {"app": app.id, "flow": flow_id, "version": number}
    body = session.connection().execute(_BODY, asked).scalar()
    if body is None:
        raise Missing(at=flow_id)
    findings: list[Finding] = []
    flow = read_flow(Reader(_read.decode(body), "", findings), app.forms, name=flow_id)
    return Version(number, flow, compiled(flow), FlowRules(app, flow))
