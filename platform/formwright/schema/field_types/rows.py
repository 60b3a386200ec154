"""The rows type: a table inside the form, with columns that are fields themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from formwright.errors import Problem
from formwright.registry import nearest
from formwright.schema.field_types.base import BadValue, FieldType, Lookup, Names, Types, field_types, is_empty
from formwright.schema.model import Field
from formwright.schema.reading import Reader, pointer
from formwright.texts import Text, both
from formwright_rules import types as rule_types

MOST_ROWS = 2000


@dataclass(frozen=True, slots=True)
class RowsSettings:
    """`min` and `max` rows; whether rows may be added, changed, deleted; `defaults` are the first rows, as JSON values."""

    min: int = 0
    max: int = MOST_ROWS
    add: bool = True
    edit: bool = True
    delete: bool = True
    defaults: tuple[Mapping[str, Any], ...] = ()


class RowsType(FieldType):
    """子表单: rows, each `{"id": int | None, column: value, …}`; `id` is None for a row that is not stored yet.

    `parse` gives each row only the columns that were sent, and names every bad cell (`/2/quantity`).
    """

    name = "rows"
    label: ClassVar[Text] = both("子表单", "Rows")

    def read_settings(self, reader: Reader) -> RowsSettings:
        defaults = tuple(dict(inner.value) for inner in reader.objects("defaults"))
        return RowsSettings(
            reader.integer("min", 0, min=0, max=MOST_ROWS),
            reader.integer("max", MOST_ROWS, min=1, max=MOST_ROWS),
            reader.boolean("add", True),
            reader.boolean("edit", True),
            reader.boolean("delete", True),
            defaults,
        )

    def column(self, field: Field) -> None:
        return None

    def parse(self, raw: Any, field: Field, lookup: Lookup) -> tuple[dict[str, Any], ...]:
        if is_empty(raw):
            return ()
        if not isinstance(raw, list | tuple):
            raise BadValue("bad_rows", both("应为行的列表", "Expected a list of rows"))
        if len(raw) > field.settings.max:
            most = field.settings.max
            raise BadValue("too_many_rows", both(f"最多 {most} 行", f"At most {most} rows"))
        columns = {column.id: column for column in field.fields}
        problems: list[Problem] = []
        rows = tuple(_parse_row(each, i, columns, lookup, problems) for i, each in enumerate(raw))
        if problems:
            raise BadValue(problems[0].code, problems[0].message, problems=problems)
        return rows

    def dump(self, value: tuple[Mapping[str, Any], ...], field: Field) -> list[dict[str, Any]]:
        return [
            {"id": None if row.get("id") is None else str(row["id"])}
            | {
                column.id: field_types[column.type].dump(row[column.id], column)
                for column in field.fields
                if column.id in row
            }
            for row in value or ()
        ]

    def show(self, value: tuple[Mapping[str, Any], ...], field: Field, language: str, names: Names) -> str:
        count = len(value or ())
        return "" if not count else f"{count} 行" if language == "zh" else f"{count} row{'s' if count > 1 else ''}"

    def rule_type(self, field: Field, types: Types) -> rule_types.Type:
        return types.rows(field)


def _parse_row(
    raw: Any, index: int, columns: Mapping[str, Field], lookup: Lookup, problems: list[Problem]
) -> dict[str, Any]:
    row: dict[str, Any] = {"id": None}
    if not isinstance(raw, Mapping):
        problems.append(Problem(pointer(index), "bad_rows", both("一行应为一组键值", "A row is a mapping")))
        return row
    for key, each in raw.items():
        at = pointer(index, str(key))
        column = columns.get(key)
        if key == "id":
            text = str(each).strip() if each is not None else ""
            if text and not (text.isascii() and text.isdigit() and len(text) < 20):
                problems.append(Problem(at, "unknown_row", both("没有这一行", "There is no such row")))
            elif text:
                row["id"] = int(text)
        elif column is None:
            near = nearest(str(key), list(columns))
            hint_zh, hint_en = (f"，是不是“{near}”？", f'. Did you mean "{near}"?') if near else ("", "")
            message = both(f"没有字段“{key}”{hint_zh}", f'There is no field "{key}"{hint_en}')
            problems.append(Problem(at, "unknown_field", message))
        else:
            try:
                row[key] = field_types[column.type].parse(each, column, lookup)
            except BadValue as bad:
                problems += [Problem(at + problem.at, problem.code, problem.message) for problem in bad.problems]
    return row


field_types.add(RowsType.name, RowsType())
