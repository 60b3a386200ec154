"""What administrators look after: jobs and the audit log."""

from __future__ import annotations

from flask import Response

from formwright.accounts import audit
from formwright.errors import Invalid
from formwright.jobs.model import State
from formwright.jobs.operations import jobs
from formwright.schema.field_types.dates import dump_instant
from formwright.texts import both
from formwright.web.api import pages
from formwright.web.api.bodies import arguments, whole_number
from formwright.web.api.replies import reply
from formwright.web.gate import Call, Policy, route


@route(pages, "/jobs", policy=Policy.ADMIN)
def job_list(call: Call) -> Response:
    """`?state=due|running|failed|done&cursor&limit`, the newest first."""
    given = arguments("state", "cursor", "limit")
    state = given.get("state")
    if state is not None and state not in {each.value for each in State}:
        known = ", ".join(State)
        raise Invalid("unknown_value", both(f"state 应为 {known}", f"state is one of {known}"), at="state")
    limit = whole_number(given.get("limit"), "limit", default=50, most=500)
    found = jobs(call.session, state=state, before=_id(given.get("cursor")), limit=limit + 1)
    items = [
        {
            "id": str(each.id),
            "name": each.name,
            "payload": each.payload,
            "state": each.state.value,
            "run_at": dump_instant(each.run_at),
            "attempts": each.attempts,
            "error": each.last_error,
            "finished_at": dump_instant(each.finished_at) if each.finished_at else None,
        }
        for each in found[:limit]
    ]
    return reply({"items": items, "next_cursor": items[-1]["id"] if len(found) > limit else None})


@route(pages, "/audit", policy=Policy.ADMIN)
def audit_log(call: Call) -> Response:
    """The tamper-evident log, the newest first, each entry with its hash."""
    given = arguments("cursor", "limit")
    limit = whole_number(given.get("limit"), "limit", default=50, most=500)
    found = audit.entries(call.session, before=_id(given.get("cursor")), limit=limit + 1)
    items = [
        {
            "seq": each.seq,
            "at": dump_instant(each.at),
            "actor": each.actor,
            "act": each.act,
            "subject": each.subject,
            "body": each.body,
            "hash": each.hash,
        }
        for each in found[:limit]
    ]
    return reply({"items": items, "next_cursor": str(items[-1]["seq"]) if len(found) > limit else None})


def _id(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Invalid("bad_cursor", both("翻页标记无效", "The cursor is not valid"), at="cursor")
    return int(text)
