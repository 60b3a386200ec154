"""Files and bulk rows come in by the rules of single records; what is wrong is said row by row, what is right is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event

from formwright import events
from formwright.database import Database
from formwright.errors import Invalid, NotAllowed
from formwright.records.events import RecordCreated
from formwright.records.history import entries
from formwright.records.importing import ImportReport, import_rows
from formwright.records.mapping import guess_map, read_map
from formwright.records.model import ALL_RIGHTS
from formwright.records.sheets import read_table
from formwright.records.stored import load_records
from formwright.schema.field_types import BadValue
from formwright.storage.access import layout_for
from formwright.storage.rows import load
from formwright.texts import both
from tests.records.office import Office, with_form
from tests.records.pipeline import DEAL, MAP, PIPELINE


@pytest.fixture
def office(database: Database) -> Office:
    """The office with deals, two accounts and three products."""
    office = Office.open(database, with_form(DEAL))
    for name in ("Cancity", "Isdom"):
        office.create("fin", "customer", {"name": name})
    for name, price in (("GTX Plus Basic", 1096), ("GTX Pro", 4821), ("GTX Basic", 550)):
        office.create("rep", "product", {"name": name, "list_price": price})
    return office


def bring(office: Office, who: str, data: bytes, written: Mapping[str, Any] = MAP, **more: Any) -> ImportReport:
    with office.writing() as session:
        header, rows = read_table(data, "deals.csv")
        mapping = read_map(written, office.app, "deal")
        actor = office.actor(session, who)
        return import_rows(
            session, office.app, "deal", rows, header=header, mapping=mapping, actor=actor, now=office.now, **more
        )


def bulk(office: Office, who: str, rows: Iterable[Mapping[str, Any]], form: str = "deal", **more: Any) -> ImportReport:
    with office.writing() as session:
        return import_rows(session, office.app, form, rows, actor=office.actor(session, who), now=office.now, **more)


def deals(office: Office) -> dict[str, dict[str, Any]]:
    """Every deal by its code, relations and people by name."""
    with office.database.read() as session:
        table = layout_for(session, office.app, "deal").table
        found = load_records(session, office.app, "deal", list(session.execute(table.select()).scalars()))
        loaded: dict[str, dict[str, Any]] = {}
        for record in found.values():
            values = {**record.values, "owner": record.owner, "title": record.title, "department": record.department}
            for name, form in (("product", "product"), ("account", "customer"), ("parent", "deal")):
                if values[name] is not None:
                    values[name] = load_records(session, office.app, form, [values[name]])[values[name]].title
            loaded[values["code"]] = values
        return loaded


def problems(report: ImportReport) -> list[tuple[int, str, str]]:
    return [(failed.row, each.at, each.code) for failed in report.failed for each in failed.errors]


def test_a_file_becomes_records_as_if_each_had_been_typed(office: Office) -> None:
    report = bring(office, "admin", PIPELINE)
    assert (report.inserted, report.failed) == (4, [])
    found = deals(office)
    with office.database.read() as session:
        rep2 = office.actor(session, "rep2").id
    won = found["Z063OYW0"]
    assert (won["product"], won["account"], won["stage"], won["owner"]) == ("GTX Pro", "Isdom", "won", rep2)
    assert (won["engaged_at"], won["close_date"], won["amount"]) == (
        date(2016, 10, 25),
        date(2017, 3, 11),
        Decimal(4514),
    )
    assert (won["price"], won["margin"], won["title"]) == (Decimal(4821), Decimal(-307), "Z063OYW0 GTX Pro")
    assert won["department"] == "west", "a record belongs where its owner does"
    assert sorted(each["number"] for each in found.values()) == ["D001", "D002", "D003", "D004"]
    assert found["EC4QE1BX"]["close_date"] is None


def test_every_bad_row_is_reported_with_all_that_is_wrong_and_the_others_are_kept(office: Office) -> None:
    data = (
        PIPELINE
        + (
            "A,Nobody,GTX Basic,Cancity,Won,10/25/2016,2017-03-09,588\n"
            "B,王伟 Wang Wei,GTX Basic,Unknown Co,Won,10/25/2016,3/9/2017,much\n"
            "C,王伟 Wang Wei,,Cancity,Maybe,13/45/2016,3/9/2017,9999\n"
            "D,王伟 Wang Wei,,Cancity,Won,10/25/2016,3/9/2017,9999\n"
            "1C1I7A6R,王伟 Wang Wei,GTX Basic,Cancity,Won,10/25/2016,3/9/2017,1\n"
            "E,王伟 Wang Wei,GTX Basic,Cancity,Won,10/25/2016,3/9/2017,588,surplus\n"
        ).encode()
    )
    report = bring(office, "admin", data)
    assert report.inserted == 4
    assert problems(report) == [
        (4, "/values/owner", "no_match"),
        (4, "/values/close_date", "bad_date"),
        (5, "/values/account", "no_match"),
        (5, "/values/amount", "bad_number"),
        (6, "/values/stage", "unknown_option"),
        (6, "/values/engaged_at", "bad_date"),
        (7, "/values/product", "required"),
        (7, "/values/amount", "check_failed"),
        (8, "/values/code", "unique"),
        (9, "", "too_many_cells"),
    ]
    assert len(deals(office)) == 4


def test_with_atomic_one_bad_row_keeps_everything_out(office: Office) -> None:
    report = bring(office, "admin", PIPELINE + b"A,Nobody,GTX Basic,,Won,,,1\n", atomic=True)
    assert (report.inserted, report.ids, problems(report)) == (0, [], [(4, "/values/owner", "no_match")])
    assert deals(office) == {}


def test_a_name_that_two_have_is_refused_not_guessed(office: Office) -> None:
    office.create("rep", "product", {"name": "GTX Basic"})
    report = bring(office, "admin", PIPELINE)
    assert problems(report) == [(3, "/values/product", "several_matches")]


def test_a_column_that_nobody_mapped_or_skipped_is_refused_before_anything_is_read(office: Office) -> None:
    columns = {name: column for name, column in MAP["columns"].items() if name != "close_value"}
    with pytest.raises(Invalid) as refused:
        bring(office, "admin", PIPELINE, {"columns": columns})
    assert [(each.code, each.at) for each in refused.value.problems] == [("unmapped_column", "/columns/close_value")]
    report = bring(office, "admin", PIPELINE, {"columns": columns, "skip": ["close_value"]})
    assert report.inserted == 4
    assert {each["amount"] for each in deals(office).values()} == {Decimal(10)}, (
        "a cell that is not there leaves the default"
    )


def test_a_mapping_names_every_mistake_in_it(office: Office) -> None:
    wrong = {
        "columns": {
            "a": {"field": "kode"},
            "b": {"field": "product", "match": "colour"},
            "c": {"field": "amount", "format": "M/d/yyyy"},
            "d": {"field": "margin", "colum": 1},
            "e": "code",
        },
        "key": ["nothing"],
        "skipp": [],
    }
    with pytest.raises(Invalid) as refused:
        read_map(wrong, office.app, "deal")
    assert [(each.at, each.code) for each in refused.value.problems] == [
        ("/skipp", "unknown_key"),
        ("/columns/a/field", "unknown_field"),
        ("/columns/b/match", "unknown_match"),
        ("/columns/c/format", "bad_format"),
        ("/columns/d/colum", "unknown_key"),
        ("/columns/d/field", "unknown_field"),
        ("/columns/e", "wrong_type"),
        ("/key/0", "unknown_field"),
    ]


def test_upsert_finds_records_by_their_key_and_a_second_import_changes_nothing(office: Office) -> None:
    assert bring(office, "admin", PIPELINE, mode="upsert").inserted == 4
    before = deals(office)
    statements: list[str] = []
    event.listen(office.database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    again = bring(office, "admin", PIPELINE, mode="upsert")
    assert not [each for each in statements if each.startswith("UPDATE")]
    assert (again.inserted, again.updated, again.failed) == (0, 4, [])
    assert deals(office) == before
    changed = (
        PIPELINE.replace(b"1054", b"2000")
        + b"NEW,rep@example.com,GTX Basic,,Won,,,1\nNEW,rep@example.com,GTX Basic,,Lost,,,2\n"
    )
    third = bring(office, "admin", changed, mode="upsert")
    assert (third.inserted, third.updated, third.failed) == (1, 5, [])
    after = deals(office)
    assert (after["1C1I7A6R"]["amount"], after["1C1I7A6R"]["margin"]) == (Decimal(2000), Decimal(904))
    assert (after["NEW"]["stage"], after["NEW"]["amount"]) == ("lost", Decimal(2))


def test_update_reports_what_is_not_there_and_what_is_not_allowed(office: Office) -> None:
    bulk(office, "rep", [{"code": "mine", "product": {"$match": {"name": "GTX Pro"}}}])
    rows: list[dict[str, Any]] = [
        {"code": "mine", "amount": 20},
        {"code": "none", "amount": 1},
        {"code": "mine", "amount": 9999},
    ]
    report = bulk(office, "rep", rows, mode="update", key=["code"])
    assert (report.updated, problems(report)) == (
        1,
        [(1, "/values/code", "no_match"), (2, "/values/amount", "check_failed")],
    )
    others = bulk(office, "rep2", [{"code": "mine", "amount": 1}], mode="update", key=["code"])
    assert problems(others) == [(0, "/values/code", "no_match")], "what one may not see is not there"
    assert deals(office)["mine"]["amount"] == Decimal(20)


def test_bulk_rows_are_json_values_and_fail_one_by_one(office: Office) -> None:
    match = {"$match": {"name": "GTX Pro"}}
    rows: list[dict[str, Any]] = [
        {"code": "one", "product": match, "amount": 1},
        {"code": "two", "product": match, "colour": "red"},
        {"code": "three", "product": {"$match": {"name": "nothing"}}},
        {"code": "four", "product": match, "margin": 3},
        {"code": "five\x00", "product": match},
        {"code": "one", "product": match},
    ]
    report = bulk(office, "rep", rows)
    assert report.inserted == 1
    assert problems(report) == [
        (1, "/values/colour", "unknown_field"),
        (2, "/values/product", "no_match"),
        (3, "/values/margin", "field_forbidden"),
        (4, "/values/code", "bad_text"),
        (5, "/values/code", "unique"),
    ]


def test_who_may_create_may_not_therefore_import_files(office: Office) -> None:
    with pytest.raises(NotAllowed):
        bring(office, "rep", PIPELINE)
    with pytest.raises(NotAllowed):
        bulk(office, "fin", [{"code": "one"}])


def test_an_importer_writes_only_records_that_their_grants_give(office: Office) -> None:
    report = bring(office, "li.na", PIPELINE.replace("张敏 Zhang Min".encode(), b"legal@example.com"))
    assert [failed.row for failed in report.failed] == [1]
    assert report.failed[0].errors[0].code == "not_allowed"
    assert set(deals(office)) == {"1C1I7A6R", "EC4QE1BX", "MV1LWRNH"}


def test_a_column_that_the_importer_may_not_write_is_refused_at_once(office: Office) -> None:
    columns = {**MAP["columns"], "close_value": {"field": "price"}}
    with pytest.raises(NotAllowed) as refused:
        bring(office, "li.na", PIPELINE, {"columns": columns})
    assert refused.value.code == "field_forbidden"


def test_rows_that_point_at_later_rows_of_the_same_file_find_them(office: Office) -> None:
    data = b"code,product,parent\nleaf,GTX Pro,middle\nmiddle,GTX Pro,root\nroot,GTX Pro,\nlost,GTX Pro,nobody\n"
    columns = {
        "code": {"field": "code"},
        "product": {"field": "product", "match": "name"},
        "parent": {"field": "parent", "match": "code"},
    }
    report = bring(office, "admin", data, {"columns": columns})
    assert (report.inserted, problems(report)) == (3, [(3, "/values/parent", "no_match")])
    found = deals(office)
    assert (found["leaf"]["parent"], found["middle"]["parent"]) == ("middle GTX Pro", "root GTX Pro")


def test_numbers_that_records_had_elsewhere_are_kept_and_the_others_are_counted(office: Office) -> None:
    data = b"code,product,number\none,GTX Pro,X-7\ntwo,GTX Pro,\n"
    columns = {
        "code": {"field": "code"},
        "product": {"field": "product", "match": "name"},
        "number": {"field": "number"},
    }
    bring(office, "admin", data, {"columns": columns})
    assert {each["code"]: each["number"] for each in deals(office).values()} == {"one": "X-7", "two": "D001"}


def test_rows_fields_come_with_bulk_json(office: Office) -> None:
    acme = office.create("fin", "customer", {"name": "Acme", "status": "active"})
    good: dict[str, Any] = {
        "customer": str(acme.id),
        "lines": [{"quantity": 2, "price": "10.50"}, {"quantity": 1, "price": 4}],
    }
    bad = {"customer": str(acme.id), "lines": [{"quantity": 2, "price": "dear"}]}
    report = bulk(office, "rep", [good, bad, {"customer": str(acme.id)}], "quote")
    assert problems(report) == [(1, "/values/lines/0/price", "bad_number"), (2, "/values/lines", "too_few_rows")]
    with office.database.read() as session:
        stored = load(session, layout_for(session, office.app, "quote"), report.ids)[report.ids[0]]
    assert stored.values["total"] == Decimal("25.00")
    assert stored.values["number"].startswith("BJ20260302")


def test_bulk_updates_keep_replace_and_add_rows(office: Office) -> None:
    acme = str(office.create("fin", "customer", {"name": "Acme", "status": "active"}).id)
    lines = [{"quantity": 1, "price": 1}, {"quantity": 2, "price": 2}]
    first = office.create("rep", "quote", {"customer": acme, "lines": lines})
    kept = first.values["lines"][1]["id"]
    new = {"customer": acme, "remark": None, "lines": [{"id": str(kept), "quantity": 5}, {"quantity": 1, "price": 3}]}
    report = bulk(office, "rep", [new], "quote", mode="upsert", key=["customer"])
    assert (report.inserted, report.updated, report.failed) == (0, 1, [])
    with office.database.read() as session:
        stored = load_records(session, office.app, "quote", [first.id])[first.id]
    assert [(row["quantity"], row["price"]) for row in stored.values["lines"]] == [(5, 2), (1, 3)]
    assert stored.values["lines"][0]["id"] == kept


def test_an_import_is_told_like_any_other_creation_and_may_be_refused(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "_subscribers", {})
    told: list[str] = []

    def listen(_session: Any, created: RecordCreated) -> None:
        told.append(created.record.values["code"])
        if created.record.values["code"] == "EC4QE1BX":
            raise BadValue("no_assignee", both("没有负责人", "Nobody to assign"))

    events.subscribe(RecordCreated, listen)
    report = bring(office, "admin", PIPELINE)
    assert told == ["1C1I7A6R", "Z063OYW0", "EC4QE1BX", "MV1LWRNH"]
    assert (report.inserted, problems(report)) == (3, [(2, "", "no_assignee")])
    assert "EC4QE1BX" not in deals(office)


def test_every_imported_record_has_its_history(office: Office) -> None:
    report = bring(office, "admin", PIPELINE)
    with office.database.read() as session:
        record = load_records(session, office.app, "deal", report.ids)[report.ids[0]]
        history = entries(session, office.app.forms["deal"], record, ALL_RIGHTS.fields)
    assert [entry.kind for entry in history] == ["create"]
    assert {change.field: change.new for change in history[0].changes}["amount"] == 1054


def test_a_thousand_rows_take_few_statements(office: Office) -> None:
    lines = b"".join(b"K%d,rep@example.com,GTX Pro,Cancity,Won,10/25/2016,3/9/2017,5\n" % n for n in range(900))
    statements: list[str] = []
    event.listen(office.database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    report = bring(office, "admin", PIPELINE.split(b"\n")[0] + b"\n" + lines)
    assert report.inserted == 900
    assert len(statements) < 40


def test_a_header_in_the_readers_words_maps_itself(office: Office) -> None:
    found = guess_map(["Code", "product", "负责人", "Engaged At", "colour"], office.app, "deal")
    assert {name: (column.field, column.match) for name, column in found.columns.items()} == {
        "Code": ("code", None),
        "product": ("product", "name"),
        "负责人": ("owner", None),
        "Engaged At": ("engaged_at", None),
    }
    assert found.key == ("code",)
