"""Lists hold what their reader may see, in the order asked for, page by page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event

from formwright.database import Database
from formwright.errors import Invalid, Missing
from formwright.records.lists import AggregateQuery, ListQuery, aggregate, list_records
from formwright.records.model import Page, Record
from formwright.records.show import dump_records
from tests.records.office import DOCUMENT, QUOTE, Office, codes, field, with_form


@pytest.fixture
def office(database: Database) -> Office:
    views = [
        {"id": "large", "type": "table", "name": "Large", "filter": "total >= 300", "sort": ["-total"]},
        {
            "id": "costly",
            "type": "table",
            "name": "Costly",
            "filter": 'cost > 10 or status = "draft"',
            "sort": ["cost"],
        },
        {"id": "secret", "type": "table", "name": "Secret", "filter": "cost > 10"},
    ]
    return Office.open(database, {**DOCUMENT, "forms": {**DOCUMENT["forms"], "quote": {**QUOTE, "views": views}}})


@pytest.fixture
def quotes(office: Office, acme: Record, pump: Record) -> list[Record]:
    """Four of rep (100, 200, 300, 400), one of rep2 (900)."""

    def quote(who: str, quantity: int) -> Record:
        lines = [{"product": str(pump.id), "quantity": quantity}]
        return office.create(who, "quote", {"customer": str(acme.id), "lines": lines})

    mine = [quote("rep", quantity) for quantity in (1, 2, 3, 4)]
    return [*mine, quote("rep2", 9)]


@pytest.fixture
def deals(clean_database: Callable[[], Database]) -> Office:
    """Everyone sees every deal; its cost, its note and its parts only of one's own people."""
    secret = {"cost": "hidden", "note": "hidden", "parts": "hidden", "*": "edit"}
    form = {
        "id": "deal",
        "name": "Deal",
        "title": "name",
        "fields": [
            field("name", "text"),
            field("cost", "money"),
            field("note", "text"),
            field("twin", "relation", form="deal"),
            field("parts", "rows", fields=[field("price", "money")]),
        ],
        "grants": [
            {"everyone": True, "records": True, "actions": ["view"], "fields": secret},
            {
                "role": "sales_manager",
                "records": "owner in subordinates(me)",
                "actions": ["view"],
                "fields": {"*": "view"},
            },
        ],
    }
    deals = Office.open(clean_database(), with_form(form))
    last = None
    for who, cost in (("rep", 50), ("fin", 70)):
        values = {"name": f"of {who}", "cost": cost, "note": f"hush-{who}", "owner": f"{who}@example.com"}
        last = deals.create("admin", "deal", values | ({"twin": str(last.id)} if last else {}))
    return deals


def titles(page: Page) -> list[str]:
    return [record.title for record in page.records]


def ask(office: Office, who: str, form: str = "quote", **asked: Any) -> Page:
    with office.database.read() as session:
        actor = office.actor(session, who)
        return list_records(session, office.app, form, ListQuery(**asked), actor=actor, now=office.now)


def totals(page: Page) -> list[int]:
    return [int(record.values["total"]) for record in page.records]


def test_everyone_sees_their_own(office: Office, quotes: list[Record]) -> None:
    assert totals(ask(office, "rep", sort=("total",))) == [100, 200, 300, 400]
    assert totals(ask(office, "rep2")) == [900]
    assert totals(ask(office, "li.na", sort=("total",))) == [100, 200, 300, 400, 900]
    assert totals(ask(office, "fin")) == [900]
    assert totals(ask(office, "legal")) == []
    assert totals(ask(office, "admin", sort=("-total",))) == [900, 400, 300, 200, 100]


def test_what_is_counted_is_what_is_seen(office: Office, quotes: list[Record]) -> None:
    count = ask(office, "rep", limit=1, count="exact").count
    assert count is not None
    assert (count.value, count.more) == (4, False)
    assert ask(office, "rep", count="none").count is None


def test_pages_follow_each_other(office: Office, quotes: list[Record]) -> None:
    found: list[int] = []
    cursor = None
    for _ in range(3):
        page = ask(office, "rep", sort=("-total",), limit=2, cursor=cursor)
        found += totals(page)
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == [400, 300, 200, 100]


def test_a_filter_is_a_rule(office: Office, quotes: list[Record], acme: Record) -> None:
    assert totals(ask(office, "rep", filter="total > 150 and total <= 300", sort=("total",))) == [200, 300]
    assert totals(ask(office, "rep", filter='customer.name = "Acme" and total = 100')) == [100]
    assert totals(ask(office, "rep", filter=f'customer = "{acme.id}" and ANY(lines, l -> l.quantity = 2)')) == [200]
    assert totals(ask(office, "admin", filter='owner = member("rep2@example.com")')) == [900]
    assert totals(ask(office, "admin", filter="owner = me")) == []


@pytest.mark.parametrize("name", ["cost", "nothing"])
@pytest.mark.parametrize("place", ["filter", "sort", "path"])
def test_a_hidden_field_and_none_at_all_look_alike(office: Office, quotes: list[Record], name: str, place: str) -> None:
    asked: dict[str, dict[str, Any]] = {
        "filter": {"filter": f"{name} = 1"},
        "sort": {"sort": (name,)},
        "path": {"filter": "customer.credit = 1"},
    }
    with pytest.raises(Invalid) as refused:
        ask(office, "rep", **asked[place])
    assert codes(refused.value) == [("unknown_field", "sort" if place == "sort" else "filter")]


def test_a_hidden_field_of_a_related_record_is_none_either(office: Office, quotes: list[Record]) -> None:
    assert totals(ask(office, "fin", filter="customer.credit = 500")) == [900]
    with pytest.raises(Invalid):
        ask(office, "rep", filter="customer.credit = 500")


def test_a_field_read_on_some_records_is_empty_on_the_others(deals: Office) -> None:
    assert titles(ask(deals, "li.na", "deal", filter="cost = 50")) == ["of rep"]
    assert titles(ask(deals, "li.na", "deal", filter="cost is empty")) == ["of fin"]
    assert titles(ask(deals, "li.na", "deal", sort=("-cost",))) == ["of fin", "of rep"]
    assert titles(ask(deals, "li.na", "deal", filter="twin.cost = 50")) == ["of fin"]
    assert titles(ask(deals, "li.na", "deal", q="hush-rep")) == ["of rep"]
    assert titles(ask(deals, "li.na", "deal", q="hush-fin")) == []
    assert len(titles(ask(deals, "admin", "deal", filter="cost = 50 or twin.cost = 50"))) == 2


def test_rows_read_on_some_records_are_no_filter(deals: Office) -> None:
    with pytest.raises(Invalid) as refused:
        ask(deals, "li.na", "deal", filter="SUM(parts.price) > 1")
    assert codes(refused.value)[0][0] == "unknown_field"


def test_drafts_are_listed_for_their_creator_only(office: Office, quotes: list[Record]) -> None:
    office.create("rep", "quote", {}, draft=True)
    assert len(ask(office, "rep").records) == 5
    assert len(ask(office, "li.na").records) == 5
    assert len(ask(office, "admin").records) == 5


def test_deleted_records_are_not_listed(office: Office, quotes: list[Record]) -> None:
    office.delete("rep", quotes[0])
    assert totals(ask(office, "rep", sort=("total",))) == [200, 300, 400]


def test_a_view_narrows_and_sorts(office: Office, quotes: list[Record]) -> None:
    assert totals(ask(office, "rep", view="large")) == [400, 300]
    assert totals(ask(office, "rep", view="large", filter="total < 400")) == [300]
    with pytest.raises(Missing):
        ask(office, "rep", view="nothing")


def test_a_view_tells_nothing_that_its_reader_may_not_know(office: Office, quotes: list[Record]) -> None:
    for quote in quotes:
        office.update("admin", quote, {"cost": 50})
    assert len(ask(office, "rep", view="secret").records) == 0
    assert len(ask(office, "rep", view="costly").records) == 4
    assert len(ask(office, "li.na", view="secret").records) == 5


def test_search_looks_at_titles_and_readable_texts(office: Office, quotes: list[Record]) -> None:
    assert len(ask(office, "rep", q="acme").records) == 4
    assert len(ask(office, "rep", q="bj20260302 0002").records) == 1
    assert len(ask(office, "rep", q="nobody").records) == 0


def test_a_broken_filter_names_its_mistake(office: Office) -> None:
    with pytest.raises(Invalid) as refused:
        ask(office, "rep", filter="total >")
    assert codes(refused.value)[0][1] == "filter"


@pytest.mark.parametrize("limit", [0, -1, 201])
def test_pages_have_a_size(office: Office, limit: int) -> None:
    with pytest.raises(Invalid) as refused:
        ask(office, "rep", limit=limit)
    assert codes(refused.value) == [("out_of_range", "limit")]


def test_a_page_is_shown_without_a_query_for_each_record(office: Office, quotes: list[Record]) -> None:
    taken = {}
    for limit in (2, 5):
        statements: list[str] = []
        with office.database.read() as session:
            actor = office.actor(session, "li.na")
            event.listen(session.connection(), "before_cursor_execute", lambda *each: statements.append(each[2]))  # noqa: B023
            page = list_records(session, office.app, "quote", ListQuery(limit=limit), actor=actor, now=office.now)
            shown = dump_records(
                session, office.app, "quote", page.records, page.rights, actor=actor, now=office.now, language="zh"
            )
        assert [each["display"]["customer"] for each in shown] == ["Acme"] * limit
        taken[limit] = len(statements)
    assert taken[5] <= taken[2] <= 12


def figures(office: Office, who: str, form: str = "quote", **asked: Any) -> list[dict[str, Any]]:
    with office.database.read() as session:
        actor = office.actor(session, who)
        return aggregate(session, office.app, form, AggregateQuery(**asked), actor=actor, now=office.now)


def test_figures_are_made_of_what_is_seen(office: Office, quotes: list[Record]) -> None:
    office.create("rep", "quote", {}, draft=True)
    measures = {"count": "COUNT()", "sum": "SUM(total)", "most": "MAX(total)"}
    assert figures(office, "rep", measures=measures) == [{"count": 4, "sum": 1000, "most": 400}]
    assert figures(office, "li.na", measures=measures) == [{"count": 5, "sum": 1900, "most": 900}]
    assert figures(office, "legal", measures={"count": "COUNT()"}) == [{"count": 0}]


def test_figures_by_group(office: Office, quotes: list[Record]) -> None:
    office.update("rep", quotes[0], {"status": "accepted"})
    asked: dict[str, Any] = {"group_by": ("status",), "measures": {"sum": "SUM(total)"}, "sort": ("-sum",)}
    assert figures(office, "rep", **asked) == [{"status": "draft", "sum": 900}, {"status": "accepted", "sum": 100}]
    assert figures(office, "rep", **asked, filter="total < 300") == [
        {"status": "draft", "sum": 200},
        {"status": "accepted", "sum": 100},
    ]


@pytest.mark.parametrize("name", ["cost", "nothing"])
def test_figures_tell_nothing_of_a_hidden_field(office: Office, quotes: list[Record], name: str) -> None:
    for asked in (
        {"measures": {"sum": f"SUM({name})"}},
        {"measures": {"n": "COUNT()"}, "group_by": (name,)},
        {"measures": {"n": "COUNT()"}, "filter": f"{name} > 1"},
    ):
        with pytest.raises(Invalid) as refused:
            figures(office, "rep", **asked)
        assert refused.value.code == "unknown_field"


def test_figures_skip_what_is_read_on_other_records_only(deals: Office) -> None:
    asked: dict[str, Any] = {"measures": {"sum": "SUM(cost)", "n": "COUNT()"}}
    assert figures(deals, "li.na", "deal", **asked) == [{"sum": 50, "n": 2}]
    assert figures(deals, "admin", "deal", **asked) == [{"sum": 120, "n": 2}]
    groups = figures(deals, "li.na", "deal", measures={"n": "COUNT()"}, group_by=("cost",))
    assert [each["cost"] for each in groups] == [50, None]
