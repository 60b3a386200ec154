"""Approval logic, deadlines and shared rules: what the blocks give."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.rules.conftest import quote_environment

from formwright_rules import (
    EvaluationError,
    PlainContext,
    RuleError,
    RuleSet,
    check,
    compile_python,
    parse,
)

ANN, BOB, CLEO, DAN, EVE = 1, 2, 3, 4, 5

DECIDE = """
approve when total < 500 and initiator in role("sales_rep") because {zh: "小额", en: "small"}
reject  when rejections >= 2
approve when approvals >= 2 or approved_by(role("director"))
require comment, attachment when decision = "reject"
require signature when total > 1000
"""


def test_the_first_true_line_decides(values: Mapping[str, Any], context: PlainContext) -> None:
    decide = compile_python(DECIDE, quote_environment(), "decide")
    votes = {"approvals": Decimal(0), "rejections": Decimal(0), "decision": None}
    small = decide({**values, **votes, "total": Decimal(499)}, context)
    assert (small.verdict, small.because, small.line) == ("approve", {"zh": "小额", "en": "small"}, 2)
    assert decide({**values, **votes}, context).verdict is None
    assert decide({**values, **votes, "rejections": Decimal(2), "approvals": Decimal(9)}, context).verdict == "reject"
    assert decide({**values, **votes, "approvals": Decimal(2)}, context).line == 4


def test_every_true_require_line_binds(values: Mapping[str, Any], context: PlainContext) -> None:
    decide = compile_python(DECIDE, quote_environment(), "decide")
    rejecting = decide({**values, "approvals": Decimal(0), "rejections": Decimal(0), "decision": "reject"}, context)
    assert rejecting.require == {"comment", "attachment", "signature"}
    assert decide({**values, "decision": "approve"}, context).require == {"signature"}


def test_an_unknown_requirement_is_refused() -> None:
    findings = check("require coment when true", quote_environment(), "decide").findings
    assert [(each.code, each.suggestion) for each in findings] == [("unknown_requirement", "comment")]


DEADLINE = """
due 2 workdays                        # Friday evening: Tuesday evening
remind assignee 4 hours before
remind assignee every 1 day after, at most 3 times
escalate to manager(assignee) 1 day after
escalate adding role("finance") 2 days after
cc initiator at due
return to start 5 days after
set status = "lost" 1 week after
timeout 9 days after
approve 10 days after
"""


def test_a_deadline_counts_from_the_arrival(values: Mapping[str, Any], context: PlainContext) -> None:
    plan = compile_python(DEADLINE, quote_environment(), "deadline")(values, context)
    due = datetime.fromisoformat("2026-03-10T17:00+08:00")
    assert plan.due == due
    kinds = ["remind", "remind", "escalate", "escalate_adding", "cc", "return", "set", "timeout", "approve"]
    assert [act.kind for act in plan.acts] == kinds
    remind, repeat, escalate, adding, cc, back, write, timeout, _ = plan.acts
    assert remind.when == due - timedelta(hours=4)
    assert (repeat.when, repeat.every, repeat.at_most) == (due + timedelta(days=1), timedelta(days=1), 3)
    assert remind.people is not None
    assert remind.people(values, context) == (BOB,)
    assert escalate.people is not None
    assert escalate.people(values, context) == (ANN,)
    assert adding.people is not None
    assert adding.people(values, context) == (EVE,)
    assert cc.when == due
    assert (back.node, back.line) == ("start", 8)
    assert write.field == "status"
    assert write.value is not None
    assert write.value(values, context) == "lost"
    assert timeout.when == due + timedelta(days=9)


def test_people_of_an_act_are_found_when_it_fires(values: Mapping[str, Any], context: PlainContext) -> None:
    plan = compile_python("due 1 day\nremind assignee at due", quote_environment(), "deadline")(values, context)
    context.assignee = DAN
    people = plan.acts[0].people
    assert people is not None
    assert people(values, context) == (DAN,)


def test_a_deadline_follows_a_date(values: Mapping[str, Any], context: PlainContext) -> None:
    rule = compile_python("due due_date - 30 days\nremind me 1 workday before", quote_environment(), "deadline")
    plan = rule({**values, "due_date": date(2026, 5, 1)}, context)
    assert plan.due == datetime.fromisoformat("2026-04-01T00:00+08:00")
    assert plan.acts[0].when == datetime.fromisoformat("2026-03-31T00:00+08:00")
    without = rule(values, context)
    assert without.due is None
    assert without.acts[0].when is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("remind me 1 day before", "no_date"),
        ("due 1 day\ndue 2 days", "duplicate_due"),
        ("due amount", "type_mismatch"),
        ("due 1 day\nreturn to legall 1 day after", "unknown_node"),
        ("due 1 day\nset stat = 1 1 day after", "unknown_field"),
        ('due 1 day\nset status = "sold" 1 day after', "unknown_option"),
        ("due 1 day\nremind me every 0 days after", "out_of_range"),
    ],
)
def test_wrong_deadlines_are_refused(text: str, code: str) -> None:
    assert [each.code for each in check(text, quote_environment(), "deadline").findings][:1] == [code]


RULES = """
define big(sum) = sum > PARAM("director_from")
define large = big(amount) and urgent
define stock_ok(list) = ALL(list, row -> row.quantity <= row.product.stock)
table discount_approver (first hit)
  discount_rate   | customer.level | -> approver
  <= 5%           | -              | -> manager(initiator)
  5% .. 15%       | "A", "B"       | -> role("sales_manager")
  > 15%           |                | -> role("director")
table reviewers (collect)
  amount   | -> who
  > 1000   | -> role("finance")
  > 100000 | -> role("director")
table level (unique)
  amount  | -> name
  >= 1000 | -> "big"
  <= 1000 | -> "small"
"""


@pytest.fixture
def shared() -> RuleSet:
    rules = compile_python(RULES, quote_environment(), "rules")
    assert isinstance(rules, RuleSet)
    return rules


def test_shared_rules_are_used_like_functions(
    shared: RuleSet, values: Mapping[str, Any], context: PlainContext
) -> None:
    environment = quote_environment(rules=shared)
    assert compile_python("big(amount)", environment)(values, context) is True
    assert compile_python("big(total)", environment)(values, context) is False
    assert compile_python("large", environment)({**values, "urgent": True}, context) is True
    assert compile_python("stock_ok(lines) or big(amount)", environment)(values, context) is True
    assert check("large", environment).reads == {("amount",), ("urgent",)}


def test_a_table_gives_its_first_row_that_fits(
    shared: RuleSet, values: Mapping[str, Any], context: PlainContext
) -> None:
    assign = compile_python("discount_approver", quote_environment(rules=shared), "assign")
    found = {}
    for rate, level in (("0.05", "C"), ("0.10", "A"), ("0.10", "C"), ("0.2", "C")):
        record = {**values, "discount_rate": Decimal(rate), "customer": {"level": level}}
        found[rate, level] = assign(record, context).members
    assert found == {("0.05", "C"): (BOB,), ("0.10", "A"): (BOB,), ("0.10", "C"): (), ("0.2", "C"): (ANN,)}


def test_a_collecting_table_unites_and_a_unique_one_refuses_two(
    shared: RuleSet, values: Mapping[str, Any], context: PlainContext
) -> None:
    environment = quote_environment(rules=shared)
    assert compile_python("reviewers", environment)(values, context) == (EVE, ANN)
    level = compile_python("level", environment)
    assert level({"amount": Decimal(5000)}, context) == "big"
    with pytest.raises(EvaluationError):
        level({"amount": Decimal(1000)}, context)


def test_shared_rules_may_not_go_in_circles() -> None:
    rules = compile_python("define one(x) = x + 1", quote_environment(), "rules")
    assert isinstance(rules, RuleSet)
    ring = check("define a = b + 1\ndefine b = a + 1", quote_environment(), "rules")
    assert "rule_ring" in {each.code for each in ring.findings}
    wrong = check("one(1, 2)", quote_environment(rules=rules))
    assert [each.code for each in wrong.findings] == ["argument_count"]


def test_a_mistake_in_a_shared_rule_is_told_where_it_is_used() -> None:
    rules = compile_python("define plus(x) = x + 1", quote_environment(), "rules")
    found = check('plus("a") > 1', quote_environment(rules=rules)).findings
    assert [(each.code, each.column) for each in found] == [("type_mismatch", 1)]
    assert found[0].message["en"].startswith("plus: ")


def test_a_lambda_in_a_shared_rule_keeps_its_own_names(values: Mapping[str, Any]) -> None:
    text = "define dearer(sum) = COUNT(FILTER(lines, row -> row.price > sum))"
    rules = compile_python(text, quote_environment(), "rules")
    rule = compile_python("MAP(lines, row -> dearer(row.price))", quote_environment(rules=rules))
    assert rule(values) == (1, 0)


def test_a_table_row_must_fit_its_head() -> None:
    with pytest.raises(RuleError) as caught:
        parse("table t (unique)\n  amount | status | -> x\n  > 1 | -> 2", "rules")
    assert (caught.value.code, caught.value.findings[0].line) == ("table_shape", 3)


def test_records_of_other_forms(values: Mapping[str, Any], context: PlainContext) -> None:
    environment = quote_environment()
    probability = compile_python("LOOKUP(stages, s -> s.name = stage_name, s -> s.probability)", environment)
    assert probability(values, context) == Decimal("0.5")
    assert probability({**values, "stage_name": "Nowhere"}, context) is None
    assert [each.code for each in context.warnings] == ["not_found"]
    text = 'ROLLUP(payment_plans.contract, "sum", p -> p.amount - p.received, p -> p.state != "done")'
    assert compile_python(text, environment)(values, context) == 60
    assert compile_python("COUNT(payment_plans.contract)", environment)(values, context) == 2
    assert compile_python("SUM(payment_plans.contract.amount)", environment)(values, context) == 150
    assert compile_python('ROLLUP(payment_plans, "max", p -> p.amount)', environment)(values, context) == 900
    assert check(text, environment).reads == {
        ("form:payment_plans", "contract"),
        ("form:payment_plans", "contract", "amount"),
        ("form:payment_plans", "contract", "received"),
        ("form:payment_plans", "contract", "state"),
    }


def test_the_value_before_a_change(values: Mapping[str, Any], context: PlainContext) -> None:
    environment = quote_environment()
    changed = compile_python("CHANGED(amount, status) or subject changed", environment)
    assert changed(values, context) is True
    context.previous = dict(values)
    assert changed(values, context) is False
    assert changed({**values, "amount": Decimal(1)}, context) is True
    assert compile_python("amount - PREV(amount)", environment)({**values, "amount": Decimal(120001)}, context) == 1


def test_a_range_of_dates(values: Mapping[str, Any], context: PlainContext) -> None:
    from formwright_rules import RANGE

    rule = compile_python("sent_at in period", quote_environment(names={"period": RANGE}))
    march = (date(2026, 3, 1), date(2026, 3, 31))
    assert rule({**values, "period": march}, context) is True
    assert rule({**values, "period": (date(2026, 3, 7), None)}, context) is False
    assert rule({**values, "sent_at": None, "period": march}, context) is False


def test_a_rules_file_may_be_empty() -> None:
    empty = compile_python("# nothing shared yet\n", quote_environment(), "rules")
    assert isinstance(empty, RuleSet)
    assert empty.names == frozenset()
