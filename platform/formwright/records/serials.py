"""Serial numbers of a record at its submission: fixed parts, dates, other fields, and a counter that never gives one twice."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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
    return give_serials_to_all(session, app_id, [working])


def give_serials_to_all(session: Session, app_id: str, workings: Sequence[Working]) -> frozenset[tuple[str, ...]]:
    """The same for several records of one form, in their order, asking each counter once."""
    numbered: set[tuple[str, ...]] = set()
    if not workings:
        return frozenset()
    form, context = workings[0].form, workings[0].context
    local = context.now.astimezone(context.timezone)
    for field in form.fields:
        waiting = [each for each in workings if field.type == "serial" and is_empty(each.values.get(field.id))]
        if waiting:
            parts: tuple[SerialPart, ...] = field.settings.parts
            counter = next(part for part in parts if part.kind == "counter")
            period = local.strftime(_PERIODS[counter.reset])
            numbers = next_serials(session, app_id, form.id, field.id, period, len(waiting))
            for number, working in zip(numbers, waiting, strict=True):
                working.values[field.id] = "".join(
                    serial_part(part, form, working.values, local, number) for part in parts
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
