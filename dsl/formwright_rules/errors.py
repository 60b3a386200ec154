"""What is wrong with a rule and where: findings in both languages, and the error that carries them.

`RuleError` holds every finding at once; its text draws a caret under each place. `EvaluationError` is for what only
the run can show (overflow, a list that is too long, two true rows in a `unique` table).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from .tree import Span

_SHOWN = 160  # characters of a line that an error shows
Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to say about one place of a rule; `message` has the keys zh and en, lines and columns count from 1."""

    severity: Severity
    code: str
    line: int
    column: int
    length: int
    message: Mapping[str, str]
    suggestion: str | None = None


class RuleError(Exception):
    """A rule that cannot be used; `findings` lists every error found, in the order of the text."""

    def __init__(self, findings: Iterable[Finding], text: str = "") -> None:
        self.findings = tuple(findings)
        self.text = text
        super().__init__(self.findings)

    @property
    def code(self) -> str:
        """The code of the first error."""
        return self.findings[0].code if self.findings else "rule_error"

    def __str__(self) -> str:
        return draw(self.text, self.findings)


class EvaluationError(RuleError):
    """A rule that is right as text but could not be evaluated on these values."""


def finding(
    code: str, zh: str, en: str, span: Span, suggestion: str | None = None, severity: Severity = "error"
) -> Finding:
    """Build a finding at `span` from its two wordings."""
    place = (span.line, span.column, max(span.length, 1))
    return Finding(severity, code, *place, {"zh": zh, "en": en}, suggestion)


def fail(code: str, zh: str, en: str, span: Span, suggestion: str | None = None) -> RuleError:
    """A RuleError with one finding at `span`."""
    return RuleError([finding(code, zh, en, span, suggestion)])


def draw(text: str, findings: Iterable[Finding]) -> str:
    """Show the lines concerned with carets under the places, then one line for each finding."""
    findings = tuple(findings)
    lines = text.splitlines() or [""]
    shown: list[str] = []
    for number in sorted({each.line for each in findings}):
        if not 1 <= number <= len(lines) or not lines[number - 1].strip():
            continue
        source = lines[number - 1]
        marks = [" "] * (len(source) + 1)
        for each in findings:
            if each.line == number:
                for column in range(each.column - 1, min(each.column - 1 + max(each.length, 1), len(marks))):
                    marks[column] = "^"
        left = max(0, "".join(marks).find("^") - _SHOWN // 2) if len(source) > _SHOWN else 0
        shown += [source[left : left + _SHOWN], "".join(marks)[left : left + _SHOWN].rstrip()]
    for each in findings:
        shown.append(f"{each.code}: {each.message['zh']}    {each.message['en']}")
    return "\n".join(shown)


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The choice that looks most like `word`, or None when none is near."""
    import difflib

    by_lower = {choice.lower(): choice for choice in choices}
    found = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.7)
    return by_lower[found[0]] if found else None
