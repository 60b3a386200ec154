"""What a value may point at: people, departments and, of records and files, only those that the caller may see or bind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from formwright.accounts.directory import directory
from formwright.accounts.model import Actor
from formwright.errors import Missing
from formwright.records.access import record_id, records_for
from formwright.records.files import held_files, usable
from formwright.records.permissions import readable
from formwright.records.references import References
from formwright.schema.field_types.base import BadValue, field_types
from formwright.schema.model import App, Field, Form
from formwright.storage.access import layout_for
from formwright.texts import both

MATCHES_SEEN = 20
"""Candidates of a `$match` that are looked at for those that the caller may see."""


class RecordReferences(References):
    """The field types' `Lookup` for one step of one actor; related records are looked up together where `expect` named them."""

    def __init__(self, session: Session, app: App, actor: Actor, now: datetime) -> None:
        super().__init__(directory(session))
        self.session = session
        self.app = app
        self.actor = actor
        self.now = now
        self._visible: dict[tuple[str, int], bool] = {}
        self._files: set[str] = set()

    def expect(self, form: Form, values: Mapping[str, Any]) -> None:
        """Look up, in one query a form, every record that these JSON values point at."""
        wanted: dict[str, set[int]] = {}
        for field, raw in _relations(form, values):
            for each in raw if isinstance(raw, list | tuple) else (raw,):
                id = _plain_id(each)
                if id is not None and (field.settings.form, id) not in self._visible:
                    wanted.setdefault(field.settings.form, set()).add(id)
        for form_id, ids in wanted.items():
            self._look_up(form_id, ids)

    def keep(self, form: Form, values: Mapping[str, Any]) -> None:
        """What the record points at already it may go on pointing at, whoever saves it."""
        self._files |= held_files(form, values)
        for field, value in _relations(form, values):
            for id in value if isinstance(value, tuple) else (value,):
                if id is not None:
                    self._visible[field.settings.form, id] = True

    def record(self, form: str, reference: str | Mapping[str, Any]) -> int | None:
        if isinstance(reference, Mapping):
            return self._match(form, reference)
        id = _plain_id(reference)
        if id is None:
            return None
        if (form, id) not in self._visible:
            self._look_up(form, {id})
        return id if self._visible[form, id] else None

    def file(self, text: str) -> str | None:
        """A file that the record has already, or one that the actor uploaded and no record holds yet."""
        return text if text in self._files or usable(self.session, text, self.actor) else None

    def _look_up(self, form_id: str, ids: Iterable[int]) -> None:
        ids = sorted(ids)
        found: Mapping[int, Any] = {}
        if form_id in self.app.forms:
            found = records_for(self.session, self.app, form_id, ids, actor=self.actor, now=self.now)
        self._visible.update({(form_id, id): id in found and not found[id][0].draft for id in ids})

    def _match(self, form_id: str, wanted: Mapping[str, Any]) -> int | None:
        """The one visible record whose fields have these values; BadValue where there is none or several."""
        form = self.app.forms.get(form_id)
        layout = None if form is None else layout_for(self.session, self.app, form_id)
        if form is None or layout is None or not wanted:
            return None
        table = layout.table
        statement = select(table.c.id).where(table.c.deleted_at.is_(None), ~table.c.draft)
        for key, raw in wanted.items():
            field = form.field(str(key))
            if field is None or field.id not in layout.columns:
                raise BadValue("unknown_field", both(f"{form_id} 没有字段 {key!r}", f"{form_id} has no field {key!r}"))
            value = field_types[field.type].parse(raw, field, self)
            statement = statement.where(layout.columns[field.id] == value)
        ids = list(self.session.connection().execute(statement.order_by(table.c.id).limit(MATCHES_SEEN)).scalars())
        visible = records_for(self.session, self.app, form_id, ids, actor=self.actor, now=self.now)
        found = [
            id for id, (_, rights) in visible.items() if all(readable(rights.fields.of(str(key))) for key in wanted)
        ]
        if len(found) != 1:
            code, zh, en = ("no_match", "没有", "none") if not found else ("several_matches", "不止一条", "several")
            raise BadValue(code, both(f"{form_id} 中符合条件的记录{zh}", f"Of the records of {form_id}, {en} match"))
        return found[0]


def _relations(form: Form, values: Mapping[str, Any]) -> Iterator[tuple[Field, Any]]:
    for field in form.fields:
        value = values.get(field.id)
        if value is None:
            continue
        if field.type in ("relation", "relations"):
            yield field, value
        elif field.type == "rows" and isinstance(value, list | tuple):
            columns = [column for column in field.fields if column.type in ("relation", "relations")]
            for row in value:
                if isinstance(row, Mapping):
                    yield from ((column, row[column.id]) for column in columns if row.get(column.id) is not None)


def _plain_id(raw: Any) -> int | None:
    if isinstance(raw, Mapping):
        raw = raw.get("id")
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        return None
    try:
        return record_id(raw if isinstance(raw, int) else raw.strip())
    except Missing:
        return None
