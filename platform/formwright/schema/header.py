"""Reads and checks app.yaml: what the app is called, its roles, parameters and navigation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, tzinfo
from typing import Any

from formwright.registry import nearest
from formwright.schema.environment import parameter_field
from formwright.schema.field_types import BadValue, field_types
from formwright.schema.model import App, Finding, Parameter
from formwright.schema.reading import RESERVED, Reader, pointer
from formwright.texts import Text, both

FORMAT = 1
VERSION = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")

PARAMETER_TYPES = (
    "text", "textarea", "number", "money", "percent", "rating", "date", "datetime", "time", "duration", "boolean", "email",
    "phone", "url", "member", "department",
)  # fmt: skip
"""Types of values that need no settings of their own."""


def read_header(header: Reader, document: Mapping[str, Any], publication: int) -> App:
    """The app without its sections."""
    if header.integer("format", FORMAT) != FORMAT:
        message = both(f"只支持格式 {FORMAT}", f"Only format {FORMAT} is supported")
        header.error("unknown_format", message, "format")
    app_id = header.id("id", reserved=())
    version = header.string("version", required=True)
    if version and VERSION.fullmatch(version) is None:
        header.error("bad_version", both("版本号应如 1.2.0", "A version is like 1.2.0"), "version")
    _read_requires(header)
    app = App(
        id=app_id,
        version=version or "0.0.0",
        name=header.text("name", app_id, required=True) or app_id,
        forms={},
        summary=header.text("summary"),
        icon=header.string("icon"),
        publication=publication,
        managers=header.rule("managers"),
        roles=_read_roles(header),
        parameters=_read_parameters(header),
        navigation=tuple(_read_group(inner) for inner in header.objects("navigation")),
        document=document,
    )
    for stop in header.objects("tour"):
        stop.string("at", required=True)
        stop.text("text", required=True)
        stop.finish()
    header.strings("screenshots")
    header.finish()
    return app


def _read_requires(header: Reader) -> None:
    requires = header.raw("requires", {})
    if not isinstance(requires, Mapping) or not all(isinstance(each, str) for each in requires.values()):
        header.error("wrong_type", both("应为 {应用: 版本范围}", "Expected {app: range of versions}"), "requires")


def _read_roles(header: Reader) -> tuple[tuple[str, Text], ...]:
    roles: dict[str, Text] = {}
    for inner in header.objects("roles"):
        role = inner.id("id", reserved=())
        if role in roles:
            inner.error("duplicate_id", both(f"角色“{role}”重复", f'Role "{role}" is there twice'), "id")
        roles[role] = inner.text("name", role) or role
        inner.finish()
    return tuple(roles.items())


class _AsWritten:
    """The world that a parameter's default is parsed in: it can name members and departments that only a site knows."""

    @property
    def timezone(self) -> tzinfo:
        return UTC

    def member(self, text: str) -> int | None:
        return 0

    def department(self, text: str) -> str | None:
        return text

    def record(self, form: str, reference: str | Mapping[str, Any]) -> int | None:
        return None

    def file(self, text: str) -> str | None:
        return None


def _read_parameters(header: Reader) -> tuple[Parameter, ...]:
    parameters: dict[str, Parameter] = {}
    for inner in header.objects("parameters"):
        parameter_id = inner.id("id", reserved=RESERVED)
        if parameter_id in parameters:
            message = both(f"参数“{parameter_id}”重复", f'Parameter "{parameter_id}" is there twice')
            inner.error("duplicate_id", message, "id")
        type_name = inner.choice("type", PARAMETER_TYPES, "text", required=True)
        label = inner.text("label", parameter_id) or parameter_id
        parameter = Parameter(parameter_id, type_name, label, inner.raw("default"))
        try:
            field_types[type_name].parse(parameter.default, parameter_field(parameter), _AsWritten())
        except BadValue as bad:
            inner.error(bad.code, bad.problems[0].message, "default")
        inner.finish()
        parameters[parameter_id] = parameter
    return tuple(parameters.values())


def _read_group(reader: Reader) -> Mapping[str, Any]:
    reader.text("group")
    reader.strings("items")
    reader.finish()
    return dict(reader.value)


def check_header(app: App) -> list[Finding]:
    """Whether navigation and tour lead somewhere."""
    findings: list[Finding] = []
    targets = {f"form:{form}" for form in app.forms}
    targets |= {f"dashboard:{dashboard}" for dashboard in app.parts.get("dashboards", {})}
    targets |= {f"life_cycle:{each}" for each in app.parts.get("life_cycles", {})}
    for target, at in _places(app):
        if target not in targets:
            near = nearest(target, targets)
            hint_zh, hint_en = (f"，是不是“{near}”？", f'. Did you mean "{near}"?') if near else ("", "")
            message = both(f"“{target}”不存在{hint_zh}", f'"{target}" does not exist{hint_en}')
            findings.append(Finding("error", "unknown_target", at, message))
    return findings


def _places(app: App) -> Iterator[tuple[str, str]]:
    for i, group in enumerate(app.navigation):
        items = group.get("items")
        for j, item in enumerate(items if isinstance(items, list) else ()):
            if isinstance(item, str):
                yield item, pointer("app", "navigation", i, "items", j)
    header = app.document.get("app")
    tour = header.get("tour") if isinstance(header, Mapping) else None
    for i, stop in enumerate(tour if isinstance(tour, list) else ()):
        if isinstance(stop, Mapping) and isinstance(stop.get("at"), str):
            yield stop["at"], pointer("app", "tour", i, "at")
