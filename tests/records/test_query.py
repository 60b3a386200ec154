"""Pages, counts, figures and search: the same order and the same numbers on both databases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import FromClause, case
from sqlalchemy.orm import Session

from formwright.database import Database
from formwright.errors import Invalid
from formwright.records import query
from formwright.records.sql import condition
from formwright.storage.access import layout_for
from formwright.storage.layout import FormLayout
from formwright_rules import RuleError
from tests.databases import Databases
from tests.records.deals import Deals

BIG, BARE, SMALL, LOST, HUGE, STREET, WON = range(2001, 2008)
D = Decimal


@pytest.fixture(scope="module")
def deals(databases: Databases) -> Iterator[Deals]:
    url = databases.fresh()
    database = Database(url)
    yield Deals.open(database)
    database.dispose()
    databases.drop(url)


def pages(deals: Deals, *sort: str, limit: int = 50, where: str | None = None, **more: Any) -> list[list[int]]:
    """The ids of every page, one after the other."""
    found: list[list[int]] = []
    cursor = None
    with deals.database.read() as session:
        layout = layout_for(session, deals.app, "deal")
        chosen = _where(deals, session, layout, where)
        while True:
            ids, cursor = query.page(session, deals.app, layout, chosen, sort=sort, limit=limit, cursor=cursor, **more)
            found.append(ids)
            if cursor is None:
                return found


def order(deals: Deals, *sort: str, **more: Any) -> list[int]:
    (ids,) = pages(deals, *sort, **more)
    return ids


def _where(deals: Deals, session: Session, layout: FormLayout, text: str | None) -> Any:
    if text is None:
        return None
    checked = deals.check(text)
    return condition(checked, layout, app=deals.app, session=session, context=deals.context(session))


def figures(
    deals: Deals, measures: Mapping[str, str], *group_by: str, where: str | None = None, **more: Any
) -> list[dict[str, Any]]:
    with deals.database.read() as session:
        layout = layout_for(session, deals.app, "deal")
        return query.aggregate(
            session,
            layout,
            _where(deals, session, layout, where),
            group_by=[deals.check(text) for text in group_by],
            measures={name: deals.check(text) for name, text in measures.items()},
            app=deals.app,
            context=deals.context(session),
            **more,
        )


# ── order ─────────────────────────────────────────────────────────────────────────────────────────


def test_empties_come_last_ascending_and_first_descending(deals: Deals) -> None:
    assert order(deals, "amount") == [LOST, STREET, SMALL, BIG, WON, HUGE, BARE]
    assert order(deals, "-amount") == [BARE, HUGE, WON, BIG, SMALL, STREET, LOST]


def test_a_select_sorts_in_the_order_of_its_options(deals: Deals) -> None:
    assert order(deals, "stage", "amount") == [BIG, SMALL, WON, LOST, STREET, HUGE, BARE]


def test_a_relation_sorts_by_the_title_of_the_other_record(deals: Deals) -> None:
    # Acme twice, ÄRGER, 北方机械; then what is empty, untitled or deleted
    assert order(deals, "customer") == [BIG, WON, STREET, LOST, BARE, SMALL, HUGE]


def test_a_member_sorts_by_name(deals: Deals) -> None:
    # Zhang Min, Li Na, Wang Wei and Boss Chen have Chinese names: 张 < 李 < 王 < 陈
    assert order(deals, "seller") == [SMALL, HUGE, BIG, WON, LOST, BARE, STREET]


def test_the_newest_come_first_when_nothing_is_said(deals: Deals) -> None:
    assert order(deals) == [WON, STREET, HUGE, LOST, SMALL, BARE, BIG]


@pytest.mark.parametrize("limit", [1, 2, 3, 6])
@pytest.mark.parametrize(
    "sort",
    [(), ("amount",), ("-amount",), ("stage", "-due"), ("-met", "subject"), ("customer",), ("urgent", "-rate", "at")],
)
def test_pages_follow_each_other_without_a_gap(deals: Deals, sort: tuple[str, ...], limit: int) -> None:
    cut = pages(deals, *sort, limit=limit)
    assert [id for ids in cut for id in ids] == order(deals, *sort)
    assert all(len(ids) == limit for ids in cut[:-1])
    assert 0 < len(cut[-1]) <= limit


_SORTABLE = ("subject", "amount", "stage", "urgent", "due", "met", "customer", "seller", "team", "wait")
_SORTS = st.lists(
    st.tuples(st.sampled_from(_SORTABLE), st.sampled_from(["", "-"])),
    min_size=1,
    max_size=3,
    unique_by=lambda key: key[0],
)


@given(sort=_SORTS, limit=st.integers(1, 4))
def test_whatever_the_order_every_record_is_on_one_page(deals: Deals, sort: list[tuple[str, str]], limit: int) -> None:
    keys = [f"{direction}{name}" for name, direction in sort]
    assert [id for ids in pages(deals, *keys, limit=limit) for id in ids] == order(deals, *keys)


def test_a_condition_narrows_the_list(deals: Deals) -> None:
    assert order(deals, "amount", where="amount > 900") == [SMALL, BIG, WON, HUGE]


def test_the_recycle_bin_is_a_list_of_its_own(deals: Deals) -> None:
    with deals.database.read() as session:
        layout = layout_for(session, deals.app, "customer")
        assert query.page(session, deals.app, layout, None, deleted=True) == ([1003], None)
        assert 1003 not in query.page(session, deals.app, layout, None)[0]
        assert query.count(session, layout, None, deleted=True) == (1, False)


@pytest.mark.parametrize(
    ("sort", "code"), [("nothing", "unknown_field"), ("lines", "not_sortable"), ("-tags", "not_sortable")]
)
def test_what_cannot_be_sorted_is_said(deals: Deals, sort: str, code: str) -> None:
    with pytest.raises(Invalid) as error:
        order(deals, sort)
    assert (error.value.code, error.value.problems[0].at) == (code, "sort")


@pytest.mark.parametrize(
    "cursor", ["", "x", "e30", "W10", "bnVsbA", "é", "WyJhIiwgW11d", "W1siYW1vdW50Il0sW1sibiIsIk5hTiJdLFsiaSIsIjEiXV1d"]
)
def test_a_cursor_of_another_list_is_refused(deals: Deals, cursor: str) -> None:
    with deals.database.read() as session:
        layout = layout_for(session, deals.app, "deal")
        with pytest.raises(Invalid) as error:
            query.page(session, deals.app, layout, None, sort=("amount",), cursor=cursor)
    assert error.value.code == "bad_cursor"


def test_a_hidden_value_sorts_as_empty(deals: Deals) -> None:
    def columns(path: tuple[str, ...], layout: FormLayout, table: FromClause) -> Any:
        column = layout.columns[path[0]]
        return case((layout.table.c.id != HUGE, column), else_=None) if path == ("amount",) else None

    assert order(deals, "amount", columns=columns)[-2:] == [BARE, HUGE]


# ── counts ────────────────────────────────────────────────────────────────────────────────────────


def test_counting_stops_at_the_cap(deals: Deals) -> None:
    with deals.database.read() as session:
        layout = layout_for(session, deals.app, "deal")
        assert query.count(session, layout, None) == (7, False)
        assert query.count(session, layout, None, 7) == (7, False)
        assert query.count(session, layout, None, 6) == (6, True)
        assert query.count(session, layout, _where(deals, session, layout, "amount > 900"), None) == (4, False)


# ── search ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("PUMP", {BIG, SMALL, LOST}),
        ("加急 big", {BIG, SMALL}),
        ("strasse", {STREET}),
        ("call 100%", set()),
        ("won", {WON}),
    ],
)
def test_search_takes_every_word_whatever_its_case_and_width(deals: Deals, q: str, found: set[int]) -> None:
    with deals.database.read() as session:
        layout = layout_for(session, deals.app, "deal")
        ids, _ = query.page(session, deals.app, layout, query.search(session, layout, q))
    assert set(ids) == found


def test_search_looks_only_where_the_reader_may(deals: Deals) -> None:
    with deals.database.read() as session:
        layout = layout_for(session, deals.app, "deal")
        nowhere = query.search(session, layout, "pump", fields=(), title=False)
        notes = query.search(session, layout, "won", fields=("note",), title=False)
        assert query.page(session, deals.app, layout, nowhere) == ([], None)
        assert query.page(session, deals.app, layout, notes) == ([WON], None)


# ── figures ───────────────────────────────────────────────────────────────────────────────────────


def test_figures_by_group_are_exact(deals: Deals) -> None:
    rows = figures(deals, {"total": "SUM(amount)", "n": "COUNT()", "mean": "AVERAGE(cost)"}, "stage")
    assert rows == [
        {"stage": "lost", "total": D("-1000.01"), "n": D(1), "mean": D("-0.0001")},
        {"stage": "new", "total": D("1000.00"), "n": D(1), "mean": D("333.3333")},
        {"stage": "won", "total": D("1999.99"), "n": D(2), "mean": D(1000)},
        {"stage": None, "total": D("9999999999999999.99"), "n": D(3), "mean": D("0.0001")},
    ]


def test_a_sum_beyond_64_bits_does_not_overflow(deals: Deals) -> None:
    (row,) = figures(deals, {"total": "SUM(quantity * 100)", "most": "MAX(quantity)", "sum": "SUM(quantity)"})
    assert row == {"total": D(99999999999999999900) + 100_400, "most": D(999999999999999999), "sum": D(10**18 + 1003)}


def test_groups_can_be_worked_out(deals: Deals) -> None:
    rows = figures(deals, {"n": "COUNT(subject)"}, 'STARTOF(due, "month")', "urgent", where="due is not empty")
    assert [tuple(row.values()) for row in rows] == [
        (date(2024, 2, 1), True, D(1)),
        (date(2025, 12, 1), False, D(1)),
        (date(2026, 3, 1), False, D(1)),
        (date(2026, 3, 1), True, D(2)),
    ]


def test_figures_can_be_sorted_and_cut(deals: Deals) -> None:
    rows = figures(deals, {"total": "SUM(amount)"}, "customer.level", sort=("-total",), limit=2)
    assert rows == [
        {"customer.level": None, "total": D("10000000000000999.98")},
        {"customer.level": "A", "total": D("2000.00")},
    ]


def test_different_values_are_counted_once(deals: Deals) -> None:
    (row,) = figures(deals, {"sellers": "COUNTDISTINCT([seller])"})
    assert row == {"sellers": D(4)}


@pytest.mark.parametrize("measure", ["amount", "SUM(amount) + 1", "ROUND(amount)", "SUM(amount, cost)"])
def test_a_measure_is_one_aggregate(deals: Deals, measure: str) -> None:
    with pytest.raises(Invalid) as error:
        figures(deals, {"m": measure})
    assert (error.value.code, error.value.problems[0].at) == ("bad_measure", "/measures/m")


# ── what is pushed down ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        'subject matches "[A-Z]+"',
        "amount ^ 2 > 4",
        "due + 2 workdays > today()",
        'PINYIN(subject) = "x"',
        "CHANGED(amount)",
        "PREV(amount) > 1",
        'LOOKUP(payment, p -> p.amount = amount, p -> p.state) = "done"',
        'seller.department.name = "East"',
        "me in subordinates(seller)",
    ],
)
def test_what_no_database_can_answer_is_named(deals: Deals, text: str) -> None:
    with deals.database.read() as session, pytest.raises(RuleError) as error:
        _where(deals, session, layout_for(session, deals.app, "deal"), text)
    assert error.value.code == "not_in_sql"
    assert error.value.findings[0].length > 1
    assert set(error.value.findings[0].message) == {"zh", "en"}


def test_a_path_may_walk_ten_relations(deals: Deals) -> None:
    parents = ".parent" * 9
    assert order(deals, where=f'customer{parents}.name = "Acme"') == []
    assert len(order(deals, where=f"customer{parents}.name is empty")) == 7


@pytest.mark.parametrize("count", [3, 2000])
def test_long_lists_stay_one_statement(deals: Deals, count: int) -> None:
    numbers = ", ".join(str(each) for each in range(1001 - count // 2, 1000 + count // 2 + 1))[:8000].rsplit(",", 1)[0]
    assert set(order(deals, where=f"amount in [{numbers}, 1000]")) == {BIG, WON}
    assert set(order(deals, where=f"quantity in [{numbers}, 7]")) >= {BIG}


def test_names_given_beforehand_are_constants(deals: Deals) -> None:
    from formwright.schema.environment import candidate_environment
    from formwright_rules import check

    with deals.database.read() as session:
        layout = layout_for(session, deals.app, "customer")
        rule = check(
            "level = record.stage or credit > record.amount", candidate_environment(deals.app, "deal", "customer")
        )
        where = condition(
            rule.require(), layout, app=deals.app, session=session, context=deals.context(session),
            values={"record": {"stage": "B", "amount": D(400)}},
        )  # fmt: skip
        assert set(query.page(session, deals.app, layout, where)[0]) == {1001, 1002}


def test_plain_conditions_stay_bare_for_the_indexes(deals: Deals) -> None:
    with deals.database.read() as session:
        layout = layout_for(session, deals.app, "deal")
        where = _where(
            deals, session, layout, 'stage = "new" and amount > 5.005 and met >= 2026-03-01 and customer = "1001"'
        )
        text = str(where.compile(session.connection(), compile_kwargs={"render_postcompile": True}))
    names = {each: layout.columns[each].name for each in ("stage", "amount", "met", "customer")}
    for field, operator in (("stage", "="), ("amount", ">"), ("met", ">="), ("customer", "=")):
        assert f"{layout.table.name}.{names[field]} {operator} " in text
    assert "fw_" not in text


def test_the_same_question_is_compiled_once(deals: Deals) -> None:
    def ask(amount: int) -> None:
        order(deals, "amount", where=f'amount > {amount} and customer.level = "A" and SUM(lines.price) >= {amount}')

    ask(1)
    engine = deals.database.engine
    cache = engine._compiled_cache
    assert cache is not None
    before = len(cache)
    ask(2)
    assert len(cache) == before
