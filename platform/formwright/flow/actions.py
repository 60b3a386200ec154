"""Nodes that write: the acts of an action node and the fields that an end sets, in the step's own transaction."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select

from formwright.accounts.directory import directory
from formwright.accounts.model import SYSTEM, Actor
from formwright.errors import FormwrightError, Invalid
from formwright.flow.effects import Perform
from formwright.flow.model import Node
from formwright.flow.tables import effect
from formwright.records.act_types.base import ActPlace, Effect, run_acts
from formwright.records.model import Record
from formwright.records.stored import load_records
from formwright.schema.environment import form_environment
from formwright.schema.field_types.base import field_types
from formwright.schema.model import App
from formwright.texts import both

if TYPE_CHECKING:
    from formwright.flow.transition import Transition


def perform(step: Transition, asked: Perform) -> str:
    """Do what the node says; the outcome, which is `error` where the node has an edge for that and something failed."""
    node = step.version.compiled.nodes[asked.node]
    if node.type == "action" and node.settings.get("once") and step.state.visits.get(node.id, 0) > 1:
        return "submit"
    if not any(edge.outcome == "error" for edge in step.version.compiled.out[node.id]):
        _run(step, node, asked.activation)
        return "submit"
    savepoint = step.session.begin_nested()
    try:
        _run(step, node, asked.activation)
    except FormwrightError as failed:
        savepoint.rollback()
        step.session.info.pop("per_transaction", None)
        step.note("error", node=node.id, actor=SYSTEM, comment=failed.say("zh"), code=failed.code)
        return "error"
    savepoint.commit()
    return "submit"


def _run(step: Transition, node: Node, activation: int) -> None:
    acts: Any = node.settings.get("do", ()) if node.type == "action" else ({"set": node.settings["set"]},)
    effects = run_acts(acts, place(step))
    if effects and node.type == "action":
        step.written += [(activation, node.id, each) for each in effects]


def place(step: Transition) -> ActPlace:
    """Where the flow's acts run: on its record, in the name of whoever moved it, for the system in the initiator's."""
    found = load_records(step.session, step.app, step.before.form, [step.before.record]).get(step.before.record)
    if found is None:
        raise Invalid("data_action_failed", both("记录已删除", "The record has been deleted"))
    return ActPlace(
        session=step.session,
        app=step.app,
        record=found,
        environment=form_environment(step.app, step.before.form),
        context=step.world.context(),
        actor=_in_whose_name(step),
        now=step.now,
    )


def _in_whose_name(step: Transition) -> Actor:
    if not step.actor.is_system:
        return step.actor
    initiator = step.before.initiator
    known = directory(step.session)
    return SYSTEM if initiator is None or known.profile(initiator) is None else known.actor(initiator)


_LAST_EFFECT = select(func.max(effect.c.number)).where(effect.c.instance == bindparam("instance"))


def keep_effects(step: Transition) -> None:
    """Write down what the acts did to records, in order, so that a later rejection can take it back."""
    if not step.written:
        return
    connection = step.session.connection()
    last: int = connection.execute(_LAST_EFFECT, {"instance": step.before.id}).scalar() or 0
    connection.execute(
        insert(effect),
        [
            {
                "instance": step.before.id,
                "number": last + place,
                "activation": activation,
                "node": node,
                "body": json.dumps(_body(step.app, done), ensure_ascii=False, separators=(",", ":")),
            }
            for place, (activation, node, done) in enumerate(step.written, 1)
        ],
    )


def _body(app: App, done: Effect) -> dict[str, Any]:
    """The values that changed, before and after, as JSON values by field."""
    before, after = done.before, done.after
    changed = [
        field.id
        for field in app.forms[after.form].fields
        if before is None or before.values.get(field.id) != after.values.get(field.id)
    ]
    return {
        "kind": done.kind,
        "form": after.form,
        "record": str(after.id),
        "version": after.version,
        "before": None if before is None else _values(app, before, changed),
        "after": _values(app, after, changed),
    }


def _values(app: App, record: Record, fields: list[str]) -> dict[str, Any]:
    form = app.forms[record.form]
    found: dict[str, Any] = {}
    for field_id in fields:
        field = form.field(field_id)
        if field is not None:
            found[field_id] = field_types[field.type].dump(record.values.get(field_id), field)
    return found
