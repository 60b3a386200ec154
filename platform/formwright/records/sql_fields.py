"""Where a rule's fields lie in a statement: columns, sub-queries for related records and people, tables of rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause, func
from sqlalchemy.orm import Session

from formwright.records.sql_dialects import Dialects, Element, Value, dialect_for
from formwright.records.sql_people import person_attribute
from formwright.schema.model import App
from formwright.storage.access import layout_for
from formwright.storage.layout import FormLayout, RowsLayout
from formwright.storage.types import Choices, Scaled
from formwright_rules import Context, Duration
from formwright_rules.errors import fail
from formwright_rules.targets import sql_tree as tree
from formwright_rules.targets.sql_tree import Sql

Path = tuple[str, ...]


class Columns(Protocol):
    """Lets permissions stand between a rule and a column."""

    def __call__(self, path: Path, layout: FormLayout, table: FromClause) -> ColumnElement[Any] | None:
        """What is read for the field at the end of `path` (from the form of the rule, `("customer", "level")`) instead of
        its column, `table` being where `layout` has the record at hand; None: the column itself.
        """
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record, or a row, lies in the statement."""

    table: FromClause
    layout: FormLayout
    rows: RowsLayout | None = None
    path: Path = ()


class FieldRenderer:
    """The leaves of a rule. What stands above them renders `value` and `truth`."""

    def __init__(
        self,
        layout: FormLayout,
        app: App,
        session: Session,
        context: Context,
        columns: Columns | None,
        table: FromClause | None,
        values: Mapping[str, Any],
    ) -> None:
        self.here = Place(layout.table if table is None else table, layout)
        self.app = app
        self.session = session
        self.context = context
        self.columns = columns
        self.values = values
        self.elements: dict[int, Place] = {}
        self.dialect: Dialects = dialect_for(session.get_bind().dialect.name, context.timezone)

    def truth(self, node: Sql) -> ColumnElement[bool]:
        """A condition in which NULL may stand for false."""
        raise NotImplementedError

    def value(self, node: Sql) -> Value:
        """A value, NULL where it is empty."""
        raise NotImplementedError

    def known(self, kind: tree.Kind, given: Any) -> Value:
        """A constant; empty is None."""
        if isinstance(given, Mapping):
            given = given.get("id")
        if given == "" or (isinstance(given, list | tuple) and not given):
            given = None
        if kind in ("list", "range", "null") or isinstance(given, list | tuple):
            return Value(kind, sa.null(), constant=True, fixed=given)
        if kind == "record":
            kind = "key"
        element = sa.null() if isinstance(given, Duration) else self.dialect.literal(kind, given)
        return Value(kind, element, constant=True, fixed=given)

    def column(self, node: tree.Column) -> Value:
        place = self.place(node.source)
        found = self.field(place, node)
        if isinstance(node.source, tree.Related):
            key = self.column(node.source.relation).element
            found_element = self.looked_up(place, key, found)
        else:
            found_element = found
        return self.read(node, found.type, found_element)

    def read(self, node: tree.Column, type_: Any, element: Element) -> Value:
        if node.kind == "duration":
            return Value("duration", sa.type_coerce(element, sa.BigInteger()) * sa.literal_column("1000000"))
        places = type_.places if isinstance(type_, Scaled) and self.dialect.sqlite else None
        if node.kind == "number" and places is None and self.dialect.sqlite:
            places = 0  # `version` and other whole numbers
        form = node.form if node.kind == "record" else ""
        stored = ("choices" if isinstance(type_, Choices) else "json") if node.kind == "list" else ""
        return Value(node.kind, element, places, form=form, stored=stored)

    def field(self, place: Place, node: tree.Column) -> Element:
        """The column of a field, or what permissions put in its place."""
        if place.rows is not None:
            column = place.rows.table.c.id if node.name == "id" else place.rows.columns.get(node.name)
        else:
            column = place.layout.columns.get(node.name)
            if column is None:
                column = place.layout.system(node.name)
        if column is None:
            raise fail(
                "not_in_sql", f"列表条件里不能用：{node.name}", f"Lists cannot be filtered by {node.name}", node.span
            )
        replaced = (
            self.columns((*place.path, node.name), place.layout, place.table) if self.columns is not None else None
        )
        return place.table.c[column.name] if replaced is None else sa.type_coerce(replaced, column.type)

    def place(self, source: tree.Source) -> Place:
        if isinstance(source, tree.Here):
            return self.here
        if isinstance(source, tree.Element):
            return self.elements[source.number]
        layout = layout_for(self.session, self.app, source.form)
        before = self.place(source.relation.source) if not isinstance(source.relation.source, tree.Related) else None
        path = before.path if before is not None else _path(source.relation.source)
        return Place(layout.table.alias(), layout, path=(*path, source.relation.name))

    def looked_up(self, place: Place, key: Element, wanted: Element) -> Element:
        """A field of a related record, as a sub-query; deleted records are not there."""
        table = place.table
        found = sa.select(wanted).where(table.c.id == key, table.c.deleted_at.is_(None))
        return found.correlate_except(table).scalar_subquery()

    def alive(self, value: Value) -> ColumnElement[bool]:
        """Whether the record that a relation holds is there, for whoever asks."""
        table, tests = self.there(value)
        found: sa.Select[Any] = sa.select(sa.literal_column("1")).where(*tests)
        return sa.exists(found.correlate_except(table))

    def same_kind(self, value: Value) -> Value:
        """A record as its key, NULL when it is not there."""
        if not value.form:
            return value
        table, tests = self.there(value)
        return Value("key", sa.select(table.c.id).where(*tests).correlate_except(table).scalar_subquery())

    def there(self, value: Value) -> tuple[FromClause, list[ColumnElement[bool]]]:
        """The other form's table, and the conditions that pick the record of a relation."""
        layout = layout_for(self.session, self.app, value.form)
        table = layout.table.alias()
        return table, [table.c.id == value.element, table.c.deleted_at.is_(None), *self.seen(layout, table)]

    def seen(self, layout: FormLayout, table: FromClause) -> list[ColumnElement[bool]]:
        """Which records of another form are there at all for whoever asks."""
        shown = self.columns(("id",), layout, table) if self.columns is not None else None
        return [] if shown is None else [shown.is_not(None)]

    def attribute(self, node: tree.PersonAttribute) -> Value:
        of = self.value(node.of)
        if node.name == "id":
            return of
        if node.kind == "list":
            return Value("list", of.element, stored=node.name)
        if node.department and node.name == "name":
            raise fail(
                "not_in_sql",
                "列表条件里不能用部门名称，用部门编号",
                "Filter by the department itself, not its name",
                node.span,
            )
        return Value(node.kind, person_attribute(of.element, node.name, None, department=node.department))

    def as_date(self, value: Value) -> Value:
        return Value("date", self.dialect.local_date(value.element)) if value.kind == "instant" else value

    def as_number(self, value: Value) -> Value:
        return replace(value, kind="number", places=0) if value.kind == "key" and self.dialect.sqlite else value

    def enter(self, each: tree.Each) -> tuple[Place, list[ColumnElement[bool]]]:
        """The table of the rows, and the conditions that pick those of this record."""
        rows = each.rows
        tests: list[ColumnElement[bool]]
        if isinstance(rows, tree.Lines):
            owner = self.place(rows.source)
            layout = owner.layout.rows[rows.field]
            table = layout.table.alias()
            key: Element = owner.table.c.id
            if isinstance(rows.source, tree.Related):
                key = self.same_kind(self.column(rows.source.relation)).element
            place = Place(table, owner.layout, layout, (*owner.path, rows.field))
            tests = [table.c.record_id == key]
        else:
            target = layout_for(self.session, self.app, rows.form)
            table = target.table.alias()
            place = Place(table, target, path=(f"form:{rows.form}",))
            tests = [table.c.deleted_at.is_(None), sa.not_(table.c.draft), *self.seen(target, table)]
            if isinstance(rows, tree.Pointing):
                tests.insert(0, table.c[target.columns[rows.relation].name] == self.here.table.c.id)
        self.elements[each.element.number] = place
        return place, [*tests, *(self.truth(condition) for condition in each.conditions)]


def _path(source: tree.Source) -> Path:
    if isinstance(source, tree.Related):
        return (*_path(source.relation.source), source.relation.name)
    return ()


def without_blank(value: Value) -> Element:
    """A value in which an empty text is NULL too."""
    return func.nullif(value.element, "", type_=sa.Text()) if value.kind == "text" else value.element
