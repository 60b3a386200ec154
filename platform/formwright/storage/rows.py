"""Records in and out of their tables: explicit columns, no query in a loop, values as the rest of the house knows them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from formwright.prepared import Prepared
from formwright.storage.layout import SYSTEM, FormLayout, RowsLayout


@dataclass(frozen=True, slots=True)
class Stored:
    """One record as it lies in the database; `values` by field id, a rows field as a tuple of `{"id", column: value}`."""

    id: int
    rev: int
    draft: bool
    title: str | None
    created_at: datetime
    created_by: int | None
    updated_at: datetime
    updated_by: int | None
    owner: int | None
    department: str | None
    flow_status: str | None
    flow_nodes: tuple[str, ...]
    deleted_at: datetime | None
    values: dict[str, Any] = field(default_factory=dict)


_SYSTEM = ("id", *SYSTEM)

MOST_STATEMENTS = 500


def insert(session: Session, layout: FormLayout, values: Mapping[str, Any], system: Mapping[str, Any]) -> None:
    """Store a new record. `system` holds at least `id`, `created_at`, `updated_at`; rows already have ids."""
    connection = session.connection()
    row = {"rev": 1, "draft": False, **system}
    row = {name: row.get(name) for name in _SYSTEM}
    row |= {column.name: values.get(field_id) for field_id, column in layout.columns.items()}
    connection.execute(_cached(layout, "insert", lambda: sa.insert(layout.table)), row)
    for field_id, rows in layout.rows.items():
        _insert_rows(connection, layout, rows, row["id"], list(enumerate(values.get(field_id) or ())))


def update(
    session: Session,
    layout: FormLayout,
    record_id: int,
    changes: Mapping[str, Any],
    system: Mapping[str, Any],
    expected_rev: int | None = None,
) -> int | None:
    """Write the changed fields and system columns; returns the new rev, None when `expected_rev` is no longer the rev."""
    table, connection = layout.table, session.connection()
    written = dict(system)
    written |= {
        layout.columns[field_id].name: value for field_id, value in changes.items() if field_id in layout.columns
    }

    def make() -> Any:
        statement = sa.update(table).where(table.c.id == sa.bindparam("_id")).returning(table.c.rev)
        if expected_rev is not None:
            statement = statement.where(table.c.rev == sa.bindparam("_rev"))
        return statement.values(rev=table.c.rev + 1)

    statement = _cached(layout, ("update", tuple(written), expected_rev is None), make)
    parameters = {**written, "_id": record_id} | ({} if expected_rev is None else {"_rev": expected_rev})
    rev: int | None = connection.execute(statement, parameters).scalar()
    if rev is not None:
        for field_id, rows in layout.rows.items():
            if field_id in changes:
                _replace_rows(session, layout, rows, record_id, changes[field_id] or ())
    return rev


def delete(session: Session, layout: FormLayout, record_id: int, *, by: int | None, now: datetime) -> int | None:
    """Into the recycle bin; returns the new rev, None when there is no such record."""
    return update(session, layout, record_id, {}, {"deleted_at": now, "updated_at": now, "updated_by": by})


def restore(session: Session, layout: FormLayout, record_id: int, *, by: int | None, now: datetime) -> int | None:
    """Out of the recycle bin; a unique index may object (IntegrityError)."""
    return update(session, layout, record_id, {}, {"deleted_at": None, "updated_at": now, "updated_by": by})


def purge(session: Session, layout: FormLayout, ids: Collection[int]) -> None:
    """Gone for good, rows included."""
    connection = session.connection()
    statement = sa.delete(layout.table).where(among(layout.table.c.id, connection.dialect.name))
    connection.execute(statement, {"ids": id_list(ids, connection.dialect.name)})


def load(
    session: Session,
    layout: FormLayout,
    ids: Collection[int],
    *,
    fields: Collection[str] | None = None,
    lock: bool = False,
) -> dict[int, Stored]:
    """The records of these ids, in the order of `ids`, deleted ones and drafts included; `fields` None means all.

    One query, and one more for each rows field asked for. `lock` holds them until the transaction ends (PostgreSQL; on
    SQLite a writing transaction is alone anyway).
    """
    if not ids:
        return {}
    connection = session.connection()
    columns = [(each, column) for each, column in layout.columns.items() if fields is None or each in fields]
    names = [each for each, _ in columns]

    def make() -> Any:
        table = layout.table
        statement = sa.select(*(table.c[name] for name in _SYSTEM), *(column for _, column in columns))
        statement = statement.where(among(table.c.id, connection.dialect.name))
        return Prepared(statement.order_by(table.c.id).with_for_update() if lock else statement)

    statement = _cached(layout, ("load", tuple(names), lock), make)
    width = len(_SYSTEM)
    found: dict[int, Stored] = {}
    for row in statement.rows(session, {"ids": id_list(ids, connection.dialect.name)}):
        found[row[0]] = stored = Stored(*row[:width])
        stored.values.update(zip(names, row[width:], strict=True))
    for field_id, rows in layout.rows.items():
        if fields is None or field_id in fields:
            loaded = _load_rows(session, layout, rows, found)
            for record_id, stored in found.items():
                stored.values[field_id] = tuple(loaded.get(record_id, ()))
    return {record_id: found[record_id] for record_id in ids if record_id in found}


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────


def _insert_rows(
    connection: Connection,
    layout: FormLayout,
    rows: RowsLayout,
    record_id: int,
    numbered: Sequence[tuple[int, Mapping[str, Any]]],
) -> None:
    if numbered:
        connection.execute(
            _cached(layout, ("insert", rows.field.id), lambda: sa.insert(rows.table)),
            [_row(rows, record_id, pos, row) for pos, row in numbered],
        )


def _row(rows: RowsLayout, record_id: int, pos: int, row: Mapping[str, Any]) -> dict[str, Any]:
    columns = {column.name: row.get(field_id) for field_id, column in rows.columns.items()}
    return {"id": row["id"], "record_id": record_id, "pos": pos, **columns}


def _load_rows(
    session: Session, layout: FormLayout, rows: RowsLayout, ids: Collection[int]
) -> dict[int, list[dict[str, Any]]]:
    table, names = rows.table, ["id", *rows.columns]
    connection = session.connection()

    def make() -> Any:
        statement = sa.select(table.c.record_id, table.c.id, *rows.columns.values())
        return Prepared(
            statement.where(among(table.c.record_id, connection.dialect.name)).order_by(table.c.record_id, table.c.pos)
        )

    loaded: dict[int, list[dict[str, Any]]] = {}
    if ids:
        statement = _cached(layout, ("load rows", rows.field.id), make)
        for record_id, *values in statement.rows(session, {"ids": id_list(ids, connection.dialect.name)}):
            loaded.setdefault(record_id, []).append(dict(zip(names, values, strict=True)))
    return loaded


def _replace_rows(
    session: Session, layout: FormLayout, rows: RowsLayout, record_id: int, wanted: Sequence[Mapping[str, Any]]
) -> None:
    """Write only what differs: rows keep their ids, and what nobody touched is not written."""
    table, connection = rows.table, session.connection()
    before = {
        row["id"]: (pos, row)
        for pos, row in enumerate(_load_rows(session, layout, rows, [record_id]).get(record_id, []))
    }
    kept = {row["id"] for row in wanted}
    gone = [row_id for row_id in before if row_id not in kept]
    if gone:
        statement = sa.delete(table).where(table.c.record_id == record_id, among(table.c.id, connection.dialect.name))
        connection.execute(statement, {"ids": id_list(gone, connection.dialect.name)})
    changed = []
    for pos, row in enumerate(wanted):
        old = before.get(row["id"])
        if old is not None:
            complete = {"id": row["id"], **{each: row.get(each) for each in rows.columns}}
            if old != (pos, complete):
                changed.append(_row(rows, record_id, pos, row))
    if changed:
        names = ["pos", *(column.name for column in rows.columns.values())]
        connection.execute(
            sa.update(table).where(table.c.id == sa.bindparam("_id"), table.c.record_id == sa.bindparam("_record")),
            [{**{name: row[name] for name in names}, "_id": row["id"], "_record": record_id} for row in changed],
        )
    new = [(pos, row) for pos, row in enumerate(wanted) if row["id"] not in before]
    _insert_rows(connection, layout, rows, record_id, new)


# ── statements ────────────────────────────────────────────────────────────────────────────────────


def _cached(layout: FormLayout, key: Any, make: Any) -> Any:
    """Building a statement costs as much as running it; a layout is the same object for as long as its publication."""
    found = layout.statements.get(key)
    if found is None:
        if len(layout.statements) >= MOST_STATEMENTS:  # every set of changed fields is a statement of its own
            layout.statements.clear()
        found = layout.statements[key] = make()
    return found


def among(column: sa.Column[Any], kind: str) -> sa.ColumnElement[bool]:
    """`column` is one of the bound `ids`: one parameter however many there are, so that the statement stays the same."""
    if kind == "sqlite":
        return column.in_(sa.select(sa.func.json_each(sa.bindparam("ids")).table_valued("value").c.value))
    return column == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger)))


def id_list(ids: Iterable[int], kind: str) -> Any:
    """The value for `among`."""
    return f"[{','.join(map(str, ids))}]" if kind == "sqlite" else list(ids)
