"""The rule language over HTTP: evaluate an expression, check one."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Response

from formwright.accounts.directory import directory
from formwright.errors import Invalid
from formwright.records.evaluation import RuleRefused, check_json, evaluate, finding_json
from formwright.records.guarding import readers_environment
from formwright.records.reader import reader_for
from formwright.schema.access import app_for
from formwright.schema.environment import people_environment
from formwright.texts import both
from formwright.web.api import pages
from formwright.web.api.bodies import body
from formwright.web.api.problems import problem_document
from formwright.web.api.records import form_of
from formwright.web.api.replies import reply
from formwright.web.gate import Call, Policy, route
from formwright_rules import Environment


@route(pages, "/rules/evaluate", policy=Policy.MEMBER, methods=("POST",), writes=False)
def evaluate_rule(call: Call) -> Response:
    """`{expression, values, now?, timezone?}` → `{value, type}`."""
    given = body("expression", "values", "now", "timezone")
    known = directory(call.session)
    now, zone = call.now, known.site.zone
    if (text := given.get("now", str)) is not None:
        now = _instant(text)
    if (name := given.get("timezone", str)) is not None:
        zone = _zone(name)
    try:
        return reply(
            evaluate(
                given.need("expression", str),
                given.get("values", dict, {}),
                now=now,
                timezone=zone,
                people=known,
                calendar=known.calendar,
                me=call.actor.id,
            )
        )
    except RuleRefused as refused:
        return problem_document(
            refused, call.language, errors=[finding_json(each, call.language) for each in refused.rule.findings]
        )


@route(pages, "/rules/check", policy=Policy.MEMBER, methods=("POST",), writes=False)
def check_rule(call: Call) -> Response:
    """`{expression, form?, app?}` → `{ok, type, reads, errors}`; with a form its fields are known, without one none are."""
    given = body("expression", "form", "app")
    expression = given.need("expression", str)
    return reply(
        check_json(expression, _environment(call, given.get("app", str), given.get("form", str)), call.language)
    )


def _environment(call: Call, app_id: str | None, form_id: str | None) -> Environment:
    if app_id is None:
        if form_id is not None:
            raise Invalid("required", both("有 form 时需要 app", "With a form, app is needed"), at="/app")
        return Environment({})
    if form_id is None:
        return people_environment(app_for(call.session, app_id))
    app, form = form_of(call, app_id, form_id)
    reader = reader_for(call.session, app, form.id, actor=call.actor, now=call.now)
    return readers_environment(reader)


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found
    except ValueError:
        pass
    raise Invalid("bad_date", both("now 应为带时区的时间", "now is a time with an offset"), at="/now")


def _zone(name: str) -> Any:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(
            "unknown_timezone", both(f"没有时区“{name}”", f'There is no time zone "{name}"'), at="/timezone"
        ) from None
