"""Reads `fields:` of grants and of flow nodes: which field may be seen or written, down to the columns of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from formwright.registry import nearest
from formwright.schema.model import RIGHTS, Field, FieldRights, Right, RowRights
from formwright.schema.reading import Reader
from formwright.texts import both


def read_field_rights(reader: Reader, key: str, fields: Sequence[Field], *, rest: Right) -> FieldRights:
    """The rights under `key`; `rest` is what a left out `*` means. An unknown field, or right, becomes a finding.

    A rows field takes a right, or `{rights, add, edit, delete, fields: {column: right}}`.
    """
    given = reader.object(key)
    if given is None:
        return FieldRights(rest=rest)
    by_id = {each.id: each for each in fields}
    by_field: dict[str, Right] = {}
    rows: dict[str, RowRights] = {}
    for name, value in given.value.items():
        if name == "*":
            rest = _right(given, name) or rest
        elif name not in by_id:
            near = nearest(name, list(by_id))
            hint_zh, hint_en = (f"，是不是“{near}”？", f'. Did you mean "{near}"?') if near else ("", "")
            given.error(
                "unknown_field", both(f"没有字段“{name}”{hint_zh}", f'There is no field "{name}"{hint_en}'), name
            )
        elif isinstance(value, Mapping) and by_id[name].type == "rows":
            inner = given.object(name)
            if inner is not None:
                by_field[name], rows[name] = _rows(inner, by_id[name])
                inner.finish()
        elif right := _right(given, name):
            by_field[name] = right
    return FieldRights(by_field, rest, rows)


def _rows(reader: Reader, field: Field) -> tuple[Right, RowRights]:
    right = _right(reader, "rights") or "edit"
    writable = right in ("edit", "required")
    columns = read_field_rights(reader, "fields", field.fields, rest="edit" if writable else right)
    acts: dict[str, Any] = {act: reader.boolean(act, writable) for act in ("add", "edit", "delete")}
    return right, RowRights(fields=columns, **acts)


def _right(reader: Reader, key: str) -> Right | None:
    return cast("Right | None", reader.choice(key, RIGHTS))
