"""From an app's document to the App and everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from formwright.schema import builtin_sections
from formwright.schema.header import check_header, read_header
from formwright.schema.model import App, Finding
from formwright.schema.reading import Reader
from formwright.schema.sections import sections
from formwright.texts import both

_IN_THE_APP_ITSELF = ("forms", "rules")
"""Sections that are fields of App; all others are in its `parts`. They are read first: the others look at them."""

_ORDER = {"error": 0, "warning": 1, "hint": 2}

builtin_sections.register()


def read_app(document: Mapping[str, Any], *, publication: int = 0) -> tuple[App, list[Finding]]:
    """The app that a document describes, as far as it can be read, and what is wrong with its structure.

    Rules are only carried along here; `check_app` says whether they and all references hold.
    """
    findings: list[Finding] = []
    reader = Reader(document, "", findings)
    header = reader.object("app")
    if header is None:
        reader.error("missing_key", both("缺少 app.yaml", "app.yaml is missing"), "app")
        header = Reader({}, "/app", [])
    app = read_header(header, reader.value, publication)
    for name in (*_IN_THE_APP_ITSELF, *(name for name in sections if name not in _IN_THE_APP_ITSELF)):
        part = sections[name].read(reader.object(name) or Reader({}, "/" + name, findings), app)
        if name == "forms":
            app = replace(app, forms=part)
        elif name == "rules":
            app = replace(app, rules=part)
        else:
            app = replace(app, parts={**app.parts, name: part})
    reader.string("readme")
    reader.raw("revision")
    reader.finish()
    return app, findings


def check_app(app: App) -> list[Finding]:
    """Everything about the app as a whole: rules type-check, references hold, nothing computes itself, rights name fields."""
    findings = check_header(app)
    for section in sections.values():
        findings += section.check(app)
    return findings


def examine(document: Mapping[str, Any]) -> tuple[App, list[Finding]]:
    """Read and check in one go: the app and all findings, errors first, each place in the order of reading."""
    app, findings = read_app(document)
    return app, sorted([*findings, *check_app(app)], key=lambda finding: _ORDER[finding.severity])


def errors(findings: list[Finding]) -> list[Finding]:
    """Those that forbid publishing."""
    return [finding for finding in findings if finding.severity == "error"]
