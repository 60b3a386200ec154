"""The sections that need nothing above `schema`: forms and rules in full, the others as far as a higher floor does not take over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from formwright.schema.form_check import check_forms
from formwright.schema.forms import read_forms
from formwright.schema.model import App, Finding
from formwright.schema.reading import Reader, is_id, pointer, read_rule
from formwright.schema.rule_check import syntax_findings
from formwright.schema.scenario_script import read_scenario
from formwright.schema.sections import Section, sections
from formwright.texts import both
from formwright_rules import RuleError, parse
from formwright_rules import rule_set as combine
from formwright_rules.tree import Rules

Part = Mapping[str, Any]

LONGEST_TEXT = 1_048_576
"""Characters of one rules file or print template."""


def register() -> None:
    """Put the built-in sections into the registry, once."""
    if "forms" in sections:
        return
    for section in (
        Section("forms", ".yaml", read_forms, check_forms),
        Section("rules", ".rules", _read_texts, _check_rules),
        Section("dashboards", ".yaml", _read_dashboards),
        Section("automations", ".yaml", _read_automations),
        Section("prints", ".html", _read_texts, _check_prints),
        Section("life_cycles", ".yaml", _read_life_cycles),
        Section("tests", ".yaml", _read_scenarios),
    ):
        sections.add(section.name, section)


# ---- texts: rules and prints


def _read_texts(reader: Reader, app: App) -> Part:
    texts = {}
    for name in reader.value:
        _check_name(reader, name)
        text = reader.string(name)
        if len(text) > LONGEST_TEXT:
            reader.error("too_long", both("内容过长", "Too long"), name)
        texts[name] = text
    return texts


def _check_name(reader: Reader, name: str) -> None:
    if not is_id(name):
        message = both(f"文件名“{name}”不是 id", f'The file name "{name}" is no id')
        reader.error("bad_id", message, name)


def _check_rules(app: App) -> list[Finding]:
    findings: list[Finding] = []
    for name, text in app.rules.items():
        findings += syntax_findings(text, pointer("rules", name), start="rules")
    if not findings:
        try:
            combine(tree for text in app.rules.values() if isinstance(tree := parse(text, "rules"), Rules))
        except RuleError as problem:
            first = problem.findings[0]
            message = both(first.message["zh"], first.message["en"])
            findings.append(Finding("error", "rule_error", "/rules", message))
    return findings


_PLACEHOLDER = re.compile(r"\{\{(.*?)\}\}|\{%(.*?)%\}", re.DOTALL)


def _check_prints(app: App) -> list[Finding]:
    return [
        finding for name, text in app.parts["prints"].items() for finding in _check_print(text, pointer("prints", name))
    ]


def _check_print(text: str, at: str) -> Iterator[Finding]:
    depth = 0
    for match in _PLACEHOLDER.finditer(text):
        rule, tag = match.groups()
        if rule is not None:
            yield from syntax_findings(rule.strip(), at)
        elif tag.split() == ["end"]:
            depth -= 1
        elif len(tag.split()) == 2 and tag.split()[0] == "rows":
            depth += 1
        else:
            message = both(
                f"不认识“{match[0]}”", f'"{match[0]}" is unknown here: there are {{% rows … %}} and {{% end %}}'
            )
            yield Finding("error", "print_tag", at, message)
        if depth not in (0, 1):
            yield Finding("error", "print_tag", at, both("rows 与 end 不成对", "rows and end do not pair"))
            return
    if depth:
        yield Finding("error", "print_tag", at, both("rows 缺少 end", "A rows has no end"))


# ---- documents that are kept as they are


def _kept(reader: Reader) -> Iterator[tuple[str, Reader]]:
    for name, inner in reader.entries():
        _check_name(reader, name)
        if inner.string("id", name) != name:
            message = both(f"文件名“{name}”与 id 不同", f'The file is named "{name}" but the id is another')
            inner.error("id_mismatch", message, "id")
        yield name, inner


def _syntax(reader: Reader, *keys: str | int, value: Any) -> None:
    at = reader.place(*keys)
    rule = read_rule(value, at, reader.findings)
    if rule is not None:
        reader.findings.extend(syntax_findings(rule, at))


def _read_dashboards(reader: Reader, app: App) -> Part:
    for _, inner in _kept(reader):
        inner.text("name", required=True)
        inner.text("summary")
        for filter_ in inner.objects("filters"):
            filter_.id("id")
            filter_.string("type", required=True)
        for chart in inner.objects("charts"):
            chart.id("id", reserved=())
            chart.string("type", required=True)
            _check_form(chart, app)
            if chart.has("filter"):
                _syntax(chart, "filter", value=chart.raw("filter"))
            for name, rule in chart.rules("measures").items():
                _syntax(chart, "measures", name, value=rule)
            for i, rule in enumerate(chart.strings("group_by")):
                _syntax(chart, "group_by", i, value=rule)
        inner.raw("layout")
        inner.raw("grants")
        inner.finish()
    return dict(reader.value)


def _check_form(reader: Reader, app: App, key: str = "form") -> None:
    form = reader.string(key)
    if form and form not in app.forms:
        reader.choice(key, app.forms)


TRIGGERS = (
    "created", "updated", "deleted", "flow_node", "flow_finished", "date_reached", "schedule", "button", "webhook",
)  # fmt: skip


def _read_automations(reader: Reader, app: App) -> Part:
    for _, inner in _kept(reader):
        inner.text("name", required=True)
        inner.boolean("enabled", True)
        trigger = inner.object("trigger")
        if trigger is None:
            inner.error("missing_key", both("缺少“trigger”", '"trigger" is missing'), "trigger")
        else:
            _check_form(trigger, app)
            trigger.choice("event", TRIGGERS, required=True)
        if inner.has("when"):
            _syntax(inner, "when", value=inner.raw("when"))
        _check_acts(inner, app)
        inner.finish()
    return dict(reader.value)


def _check_acts(reader: Reader, app: App) -> None:
    for act in reader.objects("do"):
        for verb in ("create", "update", "upsert", "delete"):
            if act.has(verb):
                _check_form(act, app, verb)
        for key in ("where", "when"):
            if act.has(key):
                _syntax(act, key, value=act.raw(key))
        for name, rule in act.rules("set").items():
            _syntax(act, "set", name, value=rule)
        if act.has("for_each"):
            _check_acts(act, app)


def _read_life_cycles(reader: Reader, app: App) -> Part:
    for _, inner in _kept(reader):
        inner.text("name", required=True)
    return dict(reader.value)


def _read_scenarios(reader: Reader, app: App) -> Part:
    for name, inner in reader.entries():
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", name):
            reader.error("bad_id", both(f"文件名“{name}”不合适", f'"{name}" cannot be the name of a file'), name)
        read_scenario(inner, name)
    return dict(reader.value)
