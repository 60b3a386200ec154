"""Serial numbers of a record at its submission: fixed parts, dates, other fields, and a counter that never gives one twice."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from formwright.records.working import Working
from formwright.schema.field_types.base import field_types
from formwright.schema.field_types.texts import SerialPart
from formwright.schema.model import Field, Form
from formwright.storage.serials import next_serials
from formwright_rules.values import is_empty

_TOKENS = {"yyyy": "%Y", "yy": "%y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
_TOKEN = re.compile("|".join(_TOKENS))

_PERIODS = {"never": "", "day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}


def give_serials(session: Session, app_id: str, working: Working) -> frozenset[tuple[str, ...]]:
    """Number every serial field of the record that has no number yet; returns the paths that were numbered."""
    numbered: set[tuple[str, ...]] = set()
    local = working.context.now.astimezone(working.context.timezone)
    for field in working.form.fields:
        if field.type == "serial" and is_empty(working.values.get(field.id)):
            parts: tuple[SerialPart, ...] = field.settings.parts
            counter = next(part for part in parts if part.kind == "counter")
            number = next_serials(session, app_id, working.form.id, field.id, local.strftime(_PERIODS[counter.reset]))[
                0
            ]
            working.values[field.id] = "".join(
                serial_part(part, working.form, working.values, local, number) for part in parts
            )
            numbered.add((field.id,))
    return frozenset(numbered)


def serial_part(part: SerialPart, form: Form, values: Mapping[str, Any], local: datetime, number: int) -> str:
    """One part as text; `local` is the time of submission in the site's zone."""
    if part.kind == "date":
        return _TOKEN.sub(lambda token: local.strftime(_TOKENS[token[0]]), part.value)
    if part.kind == "field":
        field: Field | None = form.field(part.value)
        value = None if field is None else values.get(field.id)
        return "" if field is None or is_empty(value) else str(field_types[field.type].dump(value, field))
    return f"{number:0{part.digits}d}" if part.kind == "counter" else part.value
