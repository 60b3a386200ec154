"""Records as the API, pages and exports show them: cut to the reader's rights, in the reader's language, a page at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy.orm import Session

from formwright.accounts.directory import directory
from formwright.accounts.model import Actor
from formwright.records.access import records_for
from formwright.records.files import file_fields, infos, readable_files
from formwright.records.model import Record, Rights
from formwright.records.parsing import may_read, may_write
from formwright.records.participants import Progress, progresses
from formwright.records.reader import FormReader, reader_for
from formwright.schema.field_types.base import field_types
from formwright.schema.field_types.dates import dump_instant
from formwright.schema.model import App, Field, FieldRights, Form
from formwright.texts import show
from formwright_rules.values import is_empty


class PageNames:
    """The field types' `Names` for one reader. Related records are named only where the reader may see them and their title."""

    def __init__(self, session: Session, app: App, *, actor: Actor, now: datetime, language: str) -> None:
        self.session = session
        self.app = app
        self.actor = actor
        self.now = now
        self.language = language
        self._directory = directory(session)
        self._titles: dict[tuple[str, int], str] = {}
        self._files: dict[str, str] = {}

    @property
    def timezone(self) -> tzinfo:
        return self._directory.site.zone

    @property
    def currency(self) -> str:
        return self._directory.site.currency

    def member(self, member: int) -> str:
        profile = self._directory.profile(member)
        return profile.name if profile else ""

    def department(self, department: str) -> str:
        found = self._directory.department(department)
        return show(found.name, self.language, department) if found else ""

    def record(self, form: str, record: int) -> str:
        if (form, record) not in self._titles:
            self.learn(form, (record,))
        return self._titles[form, record]

    def file(self, file: str) -> str:
        if file not in self._files:
            self._files |= {id: info.name for id, info in infos(self.session, [file]).items()}
        return self._files.get(file, "")

    def learn(self, form_id: str, ids: Iterable[int]) -> None:
        """Look up the titles of these records in one go."""
        wanted = sorted({id for id in ids if (form_id, id) not in self._titles})
        if not wanted:
            return
        self._titles.update({(form_id, id): "" for id in wanted})
        if form_id in self.app.forms:
            reader = reader_for(self.session, self.app, form_id, actor=self.actor, now=self.now)
            seen = records_for(self.session, self.app, form_id, wanted, actor=self.actor, now=self.now)
            for id, (record, rights) in seen.items():
                self._titles[form_id, id] = reader.shown_title(record, rights.fields)

    def learn_from(self, form: Form, records: Sequence[Record], rights: Mapping[int, Rights]) -> None:
        """Look up everything that these records point at and the reader may read, one query a form."""
        wanted: dict[str, set[int]] = {}
        for record in records:
            for path, field in form.every_field():
                if field.type not in ("relation", "relations") or not may_read(rights[record.id].fields, path):
                    continue
                holders = [record.values] if len(path) == 1 else record.values.get(path[0]) or ()
                for holder in holders:
                    value = holder.get(path[-1])
                    ids = value if isinstance(value, tuple) else (value,)
                    wanted.setdefault(field.settings.form, set()).update(id for id in ids if id is not None)
        for form_id, found in wanted.items():
            self.learn(form_id, found)
        if file_fields(form):
            files = (readable_files(form, record, rights[record.id].fields) for record in records)
            self._files |= {id: info.name for id, info in infos(self.session, frozenset[str]().union(*files)).items()}

    def person(self, member: int | None) -> dict[str, str] | None:
        """`M` of the API."""
        profile = None if member is None else self._directory.profile(member)
        return None if profile is None else {"id": str(profile.id), "email": profile.email, "name": profile.name}

    def unit(self, department: str | None) -> dict[str, str] | None:
        """`D` of the API."""
        return None if department is None else {"id": department, "name": self.department(department) or department}


def dump_record(
    session: Session, app: App, record: Record, rights: Rights, *, actor: Actor, now: datetime, language: str
) -> dict[str, Any]:
    """One record in the API's shape."""
    return dump_records(
        session, app, record.form, [record], {record.id: rights}, actor=actor, now=now, language=language
    )[0]


def dump_records(
    session: Session,
    app: App,
    form_id: str,
    records: Sequence[Record],
    rights: Mapping[int, Rights],
    *,
    actor: Actor,
    now: datetime,
    language: str,
    fields: Sequence[str] | None = None,
) -> list[dict[str, Any]]:
    """A page of records in the API's shape; `fields` narrows `values` and `display`. No query runs for a single record."""
    form = app.forms[form_id]
    names = PageNames(session, app, actor=actor, now=now, language=language)
    names.learn_from(form, records, rights)
    progress: dict[int, Progress] = {}
    for each in progresses.values():
        progress.update(each(session, app, form, [record for record in records if not record.draft], actor))
    wanted = [field for field in form.fields if fields is None or field.id in fields]
    reader = reader_for(session, app, form_id, actor=actor, now=now)
    return [_dump(reader, wanted, record, rights[record.id], names, progress.get(record.id)) for record in records]


def _dump(
    reader: FormReader,
    fields: Sequence[Field],
    record: Record,
    rights: Rights,
    names: PageNames,
    progress: Progress | None,
) -> dict[str, Any]:
    shown = {
        "owner": names.person(record.owner),
        "department": names.unit(record.department),
        "created_by": names.person(record.created_by),
        "created_at": dump_instant(record.created_at),
        "updated_by": names.person(record.updated_by),
        "updated_at": dump_instant(record.updated_at),
    }
    return {
        "id": str(record.id),
        "form": record.form,
        "title": reader.shown_title(record, rights.fields),
        "version": record.version,
        "draft": record.draft,
        "values": dump_values(fields, record, rights.fields),
        "display": display_values(fields, record, rights.fields, names),
        **shown,
        "flow": progress.flow if progress else None,
        "can": {
            "edit": _editable(reader.form, rights),
            "delete": "delete" in rights.actions,
            "actions": list(progress.actions) if progress else [],
        },
    }


def dump_values(fields: Sequence[Field], record: Record, rights: FieldRights) -> dict[str, Any]:
    """The readable values as JSON: what `parse` takes back."""
    return {
        field.id: _dump_value(field, record.values.get(field.id), rights)
        for field in fields
        if may_read(rights, (field.id,))
    }


def display_values(fields: Sequence[Field], record: Record, rights: FieldRights, names: PageNames) -> dict[str, Any]:
    """The readable values as people read them, masked ones in part; empty ones are left out."""
    display: dict[str, Any] = {}
    for field in fields:
        value = record.values.get(field.id)
        if is_empty(value):
            continue
        if field.type == "rows" and may_read(rights, (field.id,)):
            display[field.id] = [_display_row(field, row, rights, names) for row in value or ()]
        elif may_read(rights, (field.id,)):
            display[field.id] = field_types[field.type].show(value, field, names.language, names)
        elif rights.of(field.id) == "mask" and field.type != "rows":
            display[field.id] = masked(field_types[field.type].show(value, field, names.language, names))
    return {field_id: text for field_id, text in display.items() if text}


def masked(text: str) -> str:
    """Enough to recognise a value, never enough to use it: a third of it at most, from both ends."""
    keep = len(text) // 6
    return text[:keep] + "*" * (len(text) - 2 * keep) + text[len(text) - keep :] if keep else "*" * len(text)


def _dump_value(field: Field, value: Any, rights: FieldRights) -> Any:
    dumped = field_types[field.type].dump(value, field)
    if field.type != "rows":
        return dumped
    readable = {"id", *(column.id for column in field.fields if may_read(rights, (field.id, column.id)))}
    return [{key: each for key, each in row.items() if key in readable} for row in dumped]


def _display_row(field: Field, row: Mapping[str, Any], rights: FieldRights, names: PageNames) -> dict[str, str]:
    return {
        column.id: field_types[column.type].show(row[column.id], column, names.language, names)
        for column in field.fields
        if may_read(rights, (field.id, column.id)) and not is_empty(row.get(column.id))
    }


def _editable(form: Form, rights: Rights) -> list[str]:
    if "edit" not in rights.actions:
        return []
    return [field.id for field in form.fields if may_write(field, rights.fields, (field.id,))]
