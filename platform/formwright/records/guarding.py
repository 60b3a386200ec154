"""Rules that a reader wrote (filters, groups, measures) may read no more than the reader: names, values and related records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from formwright.accounts.directory import directory
from formwright.accounts.model import Actor
from formwright.errors import Invalid, Problem
from formwright.records.compute import Path
from formwright.records.model import Record
from formwright.records.parsing import may_read, unknown
from formwright.records.participants import participations
from formwright.records.permissions import readable, right_of, united
from formwright.records.reader import FormReader, is_for, reader_for
from formwright.records.titles import title_readable
from formwright.records.values import Loader
from formwright.schema.environment import form_environment
from formwright.schema.model import SYSTEM_FIELDS, App, FieldRights, Form
from formwright_rules import BOOLEAN, Checked, Environment, Type, check
from formwright_rules.tree import Attribute, Call, Chain, Expression, Literal, Name, Node
from formwright_rules.types import NULL, ListOf, Rows
from formwright_rules.types import Record as RecordType

N = TypeVar("N", bound=Node)


def guarded_rule(reader: FormReader, text: str, *, at: str, expect: Type | None = None) -> Checked:
    """The reader's own rule, checked against what they may read: a hidden field is `unknown_field`, like one that is not there.

    Raises Invalid with every finding, `at` naming the parameter.
    """
    environment = readers_environment(reader)
    checked = check(text, environment, expect=expect)
    wrong = [each for each in checked.findings if each.severity == "error"]
    if wrong:
        raise Invalid(problems=[Problem(at, each.code, each.message) for each in wrong])
    for field_id in _rows_read_in_part(reader, checked):
        raise Invalid(problems=[unknown(field_id, at, [])])
    return replace(checked, tree=Guard(reader, at).tree(checked.tree))


def authors_rule(reader: FormReader, text: str) -> Checked | None:
    """A rule of the app's author (the filter of a view): what the reader may not read is empty in it.

    None where it reads rows that the reader may read on some records only: it then holds for nothing.
    """
    checked = check(text, form_environment(reader.app, reader.form.id), expect=BOOLEAN).require()
    if any(_rows_read_in_part(reader, checked)):
        return None
    return replace(checked, tree=Guard(reader, None).tree(checked.tree))


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


class Guard:
    """Rewrites a checked tree so that every value from another record is empty where the reader may not read it.

    The form's own fields are left to their columns, which `Visible` guards. `at` None: the rule is the author's.
    """

    def __init__(self, reader: FormReader, at: str | None) -> None:
        self.reader = reader
        self.at = at

    def tree(self, node: N) -> N:
        """The node with everything below it guarded."""
        changed: dict[str, Any] = {}
        for each in fields(node):
            value = getattr(node, each.name)
            if isinstance(value, Node):
                changed[each.name] = self.tree(value)
            elif isinstance(value, tuple) and any(isinstance(item, Node) for item in value):
                changed[each.name] = tuple(self.tree(item) if isinstance(item, Node) else item for item in value)
        rebuilt = replace(node, **changed) if changed else node
        if isinstance(rebuilt, Attribute):
            return self._guarded(rebuilt)  # type: ignore[return-value]
        if isinstance(rebuilt, Name):
            return self._name(rebuilt)  # type: ignore[return-value]
        return rebuilt

    def _name(self, name: Name) -> Expression:
        reader = self.reader
        if name.scope == "form" and self.at is not None:
            # How many records there are is already an answer: only who sees them all may go through them.
            other = reader_for(reader.session, reader.app, name.id, actor=reader.actor, now=reader.now)
            if not other.sees_all:
                raise Invalid(problems=[unknown(name.id, self.at, [])])
        if name.scope == "field" and self.at is None and not reader.unbounded:
            # A field of the form itself that an author's rule reads though the reader never may.
            if (reader.form.id, (name.id,)) in _hidden(reader):
                return Literal(None, type=name.type or NULL)
        return name

    def _guarded(self, attribute: Attribute) -> Expression:
        source = _record_type(attribute.base.type)
        if source is None or source.form not in self.reader.app.forms or _is_form(attribute.base):
            return attribute
        other = reader_for(
            self.reader.session, self.reader.app, source.form, actor=self.reader.actor, now=self.reader.now
        )
        conditions = reading_conditions(other, (attribute.id,))
        if conditions is None:
            return attribute
        if isinstance(attribute.base.type, RecordType):
            if not conditions:
                return Literal(None, type=attribute.type or NULL)
            rebased = tuple(_rebased(each, attribute.base) for each in conditions)
            allowed = rebased[0] if len(rebased) == 1 else Chain(rebased, ("or",) * (len(rebased) - 1), type=BOOLEAN)
            return Call("IF", (allowed, attribute, Literal(None, type=NULL)), type=attribute.type)
        # A whole column of related records: there is no one record whose grants could be asked.
        if self.at is None:
            return Literal(None, type=attribute.type or NULL)
        raise Invalid(problems=[unknown(attribute.id, self.at, [])])


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
    return replace(record, values=values, title=record.title if title_readable(reader.rules, rights) else "")


def _rows_read_in_part(reader: FormReader, checked: Checked) -> Iterator[str]:
    """Rows, and columns of rows, that a rule reads and the reader may not read on every record that they see."""
    for path in checked.reads:
        field = reader.form.field(path[0])
        if field is not None and field.type == "rows" and reading_conditions(reader, path[:2]) is not None:
            yield path[1] if len(path) > 1 else path[0]


def _rebased(node: N, base: Expression) -> N:
    """A rule over a record's bare names as a rule over `base.name`."""
    if isinstance(node, Name) and node.scope == "field":
        return Attribute(base, node.id, type=node.type)  # type: ignore[return-value]
    changed: dict[str, Any] = {}
    for each in fields(node):
        value = getattr(node, each.name)
        if isinstance(value, Node):
            changed[each.name] = _rebased(value, base)
        elif isinstance(value, tuple) and any(isinstance(item, Node) for item in value):
            changed[each.name] = tuple(_rebased(item, base) if isinstance(item, Node) else item for item in value)
    return replace(node, **changed) if changed else node


def _is_form(node: Expression) -> bool:
    return isinstance(node, Name) and node.scope == "form"


def _record_type(type_: Type | None) -> RecordType | None:
    if isinstance(type_, ListOf):
        return _record_type(type_.element)
    return type_ if isinstance(type_, RecordType) else None


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
