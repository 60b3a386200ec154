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
from formwright.schema.field_types.base import FieldType, field_types
from formwright.schema.field_types.dates import dump_instant
from formwright.schema.model import SYSTEM_FIELDS, App, Field, FieldRights, Form
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
        relations = [each for each in form.every_field() if each[1].type in ("relation", "relations")]
        known: dict[int, list[tuple[tuple[str, ...], Field]]] = {}
        for record in records:
            theirs = rights[record.id]
            if id(theirs) not in known:
                known[id(theirs)] = [each for each in relations if may_read(theirs.fields, each[0])]
            for path, field in known[id(theirs)]:
                holders = [record.values] if len(path) == 1 else record.values.get(path[0]) or ()
                for holder in holders:
                    value = holder.get(path[-1])
                    if value:
                        wanted.setdefault(field.settings.form, set()).update(
                            value if isinstance(value, tuple) else (value,)
                        )
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
    sights: dict[int, Sight] = {}
    shown = []
    for record in records:
        theirs = rights[record.id]
        sight = sights.get(id(theirs))
        if sight is None:
            sight = sights[id(theirs)] = Sight(form.fields, wanted, theirs)
        shown.append(_dump(reader, sight, record, names, progress.get(record.id)))
    return shown


class Sight:
    """What some rights show of these fields, and let write of `every` one: worked out once for all records that have them."""

    def __init__(self, every: Sequence[Field], fields: Sequence[Field], rights: Rights) -> None:
        self.rights = rights
        self.readable = [
            (field, field_types[field.type], self._columns(field))
            for field in fields
            if may_read(rights.fields, (field.id,))
        ]
        self.masked = [field for field in fields if field.type != "rows" and rights.fields.of(field.id) == "mask"]
        self.system = frozenset(name for name in SYSTEM_FIELDS if may_read(rights.fields, (name,)))
        self.editable = (
            [field.id for field in every if may_write(field, rights.fields, (field.id,))]
            if "edit" in rights.actions
            else []
        )

    def _columns(self, field: Field) -> list[tuple[str, Field, FieldType]]:
        return [
            (column.id, column, field_types[column.type])
            for column in field.fields
            if may_read(self.rights.fields, (field.id, column.id))
        ]

    def values(self, record: Record) -> dict[str, Any]:
        """The readable values as JSON: what `parse` takes back."""
        found: dict[str, Any] = {}
        for field, kind, columns in self.readable:
            value = record.values.get(field.id)
            if field.type == "rows":
                found[field.id] = [
                    {"id": str(row["id"]), **{id: type_.dump(row.get(id), column) for id, column, type_ in columns}}
                    for row in value or ()
                ]
            else:
                found[field.id] = kind.dump(value, field)
        return found

    def display(self, record: Record, names: PageNames) -> dict[str, Any]:
        """The readable values as people read them, masked ones in part; empty ones are left out."""
        found: dict[str, Any] = {}
        for field, kind, columns in self.readable:
            value = record.values.get(field.id)
            if value is None or is_empty(value):
                continue
            if field.type == "rows":
                found[field.id] = [_display_row(columns, row, names) for row in value or ()]
            elif text := kind.show(value, field, names.language, names):
                found[field.id] = text
        for field in self.masked:
            value = record.values.get(field.id)
            if not is_empty(value):
                found[field.id] = masked(field_types[field.type].show(value, field, names.language, names))
        return found


def display_values(fields: Sequence[Field], record: Record, rights: FieldRights, names: PageNames) -> dict[str, Any]:
    """Some of a record's values as people read them; what these rights do not show is left out, what is masked shown in part."""
    return Sight(fields, fields, Rights(rights, frozenset())).display(record, names)


def _dump(
    reader: FormReader, sight: Sight, record: Record, names: PageNames, progress: Progress | None
) -> dict[str, Any]:
    system = {
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
        "title": reader.shown_title(record, sight.rights.fields),
        "version": record.version,
        "draft": record.draft,
        "values": sight.values(record),
        "display": sight.display(record, names),
        **{name: value if name in sight.system else None for name, value in system.items()},
        "flow": progress.flow if progress else None,
        "can": {
            "edit": sight.editable,
            "delete": "delete" in sight.rights.actions,
            "actions": list(progress.actions) if progress else [],
        },
    }


def masked(text: str) -> str:
    """Enough to recognise a value, never enough to use it: a third of it at most, from both ends."""
    keep = len(text) // 6
    return text[:keep] + "*" * (len(text) - 2 * keep) + text[len(text) - keep :] if keep else "*" * len(text)


def _display_row(
    columns: Sequence[tuple[str, Field, FieldType]], row: Mapping[str, Any], names: PageNames
) -> dict[str, str]:
    return {
        id: kind.show(row[id], column, names.language, names)
        for id, column, kind in columns
        if not is_empty(row.get(id))
    }
