"""From what a caller wrote (JSON) to typed values, within the caller's rights; every mistake is named with its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from formwright.errors import Invalid, NotAllowed, Problem
from formwright.records.compute import Path
from formwright.records.model import Record
from formwright.records.permissions import readable, right_of, rows_of, writable
from formwright.registry import nearest
from formwright.schema.field_types.base import BadValue, Lookup, field_types, is_empty
from formwright.schema.model import SYSTEM_FIELDS, Field, FieldRights, Form, RowRights
from formwright.schema.reading import pointer
from formwright.storage.ids import new_id
from formwright.texts import both

NEVER_WRITTEN = frozenset({"serial", "lookup", "rollup"})
"""Types whose values only the product itself gives."""

SETTABLE = ("owner", "department")
"""System fields that a caller may write where the rights allow."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One value that the caller changed: which field or column, in which row of `values`, and where it stood in the request."""

    path: Path
    at: str
    row: int | None = None


@dataclass(slots=True)
class Given:
    """What the caller wrote: whole values by field id (rows merged with those that are kept), and the cells that differ."""

    values: dict[str, Any] = field(default_factory=dict)
    system: dict[str, Any] = field(default_factory=dict)
    cells: list[Cell] = field(default_factory=list)
    written: set[Path] = field(default_factory=set)
    """Fields that the request names, also where the value is the one that was there."""
    written_columns: dict[tuple[str, int], set[str]] = field(default_factory=dict)
    """Columns that the request names, by rows field and row id."""


class ValueReader:
    """Reads one request against one form; the answer of `read` is complete or an error that names every problem."""

    def __init__(
        self, form: Form, rights: FieldRights, lookup: Lookup, *, before: Record | None, now: datetime
    ) -> None:
        self.form = form
        self.rights = rights
        self.lookup = lookup
        self.before = before
        self.now = now
        self.given = Given()
        self._unknown: list[Problem] = []
        self._forbidden: list[Problem] = []
        self._wrong: list[Problem] = []

    def read(self, raw: Mapping[str, Any]) -> Given:
        """Raises Invalid (`unknown_field`, or what the field types say) or NotAllowed (`field_forbidden`)."""
        for key, value in raw.items():
            self._read_field(str(key), value)
        if self._unknown:
            raise Invalid(problems=self._unknown)
        if self._forbidden:
            raise NotAllowed(problems=self._forbidden)
        if self._wrong:
            raise Invalid(problems=self._wrong)
        return self.given

    def attempt(self, raw: Mapping[str, Any]) -> tuple[Given, list[Problem]]:
        """What can be read of a form that is still being filled, and what is wrong with the rest; nothing is refused."""
        for key, value in raw.items():
            self._read_field(str(key), value)
        return self.given, self._wrong

    def _read_field(self, key: str, raw: Any) -> None:
        at = pointer("values", key)
        if key in SYSTEM_FIELDS:
            self._read_system(key, raw, at)
            return
        each = self.form.field(key)
        if each is None or self.rights.of(key) == "hidden":
            self._unknown.append(unknown(key, at, self._known()))
        elif not may_write(each, self.rights, (key,)):
            self._forbidden.append(forbidden(each, at))
        else:
            self.given.written.add((key,))
            old = self.before.values.get(key) if self.before else None
            if each.type == "rows":
                rows = self._read_rows(each, raw, old or (), at)
                self.given.values[key] = rows
                if [row["id"] for row in rows] != [row["id"] for row in old or ()]:
                    self.given.cells.append(Cell((key,), at))
                return
            value = self._parse(each, raw, at)
            self.given.values[key] = value
            if not same(value, old):
                self.given.cells.append(Cell((key,), at))

    def _read_system(self, key: str, raw: Any, at: str) -> None:
        if key not in SETTABLE or not writable(self.rights.of(key)):
            self._forbidden.append(
                Problem(at, "field_forbidden", both("这个字段不能填写", "This field cannot be written"))
            )
            return
        value: Any = None
        if not is_empty(raw):
            value = self.lookup.member(str(raw)) if key == "owner" else self.lookup.department(str(raw))
            if value is None:
                self._wrong.append(
                    Problem(
                        at,
                        f"unknown_{'member' if key == 'owner' else key}",
                        both(f"没有找到 {raw}", f"There is no {raw}"),
                    )
                )
        self.given.written.add((key,))
        self.given.system[key] = value

    def _read_rows(
        self, rows: Field, raw: Any, old: Sequence[Mapping[str, Any]], at: str
    ) -> tuple[dict[str, Any], ...]:
        if is_empty(raw):
            raw = []
        if not isinstance(raw, list | tuple) or not all(isinstance(row, Mapping) for row in raw):
            self._wrong.append(
                Problem(at, "bad_rows", both("应为若干行，每行一组键值", "Expected a list of objects, one a row"))
            )
            return tuple(dict(row) for row in old)
        rights = rows_of(self.rights, rows.id)
        known = {row["id"]: row for row in old}
        found: list[dict[str, Any]] = []
        seen: set[int] = set()
        for number, row in enumerate(raw):
            place = f"{at}/{number}"
            kept = self._kept_row(row, known, seen, place)
            if kept is None and not rights.add:
                self._forbidden.append(
                    Problem(place, "field_forbidden", both("不能新增行", "Rows cannot be added here"))
                )
            found.append(self._read_row(rows, row, kept, rights, place, number))
        if known.keys() - seen and not rights.delete:
            self._forbidden.append(Problem(at, "field_forbidden", both("不能删除行", "Rows cannot be deleted here")))
        return tuple(found)

    def _kept_row(
        self, row: Mapping[str, Any], known: Mapping[int, Mapping[str, Any]], seen: set[int], at: str
    ) -> Mapping[str, Any] | None:
        raw = row.get("id")
        if raw is None:
            return None
        id = int(raw) if str(raw).isdecimal() and len(str(raw)) < 20 else -1
        if id not in known or id in seen:
            self._wrong.append(Problem(f"{at}/id", "unknown_row", both("没有这一行", "There is no such row")))
            return None
        seen.add(id)
        return known[id]

    def _read_row(
        self,
        rows: Field,
        raw: Mapping[str, Any],
        kept: Mapping[str, Any] | None,
        rights: RowRights,
        at: str,
        number: int,
    ) -> dict[str, Any]:
        row: dict[str, Any] = dict(kept) if kept is not None else {"id": new_id(self.now)}
        written = self.given.written_columns.setdefault((rows.id, row["id"]), set())
        for key, raw_value in raw.items():
            if key == "id":
                continue
            place = at + pointer(key)
            column = rows.column(str(key))
            if column is None or rights.fields.of(column.id) == "hidden":
                self._unknown.append(
                    unknown(str(key), place, [each.id for each in rows.fields if rights.fields.of(each.id) != "hidden"])
                )
                continue
            writes = may_write(column, self.rights, (rows.id, column.id)) and (kept is None or rights.edit)
            if not writes and kept is None:
                self._forbidden.append(forbidden(column, place))
                continue
            value = self._parse(column, raw_value, place)
            old = kept.get(column.id) if kept is not None else None
            if not same(value, old):
                if not writes:
                    self._forbidden.append(forbidden(column, place))
                    continue
                self.given.cells.append(Cell((rows.id, column.id), place, number))
            row[column.id] = value
            written.add(column.id)
        return row

    def _parse(self, each: Field, raw: Any, at: str) -> Any:
        try:
            return field_types[each.type].parse(raw, each, self.lookup)
        except BadValue as error:
            self._wrong.extend(Problem(at + problem.at, problem.code, problem.message) for problem in error.problems)
            return None

    def _known(self) -> list[str]:
        return [each.id for each in self.form.fields if self.rights.of(each.id) != "hidden"]


def may_write(each: Field, rights: FieldRights, path: Path) -> bool:
    """Whether the rights let a caller write the field, and it is one that callers write at all."""
    return each.type not in NEVER_WRITTEN and each.compute is None and writable(right_of(rights, path))


def may_read(rights: FieldRights, path: Path) -> bool:
    return readable(right_of(rights, path))


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same value; None, "" and () are one emptiness."""
    return one == other or (is_empty(one) and is_empty(other))


def unknown(key: str, at: str, known: Sequence[str]) -> Problem:
    """A field that is not there, or not for this caller: the two look the same."""
    meant = nearest(key, list(known))
    hint_zh, hint_en = (f"，是不是 {meant!r}？", f" Did you mean {meant!r}?") if meant else ("", "")
    return Problem(at, "unknown_field", both(f"没有字段 {key!r}{hint_zh}", f"There is no field {key!r}.{hint_en}"))


def forbidden(each: Field, at: str) -> Problem:
    return Problem(at, "field_forbidden", both(f"{each.id} 在这里不能填写", f"{each.id} cannot be written here"))
