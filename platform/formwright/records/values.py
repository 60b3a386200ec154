"""Records as rules see them: mappings that load related records when a rule first reads one, many in one query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from formwright.database import per_transaction
from formwright.records.model import Record
from formwright.records.stored import load_records, pointing_ids, record_ids
from formwright.schema.model import App, Field, Form

LOOKUP_LIMIT = 10_000
"""Records that a rule may look through in one form; the rule language's own limit on lists."""


class Loader:
    """The records that rules of one transaction read. Ids are announced first; the first read fetches all that are announced."""

    def __init__(self, session: Session, app: App) -> None:
        self.session = session
        self.app = app
        self._expected: dict[str, set[int]] = {}
        self._records: dict[tuple[str, int], Record | None] = {}
        self._lists: dict[str, list[RecordValues]] = {}
        self._views: dict[tuple[str, int], tuple[Record, RecordValues]] = {}
        self._pointing: dict[str, tuple[Field, ...]] = {}

    def expect(self, form_id: str, ids: Iterable[int | None]) -> None:
        """These may be read soon."""
        waiting = self._expected.setdefault(form_id, set())
        waiting.update(id for id in ids if id is not None and (form_id, id) not in self._records)

    def announce(self, form: Form, values: Mapping[str, Any]) -> None:
        """Whatever these values of one record point to may be read soon."""
        pointing = self._pointing.get(form.id)
        if pointing is None:
            pointing = self._pointing[form.id] = tuple(
                each for each in form.fields if each.type in ("relation", "rows")
            )
        for field in pointing:
            value = values.get(field.id)
            if not value:
                continue
            if field.type == "relation":
                self.expect(field.settings.form, (value,))
            else:
                _announce_rows(field, value, self)

    def record(self, form_id: str, id: int | None) -> Record | None:
        """The record as it stands in this transaction, or None when there is none (or only a deleted one)."""
        if id is None:
            return None
        key = (form_id, id)
        if key not in self._records:
            self.expect(form_id, (id,))
            self._fetch(form_id)
        return self._records[key]

    def records(self, form_id: str, ids: Iterable[int]) -> dict[int, Record]:
        """Those of these records that are there, in the order of `ids`; one query for all that were not read yet."""
        wanted = list(ids)
        self.expect(form_id, wanted)
        found = ((id, self.record(form_id, id)) for id in wanted)
        return {id: record for id, record in found if record is not None}

    def related(self, form_id: str, id: int | None) -> RecordValues | None:
        """The record as a rule reads it."""
        record = self.record(form_id, id)
        return None if record is None else self.of(record)

    def of(self, record: Record) -> RecordValues:
        """`record` as a rule reads it; what it points to is announced."""
        kept = self._views.get((record.form, record.id))
        if kept is not None and kept[0] is record:
            return kept[1]
        values = RecordValues(self.app.forms[record.form], record.values, record.system(), self)
        values.announce()
        self._views[record.form, record.id] = (record, values)
        return values

    def lock(self, form_id: str, ids: Iterable[int]) -> None:
        """Lock these records until the transaction ends, and read them anew: whoever checks against them goes one by one."""
        wanted = sorted(set(ids))
        found = load_records(self.session, self.app, form_id, wanted, lock=True)
        self._records.update({(form_id, id): found.get(id) for id in wanted})

    def put(self, record: Record) -> None:
        """The record has just been written."""
        self._lists.pop(record.form, None)
        self._records[record.form, record.id] = None if record.deleted_at else record

    def forget(self, form_id: str, id: int) -> None:
        """The record has changed: whoever reads it next gets it as it then stands."""
        self._lists.pop(form_id, None)
        self._records.pop((form_id, id), None)

    def all(self, form_id: str) -> list[RecordValues]:
        """All live records of a form, oldest first, at most `LOOKUP_LIMIT`: for LOOKUP and ROLLUP."""
        if form_id not in self._lists:
            ids = record_ids(self.session, self.app, form_id, LOOKUP_LIMIT)
            self.expect(form_id, ids)
            self._fetch(form_id)
            self._lists[form_id] = [self.of(record) for id in ids if (record := self._records[form_id, id])]
        return self._lists[form_id]

    def pointing(self, form_id: str, relation: str, record_id: int) -> list[RecordValues]:
        """The live records of a form whose relation holds this record, oldest first."""
        ids = pointing_ids(self.session, self.app, form_id, relation, record_id, LOOKUP_LIMIT)
        self.expect(form_id, ids)
        self._fetch(form_id)
        return [self.of(record) for id in ids if (record := self._records[form_id, id])]

    def _fetch(self, form_id: str) -> None:
        wanted = self._expected.pop(form_id, set())
        found = load_records(self.session, self.app, form_id, sorted(wanted)) if form_id in self.app.forms else {}
        self._records.update({(form_id, id): found.get(id) for id in wanted})


def loader_for(session: Session, app: App) -> Loader:
    """The transaction's one loader for this publication of the app."""
    loaders = _loaders(session)
    found = loaders.get(app.id)
    if found is None or found.app is not app:
        found = loaders[app.id] = Loader(session, app)
    return found


def forget(session: Session, app_id: str, form_id: str, record_id: int) -> None:
    """The record was written: rules read it anew."""
    found = _loaders(session).get(app_id)
    if found is not None:
        found.forget(form_id, record_id)


def _loaders(session: Session) -> dict[str, Loader]:
    return per_transaction(session, "records.loaders", dict)


class RecordValues(Mapping[str, Any]):
    """One record for rules: fields by id, system fields, `relations` as records, rows as mappings. Reads `values` live.

    `extra` holds further names of the place where the rule stands (`record`, `target`, `outcome` …); it wins.
    """

    __slots__ = ("_extra", "_loader", "_system", "_values", "form")

    def __init__(
        self,
        form: Form,
        values: Mapping[str, Any],
        system: Mapping[str, Any],
        loader: Loader,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.form = form
        self._values = values
        self._system = system
        self._loader = loader
        self._extra = extra or {}

    def __getitem__(self, name: str) -> Any:
        if name in self._extra:
            return self._extra[name]
        field = self.form.field(name)
        if field is None:
            return self._system[name]
        return _read(field, self._values.get(name), self, self._loader)

    def __iter__(self) -> Iterator[str]:
        yield from dict.fromkeys((*(field.id for field in self.form.fields), *self._system, *self._extra))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __hash__(self) -> int:
        return hash((self.form.id, self._system.get("id")))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, RecordValues):
            return (self.form.id, self._system.get("id")) == (other.form.id, other._system.get("id"))
        return NotImplemented

    def with_names(self, **names: Any) -> RecordValues:
        """The same record with further names."""
        return RecordValues(self.form, self._values, self._system, self._loader, {**self._extra, **names})

    def row(self, field: Field, row: Mapping[str, Any]) -> RowValues:
        """One row for the rules of its columns, which read the record's own fields too."""
        return RowValues(field, row, self, self._loader)

    def announce(self) -> None:
        """Tell the loader what this record points to, so that a list of records needs one query a relation."""
        self._loader.announce(self.form, self._values)


class RowValues(Mapping[str, Any]):
    """One row for rules: its columns by id and, behind them, the names of the record that it belongs to."""

    __slots__ = ("_field", "_loader", "_record", "_row")

    def __init__(self, field: Field, row: Mapping[str, Any], record: RecordValues, loader: Loader) -> None:
        self._field = field
        self._row = row
        self._record = record
        self._loader = loader

    def __getitem__(self, name: str) -> Any:
        column = self._field.column(name)
        if column is not None:
            return _read(column, self._row.get(name), self._record, self._loader)
        if name == "id":
            return self._row.get("id")
        if name == "row":
            return self
        return self._record if name == "record" else self._record[name]

    def __iter__(self) -> Iterator[str]:
        yield "id"
        yield from (column.id for column in self._field.fields)

    def __len__(self) -> int:
        return 1 + len(self._field.fields)


def _read(field: Field, value: Any, record: RecordValues, loader: Loader) -> Any:
    if field.type == "relation":
        return loader.related(field.settings.form, value)
    if field.type == "relations":
        loader.expect(field.settings.form, value or ())
        return tuple(found for id in value or () if (found := loader.related(field.settings.form, id)) is not None)
    if field.type == "rows":
        rows = value or ()
        _announce_rows(field, rows, loader)
        return tuple(RowValues(field, row, record, loader) for row in rows)
    return value


def _announce_rows(field: Field, rows: Sequence[Mapping[str, Any]], loader: Loader) -> None:
    for column in field.fields:
        if column.type == "relation":
            loader.expect(column.settings.form, (row.get(column.id) for row in rows))
