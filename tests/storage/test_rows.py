"""Records keep exactly what was stored in them, and two writers never overwrite each other unseen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError

from formwright.database import Database
from formwright.schema.model import App
from formwright.storage import bulk, rows
from formwright.storage.access import layout_for
from formwright.storage.ids import new_id, new_ids
from formwright.storage.rows import Stored
from formwright.storage.serials import next_serials

FULL: dict[str, Any] = {
    "number": "报价-0001 😀 \u202e",
    "customer": 2**62,
    "seller": 7,
    "total": Decimal("9999999999999999.99"),
    "discount": Decimal("0.1250"),
    "due": date(2026, 12, 31),
    "met_at": datetime(2026, 3, 1, 23, 59, 59, 123000, tzinfo=UTC),
    "urgent": False,
    "tags": ("new", "vip"),
    "papers": ("zweites", "erstes"),
    "lines": ({"id": 11, "product": "A", "quantity": Decimal(3)}, {"id": 12, "product": None, "quantity": None}),
}


def test_a_record_reads_back_as_it_was_written(
    database: Database, sales: App, now: datetime, store: Callable[..., int]
) -> None:
    record = store(sales, **FULL)
    empty = store(sales)
    with database.read() as session:
        found = rows.load(session, layout_for(session, sales, "quote"), [empty, record])
    assert list(found) == [empty, record]
    assert found[record].values == FULL
    assert (found[record].rev, found[record].draft, found[record].created_at) == (1, False, now)
    assert found[empty].values == {**dict.fromkeys(FULL), "tags": (), "papers": (), "lines": ()}


def test_decimals_lie_exactly_and_compare_as_numbers(database: Database, sales: App, store: Callable[..., int]) -> None:
    for total in ("9.50", "10.00", "0.10", "0.20", "-3.00"):
        store(sales, total=Decimal(total))
    with database.read() as session:
        layout = layout_for(session, sales, "quote")
        column = layout.columns["total"]
        ordered = session.execute(sa.select(column).order_by(column)).scalars().all()
    assert ordered == [Decimal(each) for each in ("-3.00", "0.10", "0.20", "9.50", "10.00")]


def test_a_number_that_does_not_fit_is_refused_not_rounded(
    database: Database, sales: App, store: Callable[..., int]
) -> None:
    if database.kind == "sqlite":
        with pytest.raises(Exception, match="does not fit"):
            store(sales, total=Decimal("0.001"))
    with pytest.raises(Exception, match=r"does not fit|overflow"):
        store(sales, total=Decimal("10000000000000000.00"))


def test_of_two_writers_with_the_same_version_one_wins(
    database: Database, sales: App, now: datetime, store: Callable[..., int], value: Callable[..., Any]
) -> None:
    record = store(sales, number="one", total=Decimal(1))
    with database.write() as session:
        layout = layout_for(session, sales, "quote")
        assert rows.update(session, layout, record, {"number": "two"}, {"updated_at": now}, expected_rev=1) == 2
        assert rows.update(session, layout, record, {"number": "three"}, {"updated_at": now}, expected_rev=1) is None
        assert rows.update(session, layout, record, {"total": Decimal(5)}, {"updated_at": now}) == 3
    assert (value(sales, record, "number"), value(sales, record, "total")) == ("two", Decimal(5))


def test_rows_keep_their_ids_and_only_changed_ones_are_written(
    database: Database, sales: App, now: datetime, store: Callable[..., int], value: Callable[..., Any]
) -> None:
    first, second, third = ({"id": 20 + n, "product": f"P{n}", "quantity": Decimal(n)} for n in range(3))
    record = store(sales, lines=(first, second, third))
    written: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        written.append(statement.split()[0])

    fourth = {"id": 30, "product": "new", "quantity": None}
    with database.write() as session:
        layout = layout_for(session, sales, "quote")
        rows.load(session, layout, [record])
        event.listen(database.engine, "before_cursor_execute", note)
        rows.update(
            session, layout, record, {"lines": (first, {**third, "product": "P!"}, fourth)}, {"updated_at": now}
        )
        event.remove(database.engine, "before_cursor_execute", note)
    assert value(sales, record, "lines") == (first, {**third, "product": "P!"}, fourth)
    assert written == ["UPDATE", "SELECT", "DELETE", "UPDATE", "INSERT"]


def test_loading_a_page_takes_one_query_and_one_for_the_rows(
    database: Database, sales: App, store: Callable[..., int]
) -> None:
    ids = [
        store(sales, number=str(n), lines=({"id": 100 + n, "product": str(n), "quantity": None},)) for n in range(30)
    ]
    statements: list[str] = []
    with database.read() as session:
        layout = layout_for(session, sales, "quote")
        session.execute(text("SELECT 1"))
        event.listen(database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
        found = rows.load(session, layout, list(reversed(ids)))
        assert len(statements) == 2
        rows.load(session, layout, ids, fields=["number"])
        assert len(statements) == 3
    assert [stored.values["lines"][0]["product"] for stored in found.values()] == [str(n) for n in reversed(range(30))]


def test_a_deleted_record_is_kept_and_comes_back(
    database: Database, sales: App, now: datetime, store: Callable[..., int]
) -> None:
    record = store(sales, number="one")
    later = now + timedelta(days=1)
    with database.write() as session:
        layout = layout_for(session, sales, "quote")
        assert rows.delete(session, layout, record, by=7, now=later) == 2
        deleted = rows.load(session, layout, [record])[record]
        assert rows.restore(session, layout, record, by=7, now=later) == 3
        restored = rows.load(session, layout, [record], lock=True)[record]
        rows.purge(session, layout, [record])
        assert rows.load(session, layout, [record]) == {}
    assert (deleted.deleted_at, deleted.updated_by, restored.deleted_at) == (later, 7, None)


def test_purging_a_record_takes_its_rows_along(database: Database, sales: App, store: Callable[..., int]) -> None:
    record = store(sales, lines=({"id": 1, "product": "A", "quantity": None},))
    with database.write() as session:
        layout = layout_for(session, sales, "quote")
        rows.purge(session, layout, [record])
        assert session.execute(layout.rows["lines"].table.select()).all() == []


def test_many_records_at_once_lie_as_if_stored_one_by_one(
    database: Database, sales: App, now: datetime, store: Callable[..., int]
) -> None:
    ids = new_ids(now, 3)
    row_ids = new_ids(now, 6)
    records = [
        Stored(
            record, 1, False, f"第 {n} 单\t\\N\n", now, 7, now, 7, 7, "east", "running", ("b", "a"), None,
            {**FULL, "lines": tuple({**row, "id": row_ids.pop()} for row in FULL["lines"])} if n else {},
        )
        for n, record in enumerate(ids)
    ]  # fmt: skip
    with database.write() as session:
        bulk.insert_many(session, layout_for(session, sales, "quote"), records)
        bulk.insert_many(session, layout_for(session, sales, "quote"), [])
    with database.read() as session:
        found = rows.load(session, layout_for(session, sales, "quote"), ids)
    assert found[ids[1]].values == records[1].values
    assert found[ids[0]].values == {**dict.fromkeys(FULL), "tags": (), "papers": (), "lines": ()}
    assert (found[ids[0]].title, found[ids[0]].flow_nodes) == ("第 0 单\t\\N\n", ("a", "b"))


def test_ids_ascend_even_when_the_clock_goes_back(now: datetime) -> None:
    first = new_id(now)
    many = new_ids(now, 10_000)
    earlier = new_id(now - timedelta(days=400))
    assert [first, *many, earlier] == sorted({first, *many, earlier})
    assert earlier < 2**63
    processes = {(each >> 12) & 0x3FF for each in many}
    assert len(processes) == 1, "a full millisecond borrows from the next one, not from another process"


def test_serial_numbers_count_per_period_and_leave_no_gap_after_a_failure(database: Database) -> None:
    with database.write() as session:
        assert list(next_serials(session, "sales", "quote", "number", "20260302")) == [1]
        assert list(next_serials(session, "sales", "quote", "number", "20260302", 3)) == [2, 3, 4]
    with database.write() as session:
        next_serials(session, "sales", "quote", "number", "20260302")
        session.rollback()
    with database.write() as session:
        assert list(next_serials(session, "sales", "quote", "number", "20260302")) == [5]
        assert list(next_serials(session, "sales", "quote", "number", "20260303")) == [1]


def test_a_row_id_of_another_record_is_never_taken_over(
    database: Database, sales: App, now: datetime, store: Callable[..., int], value: Callable[..., Any]
) -> None:
    mine, other = store(sales), store(sales, lines=({"id": 77, "product": "theirs", "quantity": None},))
    stolen = {"lines": ({"id": 77, "product": "mine", "quantity": None},)}
    with pytest.raises(IntegrityError), database.write() as session:
        rows.update(session, layout_for(session, sales, "quote"), mine, stolen, {"updated_at": now})
    assert value(sales, other, "lines")[0]["product"] == "theirs"
