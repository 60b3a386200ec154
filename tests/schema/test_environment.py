"""What rules may name: types of fields, system fields, relations in rings, rows, parameters."""

from __future__ import annotations

from decimal import Decimal

from tests.schema.apps import SHOP, app_of, shop

from formwright.schema.environment import (
    candidate_environment,
    form_environment,
    parameter_field,
    people_environment,
    row_environment,
    types_of,
)
from formwright_rules import DATETIME, DEPARTMENT, MEMBER, NUMBER, TEXT, check, compile_python
from formwright_rules.types import Choice, Record, Rows

APP = app_of(SHOP)


def test_fields_and_system_fields_have_their_types() -> None:
    fields = form_environment(APP, "order").fields
    assert fields["total"] == NUMBER
    assert fields["owner"] == MEMBER
    assert fields["department"] == DEPARTMENT
    assert fields["created_at"] == DATETIME
    assert isinstance(fields["flow_status"], Choice)
    assert fields["flow_status"].option("已通过") == "approved"
    assert isinstance(fields["lines"], Rows)
    assert isinstance(fields["customer"], Record)


def test_a_field_may_be_called_title() -> None:
    document = shop()
    document["forms"]["customer"]["fields"].append({"id": "title", "type": "text", "label": "Title"})
    assert form_environment(app_of(document), "customer").fields["title"] == TEXT


def test_forms_may_name_each_other_in_a_ring() -> None:
    environment = form_environment(APP, "order")
    assert check("customer.parent.parent.parent.name", environment).type == TEXT
    assert not check("customer.parent.nam", environment).ok


def test_the_same_place_has_the_same_environment() -> None:
    assert form_environment(APP, "order") is form_environment(APP, "order")
    assert form_environment(APP, "order", names={"outcome": TEXT}) is form_environment(
        APP, "order", names={"outcome": TEXT}
    )
    assert form_environment(APP, "order", names={"outcome": TEXT}) is not form_environment(APP, "order")
    assert form_environment(app_of(SHOP), "order") is not form_environment(APP, "order")


def test_a_column_names_its_row_first_and_then_the_form() -> None:
    environment = row_environment(APP, "order", "lines")
    rule = compile_python("price * quantity + total + row.price", environment)
    values = {"price": Decimal(2), "quantity": Decimal(3), "total": Decimal(10), "row": {"price": Decimal(2)}}
    assert rule(values) == Decimal(18)
    assert check("单价 * 数量", environment).ok


def test_a_candidate_is_bare_and_the_current_record_is_record() -> None:
    environment = candidate_environment(APP, "order", "customer")
    assert check('level = "a" and record.total > 5', environment).ok
    assert not check("total > 5", environment).ok
    assert check("row.price > 5", candidate_environment(APP, "order", "customer", rows_field="lines")).ok


def test_a_system_label_gives_way_to_a_field_of_the_same_label() -> None:
    document = shop()
    document["forms"]["order"]["fields"].append(
        {"id": "keeper", "type": "member", "label": {"zh": "负责人", "en": "Owner"}}
    )
    labels = form_environment(app_of(document), "order").labels
    assert "owner" not in labels
    assert "owner" in form_environment(APP, "order").labels


def test_parameters_and_roles_are_known_to_every_rule() -> None:
    for environment in (form_environment(APP, "order"), people_environment(APP)):
        assert check('PARAM("big_from") > 5', environment).ok
        assert not check('PARAM("other") > 5', environment).ok
        assert check('me in role("clerk")', environment).ok
        assert not check('me in role("clark")', environment).ok
    [parameter] = APP.parameters
    assert parameter_field(parameter).settings.places == 2
    assert types_of(APP).parameters == {"big_from": NUMBER}
