"""Reading and checking whole apps: every mistake is found, each at its place, with the way out of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.schema.apps import SHOP, app_of, errors_of, field_of, findings_of, shop

from formwright.schema.document import examine
from formwright.texts import show


def test_a_sound_app_has_nothing_to_say_against_it() -> None:
    assert findings_of(SHOP) == []


def test_forms_are_read_with_their_types_and_rules() -> None:
    order = app_of(SHOP).forms["order"]
    assert [field.id for field in order.fields] == ["customer", "lines", "total", "note"]
    total = order.field("total")
    assert total is not None
    assert total.compute == "SUM(lines.amount)"
    assert total.settings.places == 2
    assert [path for path, _ in order.every_field()][2] == ("lines", "price")
    assert order.grants[0].fields.rest == "edit"


def test_a_constant_in_the_place_of_a_rule_is_that_rule() -> None:
    document = shop()
    field_of(document, "order", "note")["required"] = True
    note = app_of(document).forms["order"].field("note")
    assert note is not None
    assert note.required == "true"
    assert errors_of(document) == []


def change(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Set the value at a JSON pointer of the shop."""

    def apply(document: dict[str, Any]) -> None:
        *steps, last = path.split("/")[1:]
        target: Any = document
        for step in steps:
            target = target[int(step) if isinstance(target, list) else step]
        if isinstance(target, list):
            target.insert(int(last), value) if int(last) == len(target) else target.__setitem__(int(last), value)
        else:
            target[last] = value

    return apply


ORDER = "/forms/order"


@pytest.mark.parametrize(
    ("mistake", "code", "at"),
    [
        (change("/app/nmae", "x"), "unknown_key", "/app/nmae"),
        (change("/froms", {}), "unknown_key", "/froms"),
        (change("/app/version", "one"), "bad_version", "/app/version"),
        (change("/app/id", "My Shop"), "bad_id", "/app/id"),
        (change("/app/format", 2), "unknown_format", "/app/format"),
        (change("/app/navigation/0/items/0", "form:ordre"), "unknown_target", "/app/navigation/0/items/0"),
        (change("/app/managers", 'role("boss")'), "rule_error", "/app/managers"),
        (change("/app/parameters/0/default", "lots"), "bad_number", "/app/parameters/0/default"),
        (change("/app/parameters/0/type", "relation"), "unknown_value", "/app/parameters/0/type"),
        (change(f"{ORDER}/id", "orders"), "id_mismatch", f"{ORDER}/id"),
        (change(f"{ORDER}/fields/2/id", "owner"), "reserved_id", f"{ORDER}/fields/2/id"),
        (change(f"{ORDER}/fields/2/id", "Total"), "bad_id", f"{ORDER}/fields/2/id"),
        (change(f"{ORDER}/fields/3/id", "total"), "duplicate_id", f"{ORDER}/fields/3/id"),
        (change(f"{ORDER}/fields/0/form", "custmer"), "unknown_form", f"{ORDER}/fields/0/form"),
        (change(f"{ORDER}/fields/0/where", "x = 1"), "rule_error", f"{ORDER}/fields/0/where"),
        (change(f"{ORDER}/fields/2/type", "monye"), "unknown_value", f"{ORDER}/fields/2/type"),
        (change(f"{ORDER}/fields/3/type", "signature"), "unsupported_field_type", f"{ORDER}/fields/3/type"),
        (change(f"{ORDER}/fields/2/places", 12), "out_of_range", f"{ORDER}/fields/2/places"),
        (change(f"{ORDER}/fields/2/compute", "SUM(lines.amuont)"), "rule_error", f"{ORDER}/fields/2/compute"),
        (change(f"{ORDER}/fields/2/compute", '"much"'), "rule_error", f"{ORDER}/fields/2/compute"),
        (change(f"{ORDER}/fields/2/default", 1), "computed_and_filled", f"{ORDER}/fields/2/compute"),
        (change(f"{ORDER}/fields/1/fields/2/compute", "prize * 2"), "rule_error", f"{ORDER}/fields/1/fields/2/compute"),
        (change(f"{ORDER}/fields/1/fields/0/type", "rows"), "not_in_rows", f"{ORDER}/fields/1/fields/0/type"),
        (change(f"{ORDER}/fields/3/visible", "total"), "rule_error", f"{ORDER}/fields/3/visible"),
        (change(f"{ORDER}/fields/3/visible", ["total > 1"]), "wrong_type", f"{ORDER}/fields/3/visible"),
        (change(f"{ORDER}/fields/3/pattern", "("), "bad_pattern", f"{ORDER}/fields/3/pattern"),
        (change(f"{ORDER}/title", "nothing & 1"), "rule_error", f"{ORDER}/title"),
        (change(f"{ORDER}/checks", [{"rule": "total"}]), "rule_error", f"{ORDER}/checks/0/rule"),
        (change(f"{ORDER}/checks", [{"rule": "true", "at": "tot"}]), "unknown_field", f"{ORDER}/checks/0/at"),
        (change(f"{ORDER}/layout", [["total", "tota"]]), "unknown_field", f"{ORDER}/layout/0/1"),
        (change(f"{ORDER}/layout", [["total"], ["total"]]), "field_twice", f"{ORDER}/layout/1/0"),
        (change(f"{ORDER}/layout", [{"sektion": "x"}]), "layout_item", f"{ORDER}/layout/0"),
        (change(f"{ORDER}/views/0/columns/1", "totle"), "unknown_field", f"{ORDER}/views/0/columns/1"),
        (change(f"{ORDER}/views/0/sort", ["-customer.nam"]), "unknown_field", f"{ORDER}/views/0/sort/0"),
        (change(f"{ORDER}/views/0/type", "kanban"), "missing_key", f"{ORDER}/views/0/group_by"),
        (change(f"{ORDER}/views/0/filter", "owner == boss"), "rule_error", f"{ORDER}/views/0/filter"),
        (change(f"{ORDER}/grants/0/role", "clark"), "unknown_role", f"{ORDER}/grants/0/role"),
        (change(f"{ORDER}/grants/0/everyone", True), "grant_who", f"{ORDER}/grants/0"),
        (change(f"{ORDER}/grants/0/records", "ownr = me"), "rule_error", f"{ORDER}/grants/0/records"),
        (change(f"{ORDER}/grants/0/actions/0", "veiw"), "unknown_value", f"{ORDER}/grants/0/actions/0"),
        (change(f"{ORDER}/grants/0/fields/totl", "view"), "unknown_field", f"{ORDER}/grants/0/fields/totl"),
        (change(f"{ORDER}/grants/0/fields/total", "see"), "unknown_value", f"{ORDER}/grants/0/fields/total"),
        (change("/rules", {"shared": "define big(x) = x >"}), "rule_error", "/rules/shared"),
        (change("/dashboards", {"d": {"name": "d", "charts": [{"id": "c", "type": "bar", "form": "ordr"}]}}),
         "unknown_value", "/dashboards/d/charts/0/form"),
        (change("/automations", {"a": {"name": "a", "trigger": {"event": "creatd"}, "do": []}}),
         "unknown_value", "/automations/a/trigger/event"),
        (change("/prints", {"p": "{% rows lines %}{{ price * }}"}), "rule_error", "/prints/p"),
        (change("/tests", {"t": {"name": "t", "stpes": []}}), "unknown_key", "/tests/t/stpes"),
        (change("/forms", []), "wrong_type", "/forms"),
        (change("/app", "x"), "wrong_type", "/app"),
    ],
)  # fmt: skip
def test_a_mistake_is_found_at_its_place(mistake: Callable[[dict[str, Any]], None], code: str, at: str) -> None:
    document = shop()
    mistake(document)
    assert (code, at) in errors_of(document)


def test_an_unknown_key_comes_with_the_nearest_known_name() -> None:
    document = shop()
    field_of(document, "order", "note")["requird"] = True
    [finding] = findings_of(document)
    assert show(finding.message, "en") == 'Unknown key "requird". Did you mean "required"?'
    assert show(finding.message, "zh") == "不认识的键“requird”，是不是“required”？"


def test_the_tail_of_an_unquoted_rule_is_recognised() -> None:
    document = shop()
    field_of(document, "order", "note")['"lost" and total > 1'] = None
    [finding] = findings_of(document)
    assert finding.code == "unknown_key"
    assert "put the rule in quotes" in show(finding.message, "en")


def test_a_text_that_lacks_a_language_is_a_warning() -> None:
    document = shop()
    field_of(document, "order", "note")["label"] = {"zh": "备注"}
    assert [(each.severity, each.code, each.at) for each in findings_of(document)] == [
        ("warning", "missing_language", "/forms/order/fields/3/label")
    ]


@pytest.mark.parametrize(
    ("place", "condition"),
    [("views/0/filter", 'customer.name matches "A.*"'), ("grants/0/records", 'PINYIN(created_by.name) = "a"')],
)
def test_a_condition_that_no_database_can_answer_is_refused_when_saved(place: str, condition: str) -> None:
    document = shop()
    change(f"{ORDER}/{place}", condition)(document)
    (found,) = [finding for finding in findings_of(document) if finding.severity == "error"]
    assert (found.code, found.at) == ("rule_error", f"{ORDER}/{place}")
    assert "not_in_sql" in show(found.message, "en")


def test_fields_that_compute_each_other_are_a_ring_with_a_name() -> None:
    document = shop()
    field_of(document, "order", "lines")["fields"][0]["compute"] = "record.total / 2"
    rings = [finding for finding in findings_of(document) if finding.code == "compute_ring"]
    assert len(rings) == 1
    said = show(rings[0].message, "en")
    for name in ("Order.Total", "Order.Lines.Amount", "Order.Lines.Price"):
        assert name in said
    assert said.count("→") == 3


def test_a_ring_may_go_through_another_form() -> None:
    document = shop()
    customer = document["forms"]["customer"]["fields"]
    customer.append({"id": "score", "type": "number", "label": "Score", "compute": "parent.score + 1"})
    assert ("compute_ring", "/forms/customer/fields/3/compute") in errors_of(document)


def test_all_mistakes_of_a_document_are_told_at_once() -> None:
    document = shop()
    field_of(document, "order", "note")["requird"] = True
    field_of(document, "order", "total")["compute"] = "SUM(lines.x)"
    document["app"]["version"] = "1"
    assert len(errors_of(document)) == 3


def test_a_field_outside_the_layout_is_hinted_at() -> None:
    document = shop()
    document["forms"]["order"]["layout"] = [["customer", "total"], {"tabs": [{"tab": "x", "rows": [["lines"]]}]}]
    [finding] = findings_of(document)
    assert (finding.severity, finding.code) == ("hint", "not_in_layout")
    assert "note" in show(finding.message, "en")


def test_shared_rules_may_be_used_by_every_form() -> None:
    document = shop()
    document["rules"] = {"shared": 'define big(x) = x > PARAM("big_from")\n'}
    field_of(document, "order", "note")["visible"] = "big(total)"
    assert errors_of(document) == []
    field_of(document, "order", "note")["visible"] = "bigg(total)"
    assert errors_of(document) == [("rule_error", "/forms/order/fields/3/visible")]


def test_labels_may_stand_in_rules_in_either_language() -> None:
    document = shop()
    field_of(document, "order", "note")["visible"] = '总额>100并且客户.等级="a"'
    assert errors_of(document) == []


def test_messages_are_in_both_languages() -> None:
    document = shop()
    document["forms"]["order"]["fields"][2]["compute"] = "SUM("
    document["forms"]["order"]["grants"][0]["role"] = "nobody"
    document["forms"]["order"]["extra"] = 1
    for finding in findings_of(document):
        assert isinstance(finding.message, Mapping)
        assert finding.message["zh"]
        assert finding.message["en"]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def every_place(value: Any, at: str = "") -> list[str]:
    found = [at] if at else []
    if isinstance(value, Mapping):
        for key, inner in value.items():
            found += every_place(inner, f"{at}/{key}")
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            found += every_place(inner, f"{at}/{i}")
    return found


PLACES = every_place(SHOP)


@settings(max_examples=300)
@given(st.sampled_from(PLACES), anything)
def test_nonsense_anywhere_is_findings_and_never_a_crash(place: str, nonsense: Any) -> None:
    document = json.loads(json.dumps(SHOP))
    change(place, nonsense)(document)
    examine(document)


@given(anything)
def test_nonsense_as_a_document_is_findings_and_never_a_crash(nonsense: Any) -> None:
    app, findings = examine(nonsense)
    assert app.forms == {} or findings
