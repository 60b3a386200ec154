"""The only door to tasks and running flows: my work, one task, one record's flow, and why things are as they are."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.orm import Session

from formwright.accounts.directory import directory
from formwright.accounts.model import Actor
from formwright.errors import Invalid, Missing
from formwright.flow.hand import refuse_strangers
from formwright.flow.instances import (
    TASK_COLUMNS,
    instance_by_id,
    instance_from,
    select_instances,
    task_by_id,
    task_from,
)
from formwright.flow.model import TaskStatus
from formwright.flow.operations import latest_instance
from formwright.flow.possible import flow_actions, task_actions
from formwright.flow.returns import return_targets
from formwright.flow.show import instance_shape, instant, person, task_shapes, titles
from formwright.flow.tables import cc, instance, task
from formwright.flow.versions import version_of
from formwright.records.access import record_for, record_id
from formwright.records.model import Rights
from formwright.records.show import dump_record
from formwright.schema.access import app_for
from formwright.schema.model import App, FieldRights
from formwright.texts import both, show

Box = Literal["todo", "started", "handled", "cc"]

MOST = 200


def tasks(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    status: str | None = None,
    box: Box = "todo",
    app: str | None = None,
    form: str | None = None,
    record: int | str | None = None,
    node: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
    language: str | None = None,
) -> dict[str, Any]:
    """My work over all apps, the newest first: `{"items": […], "next_cursor"}`. Raises Invalid for a bad box or cursor.

    `box`: `todo` (open tasks), `handled`, `started` (flows that I began), `cc`; `status="done"` is the same as `handled`.
    """
    if box not in ("todo", "started", "handled", "cc") or status not in (None, "open", "done"):
        raise Invalid("unknown_value", both("没有这样的列表", "There is no such list of tasks"), at="box")
    language = language or actor.language
    limit = max(1, min(limit, MOST))
    table = {"started": instance, "cc": cc}.get(box, task)
    statement: Any
    if box == "started":
        statement = select_instances().where(instance.c.initiator == actor.id)
    elif box == "cc":
        statement = select(cc.c.id, cc.c.app, cc.c.form, cc.c.record, cc.c.node, cc.c.at, cc.c.read_at)
        statement = statement.where(cc.c.member == actor.id)
    else:
        statement = _my_tasks(actor, done=status == "done" or box == "handled")
    for name, value in (("app", app), ("form", form), ("record", record)):
        if value is not None:
            statement = statement.where(table.c[name] == (_number(value, name) if name == "record" else value))
    if node is not None and box != "started":
        statement = statement.where(table.c.node == node)
    if cursor:
        statement = statement.where(table.c.id < _number(cursor, "cursor"))
    rows = session.connection().execute(statement.order_by(table.c.id.desc()).limit(limit + 1)).all()
    page = rows[:limit]
    shapes = {"started": _started, "cc": _copies}.get(box, _tasks)
    return {
        "items": shapes(session, page, actor, now, language),
        "next_cursor": str(page[-1][0]) if len(rows) > limit else None,
    }


def _my_tasks(actor: Actor, *, done: bool) -> Select[Any]:
    """My tasks with the flow version of each at the end."""
    statement = select(*TASK_COLUMNS, instance.c.version).join(instance, instance.c.id == task.c.instance)
    if done:
        return statement.where(task.c.assignee == actor.id, task.c.status == TaskStatus.DONE)
    return statement.where(task.c.assignee == actor.id, task.c.status == TaskStatus.OPEN)


def _tasks(session: Session, rows: Any, actor: Actor, now: datetime, language: str) -> list[dict[str, Any]]:
    versions = {row[1]: row[-1] for row in rows}
    return task_shapes(
        session, [task_from(row[:-1]) for row in rows], versions, actor=actor, now=now, language=language
    )


def _started(session: Session, rows: Any, actor: Actor, now: datetime, language: str) -> list[dict[str, Any]]:
    found = [instance_from(row) for row in rows]
    called = titles(
        session, ((each.app, each.form, each.record) for each in found), actor=actor, now=now, language=language
    )
    known = directory(session)
    items = []
    for each in found:
        nodes = version_of(session, app_for(session, each.app), each.flow, each.version).compiled.nodes
        items.append(
            {
                "kind": "instance",
                "id": str(each.id),
                "app": each.app,
                "form": each.form,
                "record": {"id": str(each.record), "title": called.get((each.app, each.form, each.record), "")},
                "instance": str(each.id),
                "flow": each.flow,
                "version": each.version,
                "status": each.status.value,
                "initiator": person(known, each.initiator),
                "started_at": instant(each.started_at),
                "ended_at": instant(each.ended_at),
                "at": list(each.state.marking.nodes),
                "current": [
                    {"node": token.node, "name": show(nodes[token.node].name, language, token.node)}
                    for token in each.state.marking.tokens
                ],
            }
        )
    return items


def _copies(session: Session, rows: Any, actor: Actor, now: datetime, language: str) -> list[dict[str, Any]]:
    called = titles(session, ((row.app, row.form, row.record) for row in rows), actor=actor, now=now, language=language)
    return [
        {
            "kind": "cc",
            "id": str(row.id),
            "app": row.app,
            "form": row.form,
            "record": {"id": str(row.record), "title": called.get((row.app, row.form, row.record), "")},
            "node": row.node,
            "at": instant(row.at),
            "read_at": instant(row.read_at),
        }
        for row in rows
    ]


# ── one task ──────────────────────────────────────────────────────────────────────────────────────

_READ = update(task).where(task.c.id == bindparam("_id"), task.c.read_at.is_(None)).values(read_at=bindparam("_at"))


def task_for(
    session: Session, task_id: int | str, *, actor: Actor, now: datetime, language: str | None = None
) -> dict[str, Any]:
    """One task of the actor's: the record as the node shows it, and everything that may be done. In a writing transaction
    it is thereby read.

    Raises Missing where the record is not visible, NotAllowed `not_assignee` where the task is somebody else's.
    """
    found = task_by_id(session, _number(task_id, "task"))
    current = instance_by_id(session, found.instance) if found else None
    if found is None or current is None:
        raise Missing(at=str(task_id))
    refuse_strangers(session, found, actor=actor, now=now)
    language = language or actor.language
    if found.read_at is None and session.connection().get_execution_options().get("writes"):
        session.connection().execute(_READ, {"_id": found.id, "_at": now})
        found = task_by_id(session, found.id) or found
    app = app_for(session, found.app)
    version = version_of(session, app, current.flow, current.version)
    node = version.compiled.nodes[found.node]
    record, rights = record_for(session, app, found.form, found.record, actor=actor, now=now)
    shown = node.fields if found.status is TaskStatus.OPEN else rights.fields
    (shape,) = task_shapes(session, [found], {found.instance: current.version}, actor=actor, now=now, language=language)
    actions = task_actions(found, node, current, version)
    return {
        **shape,
        "record": dump_record(
            session, app, record, Rights(shown, rights.actions | {"edit"}), actor=actor, now=now, language=language
        ),
        "fields": _fields(app, found.form, shown),
        "actions": actions,
        "outcomes": [
            {"id": each.id, "label": show(each.label, language, each.id), "comment": each.comment}
            for each in node.outcomes
            if found.status is TaskStatus.OPEN
        ],
        "return_to": [
            {"node": each, "name": show(version.compiled.nodes[each].name, language, each)}
            for each in (return_targets(version.compiled, current.state, node) if "return" in actions else ())
        ],
        "resubmit": node.resubmit,
        "comment": node.actions.comment,
        "signature": node.actions.signature,
        "revision": current.rev,
    }


def _fields(app: App, form: str, rights: FieldRights) -> dict[str, str]:
    """The node's right on every field that it does not hide."""
    found = ((field.id, rights.of(field.id)) for field in app.forms[form].fields)
    return {field_id: right for field_id, right in found if right != "hidden"}


def _number(value: int | str, at: str) -> int:
    try:
        return record_id(value)
    except Missing:
        if at == "task":
            raise
        raise Invalid("bad_number", both("不是有效的编号", "This is no id"), at=at) from None


# ── a record's flow ───────────────────────────────────────────────────────────────────────────────


def instance_view(
    session: Session,
    app: App,
    form_id: str,
    record: int | str,
    *,
    actor: Actor,
    now: datetime,
    flow: str | None = None,
    language: str | None = None,
) -> dict[str, Any]:
    """The record's flow in the API's shape: of `flow`, else its newest running, else its newest.

    Raises Missing where the record is not visible or has no flow.
    """
    found, _ = record_for(session, app, form_id, record, actor=actor, now=now)
    current = latest_instance(session, app, found, flow)
    if current is None:
        raise Missing(message=both("这条记录没有流程", "This record has no flow"))
    version = version_of(session, app, current.flow, current.version)
    can = flow_actions(session, current, version, actor)
    return instance_shape(session, current, version, can, language or actor.language)
