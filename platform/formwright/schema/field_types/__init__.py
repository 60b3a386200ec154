"""The catalogue of field types: importing this package registers every built-in one."""

from __future__ import annotations

from formwright.schema.field_types import choices, dates, links, numbers, rows, texts
from formwright.schema.field_types.base import BadValue, ColumnSpec, FieldType, Lookup, Names, Types, field_types

__all__ = [
    "BadValue",
    "ColumnSpec",
    "FieldType",
    "Lookup",
    "Names",
    "Types",
    "choices",
    "dates",
    "field_types",
    "links",
    "numbers",
    "rows",
    "texts",
]
