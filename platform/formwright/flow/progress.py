"""Where records are in their flows, as every record shows it: one query a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from formwright.accounts.model import Actor
from formwright.database import database_of
from formwright.flow.instances import INSTANCE_COLUMNS, Instance, instance_from
from formwright.flow.possible import flow_actions
from formwright.flow.starting import flows_for
from formwright.flow.tables import instance
from formwright.flow.versions import version_of
from formwright.prepared import Prepared
from formwright.records.model import Record
from formwright.records.participants import Progress, progresses
from formwright.schema.model import App, Form
from formwright.storage.rows import among, id_list

_OF_RECORDS = {
    kind: Prepared(
        select(*INSTANCE_COLUMNS)
        .where(instance.c.app == bindparam("app"), instance.c.form == bindparam("form"), among(instance.c.record, kind))
        .order_by(instance.c.ended_at.is_(None), instance.c.id)
    )
    for kind in ("sqlite", "postgresql")
}

SINGLE = 1
"""Only a record that is shown alone says which acts are open: in a list that would be a query each."""


def progress_of(
    session: Session, app: App, form: Form, records: Sequence[Record], actor: Actor
) -> Mapping[int, Progress]:
    """By record id: its newest running instance, else its newest."""
    if not records or not app.parts.get("flows"):
        return {}
    kind = database_of(session).kind
    ids = id_list([record.id for record in records], kind)
    rows = _OF_RECORDS[kind].rows(session, {"app": app.id, "form": form.id, "ids": ids})
    latest = {found.record: found for found in map(instance_from, rows)}
    shown = {
        record_id: Progress(_flow(found), _actions(session, app, found, actor) if len(records) == SINGLE else ())
        for record_id, found in latest.items()
    }
    if len(records) == SINGLE and not shown and flows_for(app, form.id, "manual"):
        return {records[0].id: Progress(None, ("submit",))}
    return shown


def _flow(found: Instance) -> dict[str, object]:
    return {
        "flow": found.flow,
        "instance": str(found.id),
        "version": found.version,
        "status": found.status.value,
        "at": list(found.state.marking.nodes),
    }


def _actions(session: Session, app: App, found: Instance, actor: Actor) -> tuple[str, ...]:
    return tuple(flow_actions(session, found, version_of(session, app, found.flow, found.version), actor))


def register() -> None:
    """Let the records know; doing it twice does nothing."""
    if "flow" not in progresses:
        progresses.add("flow", progress_of)
