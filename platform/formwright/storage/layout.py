"""Where each field of a form lies: tables and columns made from the form and its permanent physical names; touches no database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, Table, Text
from sqlalchemy.types import TypeEngine

from formwright.database import BigId, Instant
from formwright.schema.field_types import ColumnSpec, field_types
from formwright.schema.model import Field, Form
from formwright.storage.types import Choices, Truth, column_type

Names = Mapping[tuple[str, str], str]
"""Physical names by path (`""` the form, `"lines"`, `"lines/price"`) and storage kind (`table`, `rows`, `decimal2` …)."""

SYSTEM: Mapping[str, tuple[Callable[[], TypeEngine[Any]], bool]] = {
    "rev": (Integer, False),
    "draft": (Truth, False),
    "title": (Text, True),
    "created_at": (Instant, False),
    "created_by": (BigInteger, True),
    "updated_at": (Instant, False),
    "updated_by": (BigInteger, True),
    "owner": (BigInteger, True),
    "department": (Text, True),
    "flow_status": (Text, True),
    "flow_nodes": (Choices, True),
    "deleted_at": (Instant, True),
}
"""Columns that every form has besides `id`: their type, and whether they may be empty."""

_FREE_TEXTS = ("text", "textarea", "email", "phone", "url", "serial")

_SYSTEM_FIELDS = {"version": "rev", "flow_node": "flow_nodes"}


@dataclass(frozen=True, slots=True, eq=False)
class RowsLayout:
    """The rows of one rows field: a table of `id, record_id, pos` and a column for each field inside."""

    field: Field
    table: Table
    columns: Mapping[str, Column[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class FormLayout:
    """One published form in the database. Fields that the form no longer has keep their columns, but are not in here."""

    app_id: str
    form: Form
    table: Table
    columns: Mapping[str, Column[Any]]
    rows: Mapping[str, RowsLayout]
    statements: dict[Any, Any] = field(default_factory=dict)
    """Statements that `rows.py` built once for this layout."""

    def system(self, field_id: str) -> Column[Any] | None:
        """The column of a system field by its public name (`version` is `rev`, `flow_node` is `flow_nodes`)."""
        name = _SYSTEM_FIELDS.get(field_id, field_id)
        return self.table.c[name] if name == "id" or name in SYSTEM else None

    def column(self, path: tuple[str, ...]) -> Column[Any]:
        """The column of a field, or of a field within rows."""
        return self.columns[path[0]] if len(path) == 1 else self.rows[path[0]].columns[path[1]]

    def tables(self) -> Iterator[tuple[str, Table]]:
        """Every table with its path."""
        yield "", self.table
        for field_id, rows in self.rows.items():
            yield field_id, rows.table


def storage_kind(field: Field) -> str | None:
    """What the field's column can hold, None when it has none; two types of one kind share their column when retyped."""
    if field.type == "rows":
        return "rows"
    spec = column_spec(field)
    if spec is None:
        return None
    if spec.kind == "decimal":
        return f"decimal{spec.places}"
    if spec.kind == "key":  # the same number means another thing when it points elsewhere
        return f"key:{field.type}:{getattr(field.settings, 'form', '')}"
    if spec.kind == "json" or (spec.kind == "text" and field.type not in _FREE_TEXTS):
        return f"{spec.kind}:{field.type}"
    return spec.kind


def column_spec(field: Field) -> ColumnSpec | None:
    return field_types[field.type].column(field)


def needed_names(form: Form) -> Iterator[tuple[str, str]]:
    """The path and kind of every table and column that the form needs."""
    yield "", "table"
    for path, each in form.every_field():
        kind = storage_kind(each)
        if kind is not None:
            yield "/".join(path), kind


def form_layout(app_id: str, form: Form, names: Names) -> FormLayout:
    """The layout of `form`; KeyError when a needed name is missing."""
    metadata = MetaData()
    columns = dict(_field_columns(form.fields, "", names))
    table = Table(
        names["", "table"],
        metadata,
        Column("id", BigId, primary_key=True, autoincrement=False),
        *(Column(name, make(), nullable=nullable) for name, (make, nullable) in SYSTEM.items()),
        *columns.values(),
        sqlite_strict=True,
    )
    rows = {}
    for each in form.fields:
        if each.type == "rows":
            inner = dict(_field_columns(each.fields, f"{each.id}/", names))
            rows_table = Table(
                names[each.id, "rows"],
                metadata,
                Column("id", BigId, primary_key=True, autoincrement=False),
                Column("record_id", BigInteger, ForeignKey(table.c.id, ondelete="CASCADE"), nullable=False),
                Column("pos", Integer, nullable=False),
                *inner.values(),
                sqlite_strict=True,
            )
            rows[each.id] = RowsLayout(each, rows_table, inner)
    return FormLayout(app_id, form, table, columns, rows)


def _field_columns(fields: tuple[Field, ...], prefix: str, names: Names) -> Iterator[tuple[str, Column[Any]]]:
    for each in fields:
        spec = column_spec(each) if each.type != "rows" else None
        if spec is not None:
            yield each.id, Column(names[f"{prefix}{each.id}", storage_kind(each) or ""], column_type(spec))
