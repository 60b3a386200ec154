"""Help for whoever writes a rule in a designer: completion, and the rule printed in the other language."""

from __future__ import annotations

from flask import Response, jsonify, request

from formwright.errors import Malformed
from formwright.flow.rule_places import flow_environment
from formwright.schema.access import draft_for
from formwright.schema.document import read_app
from formwright.schema.environment import form_environment, people_environment
from formwright.texts import both
from formwright.web.designer import pages
from formwright.web.gate import Call, Policy, route
from formwright_rules import Environment, RuleError, check, complete, format

LONGEST = 8192
STARTS = ("expression", "assign", "decide", "deadline", "rules")


@route(pages, "/design/<app>/rules/complete", policy=Policy.DESIGNER, methods=("POST",), writes=False)
def complete_rule(call: Call, app: str) -> Response:
    """`{text, position, form?, flow?}` → `{items: [{text, label, kind, help}]}`."""
    given = request.get_json(silent=True) or {}
    text, position = given.get("text"), given.get("position")
    if not isinstance(text, str) or not isinstance(position, int) or len(text) > LONGEST:
        raise Malformed("malformed", both("请求无法读懂", "The request cannot be read"))
    found = complete(text, position, _environment(call, app, given), call.language)
    return jsonify(
        items=[
            {
                "text": each.text,
                "label": each.label,
                "kind": each.kind,
                "help": each.help,
                "replaces": each.replaces,
            }
            for each in found[:12]
        ]
    )


@route(pages, "/design/<app>/rules/print", policy=Policy.DESIGNER, methods=("POST",), writes=False)
def print_rule(call: Call, app: str) -> Response:
    """`{text, start, language, form?, flow?}` → `{text}`: ids and English keywords, or labels and Chinese ones."""
    given = request.get_json(silent=True) or {}
    text, start = given.get("text"), given.get("start", "expression")
    language = given.get("language", "en")
    if not isinstance(text, str) or start not in STARTS or language not in ("zh", "en") or len(text) > LONGEST:
        raise Malformed("malformed", both("请求无法读懂", "The request cannot be read"))
    environment = _environment(call, app, given)
    try:
        checked = check(text, environment, start=start)
        if not checked.ok:
            raise RuleError(checked.findings, text)
        return jsonify(text=format(checked.tree, language, environment))
    except RuleError as error:
        return jsonify(text=text, problem=error.findings[0].message[call.language])


def _environment(call: Call, app_id: str, given: dict[str, object]) -> Environment:
    app, _ = read_app(draft_for(call.session, app_id).document)
    flow = app.parts.get("flows", {}).get(given.get("flow"))
    if flow is not None and flow.form in app.forms:
        return flow_environment(app, flow)
    form = given.get("form")
    return form_environment(app, form) if isinstance(form, str) and form in app.forms else people_environment(app)
