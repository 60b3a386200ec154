"""Checks one rule of a document and turns what the rule language says into findings at its place."""

from __future__ import annotations

from typing import Literal

from formwright.schema.model import Finding
from formwright.texts import both
from formwright_rules import Checked, RuleError, parse
from formwright_rules import Finding as RuleFinding
from formwright_rules.targets.sql import compile_sql
from formwright_rules.tree import Expression

Start = Literal["expression", "assign", "decide", "deadline", "rules"]


def findings_of(checked: Checked, text: str, at: str) -> list[Finding]:
    """The findings of a rule that was checked, at its place in the document."""
    return [_finding(each, text, at) for each in checked.findings]


def list_findings(checked: Checked, text: str, at: str) -> list[Finding]:
    """Why no list can ask this condition of the database; said when the rule is saved, not when a list is opened."""
    if not checked.ok or not isinstance(checked.tree, Expression):
        return []
    try:
        compile_sql(checked.tree)
    except RuleError as problem:
        return [_finding(each, text, at) for each in problem.findings]
    return []


def syntax_findings(text: str, at: str, *, start: Start = "expression") -> list[Finding]:
    """What is wrong with the form of a rule, where its meaning is for a higher floor to check."""
    try:
        parse(text, start)
    except RuleError as problem:
        return [_finding(each, text, at) for each in problem.findings]
    return []


def _finding(found: RuleFinding, text: str, at: str) -> Finding:
    zh, en = found.message.get("zh", found.code), found.message.get("en", found.code)
    if "\n" in text.strip():
        zh, en = f"第 {found.line} 行第 {found.column} 列：{zh}", f"Line {found.line}, column {found.column}: {en}"
    if found.severity == "warning":
        return Finding("warning", found.code, at, both(zh, en))
    return Finding("error", "rule_error", at, both(f"规则有误（{found.code}）：{zh}", f"Rule ({found.code}): {en}"))
