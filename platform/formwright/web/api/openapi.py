"""The API's own description, OpenAPI 3.1, made from the registered routes and from the published forms."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Response, current_app
from werkzeug.routing import Rule

from formwright import __version__
from formwright.errors import Missing
from formwright.records.definition import form_definition
from formwright.schema.access import app_for, apps
from formwright.schema.json_text import to_json
from formwright.web.api import pages
from formwright.web.gate import Call, Policy, route

PREFIX = "/api/v1"
_PARAMETER = re.compile(r"<(?:[a-z]+:)?([a-z_]+)>")
WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})

_JSON_TYPES: Mapping[str, Mapping[str, Any]] = {
    "number": {"type": ["number", "string", "null"]},
    "money": {"type": ["number", "string", "null"]},
    "percent": {"type": ["number", "string", "null"]},
    "boolean": {"type": ["boolean", "null"]},
    "date": {"type": ["string", "null"], "format": "date"},
    "datetime": {"type": ["string", "null"], "format": "date-time"},
    "multiselect": {"type": "array", "items": {"type": "string"}},
    "attachment": {"type": "array", "items": {"type": "string"}},
    "members": {"type": "array", "items": {"type": "string"}},
}
_TEXT: Mapping[str, Any] = {"type": ["string", "null"]}

_PROBLEM: Mapping[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
        "current": {"description": "At 409: the present state."},
    },
}


@route(pages, "/openapi.json", policy=Policy.MEMBER)
def openapi(call: Call) -> Response:
    """This document; the forms in it are those that the caller may see."""
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Formwright", "version": __version__},
        "servers": [{"url": PREFIX}],
        "security": [{"token": []}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Problem": _PROBLEM, **dict(_forms(call))},
        },
    }
    return Response(to_json(document), content_type="application/json")


def _paths() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for rule in sorted(current_app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if rule.rule.startswith(PREFIX) and rule.endpoint != "static":
            path = _PARAMETER.sub(r"{\1}", rule.rule.removeprefix(PREFIX))
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                found.setdefault(path, {})[method.lower()] = _operation(rule, method)
    return found


def _operation(rule: Rule, method: str) -> dict[str, Any]:
    view = current_app.view_functions[rule.endpoint]
    described = inspect.getdoc(view) or ""
    name = rule.endpoint.partition(".")[2]
    operation: dict[str, Any] = {
        "operationId": name,
        "summary": described.partition("\n")[0] or name.replace("_", " ").capitalize(),
        "parameters": [
            {"name": each, "in": "path", "required": True, "schema": {"type": "string"}}
            for each in _PARAMETER.findall(rule.rule)
        ],
        "responses": {
            "2XX": {"description": "Done"},
            "default": {
                "description": "Refused",
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        },
    }
    if method in WRITING:
        operation["parameters"].append({"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}})
        if method != "DELETE":
            operation["requestBody"] = {"content": {"application/json": {"schema": {"type": "object"}}}}
    return operation


def _forms(call: Call) -> Iterator[tuple[str, Any]]:
    """A schema of the values of every form that the caller may see."""
    for each in apps(call.session):
        if not each.publication:
            continue
        app = app_for(call.session, each.id)
        for form_id in app.forms:
            try:
                known = form_definition(call.session, app, form_id, actor=call.actor, now=call.now)
            except Missing:
                continue
            yield f"{app.id}.{form_id}", _object(known["fields"])


def _object(fields: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {field["id"]: _schema(field) for field in fields},
    }


def _schema(field: Mapping[str, Any]) -> Mapping[str, Any]:
    if field["type"] == "rows":
        return {"type": "array", "items": _object(field["fields"])}
    shape = dict(_JSON_TYPES.get(field["type"], _TEXT))
    if field["type"] == "select" and not field.get("other"):
        shape = {"enum": [*(option["id"] for option in field.get("options", ())), None]}
    label = field.get("label")
    if label:
        shape["title"] = label if isinstance(label, str) else label.get("en") or label.get("zh")
    return {**shape, "readOnly": True} if field["right"] in ("view", "mask") else shape
