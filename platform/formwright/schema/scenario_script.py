"""Reads `tests/*.yaml`: what a scenario is given, and its steps; whatever cannot be read is a finding at its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from formwright.schema.reading import Reader
from formwright.texts import Text, both

STANDARD = "standard"
MONDAY = "2026-03-02T09:00:00+08:00"

_KEYS: Mapping[str, tuple[str, ...]] = {
    "submit": ("values", "save", "draft"),
    "act": ("on", "node", "to", "when", "values", "outcome", "comment", "reason", "resubmit", "checklist", "signature"),
    "expect": (),
    "edit": ("values",),
    "view": ("values", "hidden"),
    "read": ("node",),
    "wait": (),
    "wait_until": (),
    "org": (),
    "upgrade": (),
    "migrate": ("map",),
}
"""The kinds of step, named by their own key, and what else each takes beside `as` and `expect_error`."""

_EXPECTED = ("record", "exists", "flow", "status", "at", "tasks", "cc", "values", "title", "owner", "history")
_WITHOUT_ACTOR = frozenset({"expect", "wait", "wait_until", "org", "upgrade"})

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_PART = re.compile(r"\s*(\d+)\s*(s|seconds?|m|minutes?|h|hours?|d|days?|w|weeks?)(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ExpectedError:
    """The code of the refusal; `at`, when written, is the node or field that it names."""

    code: str
    at: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `kind` is its own key, `subject` the value of that key, `keys` the other ones; `at` its JSON pointer."""

    at: str
    kind: str
    subject: Any
    keys: Mapping[str, Any] = field(default_factory=dict)
    actor: str | None = None
    refused: ExpectedError | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """One file of `tests/`. `org` is `"standard"` or an organisation's document; `given` are records, made before the steps."""

    id: str
    name: Text
    org: Any
    sample_data: bool
    now: datetime
    given: tuple[Step, ...]
    steps: tuple[Step, ...]


def read_scenario(reader: Reader, name: str) -> Scenario:
    """The scenario of the file `name`; with an error among the reader's findings it cannot be played."""
    org = reader.raw("org", STANDARD)
    if org != STANDARD and not isinstance(org, Mapping):
        reader.error("wrong_type", both("写 standard 或一个组织", "Write standard, or an organisation"), "org")
        org = STANDARD
    scenario = Scenario(
        id=name,
        name=reader.text("name", name) or name,
        org=org,
        sample_data=reader.choice("data", ("none", "sample"), "none") == "sample",
        now=_instant(reader, "now"),
        given=tuple(_given(each) for each in reader.objects("given")),
        steps=tuple(step for each in reader.objects("steps") if (step := _step(each))),
    )
    if not reader.has("steps"):
        reader.error("missing_key", both("缺少“steps”", '"steps" is missing'), "steps")
    reader.finish()
    return scenario


def duration(text: str) -> timedelta | None:
    """`3d`, `1d 12h`, `3 days` as a duration; None for anything else."""
    total, position = 0, 0
    while found := _PART.match(text, position):
        total += int(found[1]) * _UNITS[found[2][0].lower()]
        position = found.end()
    return timedelta(seconds=total) if position and not text[position:].strip() else None


def _instant(reader: Reader, key: str) -> datetime:
    """An RFC 3339 time with its offset; one fixed Monday morning where none is written."""
    text = reader.string(key, MONDAY)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        reader.error("bad_time", both(f"写成 {MONDAY}", f"Write it like {MONDAY}"), key)
        return datetime.fromisoformat(MONDAY)
    return found


def _given(reader: Reader) -> Step:
    keys = {"values": reader.raw("values", {}), "save": reader.raw("save"), "draft": reader.boolean("draft")}
    step = Step(reader.at, "given", reader.string("form", required=True), keys, reader.string("as") or None)
    reader.finish()
    return step


def _step(reader: Reader) -> Step | None:
    kinds = [kind for kind in _KEYS if kind in reader.value]
    if len(kinds) != 1:
        listed = ", ".join(_KEYS)
        reader.error("unknown_step", both(f"每一步写且只写一个：{listed}", f"Each step has exactly one of {listed}"))
        return None
    kind = kinds[0]
    keys = {key: reader.raw(key) for key in _KEYS[kind] if reader.has(key)}
    actor = reader.string("as") or None
    if actor is None and kind not in _WITHOUT_ACTOR:
        reader.error("missing_key", both("缺少“as”", '"as" is missing'), "as")
    step = Step(reader.at, kind, _subject(reader, kind), keys, actor, _refused(reader))
    reader.finish()
    return step


def _subject(reader: Reader, kind: str) -> Any:
    if kind == "expect":
        return reader.at_key(kind, _expected)
    if kind == "wait":
        found = duration(reader.string(kind))
        if found is None:
            reader.error("bad_duration", both("写成 3d、12h 或 3 days", "Write it like 3d, 12h or 3 days"), kind)
        return found
    if kind == "wait_until":
        return _instant(reader, kind)
    return reader.raw(kind)


def _expected(reader: Reader) -> Mapping[str, Any]:
    if not reader.has("record"):
        reader.error("missing_key", both("缺少“record”", '"record" is missing'), "record")
    found = {key: reader.raw(key) for key in _EXPECTED if reader.has(key)}
    for key in ("at", "tasks", "cc", "history"):
        if key in found and not isinstance(found[key], list):
            reader.error("wrong_type", both("这里应为列表", "Expected a list here"), key)
    return found


def _refused(reader: Reader) -> ExpectedError | None:
    raw = reader.raw("expect_error")
    if raw is None:
        return None
    if isinstance(raw, str):
        return ExpectedError(raw)
    found: ExpectedError | None = reader.at_key(
        "expect_error", lambda inner: ExpectedError(inner.string("code", required=True), inner.string("at") or None)
    )
    return found
