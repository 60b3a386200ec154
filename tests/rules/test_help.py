"""What helps people with rules: explanations in their language, and completion while they type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from formwright_rules import Environment, PlainContext, complete, explain


def offered(text: str, environment: Environment, language: str = "en") -> list[str]:
    return [each.text for each in complete(text, len(text), environment, language)]


def test_a_decision_explains_itself(quote: Environment, values: Mapping[str, Any], context: PlainContext) -> None:
    text = 'amount > PARAM("director_from") and customer.level in ["A", "B"] and status != "lost"'
    told = explain(text, quote, values, context, "zh")
    assert told.value is True
    assert str(told).splitlines() == [
        "结果：是",
        '金额 > PARAM("director_from") 并且 客户.等级 属于 ["A", "B"] 并且 状态 != "丢单" → 是',
        '  金额 > PARAM("director_from") → 是 (金额 = 120000, PARAM("director_from") = 100000)',
        '  客户.等级 属于 ["A", "B"] → 是 (客户.等级 = A)',
        '  状态 != "丢单" → 是 (状态 = 进行中)',
    ]


def test_what_was_not_asked_is_not_told(quote: Environment, values: Mapping[str, Any], context: PlainContext) -> None:
    told = explain("IF(amount < 5, 1, total) > 10 or urgent", quote, values, context, "en")
    assert [step.text for step in told.steps] == [
        "IF(Amount < 5, 1, `Expected total`) > 10 or Urgent",
        "IF(Amount < 5, 1, `Expected total`) > 10",
    ]
    branches = explain("IFS(amount < 5, 1, amount > 100, total)", quote, values, context, "en")
    assert [(step.text, step.value) for step in branches.steps] == [
        ("Amount < 5", "no"),
        ("Amount > 100", "yes"),
        ("`Expected total`", "5400"),
    ]


def test_an_assignment_names_its_line_and_reason(
    quote: Environment, values: Mapping[str, Any], context: PlainContext
) -> None:
    text = 'when amount < 5 then me\nwhen region = "east" then role("sales_rep") because {zh: "本地", en: "local"}'
    told = explain(text, quote, values, context, "zh", "assign")
    assert told.result == "结果：Cleo, Dan (第 2 行, 本地)"
    assert [(step.text, step.value, step.line) for step in told.steps] == [
        ("金额 < 5", "否", 1),
        ('地区 = "华东"', "是", 2),
    ]


def test_fields_are_offered_by_id_and_by_label(quote: Environment) -> None:
    assert offered("am", quote)[0] == "amount"
    assert offered("金", quote, "zh")[:1] == ["amount"]
    assert offered("amount > 5 and cust", quote)[0] == "customer"
    assert offered("customer.le", quote) == ["level"]
    assert offered("客户.等", quote, "zh") == ["level"]
    assert "quantity" in offered("lines.", quote)
    assert "department" in offered("owner.", quote)


def test_options_of_the_choice_on_the_left_are_offered(quote: Environment) -> None:
    assert offered("status = ", quote) == ['"open"', '"won"', '"lost"']
    assert offered("状态 = 丢", quote, "zh") == ['"lost"']
    assert offered('status in ["open", "w', quote) == ['"won"']
    assert offered('tags contains "', quote) == ['"vip"', '"new"']


def test_constants_of_functions_are_offered(quote: Environment) -> None:
    assert offered('role("sales', quote) == ["sales_manager", "sales_rep"]
    assert offered('PARAM("', quote) == ["director_from"]
    assert offered('handler("le', quote) == ["legal"]


def test_functions_come_with_their_help(quote: Environment) -> None:
    found = next(each for each in complete("SU", 2, quote, "zh") if each.kind == "function")
    assert (found.text, found.label, found.replaces) == ("SUM(", "SUM(values…)", 2)
    assert found.help == "求和，跳过空值"
