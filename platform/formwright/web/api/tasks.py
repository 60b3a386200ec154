"""My work, one task, what is done with it, and a record's flow."""

from __future__ import annotations

from typing import Any

from flask import Response

from formwright.errors import Conflict, Invalid
from formwright.flow.access import instance_view, task_for, tasks
from formwright.flow.instances import Instance
from formwright.flow.model import Act
from formwright.flow.operations import act, record_act
from formwright.records.access import record_for, record_id
from formwright.records.model import Record
from formwright.records.show import dump_record
from formwright.schema.access import app_for
from formwright.texts import both
from formwright.web.api import pages
from formwright.web.api.bodies import Body, arguments, body, expected_version, whole_number
from formwright.web.api.idempotency import once
from formwright.web.api.records import RECORD, form_of
from formwright.web.api.replies import reply
from formwright.web.gate import Call, Policy, route

ACT_KEYS = (
    "action", "values", "comment", "to", "node", "when", "resubmit", "outcome", "checklist", "signature", "version",
)  # fmt: skip


@route(pages, "/tasks", policy=Policy.MEMBER)
def task_list(call: Call) -> Response:
    given = arguments("status", "box", "app", "form", "record", "node", "cursor", "limit")
    return reply(
        tasks(
            call.session,
            actor=call.actor,
            now=call.now,
            status=given.get("status"),
            box=given.get("box", "todo"),  # type: ignore[arg-type]  # the floor refuses other words
            app=given.get("app"),
            form=given.get("form"),
            record=given.get("record"),
            node=given.get("node"),
            cursor=given.get("cursor"),
            limit=whole_number(given.get("limit"), "limit", default=50, most=200),
            language=call.language,
        )
    )


@route(pages, "/tasks/<task>", policy=Policy.MEMBER, writes=True)
def task(call: Call, task: str) -> Response:
    """Opening a task is noted as its having been read; nothing else changes."""
    return reply(task_for(call.session, task, actor=call.actor, now=call.now, language=call.language))


@route(pages, "/tasks/<task>/actions", policy=Policy.MEMBER, methods=("POST",))
@once
def act_on_task(call: Call, task: str) -> Response:
    given = body(*ACT_KEYS)
    what = _act(given)
    number = record_id(task)
    try:
        done = act(call.session, number, what, actor=call.actor, now=call.now)
    except Conflict as conflict:
        if isinstance(conflict.current, Record):
            conflict.current = _shown(call, conflict.current)
        raise
    return reply(_instance(call, done))


@route(pages, RECORD + "/flow", policy=Policy.MEMBER)
def record_flow(call: Call, app: str, form: str, record: str) -> Response:
    found, shape = form_of(call, app, form)
    flow = arguments("flow").get("flow")
    return reply(
        instance_view(
            call.session, found, shape.id, record,
            actor=call.actor, now=call.now, flow=flow, language=call.language,
        )
    )  # fmt: skip


@route(pages, RECORD + "/flow/actions", policy=Policy.MEMBER, methods=("POST",))
@once
def act_on_flow(call: Call, app: str, form: str, record: str) -> Response:
    found, shape = form_of(call, app, form)
    given = body("action", "node", "reason", "comment", "values", "task", "to", "flow")
    done = record_act(
        call.session,
        found,
        shape.id,
        record,
        given.need("action", str),
        node=given.get("node", str),
        reason=given.get("reason", str) or given.get("comment", str, ""),
        values=given.get("values", dict),
        task=given.get("task", (str, int)),
        to=given.get("to", (str, list)),
        flow=given.get("flow", str),
        actor=call.actor,
        now=call.now,
    )
    return reply(_instance(call, done))


def _act(given: Body) -> Act:
    to: Any = given.get("to", (str, int, list))
    if isinstance(to, list):
        if not all(isinstance(each, str | int) and not isinstance(each, bool) for each in to):
            raise Invalid("wrong_type", both("to 应为成员", "to names members"), at="/to")
        to = tuple(to)
    ticked = given.get("checklist", list, [])
    if not all(isinstance(each, int) and not isinstance(each, bool) for each in ticked):
        raise Invalid("wrong_type", both("checklist 应为序号", "checklist holds places"), at="/checklist")
    return Act(
        action=given.need("action", str),
        values=given.get("values", dict),
        comment=given.get("comment", str, ""),
        to=to,
        node=given.get("node", str),
        when=given.get("when", str),
        resubmit=given.get("resubmit", str),
        outcome=given.get("outcome", str),
        checklist=tuple(ticked),
        signature=given.get("signature", str),
        version=given.get("version", int, expected_version()),
    )


def _instance(call: Call, done: Instance) -> dict[str, Any]:
    """The flow as the caller sees it after the act."""
    return instance_view(
        call.session, app_for(call.session, done.app), done.form, done.record,
        actor=call.actor, now=call.now, flow=done.flow, language=call.language,
    )  # fmt: skip


def _shown(call: Call, record: Record) -> dict[str, Any]:
    app = app_for(call.session, record.app)
    kept, rights = record_for(call.session, app, record.form, record.id, actor=call.actor, now=call.now)
    return dump_record(call.session, app, kept, rights, actor=call.actor, now=call.now, language=call.language)
