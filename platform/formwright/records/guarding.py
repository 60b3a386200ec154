"""Rules that a reader wrote (filters, groups, measures) may read no more than the reader: names, rows and other records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from formwright.accounts.directory import directory
from formwright.accounts.model import Actor
from formwright.errors import Invalid, Problem
from formwright.records.compute import Path
from formwright.records.dependents import FORM
from formwright.records.model import Record
from formwright.records.parsing import may_read, unknown
from formwright.records.participants import participations
from formwright.records.permissions import readable, right_of, united
from formwright.records.reader import FormReader, is_for, reader_for
from formwright.records.values import Loader
from formwright.schema.environment import form_environment
from formwright.schema.model import SYSTEM_FIELDS, App, FieldRights, Form
from formwright.schema.reading import bad_text
from formwright.texts import both
from formwright_rules import BOOLEAN, Checked, Environment, Type, check
from formwright_rules.tree import Expression, Node
from formwright_rules.types import Record as RecordType
from formwright_rules.types import Rows

N = TypeVar("N", bound=Node)


def guarded_rule(reader: FormReader, text: str, *, at: str, expect: Type | None = None) -> Checked:
    """The reader's own rule, checked against what they may read: a hidden field is `unknown_field`, like one that is not there.

    What they may read on some records only is for the columns of `Visible`. Raises Invalid with every finding, `at` naming
    the parameter.
    """
    if bad_text(text):
        raise Invalid("bad_text", both("文本中有不允许的字符", "The text holds characters that are not allowed"), at=at)
    checked = check(text, readers_environment(reader), expect=expect)
    wrong = [each for each in checked.findings if each.severity == "error"]
    if wrong:
        raise Invalid(problems=[Problem(at, each.code, each.message) for each in wrong])
    problems = [unknown(field_id, at, []) for field_id in _read_in_part(reader, checked)]
    if problems:
        raise Invalid(problems=problems)
    return checked


def authors_rule(reader: FormReader, text: str) -> Checked | None:
    """A rule of the app's author (the filter of a view).

    None where it reads rows that not every grant of the reader shows: it then holds for nothing.
    """
    checked = check(text, form_environment(reader.app, reader.form.id), expect=BOOLEAN).require()
    rows = (path for path in checked.reads if _is_rows(reader.form, path))
    return checked if all(shown_by_every_grant(reader, path[:2]) for path in rows) else None


def readers_environment(reader: FormReader) -> Environment:
    """The names of the form that the reader may read on at least one record, related forms' included."""
    base = form_environment(reader.app, reader.form.id)
    if reader.unbounded:
        return base
    hidden = _hidden(reader)
    if not hidden:
        return base
    key = ("records.readers environment", reader.form.id, hidden)
    found = reader.app.derived.get(key)
    if not isinstance(found, Environment):
        found = reader.app.derived[key] = _narrowed(reader.app, reader.form, base, hidden)
    return found


def reading_conditions(reader: FormReader, path: Path) -> tuple[Expression, ...] | None:
    """The rules of which one must hold for a record so that the reader sees it with this field; None when always, () when never."""
    if reader.unbounded:
        return None
    found: list[Expression] = []
    for each in reader.grants:
        if "view" in each.rights.actions and may_read(each.rights.fields, path):
            if each.rule.always:
                return None
            if isinstance(each.rule.tree, Expression):
                found.append(each.rule.tree)
    return tuple(found)


def shown_by_every_grant(reader: FormReader, path: Path) -> bool:
    """Whether each grant that shows the reader a record shows this field or column with it."""
    return reader.unbounded or all(
        may_read(each.rights.fields, path) for each in reader.grants if "view" in each.rights.actions
    )


class VisibleLoader(Loader):
    """Other records as the reader sees them: invisible ones are not there, unreadable values are empty."""

    def __init__(self, session: Session, app: App, actor: Actor, reader: FormReader) -> None:
        super().__init__(session, app)
        self._actor = actor
        self._now = reader.now

    def _fetch(self, form_id: str) -> None:
        wanted = set(self._expected.get(form_id, ()))
        super()._fetch(form_id)
        if form_id not in self.app.forms:
            return
        reader = reader_for(self.session, self.app, form_id, actor=self._actor, now=self._now)
        records = [record for id in wanted if (record := self._records.get((form_id, id))) is not None]
        rights = reader.rights(records)
        for record in records:
            seen = rights.get(record.id)
            self._records[form_id, record.id] = None if seen is None else cut(reader, record, seen.fields)


def cut(reader: FormReader, record: Record, rights: FieldRights) -> Record:
    """The record with nothing in it that these rights do not let one read."""
    values: dict[str, Any] = {}
    for field in reader.form.fields:
        if not may_read(rights, (field.id,)):
            continue
        value = record.values.get(field.id)
        if field.type == "rows":
            columns = {"id", *(column.id for column in field.fields if may_read(rights, (field.id, column.id)))}
            value = tuple({key: each for key, each in row.items() if key in columns} for row in value or ())
        values[field.id] = value
    return replace(record, values=values, title=reader.shown_title(record, rights))


def _read_in_part(reader: FormReader, checked: Checked) -> Iterator[str]:
    """What a rule reads as a whole and the reader may see only parts of: rows, columns of rows, the records of a form."""
    for path in checked.reads:
        if path[0].startswith(FORM):
            form_id = path[0].removeprefix(FORM)
            other = reader_for(reader.session, reader.app, form_id, actor=reader.actor, now=reader.now)
            if not other.sees_all:  # how many records there are is already an answer
                yield form_id
        elif _is_rows(reader.form, path) and not shown_by_every_grant(reader, path[:2]):
            yield path[1] if len(path) > 1 else path[0]


def _is_rows(form: Form, path: Path) -> bool:
    field = form.field(path[0])
    return field is not None and field.type == "rows"


Hidden = frozenset[tuple[str, tuple[str, ...]]]
"""Form and path of every field that a reader may never read."""


def _hidden(reader: FormReader) -> Hidden:
    known = directory(reader.session)
    found: set[tuple[str, tuple[str, ...]]] = set()
    for form in reader.app.forms.values():
        rights = united(grant.fields for grant in form.grants if is_for(grant, reader.actor, known))
        here = form.id == reader.form.id
        for path in _paths(form):
            if not readable(right_of(rights, path)) and not (here and _takes_part(reader, path[0])):
                found.add((form.id, path))
    return frozenset(found)


def _paths(form: Form) -> Iterator[tuple[str, ...]]:
    yield from (path for path, _ in form.every_field())
    yield from ((name,) for name in SYSTEM_FIELDS)


def _takes_part(reader: FormReader, field_id: str) -> bool:
    return any(
        each.field_condition(reader.session, reader.layout, reader.actor, field_id) is not None
        for each in participations.values()
    )


def _narrowed(app: App, form: Form, base: Environment, hidden: Hidden) -> Environment:
    narrow = _Narrow(app, hidden)
    return replace(
        base,
        fields=narrow.fields(form.id, base.fields),
        labels=narrow.labels(form.id, base.labels),
        forms=lambda form_id: narrow.record(form_id) if form_id in app.forms else None,
    )


class _Narrow:
    """The rule types of an app without the fields that a reader may never read."""

    def __init__(self, app: App, hidden: Hidden) -> None:
        self.app = app
        self.hidden = hidden
        self._records: dict[str, RecordType] = {}

    def record(self, form_id: str) -> RecordType:
        if form_id not in self._records:
            base = form_environment(self.app, form_id)
            self._records[form_id] = RecordType(
                lambda: self.fields(form_id, base.fields), form_id, lambda: self.labels(form_id, base.labels)
            )
        return self._records[form_id]

    def fields(self, form_id: str, known: Mapping[str, Type]) -> Mapping[str, Type]:
        return {
            name: self._type(form_id, name, type_)
            for name, type_ in known.items()
            if (form_id, (name,)) not in self.hidden
        }

    def labels(self, form_id: str, known: Mapping[str, Mapping[str, str]]) -> Mapping[str, Mapping[str, str]]:
        return {name: labels for name, labels in known.items() if (form_id, (name,)) not in self.hidden}

    def _type(self, form_id: str, name: str, type_: Type) -> Type:
        if isinstance(type_, RecordType) and type_.form in self.app.forms:
            return self.record(type_.form)
        if isinstance(type_, Rows):
            element = type_.element
            if element.form in self.app.forms:
                return Rows(self.record(element.form))
            columns: dict[str, Type] = {
                column: self.record(inner.form)
                if isinstance(inner, RecordType) and inner.form in self.app.forms
                else inner
                for column, inner in element.fields.items()
                if (form_id, (name, column)) not in self.hidden
            }
            labels = {column: each for column, each in element.labels.items() if column in columns}
            return Rows(RecordType(columns, element.form, labels))
        return type_
