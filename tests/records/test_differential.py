"""Random rules over records full of empties: Python, SQLite and PostgreSQL agree on every one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from formwright.database import Database
from formwright_rules import RuleError
from tests.databases import Databases
from tests.records.deals import Deals
from tests.records.test_parity import chosen, computed, plain


@pytest.fixture(scope="module")
def deals(databases: Databases) -> Iterator[Deals]:
    url = databases.fresh()
    database = Database(url)
    yield Deals.open(database)
    database.dispose()
    databases.drop(url)


def joined(*parts: SearchStrategy[str] | str) -> SearchStrategy[str]:
    """A text of fixed and drawn parts."""
    drawn = [st.just(part) if isinstance(part, str) else part for part in parts]
    return st.tuples(*drawn).map("".join)


NUMBERS = st.sampled_from(
    ["amount", "cost", "rate", "quantity", "customer.credit", "0", "1", "7", "0.5", "1000", "-3", "333.3333", "0.0001", "100000",
     "SUM(lines.price)", "COUNT(lines)", "MAX(lines.quantity)", "AVERAGE(lines.discount)", "LEN(subject)", 'PARAM("limit")',
     'PARAM("floor")', "YEAR(due)", "SUM(payment.deal.amount)"]
)  # fmt: skip
TEXTS = st.sampled_from(
    ["subject", "note", "stage", "customer.name", "customer.level", "seller.name", '"won"', '""', '"big"', "LEFT(subject, 3)",
     "customer.parent.name"]
)  # fmt: skip
DATES = st.sampled_from(
    ["due", "signed", "customer.since", "today()", "2026-03-02", "2024-02-29", "MAX(lines.day)", "EDATE(signed, 1)"]
)
MOMENTS = st.sampled_from(["met", "left_at", "now()", "created_at", "2026-03-02T00:00"])
PEOPLE = st.sampled_from(["seller", "helper", "owner", "me", "customer.keeper", "seller.manager", "customer.owner"])
RECORDS = st.sampled_from(["customer", "other", "customer.parent", "other.parent"])
TRUTHS = st.sampled_from(["urgent", "checked", "customer.active", "ANY(lines.ready)", "ALL(lines, row -> row.ready)"])
ORDER = st.sampled_from([" = ", " != ", " < ", " <= ", " > ", " >= "])
EQUAL = st.sampled_from([" = ", " != "])


def numbers() -> SearchStrategy[str]:
    def grown(inner: SearchStrategy[str]) -> SearchStrategy[str]:
        return st.one_of(
            joined("(", inner, st.sampled_from([" + ", " - ", " * ", " / "]), inner, ")"),
            joined("ROUND(", inner, ", ", st.sampled_from(["0", "2", "-1", "6"]), ")"),
            joined("ABS(", inner, ")"),
            joined("MOD(", inner, ", 7)"),
            joined("-(", inner, ")"),
            joined("COALESCE(", inner, ", ", inner, ")"),
            joined("IF(", TRUTHS, ", ", inner, ", ", inner, ")"),
            joined("MAX(", inner, ", ", inner, ")"),
            joined("SUM(", inner, ", ", inner, ")"),
        )

    return st.recursive(NUMBERS, grown, max_leaves=4)


def dates() -> SearchStrategy[str]:
    moved = joined(
        "(", DATES, st.sampled_from([" + ", " - "]), st.sampled_from(["3 days", "36 hours", "1 month", "2 years"]), ")"
    )
    return st.one_of(DATES, moved)


def texts() -> SearchStrategy[str]:
    return st.one_of(TEXTS, joined("(", TEXTS, " & ", TEXTS, ")"), joined("IF(", TRUTHS, ", ", TEXTS, ", ", TEXTS, ")"))


def comparisons() -> SearchStrategy[str]:
    anything = st.one_of(numbers(), texts(), dates(), MOMENTS, PEOPLE, RECORDS, TRUTHS)
    return st.one_of(
        joined(numbers(), ORDER, numbers()),
        joined(texts(), ORDER, texts()),
        joined(texts(), st.sampled_from([" contains ", " starts with ", " ends with "]), texts()),
        joined(dates(), ORDER, dates()),
        joined(MOMENTS, ORDER, st.one_of(MOMENTS, dates())),
        joined("(", MOMENTS, " - ", MOMENTS, ")", ORDER, st.sampled_from(["0 days", "12 hours", "wait"])),
        joined("(", dates(), " - ", DATES, ")", ORDER, st.sampled_from(["0 days", "30 days", "wait"])),
        joined(PEOPLE, EQUAL, PEOPLE),
        joined(RECORDS, EQUAL, RECORDS),
        joined(anything, st.sampled_from([" is empty", " is not empty"])),
        joined(numbers(), st.sampled_from([" in ", " not in "]), "[", numbers(), ", ", numbers(), "]"),
        joined(texts(), st.sampled_from([" in ", " not in "]), "[", texts(), ", ", texts(), "]"),
        joined(PEOPLE, st.sampled_from([" in ", " not in "]), 'role("sales_rep")'),
        joined(numbers(), " between ", numbers(), " and ", numbers()),
        joined("ANY(lines, row -> row.price * row.quantity", ORDER, numbers(), ")"),
        joined("ALL(lines, row -> row.vendor.level", EQUAL, texts(), ")"),
        TRUTHS,
    )


def conditions() -> SearchStrategy[str]:
    def grown(inner: SearchStrategy[str]) -> SearchStrategy[str]:
        return st.one_of(
            joined("(", inner, " and ", inner, ")"),
            joined("(", inner, " or ", inner, ")"),
            joined("not (", inner, ")"),
            joined("((", inner, ")", EQUAL, "(", inner, "))"),
            joined("IF(", inner, ", ", inner, ", ", inner, ")"),
        )

    return st.recursive(comparisons(), grown, max_leaves=3)


@settings(max_examples=400)
@given(text=conditions())
def test_a_random_condition_picks_the_same_records(deals: Deals, text: str) -> None:
    try:
        deals.check(text)
    except RuleError:
        return  # `0 in [...]` with nothing to compare, or an option that the choice does not have
    expected, found = chosen(deals, text)
    assert found == expected


@settings(max_examples=300)
@given(text=st.one_of(numbers(), texts(), dates()))
def test_a_random_expression_has_the_same_value(deals: Deals, text: str) -> None:
    expected, found = computed(deals, text)
    assert {id: plain(value) for id, value in found.items()} == {id: plain(value) for id, value in expected.items()}
