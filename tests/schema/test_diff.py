"""What changed between two definitions, in words."""

from __future__ import annotations

from typing import Any

from tests.schema.apps import SHOP, app_of, field_of, shop

from formwright.schema.diff import changes
from formwright.texts import show

OLD = app_of(SHOP)


def kinds(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(change.kind, change.at) for change in changes(OLD, app_of(document))]


def test_nothing_changed() -> None:
    assert changes(OLD, app_of(shop())) == []


def test_a_first_publication_adds_everything() -> None:
    found = changes(None, OLD)
    assert [(change.kind, change.at) for change in found] == [
        ("form_added", "/forms/customer"),
        ("form_added", "/forms/order"),
    ]
    assert show(found[1].message, "zh") == "新增表单“订单”"


def test_fields_come_go_and_change() -> None:
    document = shop()
    order = document["forms"]["order"]["fields"]
    del order[0]
    order.append({"id": "due", "type": "date", "label": "Due"})
    field_of(document, "order", "note")["type"] = "text"
    field_of(document, "order", "total")["compute"] = "SUM(lines.amount) + 1"
    field_of(document, "order", "total")["places"] = 4
    field_of(document, "order", "lines")["fields"][0]["label"] = {"zh": "价格", "en": "Price"}
    assert kinds(document) == [
        ("renamed", "/forms/order/fields/0/fields/0/label"),
        ("rule_changed", "/forms/order/fields/1/compute"),
        ("field_changed", "/forms/order/fields/1"),
        ("field_retyped", "/forms/order/fields/2/type"),
        ("field_added", "/forms/order/fields/3"),
        ("field_removed", "/forms/order/fields/0"),
    ]


def test_words_name_the_field_and_what_became_of_it() -> None:
    document = shop()
    field_of(document, "order", "note")["type"] = "text"
    [change] = changes(OLD, app_of(document))
    assert show(change.message, "en") == '"Note": type textarea becomes text'
    assert show(change.message, "zh") == "“备注”：类型由 textarea 改为 text"


def test_options_views_grants_and_flows() -> None:
    document = shop()
    field_of(document, "customer", "level")["options"] = [{"id": "b", "label": "Second"}, {"id": "c"}]
    document["forms"]["order"]["views"][0]["sort"] = ["total"]
    document["forms"]["order"]["grants"][0]["actions"] = ["view"]
    document["app"]["name"] = {"zh": "小店", "en": "Corner shop"}
    document["rules"] = {"shared": "define one() = 1\n"}
    assert kinds(document) == [
        ("renamed", "/app/name"),
        ("renamed", "/forms/customer/fields/2/options/0"),
        ("option_added", "/forms/customer/fields/2/options/1"),
        ("option_removed", "/forms/customer/fields/2/options/0"),
        ("view_changed", "/forms/order/views/0"),
        ("grants_changed", "/forms/order/grants"),
        ("entry_added", "/rules/shared"),
    ]


def test_the_order_of_fields_alone_is_no_change_of_fields() -> None:
    document = shop()
    document["forms"]["order"]["fields"].reverse()
    assert kinds(document) == []
