"""Indexes follow the saved views by themselves, within a budget."""

from __future__ import annotations

from typing import Any

import pytest
from tests.storage.apps import CUSTOMER, QUOTE, app

from formwright.storage.indexes import BUDGET, Index, indexes
from formwright.storage.layout import FormLayout, form_layout, needed_names


def layout(*views: dict[str, Any], form: str = "quote") -> FormLayout:
    """Physical names that read like the fields."""
    written = [{"id": f"v{n}", "type": "table", "name": "V", **view} for n, view in enumerate(views)]
    made = app(CUSTOMER, {**QUOTE, "views": written}).forms[form]
    return form_layout(
        "sales", made, {(path, kind): path.replace("/", "_") or "t" for path, kind in needed_names(made)}
    )


def of_the_form(layout: FormLayout) -> list[tuple[str, ...]]:
    """The columns of what lists are read by; drafts have a small index of their own."""
    return [
        index.columns for index in indexes(layout, "sqlite") if index.table == "t" and "draft = 1" not in index.where
    ]


ALWAYS = [("created_at", "id"), ("owner", "created_at", "id"), ("department", "created_at", "id"), ("customer",)]


def test_every_form_can_be_listed_and_its_relations_followed() -> None:
    assert of_the_form(layout()) == ALWAYS
    rows = [index.columns for index in indexes(layout(), "sqlite") if index.table == "lines"]
    assert rows == [("record_id", "pos")]


@pytest.mark.parametrize(("dialect", "drafts"), [("sqlite", "draft = 1"), ("postgresql", "draft")])
def test_the_few_drafts_are_found_by_who_made_them(dialect: str, drafts: str) -> None:
    made = Index("t", ("created_by",), f"deleted_at IS NULL AND {drafts}")
    assert made in indexes(layout(), dialect)


def test_a_view_asks_for_its_equalities_then_its_order_then_the_id() -> None:
    view = {"filter": "seller = me and urgent = true and total > 5", "sort": ["-total", "-due"]}
    assert of_the_form(layout(view)) == [*ALWAYS, ("seller", "urgent", "total", "due", "id")]


def test_an_index_is_read_both_ways_so_only_a_turn_within_it_is_said() -> None:
    assert of_the_form(layout({"sort": ["total"]})) == of_the_form(layout({"sort": ["-total"]}))
    assert of_the_form(layout({"sort": ["total", "-due"]}))[-1] == ("total", "-due", "id")


def test_an_index_that_begins_another_is_left_out() -> None:
    view = {"filter": 'customer = "1"', "sort": ["total"]}
    assert of_the_form(layout(view)) == [*ALWAYS[:3], ("customer", "total", "id")]
    assert of_the_form(layout({"filter": "owner = me", "sort": ["-created_at"]})) == ALWAYS


def test_conditions_that_need_not_all_hold_are_no_equalities() -> None:
    assert of_the_form(layout({"filter": "seller = me or urgent = true", "sort": ["due"]}))[-1] == ("due", "id")


def test_views_stay_within_the_budget() -> None:
    columns = ["number", "seller", "total", "discount", "due", "met_at", "urgent"]
    found = of_the_form(layout(*({"sort": [each]} for each in columns)))
    assert len(found) == BUDGET


def test_the_same_definition_has_the_same_name_and_another_one_another() -> None:
    assert Index("t", ("a", "id")).name == Index("t", ("a", "id")).name != Index("t", ("b", "id")).name
