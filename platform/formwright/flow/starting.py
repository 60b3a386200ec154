"""How a record gets on its way: flows that start when it is submitted, created or updated, or by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from formwright.accounts.model import Actor
from formwright.database import per_transaction
from formwright.errors import Conflict, Invalid, Problem
from formwright.flow import engine
from formwright.flow.instances import Instance
from formwright.flow.model import Flow, State
from formwright.flow.state import EMPTY_HEAD
from formwright.flow.tables import instance
from formwright.flow.transition import Transition
from formwright.flow.versions import Version, flows_of, newest
from formwright.records.events import RecordCreated, RecordSubmitted, RecordUpdated
from formwright.records.model import Record
from formwright.schema.model import App
from formwright.storage.ids import new_id
from formwright.texts import both, show
from formwright_rules.values import is_empty

_LIVE = select(instance.c.id).where(
    instance.c.record == bindparam("record"),
    instance.c.app == bindparam("app"),
    instance.c.flow == bindparam("flow"),
    instance.c.ended_at.is_(None),
)


def on_submitted(session: Session, event: RecordSubmitted) -> None:
    """Flows with `start: submit` begin with the submission."""
    _start_all(session, event.app, event.record, "submit", actor=event.actor, now=event.now)


def on_created(session: Session, event: RecordCreated) -> None:
    _start_all(session, event.app, event.record, "created", actor=event.actor, now=event.now)


def on_updated(session: Session, event: RecordUpdated) -> None:
    _start_all(session, event.app, event.record, "updated", actor=event.actor, now=event.now)


def starts_with(how: str) -> Callable[[App, str], bool]:
    """Whether any flow of a form begins this way."""
    return lambda app, form: bool(flows_for(app, form, how))


def flows_for(app: App, form: str, start: str) -> list[Flow]:
    """The form's flows that begin this way."""
    return [flow for flow in flows_of(app).values() if flow.form == form and flow.start == start]


def _start_all(session: Session, app: App, record: Record, how: str, *, actor: Actor, now: datetime) -> None:
    for flow in flows_for(app, record.form, how):
        if how != "submit" and is_running(session, app, record, flow.id):
            continue
        start(session, app, record, flow.id, actor=actor, now=now)


def is_running(session: Session, app: App, record: Record, flow_id: str) -> bool:
    """Whether the record has a live instance of the flow, or is just getting one."""
    if (app.id, flow_id, record.id) in _starting(session):
        return True
    asked = {"record": record.id, "app": app.id, "flow": flow_id}
    return session.connection().execute(_LIVE, asked).first() is not None


def _starting(session: Session) -> set[tuple[str, str, int]]:
    return per_transaction(session, "flow.starting", set)


def start(
    session: Session,
    app: App,
    record: Record,
    flow_id: str,
    *,
    actor: Actor,
    now: datetime,
    parent: tuple[int, int] | None = None,
) -> Instance:
    """A new instance of the flow's newest version on the record, submitted by `actor`. `parent` is instance and activation.

    Raises Conflict `in_use` when one is running, Invalid where the start node wants more or the first step is refused.
    """
    if is_running(session, app, record, flow_id):
        raise Conflict("in_use", both("这条记录的流程正在进行", "This record is already on its way"))
    version = newest(session, app, flow_id)
    _refuse_incomplete(app, record, version)
    initiator = actor.id if actor.id is not None else record.created_by
    new = Instance(
        id=new_id(now),
        app=app.id,
        form=record.form,
        flow=flow_id,
        version=version.number,
        record=record.id,
        initiator=initiator,
        rev=0,
        state=State(),
        head=EMPTY_HEAD,
        parent=parent[0] if parent else None,
        parent_activation=parent[1] if parent else None,
        started_at=now,
        ended_at=None,
        suspended_at=None,
    )
    step = Transition(session, app, version, new, actor=actor, now=now, new=True)
    starting = _starting(session)
    starting.add((app.id, flow_id, record.id))
    step.note("submit")
    if initiator is not None and version.compiled.start is not None:
        step.participants.add((initiator, version.compiled.start))
    step.take(engine.start(version.compiled, step.world))
    saved = step.save()
    starting.discard((app.id, flow_id, record.id))
    return saved


def _refuse_incomplete(app: App, record: Record, version: Version) -> None:
    """What the start node requires must be there, whatever the form itself requires."""
    start_node = version.compiled.nodes[version.compiled.start or ""]
    form = app.forms[record.form]
    missing = [
        Problem(
            f"/values/{field.id}",
            "required",
            both(f"请填写{show(field.label, 'zh', field.id)}", f"{show(field.label, 'en', field.id)} is required"),
        )
        for field in form.fields
        if start_node.fields.of(field.id) == "required" and is_empty(record.values.get(field.id))
    ]
    if missing:
        raise Invalid(problems=missing)
