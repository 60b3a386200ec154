"""Computed fields come after what they read, and a change reaches exactly what depends on it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formwright.records.compute import Path, order, reached

READS: dict[Path, frozenset[Path]] = {
    ("tax",): frozenset({("total",)}),
    ("total",): frozenset({("lines", "amount")}),
    ("lines", "amount"): frozenset({("lines", "price"), ("rebate",)}),
    ("label",): frozenset({("name",)}),
}


def test_each_field_comes_after_what_it_reads() -> None:
    found = order(READS)
    assert found.index(("lines", "amount")) < found.index(("total",)) < found.index(("tax",))


def test_a_ring_is_named() -> None:
    with pytest.raises(ValueError, match="a"):
        order({("a",): frozenset({("b",)}), ("b",): frozenset({("a",)})})


def test_a_field_that_reads_itself_is_a_ring() -> None:
    with pytest.raises(ValueError, match="reads itself"):
        order({("a",): frozenset({("a",)})})


def test_a_price_reaches_amount_total_and_tax_but_not_the_label() -> None:
    found = reached(order(READS), READS, {("lines", "price")})
    assert found == (("lines", "amount"), ("total",), ("tax",))


def test_rows_as_a_whole_reach_what_reads_their_columns() -> None:
    assert ("tax",) in reached(order(READS), READS, {("lines",)})


def test_a_count_of_rows_is_reached_by_a_column() -> None:
    reads: dict[Path, frozenset[Path]] = {("count",): frozenset({("lines",)})}
    assert reached(order(reads), reads, {("lines", "price")}) == (("count",),)


def test_an_untouched_record_recomputes_nothing() -> None:
    assert reached(order(READS), READS, set()) == ()


@given(st.lists(st.sets(st.integers(0, 14), max_size=4), min_size=15, max_size=15))
def test_any_graph_without_rings_is_ordered(below: list[set[int]]) -> None:
    reads: dict[Path, frozenset[Path]] = {
        (f"f{n}",): frozenset((f"f{m}",) for m in below[n] if m < n) for n in range(15)
    }
    found = order(reads)
    place = {path: position for position, path in enumerate(found)}
    assert all(place[read] < place[path] for path, each in reads.items() for read in each)
