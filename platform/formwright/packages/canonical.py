"""Brings the rules of a document to the form that is stored: ids and English keywords, so that relabelling breaks none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from formwright.flow.model import Flow
from formwright.flow.rule_places import rule_places as flow_rule_places
from formwright.packages.sections import document as schema_document
from formwright.schema.model import App
from formwright.schema.rule_places import form_rule_places
from formwright_rules import Environment, Type, check, format, parse
from formwright_rules.parser import Start

# Texts and comments may be in any language; everything else of a stored rule is ASCII.
_FREE = re.compile(r'"(?:[^"]|"")*"|\'(?:[^\']|\'\')*\'|(?:\#|//)[^\n]*')


def with_ids(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document with every rule that names labels or Chinese keywords rewritten; all others stay as they were typed.

    Rules that do not check stay too: their findings are told where the document is examined.
    """
    app, _ = schema_document.read_app(document)
    changed = document
    for at, text, start, environment, expect in _places(app):
        stored = canonical_rule(text, start, environment, expect)
        if stored != text:
            changed = _replaced(changed, [_unescaped(step) for step in at.split("/")[1:]], text, stored)
    return changed


def _places(app: App) -> Iterator[tuple[str, str, Start, Environment, Type | None]]:
    for place in form_rule_places(app):
        yield place.at, place.text, "expression", place.environment, place.expect
    for flow in app.parts.get("flows", {}).values():
        if isinstance(flow, Flow) and flow.form in app.forms:
            for each in flow_rule_places(app, flow):
                yield each.at, each.text, each.start, each.environment, each.expect


def canonical_rule(text: str, start: Start, environment: Environment, expect: Type | None = None) -> str:
    """The rule with ids and English keywords; the very text when it has them already, or when it is wrong."""
    checked = check(text, environment, start, expect)
    if not checked.ok or (_FREE.sub("", text).isascii() and parse(text, start, environment) == checked.tree):
        return text
    stored = format(checked.tree)
    return stored + "\n" if text.endswith("\n") and not stored.endswith("\n") else stored


def _replaced(value: Any, steps: list[str], old: str, new: str) -> Any:
    """A copy of the value with the text at the end of the path replaced; shares everything beside the path."""
    if not steps:
        return new if value == old else value
    step, *rest = steps
    if isinstance(value, Mapping) and step in value:
        return {**value, step: _replaced(value[step], rest, old, new)}
    if isinstance(value, list) and step.isdecimal() and int(step) < len(value):
        return [*value[: int(step)], _replaced(value[int(step)], rest, old, new), *value[int(step) + 1 :]]
    return value


def _unescaped(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")
