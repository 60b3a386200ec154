"""Tasks and instances in the API's shapes, in the reader's language."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from formwright.accounts.directory import Directory, directory
from formwright.accounts.model import Actor
from formwright.errors import Missing
from formwright.flow.instances import Instance, Task, select_tasks, task_from
from formwright.flow.model import Node, TaskStatus
from formwright.flow.tables import activation, flow_event, task
from formwright.flow.versions import Version, version_of
from formwright.records.show import PageNames
from formwright.schema.access import app_for
from formwright.schema.field_types.dates import dump_instant
from formwright.schema.model import App
from formwright.texts import Text, show


def person(known: Directory, member: int | None) -> dict[str, str] | None:
    """`M` of the API."""
    profile = None if member is None else known.profile(member)
    return None if profile is None else {"id": str(profile.id), "email": profile.email, "name": profile.name}


def instant(value: datetime | None) -> str | None:
    return None if value is None else dump_instant(value)


def words(text: Text | None, language: str) -> str | None:
    return None if text is None else show(text, language)


def titles(
    session: Session, places: Iterable[tuple[str, str, int]], *, actor: Actor, now: datetime, language: str
) -> dict[tuple[str, str, int], str]:
    """How `actor` may call these records, by app, form and id: no more than the records themselves would show them."""
    wanted: dict[tuple[str, str], set[int]] = {}
    for app_id, form, record in places:
        wanted.setdefault((app_id, form), set()).add(record)
    found: dict[tuple[str, str, int], str] = {}
    for (app_id, form), ids in wanted.items():
        app = _app(session, app_id)
        if app is None or form not in app.forms:
            continue
        names = PageNames(session, app, actor=actor, now=now, language=language)
        names.learn(form, ids)
        found |= {(app_id, form, record): names.record(form, record) for record in ids}
    return found


def readers_by_title(
    session: Session, place: tuple[str, str, int], members: Iterable[int], *, now: datetime
) -> dict[str, list[int]]:
    """How each of these members may call one record, by what they call it: what they are told names no more."""
    found: dict[str, list[int]] = {}
    known = directory(session)
    for member in members:
        actor = known.actor(member)
        title = titles(session, [place], actor=actor, now=now, language=actor.language).get(place, "")
        found.setdefault(title, []).append(member)
    return found


def _app(session: Session, app_id: str) -> App | None:
    try:
        return app_for(session, app_id)
    except Missing:
        return None


def node_shape(node: Node | None, node_id: str, language: str) -> dict[str, Any]:
    if node is None:
        return {"id": node_id, "name": node_id, "guide": None, "checklist": []}
    return {
        "id": node.id,
        "name": show(node.name, language, node.id),
        "guide": words(node.guide, language),
        "checklist": [show(item, language) for item in node.checklist],
    }


def task_shapes(
    session: Session, found: Sequence[Task], versions: Mapping[int, int], *, actor: Actor, now: datetime, language: str
) -> list[dict[str, Any]]:
    """`versions` are the flow versions by instance."""
    places = ((each.app, each.form, each.record) for each in found)
    called = titles(session, places, actor=actor, now=now, language=language)
    known = directory(session)
    return [task_shape(each, _node(session, each, versions[each.instance]), called, known, language) for each in found]


def _node(session: Session, found: Task, version: int) -> Node | None:
    app = _app(session, found.app)
    return None if app is None else version_of(session, app, found.flow, version).compiled.nodes.get(found.node)


def task_shape(
    found: Task,
    node: Node | None,
    called: Mapping[tuple[str, str, int], str],
    known: Directory,
    language: str,
) -> dict[str, Any]:
    """`task` of the API."""
    title = called.get((found.app, found.form, found.record), "")
    return {
        "id": str(found.id),
        "kind": "task",
        "app": found.app,
        "form": found.form,
        "record": {"id": str(found.record), "title": title},
        "flow": found.flow,
        "instance": str(found.instance),
        "node": node_shape(node, found.node, language),
        "assignee": person(known, found.assignee),
        "on_behalf_of": person(known, found.on_behalf_of),
        "status": found.status.value,
        "outcome": found.outcome,
        "opened_at": instant(found.opened_at),
        "due_at": instant(found.due_at),
        "read_at": instant(found.read_at),
    }


# ── instances ─────────────────────────────────────────────────────────────────────────────────────

_UNFINISHED = (
    select_tasks()
    .where(task.c.instance == bindparam("instance"), task.c.status.in_((TaskStatus.OPEN, TaskStatus.PENDING)))
    .order_by(task.c.position, task.c.id)
)
_ENTERED = select(activation.c.number, activation.c.entered_at).where(
    activation.c.instance == bindparam("instance"), activation.c.left_at.is_(None)
)
_LOG = (
    select(
        flow_event.c.seq,
        flow_event.c.at,
        flow_event.c.actor,
        flow_event.c.act,
        flow_event.c.node,
        flow_event.c.outcome,
        flow_event.c.comment,
        flow_event.c.body,
    )
    .where(flow_event.c.instance == bindparam("instance"))
    .order_by(flow_event.c.seq)
)


def instance_shape(
    session: Session, found: Instance, version: Version, can: Sequence[str], language: str
) -> dict[str, Any]:
    """`flow` of the API."""
    known = directory(session)
    return {
        "instance": str(found.id),
        "flow": found.flow,
        "version": found.version,
        "status": found.status.value,
        "initiator": person(known, found.initiator),
        "started_at": instant(found.started_at),
        "ended_at": instant(found.ended_at),
        "current": _current(session, found, version, known, language),
        "can": list(can),
        "log": _log(session, found, known),
    }


def _current(
    session: Session, found: Instance, version: Version, known: Directory, language: str
) -> list[dict[str, Any]]:
    tokens = found.state.marking.tokens
    if not tokens:
        return []
    connection = session.connection()
    rows = connection.execute(_UNFINISHED, {"instance": found.id})
    tasks = [task_from(row) for row in rows]
    since = {row[0]: row[1] for row in connection.execute(_ENTERED, {"instance": found.id})}
    flow = version.compiled
    return [
        {
            "node": token.node,
            "name": show(flow.nodes[token.node].name, language, token.node),
            "since": instant(since.get(token.activation or 0)),
            "state": "active" if token.active else "waiting",
            "waits_for": []
            if token.active
            else [other.node for other in tokens if other.node != token.node and flow.below(token.node, other.node)],
            "tasks": [
                {
                    "id": str(each.id),
                    "assignee": person(known, each.assignee),
                    "status": each.status.value,
                    "due_at": instant(each.due_at),
                }
                for each in tasks
                if token.active and each.activation == token.activation
            ],
        }
        for token in tokens
    ]


def _log(session: Session, found: Instance, known: Directory) -> list[dict[str, Any]]:
    lines = []
    for seq, at, actor, act, node, outcome, comment, body in session.connection().execute(_LOG, {"instance": found.id}):
        to = json.loads(body).get("to") or []
        lines.append(
            {
                "seq": seq,
                "at": instant(at),
                "actor": "system" if actor is None else person(known, actor),
                "act": act,
                "node": node,
                "outcome": outcome,
                "comment": comment,
                "to": [person(known, member) for member in to],
            }
        )
    return lines
