"""A record's form as a page shows it: sections and rows of cells, each with its value, state and error."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for

from formwright.accounts.directory import directory
from formwright.errors import Problem
from formwright.records.files import FileInfo, infos
from formwright.records.parsing import may_read, may_write
from formwright.records.permissions import right_of, rows_of
from formwright.records.preview import Preview, State
from formwright.schema.model import App, Field, FieldRights, Form
from formwright.texts import Text, show
from formwright.web.gate import Call
from formwright.web.runtime.inputs import Names, Posted, input_text, names_of

WIDTHS = {1: "", 2: "half", 3: "third", 4: "quarter"}
HIDDEN = State(visible=False, editable=False, required=False)


@dataclass(slots=True)
class Cell:
    """One field, or one cell of a row: `name` of its input, `value` in JSON, `input` as typed, `text` as people read it."""

    field: Field
    name: str
    value: Any = None
    input: str = ""
    text: str = ""
    writable: bool = False
    state: State = HIDDEN
    error: str = ""
    width: str = ""
    language: str = "zh"
    pick: str = ""
    link: str = ""
    path: str = ""
    files: tuple[FileInfo, ...] = ()
    rows: list[Row] = dataclasses.field(default_factory=list)
    columns: tuple[Field, ...] = ()
    blank: Row | None = None
    can_add: bool = False
    can_delete: bool = False
    compact: bool = False

    @property
    def label(self) -> str:
        return show(self.field.label, self.language, self.field.id)

    @property
    def type(self) -> str:
        return self.field.type

    @property
    def described(self) -> str:
        """Ids of what explains the input, for screen readers."""
        ids = [f"{self.name}-help"] if self.field.help and not self.compact else []
        return " ".join([*ids, f"{self.name}-error"])


@dataclass(slots=True)
class Row:
    """One row of a rows field; `id` is empty for one that is not stored yet."""

    index: int | str
    name: str
    id: str
    cells: list[Cell]


@dataclass(slots=True)
class Group:
    """A section of the form: its heading (or none), a note, and the cells in their order."""

    title: Text | None = None
    note: Text | None = None
    cells: list[Cell] = dataclasses.field(default_factory=list)


@dataclass(slots=True)
class FilledForm:
    """Everything that the templates need to draw a form. `problems` are (input name, label, sentence)."""

    groups: list[Group]
    problems: list[tuple[str, str, str]]
    writable: bool


class Filling:
    """Puts one form together for one reader; `rights` are what they may write in it now (an `edit` they do not have is `view`)."""

    def __init__(
        self, call: Call, app: App, form: Form, rights: FieldRights, *, may_edit: bool, record: str = "", task: str = ""
    ) -> None:
        self.call = call
        self.app = app
        self.form = form
        self.rights = rights
        self.may_edit = may_edit
        self.record = record
        self.task = task
        self.names: Names = names_of(app, form)
        self.zone = directory(call.session).site.zone

    def made(self, shown: Preview, posted: Posted | None = None, problems: Iterable[Problem] = ()) -> FilledForm:
        """The form with these values; `posted` texts stand where they were typed, `problems` beside their fields."""
        problems = list(problems)
        indexes = posted.indexes if posted else {}
        errors: dict[str, str] = {}
        told: list[tuple[str, str, str]] = []
        for problem in problems:
            name = self.names.at(problem.at, indexes)
            said = show(problem.message, self.call.language)
            if name:
                errors[name] = f"{errors[name]} {said}" if name in errors else said
            told.append((name, self._label_at(problem.at), said))
        cells = {field.id: self._cell(field, shown, posted, errors) for field in self.form.fields}
        groups = [group for group in self._groups(cells) if group.cells or group.note]
        return FilledForm(groups, told, any(cell.writable for group in groups for cell in group.cells))

    def cells(self, shown: Preview, posted: Posted) -> Iterator[Cell]:
        """Every cell, rows' cells too, for the answer to a live form."""
        for each in self.form.fields:
            cell = self._cell(each, shown, posted, {})
            if cell is not None:
                yield cell
                for row in cell.rows:
                    yield from row.cells

    def _label_at(self, pointer: str) -> str:
        parts = pointer.removeprefix("/values/").split("/")
        found = self.form.field(parts[0])
        if found is None:
            return ""
        label = show(found.label, self.call.language, found.id)
        column = found.column(parts[2]) if len(parts) > 2 else None
        if column is None or not parts[1].isdecimal():
            return label
        return f"{label} {int(parts[1]) + 1} · {show(column.label, self.call.language, column.id)}"

    def _cell(self, each: Field, shown: Preview, posted: Posted | None, errors: Mapping[str, str]) -> Cell | None:
        right = right_of(self.rights, (each.id,))
        if right == "hidden":
            return None
        cell = self._plain(
            each, (each.id,), self.names.of(each.id), shown.values.get(each.id), shown.display.get(each.id),
            shown.states.get(each.id, HIDDEN), posted, errors,
        )  # fmt: skip
        if each.type == "rows" and right != "mask":
            self._fill_rows(cell, shown, posted, errors)
        return cell

    def _plain(
        self, each: Field, path: tuple[str, ...], name: str, value: Any, text: Any, state: State,
        posted: Posted | None, errors: Mapping[str, str],
    ) -> Cell:  # fmt: skip
        typed = posted.texts.get(name) if posted else None
        cell = Cell(
            field=each,
            name=name,
            value=value,
            input=typed[-1] if typed and errors.get(name) else input_text(each, value, self.zone),
            text=text if isinstance(text, str) else "",
            writable=self.may_edit and may_write(each, self.rights, path),
            state=state,
            error=errors.get(name, ""),
            language=self.call.language,
            path=".".join(path),
            compact=len(path) > 1,
        )
        if each.type in ("relation", "member", "department"):
            self._point(cell)
        if each.type == "attachment" and value:
            found = infos(self.call.session, value)
            cell.files = tuple(found[id] for id in value if id in found)
        return cell

    def _point(self, cell: Cell) -> None:
        if cell.type == "relation":
            target = cell.field.settings.form
            cell.pick = url_for(
                "runtime.pick_record", app=self.app.id, form=self.form.id, field=cell.path,
                record=self.record or None, task=self.task or None,
            )  # fmt: skip
            if cell.value:
                cell.link = url_for("runtime.record_page", app=self.app.id, form=target, record=cell.value)
                cell.text = cell.text or f"#{cell.value}"
        else:
            cell.pick = url_for("runtime.pick_member" if cell.type == "member" else "runtime.pick_department")

    def _fill_rows(self, cell: Cell, shown: Preview, posted: Posted | None, errors: Mapping[str, str]) -> None:
        each = cell.field
        rights = rows_of(self.rights, each.id)
        values = cell.value or []
        texts = shown.display.get(each.id) or []
        known = posted.indexes.get(each.id) if posted else None
        cell.columns = tuple(column for column in each.fields if may_read(self.rights, (each.id, column.id)))
        cell.can_add = cell.writable and rights.add and each.settings.add
        cell.can_delete = cell.writable and rights.delete and each.settings.delete
        for number, value in enumerate(values):
            index = known[number] if known and number < len(known) else number
            text = texts[number] if number < len(texts) else {}
            stored = str(value.get("id") or "") if self._is_stored(value, number, posted, each.id) else ""
            cell.rows.append(self._row(cell, index, number, stored, value, text, shown, posted, errors))
        cell.blank = self._row(cell, "__n__", None, "", {}, {}, shown, None, {})
        if cell.can_add and not cell.rows and each.settings.min:
            cell.rows = [self._row(cell, 0, None, "", {}, {}, shown, None, errors)]

    def _is_stored(self, value: Mapping[str, Any], number: int, posted: Posted | None, rows: str) -> bool:
        """A preview numbers new rows too; only those that the record has may be named again."""
        if not self.record:
            return False
        if posted is None or rows not in posted.values:
            return True
        sent = posted.values[rows]
        return number < len(sent) and bool(sent[number].get("id"))

    def _row(
        self, rows: Cell, index: int | str, number: int | None, stored: str, value: Mapping[str, Any],
        text: Mapping[str, Any], shown: Preview, posted: Posted | None, errors: Mapping[str, str],
    ) -> Row:  # fmt: skip
        each = rows.field
        rights = rows_of(self.rights, each.id)
        cells = []
        for column in rows.columns:
            usual = State(True, rows.state.editable, column.required == "true")
            state = usual if number is None else shown.states.get(f"{each.id}/{number}/{column.id}", usual)
            name = self.names.cell(each.id, index, column.id)
            cell = self._plain(
                column, (each.id, column.id), name, value.get(column.id), text.get(column.id), state, posted, errors
            )
            cell.writable = rows.writable and cell.writable and (rights.edit if stored else rights.add)
            cells.append(cell)
        return Row(index, f"{rows.name}-{index}", stored, cells)

    # ── layout

    def _groups(self, cells: Mapping[str, Cell | None]) -> Iterator[Group]:
        left = {field_id: cell for field_id, cell in cells.items() if cell is not None}
        group = Group()
        for part in self.form.layout:
            if isinstance(part, list | tuple):
                group.cells += self._line(part, left)
                continue
            yield group
            yield from self._named(part, left)
            group = Group()
        for field_id in list(left):
            group.cells += self._line([field_id], left)
        yield group

    def _named(self, part: Mapping[str, Any], left: dict[str, Cell]) -> Iterator[Group]:
        if "note" in part:
            yield Group(note=part["note"])
        for tab in part.get("tabs", ()):
            yield from self._named(
                {"section": tab.get("tab") or tab.get("name") or tab.get("section"), "rows": tab.get("rows", ())}, left
            )
        if "section" in part:
            group = Group(title=part["section"])
            for line in part.get("rows", ()):
                group.cells += self._line(line, left)
            yield group

    def _line(self, line: Any, left: dict[str, Cell]) -> list[Cell]:
        ids = [line] if isinstance(line, str) else [each for each in line if isinstance(each, str)]
        found = [left.pop(each) for each in ids if each in left]
        wide = sum(1 for cell in found if cell.type == "rows")
        for cell in found:
            cell.width = "" if wide else WIDTHS.get(len(found), "quarter")
        return found
