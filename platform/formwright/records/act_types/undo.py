"""What an act did, kept as JSON, and how it is taken back while nobody has changed the record since."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from formwright.accounts.model import Actor
from formwright.errors import Conflict
from formwright.records import operations
from formwright.records.act_types.base import Effect
from formwright.records.parsing import NEVER_WRITTEN, same
from formwright.records.stored import load_records
from formwright.schema.field_types.base import field_types
from formwright.schema.model import App
from formwright.texts import both


def dump_effect(app: App, effect: Effect) -> dict[str, Any]:
    """`{kind, form, record, version, before: {field: JSON}}`: `version` is the record's after the act, `before` what it changed."""
    after, before = effect.after, effect.before
    values: dict[str, Any] = {}
    if effect.kind == "updated" and before is not None:
        for field in app.forms[after.form].fields:
            old = before.values.get(field.id)
            written = field.type not in NEVER_WRITTEN and field.compute is None
            if written and not same(old, after.values.get(field.id)):
                values[field.id] = field_types[field.type].dump(old, field)
    return {
        "kind": effect.kind,
        "form": after.form,
        "record": str(after.id),
        "version": after.version,
        "before": values,
    }


def take_back(session: Session, app: App, dumped: Mapping[str, Any], *, actor: Actor, now: datetime) -> None:
    """Undo one effect; several are undone in reverse order. Raises Conflict `undo_conflict` where the record was changed since."""
    form_id, record_id = dumped["form"], int(dumped["record"])
    found = load_records(session, app, form_id, [record_id], lock=True, deleted=True).get(record_id)
    if found is None or found.version != dumped["version"]:
        raise Conflict(
            "undo_conflict", both("记录已被更改，无法撤销", "The record was changed since; this cannot be undone")
        )
    if dumped["kind"] == "created":
        operations.delete(session, app, form_id, record_id, actor=actor, now=now, by_act=True)
    elif dumped["kind"] == "deleted":
        operations.restore(session, app, form_id, record_id, actor=actor, now=now)
    else:
        operations.update(
            session,
            app,
            form_id,
            record_id,
            dumped["before"],
            actor=actor,
            now=now,
            by_act=True,
            complete=False,
        )
