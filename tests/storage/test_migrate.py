"""Publishing changes tables: renaming never does, adding is instant, nothing that people entered is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from tests.storage.apps import CUSTOMER, QUOTE, app, changed
from tests.storage.conftest import Publish

from formwright.database import Database
from formwright.errors import Conflict, Invalid, Missing
from formwright.schema.model import App
from formwright.storage import migrate, names, rows
from formwright.storage.access import layout_for
from formwright.storage.tables import schema_change


def steps(database: Database, old: App | None, new: App | None) -> list[str]:
    with database.read() as session:
        return [step.kind for step in migrate.plan(session, old, new).steps]


def differences(database: Database, published: App) -> list[str]:
    with database.read() as session:
        return migrate.check(session, published)


def test_the_first_publication_makes_all_tables_and_the_database_matches(database: Database, publish: Publish) -> None:
    first = app(CUSTOMER, QUOTE)
    planned = steps(database, None, first)
    assert planned.count("create_form") == 2
    assert planned.count("create_rows") == 1
    publish(None, first)
    assert differences(database, first) == []
    assert steps(database, first, app(CUSTOMER, QUOTE, publication=2)) == []


def test_relabelling_changes_no_table(database: Database, sales: App) -> None:
    relabelled = changed(QUOTE, total={"label": {"zh": "总价", "en": "Sum"}})
    assert steps(database, sales, app(CUSTOMER, relabelled, publication=2)) == []


def test_a_new_field_is_empty_in_old_records(
    database: Database, sales: App, publish: Publish, store: Callable[..., int], value: Callable[..., Any]
) -> None:
    record = store(sales, number="one")
    second = app(CUSTOMER, changed(QUOTE, remark={"type": "textarea"}), publication=2)
    publish(sales, second)
    assert (value(second, record, "number"), value(second, record, "remark")) == ("one", None)
    assert differences(database, second) == []


def test_a_field_taken_away_comes_back_with_what_it_held(
    database: Database, sales: App, publish: Publish, store: Callable[..., int], value: Callable[..., Any]
) -> None:
    record = store(sales, total=Decimal("12.50"), lines=({"id": 1, "product": "A", "quantity": None},))
    second = app(CUSTOMER, changed(QUOTE, without=("total", "lines")), publication=2)
    publish(sales, second)
    with database.read() as session:
        assert "total" not in layout_for(session, second, "quote").columns
    third = app(CUSTOMER, QUOTE, publication=3)
    assert "show_column" in steps(database, second, third)
    publish(second, third)
    assert value(third, record, "total") == Decimal("12.50")
    assert value(third, record, "lines")[0]["product"] == "A"


def test_a_retyped_field_carries_what_converts_and_keeps_the_rest(
    database: Database, sales: App, publish: Publish, store: Callable[..., int], value: Callable[..., Any]
) -> None:
    good, bad, day = store(sales, number="12.5"), store(sales, number="about ten"), store(sales, due=date(2026, 3, 1))
    second = app(CUSTOMER, changed(QUOTE, number={"type": "number"}, due={"type": "text"}), publication=2)
    lost = publish(sales, second)
    assert lost == {"/forms/quote/fields/0": 1, "/forms/quote/fields/5": 0}
    assert (value(second, good, "number"), value(second, bad, "number")) == (Decimal("12.5"), None)
    assert value(second, day, "due") == "2026-03-01"


def test_taking_a_change_of_type_back_loses_neither_old_values_nor_new_ones(
    database: Database,
    sales: App,
    publish: Publish,
    store: Callable[..., int],
    value: Callable[..., Any],
    now: datetime,
) -> None:
    untouched, edited = store(sales, number="about ten"), store(sales, number="12.5")
    second = app(CUSTOMER, changed(QUOTE, number={"type": "number"}), publication=2)
    with database.write() as session:
        migrate.apply(session, migrate.plan(session, sales, second), now=now + timedelta(hours=1))
    with database.write() as session:
        layout = layout_for(session, second, "quote")
        rows.update(session, layout, edited, {"number": Decimal(13)}, {"updated_at": now + timedelta(hours=2)})
    third = app(CUSTOMER, QUOTE, publication=3)
    publish(second, third)
    assert (value(third, untouched, "number"), value(third, edited, "number")) == ("about ten", "13")


def test_a_column_of_rows_is_retyped_row_by_row(
    database: Database, sales: App, publish: Publish, store: Callable[..., int], value: Callable[..., Any]
) -> None:
    record = store(sales, lines=({"id": 1, "product": "7", "quantity": Decimal(3)},))
    lines = next(each for each in QUOTE["fields"] if each["id"] == "lines")
    product, quantity = lines["fields"]
    retyped = {**lines, "fields": [{**product, "type": "number", "places": 0}, {**quantity, "places": 3}]}
    second = app(CUSTOMER, changed(QUOTE, lines=retyped), publication=2)
    publish(sales, second)
    assert value(second, record, "lines") == ({"id": 1, "product": Decimal(7), "quantity": Decimal("3.000")},)
    assert differences(database, second) == []


def test_retyping_a_big_form_is_refused_with_the_place(
    database: Database, sales: App, store: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "MOST_RETYPED", 1)
    for _ in range(2):
        store(sales)
    with database.read() as session, pytest.raises(Invalid) as refused:
        migrate.plan(session, sales, app(CUSTOMER, changed(QUOTE, total={"type": "text"}), publication=2))
    assert refused.value.code == "too_many_records_to_retype"
    assert refused.value.problems[0].at == "/forms/quote/fields/3"


def test_a_unique_field_refuses_a_second_live_record_but_not_a_draft_or_a_deleted_one(
    database: Database, publish: Publish, now: datetime, store: Callable[..., int]
) -> None:
    first = app(CUSTOMER, changed(QUOTE, number={"unique": True}))
    publish(None, first)
    record = store(first, number="one")
    store(first)
    store(first)
    with pytest.raises(IntegrityError):
        store(first, number="one")
    with database.write() as session:
        layout = layout_for(session, first, "quote")
        system = {"id": 5, "draft": True, "created_at": now, "updated_at": now}
        rows.insert(session, layout, {"number": "one"}, system)
        rows.delete(session, layout, record, by=None, now=now)
    store(first, number="one")


def test_a_field_that_holds_a_value_twice_cannot_become_unique(
    database: Database, sales: App, publish: Publish, store: Callable[..., int]
) -> None:
    for _ in range(2):
        store(sales, number="twice")
    second = app(CUSTOMER, changed(QUOTE, number={"unique": True}), publication=2)
    with pytest.raises(Invalid) as refused:
        publish(sales, second)
    assert (refused.value.code, refused.value.problems[0].at) == ("not_unique", "/forms/quote/fields/0/unique")
    assert differences(database, sales) == [], "the failed publication left nothing behind"


def test_a_publication_that_rolls_back_leaves_old_tables_and_old_layouts(
    database: Database, sales: App, now: datetime
) -> None:
    second = app(CUSTOMER, changed(QUOTE, remark={"type": "text"}), publication=2)
    remark = []
    for _ in range(2):
        with database.write() as session:
            migrate.apply(session, migrate.plan(session, sales, second), now=now)
            remark.append(layout_for(session, second, "quote").columns["remark"].name)
            session.rollback()
    assert remark[0] != remark[1], "what was planned in a rolled back transaction is not remembered"
    assert differences(database, sales) == []
    with database.read() as session:
        assert session.execute(sa.select(sa.func.count()).select_from(schema_change)).scalar_one() == 1


def test_views_bring_their_indexes_and_take_them_away_again(database: Database, sales: App, publish: Publish) -> None:
    views = [{"id": "mine", "type": "table", "name": "Mine", "filter": "seller = me", "sort": ["-total"]}]
    second = app(CUSTOMER, {**QUOTE, "views": views}, publication=2)
    assert steps(database, sales, second) == ["add_index"]
    publish(sales, second)
    assert differences(database, second) == []
    assert steps(database, second, app(CUSTOMER, QUOTE, publication=3)) == ["drop_index"]


def test_an_uninstalled_app_starts_with_new_tables_when_it_comes_back(
    database: Database, sales: App, publish: Publish, store: Callable[..., int]
) -> None:
    record = store(sales, number="old")
    publish(sales, None)
    again = app(CUSTOMER, QUOTE, publication=2)
    publish(None, again)
    with database.read() as session:
        assert rows.load(session, layout_for(session, again, "quote"), [record]) == {}


def test_a_form_taken_away_keeps_its_records(
    database: Database, sales: App, publish: Publish, store: Callable[..., int], value: Callable[..., Any]
) -> None:
    record = store(sales, number="one")
    second = app(CUSTOMER, publication=2)
    publish(sales, second)
    with database.read() as session, pytest.raises(Missing):
        layout_for(session, second, "quote")
    third = app(CUSTOMER, QUOTE, publication=3)
    publish(second, third)
    assert value(third, record, "number") == "one"


def test_the_check_of_the_database_names_what_is_missing(database: Database, sales: App) -> None:
    with database.write() as session:
        layout = layout_for(session, sales, "quote")
        total = layout.columns["total"].name
        session.connection().exec_driver_sql(f"ALTER TABLE {layout.table.name} DROP COLUMN {total}")
        session.connection().exec_driver_sql(f"DROP TABLE {layout.rows['lines'].table.name}")
    found = differences(database, sales)
    assert [each.split(": ")[0] for each in found] == ["sales/quote", "sales/quote/lines"]
    assert f"{total} is missing" in found[0]


def test_a_publication_gives_way_to_a_long_reader(
    database: Database, sales: App, now: datetime, store: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    if database.kind == "sqlite":
        return  # its writers never wait for readers
    monkeypatch.setattr(migrate, "TRIES", 2)
    store(sales)
    second = app(CUSTOMER, changed(QUOTE, remark={"type": "text"}), publication=2)
    with database.read() as reader:
        rows.load(reader, layout_for(reader, sales, "quote"), [1])
        with pytest.raises(Conflict) as refused, database.write() as session:
            migrate.apply(session, migrate.plan(session, sales, second), now=now)
    assert refused.value.code == "busy"


def test_names_are_never_words_and_never_twice(database: Database, sales: App) -> None:
    with database.read() as session:
        known = [name.physical for name in names.names_of(session, "sales")]
    assert len(set(known)) == len(known) == 2 + 1 + 10 + 2 + 1
    assert all(set(name[2:]) <= set(names.ALPHABET) for name in known)
