"""Posted forms: one WTForms class a form version, whose names (f1, f2-0-c3) say nothing, and the way to JSON values and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

import wtforms
from werkzeug.datastructures import MultiDict
from wtforms.fields.core import UnboundField

from formwright.schema.field_types.rows import MOST_ROWS
from formwright.schema.model import App, Field, Form

LISTS = frozenset({"multiselect", "attachment"})


class LastValue(wtforms.Field):
    """Text as it was typed; of several inputs with one name the last wins, so that a hidden one can stand before a checkbox."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = valuelist[-1] if valuelist else None


class ManyValues(wtforms.Field):
    """Texts; the empty one only says that the field was on the page."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = [each for each in valuelist if each]


@dataclass(frozen=True, slots=True)
class Names:
    """Names of inputs: `of("total")` is f7, `of("lines", "price")` is c3."""

    by_path: Mapping[tuple[str, ...], str]
    form_class: type[wtforms.Form]

    def of(self, *path: str) -> str:
        return self.by_path[path]

    def cell(self, rows: str, index: int | str, column: str) -> str:
        return f"{self.by_path[(rows,)]}-{index}-{self.by_path[rows, column]}"

    def at(self, pointer: str, indexes: Mapping[str, list[int]]) -> str:
        """The name of the input that a problem's place (`/values/lines/2/price`) speaks of; empty for none."""
        parts = pointer.removeprefix("/values/").split("/") if pointer.startswith("/values/") else [pointer]
        if (parts[0],) not in self.by_path:
            return ""
        if len(parts) > 2 and (parts[0], parts[2]) in self.by_path and parts[1].isdecimal():
            known = indexes.get(parts[0], [])
            number = int(parts[1])
            return self.cell(parts[0], known[number] if number < len(known) else number, parts[2])
        return self.by_path[(parts[0],)]


@dataclass(frozen=True, slots=True)
class Posted:
    """What a page sent: JSON `values` of the inputs that were on it, the texts by name, and per rows field its row numbers."""

    values: dict[str, Any]
    texts: dict[str, list[str]]
    indexes: dict[str, list[int]]


def names_of(app: App, form: Form) -> Names:
    """Made once for each version of a form."""
    key = ("web.inputs", form.id)
    found = app.derived.get(key)
    if not isinstance(found, Names):
        found = app.derived[key] = _names(form)
    return found


def _names(form: Form) -> Names:
    by_path: dict[tuple[str, ...], str] = {}
    attributes: dict[str, Any] = {}
    for number, field in enumerate(form.fields, 1):
        name = by_path[(field.id,)] = f"f{number}"
        if field.type == "rows":
            columns: dict[str, Any] = {"row": UnboundField(LastValue)}
            for place, column in enumerate(field.fields, 1):
                by_path[field.id, column.id] = f"c{place}"
                columns[f"c{place}"] = _input(column)
            row_class = type("RowInputs", (wtforms.Form,), columns)
            attributes[name] = wtforms.FieldList(wtforms.FormField(row_class), max_entries=MOST_ROWS)
        else:
            attributes[name] = _input(field)
    return Names(by_path, type("RecordInputs", (wtforms.Form,), attributes))


def _input(field: Field) -> Any:
    return UnboundField(ManyValues if field.type in LISTS else LastValue)


def posted(app: App, form: Form, data: MultiDict[str, str], *, only: Iterable[str] | None = None) -> Posted:
    """Read a posted form; `only` keeps the inputs of these names (those that were touched). New rows without any value are no rows,
    but while the form is being filled they stand and get their defaults."""
    names = names_of(app, form)
    wanted = None if only is None else frozenset(only)
    filled = names.form_class(data)
    values: dict[str, Any] = {}
    indexes: dict[str, list[int]] = {}
    for field in form.fields:
        name = names.of(field.id)
        if field.type != "rows":
            if name in data and (wanted is None or name in wanted):
                values[field.id] = typed(field, filled[name].data)
        elif name in data and (wanted is None or any(each == name or each.startswith(f"{name}-") for each in wanted)):
            values[field.id], indexes[field.id] = _rows(field, filled[name], names, wanted)
    return Posted(values, {name: data.getlist(name) for name in data}, indexes)


def _rows(
    field: Field, listed: Any, names: Names, wanted: frozenset[str] | None
) -> tuple[list[dict[str, Any]], list[int]]:
    rows: list[dict[str, Any]] = []
    indexes: list[int] = []
    for entry in listed.entries:
        row: dict[str, Any] = {}
        for column in field.fields:
            given = entry.form[names.of(field.id, column.id)]
            if given.raw_data and (wanted is None or given.name in wanted):
                row[column.id] = typed(column, given.data)
        known = entry.form["row"].data
        if not known and wanted is None and not any(row.values()):
            continue
        rows.append({"id": known, **row} if known else row)
        indexes.append(int(entry.name.rpartition("-")[2]))
    return rows, indexes


def typed(field: Field, text: Any) -> Any:
    """What an input holds, as JSON that the field type reads: people type 15 where 15 % is meant."""
    if field.type == "percent" and isinstance(text, str) and text.strip() and not text.strip().endswith(("%", "％")):
        return text.strip() + "%"
    return text


def input_text(field: Field, value: Any, zone: tzinfo) -> str:
    """A JSON value as the text of an input."""
    if value is None or value == []:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if field.type == "percent":
        try:
            return plain(Decimal(str(value)).scaleb(2))
        except InvalidOperation:
            return str(value)
    if field.type in ("number", "money", "rating"):
        return plain(Decimal(str(value)))
    if field.type == "datetime":
        return datetime.fromisoformat(str(value)).astimezone(zone).strftime("%Y-%m-%dT%H:%M")
    if field.type == "duration" and isinstance(value, Mapping):
        return str(value.get("$duration", ""))
    return str(value)


def plain(number: Decimal) -> str:
    """Digits without an exponent and without idle noughts."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
