"""A field that changed its type: carries over what the new type can hold, and counts what it cannot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, Table, bindparam, column, select, table, true, update
from sqlalchemy.orm import Session

from formwright.accounts.directory import directory
from formwright.errors import FormwrightError
from formwright.schema.field_types import field_types
from formwright.schema.model import Field
from formwright.storage.layout import column_spec
from formwright.storage.types import column_type


@dataclass(frozen=True, slots=True)
class Retype:
    """Values to carry from one column of a form or of its rows to another.

    `hidden_at` is set when the new column was the field's before: records that nobody changed since then still have in it
    what they had, so that taking a change of type back loses nothing.
    """

    form: Table
    old_field: Field
    old_column: str
    new_field: Field
    new_column: Column[Any]
    hidden_at: datetime | None


def convert(session: Session, retype: Retype) -> int:
    """Fill the new column; returns how many values did not fit. They stay in the old column, which is kept."""
    old_spec = column_spec(retype.old_field)
    if old_spec is None:
        return 0
    form, target = retype.form, retype.new_column.table
    old = column(retype.old_column, column_type(old_spec))
    new = column(retype.new_column.name, retype.new_column.type)
    stored = table(target.name, column("id", BigInteger), column("record_id", BigInteger), old, new)
    stale: ColumnElement[bool] = true()
    if retype.hidden_at is not None:
        changed_since = select(form.c.id).where(form.c.updated_at >= retype.hidden_at)
        stale = (stored.c.id if target is form else stored.c.record_id).in_(changed_since)
    session.execute(update(stored).values({new.name: None}).where(new.is_not(None), stale))
    lookup = _ByName(session)
    converted, lost = [], 0
    for record_id, value in session.execute(select(stored.c.id, old).where(old.is_not(None), stale)):
        changed = _converted(value, retype, lookup)
        if changed in (None, ()):
            lost += 1
        else:
            converted.append({"record": record_id, "value": changed})
    if converted:
        statement = update(stored).where(stored.c.id == bindparam("record"))
        session.connection().execute(statement.values({new.name: bindparam("value", type_=new.type)}), converted)
    return lost


def _converted(value: Any, retype: Retype, lookup: _ByName) -> Any:
    raw = field_types[retype.old_field.type].dump(value, retype.old_field)
    parse = field_types[retype.new_field.type].parse
    for attempt in (raw, str(raw)):
        try:
            return parse(attempt, retype.new_field, lookup)
        except FormwrightError:
            continue
    return None


class _ByName:
    """Finds people by e-mail, id or name of a former text; records and files are never guessed."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def timezone(self) -> tzinfo:
        return directory(self._session).site.zone

    def member(self, text: str) -> int | None:
        return directory(self._session).find(text)

    def department(self, text: str) -> str | None:
        return None

    def record(self, form: str, reference: object) -> int | None:
        return None

    def file(self, text: str) -> str | None:
        return None
