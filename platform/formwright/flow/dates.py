"""Time limits that go by a date of the record follow it when it changes."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from formwright.accounts.model import SYSTEM
from formwright.flow.deadlines import due_at, entered_at, moved, plan_of
from formwright.flow.hand import locked_transition
from formwright.flow.instances import INSTANCE_COLUMNS, Instance, instance_from
from formwright.flow.model import Node, Status
from formwright.flow.tables import instance
from formwright.flow.transition import Transition
from formwright.flow.versions import Version, version_of
from formwright.records.events import RecordUpdated

_RUNNING = select(*INSTANCE_COLUMNS).where(
    instance.c.app == bindparam("app"),
    instance.c.form == bindparam("form"),
    instance.c.record == bindparam("record"),
    instance.c.ended_at.is_(None),
)


def on_updated(session: Session, event: RecordUpdated) -> None:
    """Whoever has the record is given the new due time; timers that have not fired yet move along."""
    if not event.record.in_flow:
        return
    asked = {"app": event.app.id, "form": event.record.form, "record": event.record.id}
    for found in [instance_from(row) for row in session.connection().execute(_RUNNING, asked)]:
        version = version_of(session, event.app, found.flow, found.version)
        # Only an instance that is concerned is locked: others may be waiting for records that this step holds.
        if any(version.rules.deadline_reads(node) & event.changed for _, node in _timed(found, version)):
            step = locked_transition(session, found.id, actor=SYSTEM, now=event.now)
            if step is not None and step.before.status is Status.RUNNING:
                for number, node in _timed(step.before, version):
                    _follow(step, number, node)


def _timed(found: Instance, version: Version) -> Iterator[tuple[int, Node]]:
    """The activations in hand that have a time limit."""
    for token in found.state.marking.tokens:
        node = version.compiled.nodes[token.node]
        if token.active and token.activation is not None and node.deadline:
            yield token.activation, node


def _follow(step: Transition, number: int, node: Node) -> None:
    began = entered_at(step.session, step.before.id, number)
    if began is None or due_at(step.session, step.before.id, number) is None:
        return
    plan = plan_of(step, node, None, began)
    if plan.due is not None:
        moved(step, number, node, plan.due, step.now)
