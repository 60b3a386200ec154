"""Two people saved the same record: what of mine can be laid over theirs, and where we really disagree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from formwright.records.history import entries
from formwright.records.model import Record, Rights
from formwright.records.parsing import Given, same
from formwright.records.reader import reader_for
from formwright.records.writing import read_values
from formwright.schema.model import App, Form
from formwright.web.gate import Call

LOOKED_AT = 200
"""Events since the version that the member saw; beyond that, everything that differs counts as changed by others."""


@dataclass(frozen=True, slots=True)
class Merge:
    """`mine` are the JSON values that I changed; `clashes` the fields that both changed; `others` who saved meanwhile."""

    mine: Mapping[str, Any]
    clashes: tuple[str, ...]
    others: tuple[int, ...]


def merge(
    call: Call, app: App, form: Form, values: Mapping[str, Any], seen: int, current: Record, rights: Rights
) -> Merge:
    """`values` is what I posted having seen version `seen`; `current` is the record now. Raises what reading values raises."""
    since = [
        each for each in entries(call.session, form, current, rights.fields, limit=LOOKED_AT) if each.version > seen
    ]
    before: dict[str, Any] = {}
    changed: set[str] = set()
    for entry in since:  # the newest first, so that the oldest `old` stays
        for change in entry.changes:
            field_id = change.field.partition(".")[0]
            changed.add(field_id)
            if change.row is None:
                before[field_id] = change.old
    reader = reader_for(call.session, app, form.id, actor=call.actor, now=call.now)
    given = read_values(reader, rights.fields, values, current)
    started = read_values(reader, rights.fields, {key: each for key, each in before.items() if key in values}, current)
    mine = {key: raw for key, raw in values.items() if not same(given.values.get(key), _seen(key, started, current))}
    clashes = tuple(
        field.id
        for field in form.fields
        if field.id in mine
        and field.id in changed
        and not same(given.values.get(field.id), current.values.get(field.id))
    )
    return Merge(mine, clashes, tuple(dict.fromkeys(entry.by for entry in since if entry.by is not None)))


def _seen(key: str, started: Given, current: Record) -> Any:
    return started.values[key] if key in started.values else current.values.get(key)
