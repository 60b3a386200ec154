"""Proves the logs: every instance's events are chained without a gap and replay to the stored state."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from formwright.errors import Missing
from formwright.flow.state import EMPTY_HEAD, chained, replayed, write_state
from formwright.flow.tables import UNFINISHED, flow_event, instance, task
from formwright.flow.versions import version_of
from formwright.schema.access import app_for

AT_ONCE = 500


def verify(session: Session) -> list[str]:
    """One line for each instance whose log does not lead to what is stored; empty when all do."""
    problems: list[str] = []
    last = 0
    while True:
        rows = (
            session.connection()
            .execute(select(instance).where(instance.c.id > last).order_by(instance.c.id).limit(AT_ONCE))
            .all()
        )
        if not rows:
            return problems
        ids = [row.id for row in rows]
        last = ids[-1]
        logs = _logs(session, ids)
        held = _held(session, ids)
        for row in rows:
            problems += [
                f"{row.id}: {what}" for what in _wrong(session, row, logs.get(row.id, []), held.get(row.id, set()))
            ]


def _logs(session: Session, ids: list[int]) -> dict[int, list[Any]]:
    events = session.connection().execute(
        select(flow_event).where(flow_event.c.instance.in_(ids)).order_by(flow_event.c.instance, flow_event.c.seq)
    )
    return {instance_id: list(rows) for instance_id, rows in groupby(events, key=lambda row: row.instance)}


def _held(session: Session, ids: list[int]) -> dict[int, set[int]]:
    """The activations in which somebody still has a task, by instance."""
    found: dict[int, set[int]] = {}
    rows = session.connection().execute(
        select(task.c.instance, task.c.activation).where(task.c.instance.in_(ids), UNFINISHED)
    )
    for instance_id, number in rows:
        found.setdefault(instance_id, set()).add(number)
    return found


def _wrong(session: Session, row: Any, events: list[Any], held: set[int]) -> Iterator[str]:
    head = EMPTY_HEAD
    for seq, each in enumerate(events, 1):
        rest = (each.node, each.task, each.outcome, each.comment)
        head = chained(head, each.seq, each.at, each.actor, each.act, rest, each.body)
        if each.seq != seq or each.hash != head:
            yield f"event {each.seq} has been changed, or one before it is missing"
            return
    if row.rev != len(events) or row.head != head:
        yield f"the log ends at event {len(events)}, the instance at {row.rev}"
    try:
        app = app_for(session, row.app)
        order = version_of(session, app, row.flow, row.version).compiled.index
    except Missing:
        return  # an app that is no longer installed: its chain is all that can be proved
    state = replayed((json.loads(each.body) for each in events), order)
    if write_state(state) != row.state:
        yield "the log replays to another state"
    active = {token.activation for token in state.marking.tokens if token.active}
    if not held <= active:
        yield f"tasks are open in activations that are over: {sorted(held - active)}"
