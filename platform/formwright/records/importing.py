"""Many records at once, from a file or from the API: the rules, rights and history of single ones at a fraction of the time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Literal

from sqlalchemy.orm import Session

from formwright import events
from formwright.accounts.model import Actor
from formwright.errors import FormwrightError, Invalid, NotAllowed, Problem
from formwright.records import operations
from formwright.records.batch import Incoming, changes, create_all, independent, json_values, undo
from formwright.records.events import RecordCreated, RecordSubmitted
from formwright.records.incoming import Column, World
from formwright.records.mapping import ImportMap, refuse_unmapped
from formwright.records.matching import only, records_with
from formwright.records.model import Record
from formwright.records.parsing import SETTABLE, Cell, ValueReader, forbidden, may_write, unknown
from formwright.records.permissions import writable
from formwright.records.reader import reader_for
from formwright.records.sheets import SURPLUS
from formwright.records.stored import load_records
from formwright.records.values import forget
from formwright.records.writing import to_the_millisecond
from formwright.schema.field_types import BadValue
from formwright.schema.field_types.base import is_empty
from formwright.schema.model import App, Field, FieldRights
from formwright.texts import both

Mode = Literal["insert", "update", "upsert"]
MODES: tuple[Mode, ...] = ("insert", "update", "upsert")
AT_ONCE = 500
"""Records that are read, checked and stored together."""


@dataclass(frozen=True, slots=True)
class Failed:
    """One row that was not taken: its number, from 0, and everything that is wrong with it."""

    row: int
    errors: tuple[Problem, ...]


@dataclass(slots=True)
class ImportReport:
    """What became of the rows; `ids` are the records that were made, in the order in which they were."""

    inserted: int = 0
    updated: int = 0
    failed: list[Failed] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)


def import_rows(
    session: Session,
    app: App,
    form_id: str,
    rows: Iterable[Mapping[str, Any]],
    *,
    mode: Mode = "insert",
    key: Sequence[str] = (),
    atomic: bool = False,
    actor: Actor,
    now: datetime,
    mapping: ImportMap | None = None,
    header: Sequence[str] | None = None,
    submit: bool = False,
) -> ImportReport:
    """Insert, update, or (by the values of the `key` fields) whichever it takes.

    Without `mapping` rows are JSON values by field id; with it they are texts by column name, and a column of `header` that is
    neither mapped nor skipped is refused before anything is read. `atomic`: one bad row and nothing is kept.
    Rows that a rule, a right or a value forbids are in the report, never in the database. `submit` starts flows.
    """
    importer = _Importer(
        session, app, form_id, mode, tuple(key or (mapping.key if mapping else ())), actor, now, mapping
    )
    importer.submit = submit
    if mapping is not None:
        importer.refuse_columns(header)
    report = importer.report
    with session.connection().begin_nested() as savepoint:
        numbered = enumerate(rows)
        while chunk := list(islice(numbered, AT_ONCE)):
            importer.take(chunk)
        importer.give_up_waiting()
        if atomic and report.failed:
            savepoint.rollback()
            report.inserted = report.updated = 0
            report.ids.clear()
    report.failed.sort(key=lambda each: each.row)
    return report


class _Importer:
    """One import from its first row to its last."""

    submit = False

    def __init__(
        self,
        session: Session,
        app: App,
        form_id: str,
        mode: Mode,
        key: tuple[str, ...],
        actor: Actor,
        now: datetime,
        mapping: ImportMap | None,
    ) -> None:
        now = to_the_millisecond(now)
        self.session, self.app, self.actor, self.now, self.mode, self.key = session, app, actor, now, mode, key
        self.mapping = mapping
        self.reader = reader_for(session, app, form_id, actor=actor, now=now)
        self.form = self.reader.form
        self.most = self.reader.creation() or FieldRights(rest="hidden")
        self.world = World(session, app, self.form, actor, now)
        self.together = independent(self.reader)
        self.report = ImportReport()
        self._columns: dict[str, Column | Problem] = {}
        self._waiting: list[tuple[int, Mapping[str, Any]]] = []
        self._refuse_request()

    def _refuse_request(self) -> None:
        if self.mode not in MODES:
            known = ", ".join(MODES)
            raise Invalid("unknown_mode", both(f"mode 应为 {known}", f"mode is one of {known}"), at="/mode")
        if self.mode == "insert" and self.reader.creation() is None:
            raise NotAllowed(message=both("没有新建的权限", "Not allowed to create records here"))
        importing = self.reader.unbounded or any("import" in each.grant.actions for each in self.reader.grants)
        if self.mapping is not None and not importing:
            raise NotAllowed(message=both("没有导入的权限", "Not allowed to import here"))
        if self.mode != "insert" and not self.key:
            raise Invalid(
                "required",
                both("需要 key：用来对应已有记录的字段", "key is needed: fields to find records by"),
                at="/key",
            )
        known_fields = [each.id for each in self.form.fields if each.id in self.reader.layout.columns]
        problems = [
            unknown(each, f"/key/{position}", known_fields)
            for position, each in enumerate(self.key)
            if each not in known_fields
        ]
        if problems:
            raise Invalid(problems=problems)

    def refuse_columns(self, header: Sequence[str] | None) -> None:
        """Before anything is read: columns that nobody said anything about, or that the actor may not write."""
        mapping = self.mapping
        if mapping is None:
            return
        refuse_unmapped(mapping.columns if header is None else header, mapping)
        problems = [each for name in mapping.columns if isinstance(each := self._column(name), Problem)]
        if any(each.code == "field_forbidden" for each in problems):
            raise NotAllowed(problems=problems)
        if problems:
            raise Invalid(problems=problems)

    # ---- from a row to values

    def take(self, chunk: list[tuple[int, Mapping[str, Any]]]) -> None:
        """Read, check and store these rows; in this order come those with the same key, too."""
        self._prepare(chunk)
        batch: list[Incoming] = []
        keys: set[tuple[Any, ...]] = set()
        for number, row in chunk:
            read = self._read(number, row)
            if self._may_come_later(read):
                self._waiting.append((number, row))
                continue
            if read.problems:
                self._fail(read)
                continue
            own = self._key_of(read)
            if self.key and own in keys:  # its forerunner has to be stored before it can be found
                self._store(batch)
                batch, keys = [], set()
            keys.add(own)
            batch.append(read)
        self._store(batch)

    def give_up_waiting(self) -> None:
        """Rows that point at others of the same file come after these; what still finds nothing has failed."""
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            for column in self._columns.values():
                if isinstance(column, Column):
                    column.forget_unfound()
            self.take(waiting)
            if len(self._waiting) == len(waiting):
                for number, row in self._waiting:
                    self._fail(self._read(number, row))
                return

    def _may_come_later(self, read: Incoming) -> bool:
        """Whether all that is wrong is that a record of this very form is not there (yet)."""
        own = {
            column.at
            for column in self._columns.values()
            if isinstance(column, Column) and column.points_to == self.form.id
        }
        return bool(read.problems) and all(each.code == "no_match" and each.at in own for each in read.problems)

    def _prepare(self, chunk: Iterable[tuple[int, Mapping[str, Any]]]) -> None:
        rows = [row for _, row in chunk]
        for name in dict.fromkeys(key for row in rows for key in row):
            column = self._column(name)
            if isinstance(column, Column):
                column.prepare([row[name] for row in rows if name in row])

    def _read(self, number: int, row: Mapping[str, Any]) -> Incoming:
        incoming = Incoming(number)
        given = incoming.given
        blank_is_default = self.mapping is not None and self.mode == "insert"
        for name, raw in row.items():
            column = self._columns.get(name) or self._column(name)
            if isinstance(column, Problem):
                incoming.problems.append(column)
                continue
            if column.skipped or (blank_is_default and is_empty(raw)):
                continue
            try:
                if column.kind == "rows":
                    incoming.rows[column.name] = raw
                    continue
                value = column.value(raw)
            except FormwrightError as bad:
                incoming.problems += [Problem(column.at + each.at, each.code, each.message) for each in bad.problems]
                continue
            if column.kind != "serial":  # brought along, not written: grants do not speak of it
                given.written.add(column.path)
            if column.field is None:
                given.system[column.name] = value
            else:
                given.values[column.name] = value
                if value is not None and value != ():
                    given.cells.append(Cell(column.path, column.at))
        if given.system.get("owner") is not None and "department" not in given.system:
            given.system["department"] = self.world.references.directory.attribute(given.system["owner"], "department")
        return incoming

    def _read_rows(self, incoming: Incoming) -> None:
        """Rows fields of a new record; those of one that is there already are read against its rows."""
        reader = ValueReader(self.form, self.most, self.world.references, before=None, now=self.now)
        try:
            read = reader.read(incoming.rows)
        except FormwrightError as bad:
            incoming.problems += bad.problems
            return
        given = incoming.given
        given.values |= read.values
        given.cells += read.cells
        given.written |= read.written
        given.written_columns |= read.written_columns

    def _column(self, name: str) -> Column | Problem:
        found = self._columns.get(name)
        if found is None:
            found = self._columns[name] = self._new_column(name)
        return found

    def _new_column(self, name: str) -> Column | Problem:
        mapped = None
        if self.mapping is not None:
            if name == SURPLUS:
                return Problem(
                    "", "too_many_cells", both("这一行的单元格比列多", "The row has more cells than columns")
                )
            mapped = self.mapping.columns.get(name)
            if mapped is None:
                return Column.to_skip(name, self.world)
            name = mapped.field
        at = f"/values/{name}"
        if name in SETTABLE:
            if not writable(self.most.of(name)):
                return Problem(at, "field_forbidden", both("这个字段不能填写", "This field cannot be written"))
            return Column(name, None, mapped, self.world)
        each = self.form.field(name)
        hidden = self.mode == "insert" and self.most.of(name) == "hidden"
        if each is None or hidden:
            return unknown(name, at, [known.id for known in self.form.fields if self.most.of(known.id) != "hidden"])
        if self.mode == "insert" and not self._may_bring(each):
            return forbidden(each, at)
        return Column(name, each, mapped, self.world)

    def _may_bring(self, each: Field) -> bool:
        """What may be written; and, from a file, the numbers that the records had elsewhere."""
        if each.type == "serial" and self.mapping is not None:
            return writable(self.most.of(each.id))
        return may_write(each, self.most, (each.id,))

    # ---- from values to records

    def _key_of(self, read: Incoming) -> tuple[Any, ...]:
        return tuple(read.given.values.get(each) for each in self.key)

    def _store(self, batch: list[Incoming]) -> None:
        new = batch
        if self.mode != "insert" and batch:
            new = []
            wanted = {own for read in batch if None not in (own := self._key_of(read))}
            found = records_with(self.session, self.app, self.form.id, self.key, wanted, actor=self.actor, now=self.now)
            ids = [id for several in found.values() for id in several]
            before = load_records(self.session, self.app, self.form.id, ids)
            for read in batch:
                own = self._key_of(read)
                if own in found:
                    self._update(read, found[own], before)
                elif self.mode == "upsert":
                    new.append(read)
                else:
                    self._fail_unfound(read)
        if not self.together:
            for read in new:
                self._create(read)
            return
        for read in new:
            if read.rows:
                self._read_rows(read)
        self._create_together(new)

    def _update(self, read: Incoming, ids: Sequence[int], before: Mapping[int, Record]) -> None:
        try:
            id = only(ids, self._key_of(read)[0])
            if read.rows or changes(read.given, before[id]):
                values = {name: value for name, value in self._as_json(read).items() if name not in self.key}
                with self.session.connection().begin_nested():
                    operations.update(self.session, self.app, self.form.id, id, values, actor=self.actor, now=self.now)
        except FormwrightError as refused:
            if not isinstance(refused, BadValue):
                forget(self.session, self.app.id, self.form.id, ids[0])
            read.problems += refused.problems
            self._fail(read)
        else:
            self.report.updated += 1

    def _as_json(self, read: Incoming) -> dict[str, Any]:
        """What the row gives, for the path that single records take."""
        return {**json_values(self.reader, read.given), **read.rows}

    def _create(self, read: Incoming) -> None:
        """One by one, as a person would: for forms whose rules look at the records that came before."""
        try:
            with self.session.connection().begin_nested():
                record = operations.create(
                    self.session, self.app, self.form.id, self._as_json(read),
                    actor=self.actor, now=self.now, submit=self.submit,
                )  # fmt: skip
        except FormwrightError as refused:
            read.problems += refused.problems
            self._fail(read)
        else:
            self._made(record.id)

    def _create_together(self, batch: list[Incoming]) -> None:
        made = create_all(self.reader, batch, self.most)
        for read in batch:
            if read.problems:
                self._fail(read)
        kinds = (RecordCreated, RecordSubmitted) if self.submit else (RecordCreated,)
        heard = [kind for kind in kinds if events.is_heard(kind, self.app, self.form.id)]
        for read, record in made:
            if not heard or self._announce(read, record, heard):
                self._made(record.id)

    def _announce(
        self, read: Incoming, record: Record, heard: Sequence[type[RecordCreated] | type[RecordSubmitted]]
    ) -> bool:
        """Tell the floors above; a record that one of them refuses is not kept."""
        try:
            with self.session.connection().begin_nested():
                for kind in heard:
                    events.publish(self.session, kind(app=self.app, record=record, actor=self.actor, now=self.now))
        except FormwrightError as refused:
            undo(self.reader, record)
            read.problems += refused.problems
            self._fail(read)
            return False
        return True

    def _fail_unfound(self, read: Incoming) -> None:
        text = ", ".join(str(each) for each in self._key_of(read))
        message = both(f"没有 {text} 这条记录", f"There is no record {text}")
        read.problems.append(Problem(f"/values/{self.key[0]}", "no_match", message))
        self._fail(read)

    def _made(self, record_id: int) -> None:
        self.report.inserted += 1
        self.report.ids.append(record_id)

    def _fail(self, read: Incoming) -> None:
        self.report.failed.append(Failed(read.row, tuple(read.problems)))
