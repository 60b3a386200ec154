"""Why: the rule behind a task, a field or a route, with what it read."""

from __future__ import annotations

from flask import Response

from formwright.errors import Invalid
from formwright.flow.explain import explain
from formwright.texts import both
from formwright.web.api import pages
from formwright.web.api.bodies import arguments
from formwright.web.api.records import RECORD, form_of
from formwright.web.api.replies import reply
from formwright.web.gate import Call, Policy, route


@route(pages, RECORD + "/explain", policy=Policy.MEMBER)
def explain_record(call: Call, app: str, form: str, record: str) -> Response:
    """`?what=task:{id}|field:{field}|edge:{node}`: the rule, the values that it read, the result, in words."""
    found, shape = form_of(call, app, form)
    what = arguments("what").get("what")
    if not what:
        words = both("需要 what=task:… 或 field:… 或 edge:…", "what=task:…, field:… or edge:… is needed")
        raise Invalid("required", words, at="what")
    return reply(
        explain(
            call.session, found, shape.id, record, what,
            actor=call.actor, now=call.now, language=call.language,
        )
    )  # fmt: skip
