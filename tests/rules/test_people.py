"""Who: sets of people from roles, departments and managers, and the assign blocks that use them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from formwright_rules import Environment, PlainContext, RuleError, check, compile_python

ANN, BOB, CLEO, DAN, EVE = 1, 2, 3, 4, 5


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ('role("sales_rep")', (CLEO, DAN)),
        ('role("sales_rep") - initiator', (DAN,)),
        ('role("finance") + role("sales_rep") + role("finance")', (EVE, CLEO, DAN)),
        ('role("sales_rep") in department("east")', (CLEO, DAN)),
        ('role("finance") in department(initiator)', ()),
        ('(role("sales_rep") in department(initiator)) - initiator', (DAN,)),
        ("department(initiator)", (CLEO, DAN)),
        ('department("sales")', (BOB, CLEO, DAN)),
        ('members("sales")', (BOB,)),
        ("subordinates(me)", (CLEO, DAN)),
        ("initiator + me", (CLEO, BOB)),
        ("chain(initiator, up to 3)", (BOB, ANN)),
        ("chain(initiator, up to 1)", (BOB,)),
        ('chain(initiator, up to role("sales_manager"))', (BOB,)),
        ('handler("start")', (CLEO,)),
        ('chosen("legal")', (EVE,)),
        ('least_loaded(role("sales_rep"))', (DAN,)),
        ("co_workers", (DAN, EVE)),
        ("co_workers - me", (DAN, EVE)),
        ('role("nobody")', ()),
    ],
)
def test_sets_of_people(
    text: str, people: tuple[int, ...], quote: Environment, values: Mapping[str, Any], context: PlainContext
) -> None:
    assert compile_python(text, quote)(values, context) == people


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("manager(initiator)", BOB),
        ("manager(initiator, 2)", ANN),
        ("manager(initiator, 3)", None),
        ("initiator.manager", BOB),
        ("customer.owner.department", "east"),
        ("head(initiator.department)", None),
        ('head("sales")', BOB),
        ('member("eve@x")', EVE),
        ("me.name", "Bob"),
        ("owner = initiator", True),
        ('owner = member("cleo@x")', True),
        ("owner in subordinates(me)", True),
        ("me in co_workers", False),
        ("co_workers contains customer.owner", True),
        ("owner = me or owner.department in departments_under(me.department)", True),
        ('approved_by(role("sales_manager"))', True),
        ('approved_by(role("finance"))', False),
        ('role("nobody") is empty', True),
    ],
)
def test_single_members_and_questions_about_them(
    text: str, value: object, quote: Environment, values: Mapping[str, Any], context: PlainContext
) -> None:
    assert compile_python(text, quote)(values, context) == value


def test_members_may_be_given_as_mappings(quote: Environment) -> None:
    rule = compile_python('initiator.department = "east" and initiator = owner', quote)
    ann = {"id": 9, "department": "east"}
    assert rule({"initiator": ann, "owner": ann}) is True
    assert rule({"initiator": ann, "owner": 9}) is True
    assert rule({"initiator": ann, "owner": 8}) is False


def test_round_robin_takes_turns_once_a_run(
    quote: Environment, values: Mapping[str, Any], context: PlainContext
) -> None:
    rule = compile_python('round_robin(role("sales_rep"))', quote)
    assert [rule(values, context) for _ in range(3)] == [(CLEO,), (DAN,), (CLEO,)]


ASSIGN = """
when amount >= 100000 and region = "east" then role("director") - initiator because "large"
when customer.owner is not empty then customer.owner
otherwise round_robin(role("sales_rep"))
and also when urgent then role("finance")
"""


def test_the_first_true_line_gets_the_task_and_also_adds(
    quote: Environment, values: Mapping[str, Any], context: PlainContext
) -> None:
    rule = compile_python(ASSIGN, quote, "assign")
    large = rule(values, context)
    assert (large.members, large.line, large.because) == ((ANN,), 2, "large")
    assert rule({**values, "region": "west"}, context).members == (DAN,)
    nobody_yet = {**values, "amount": None, "customer": None, "urgent": True}
    assert rule(nobody_yet, context).members == (CLEO, EVE)


def test_otherwise_waits_wherever_it_stands(
    quote: Environment, values: Mapping[str, Any], context: PlainContext
) -> None:
    rule = compile_python("when amount > 1 then me\notherwise initiator", quote, "assign")
    assert rule(values, context).members == (BOB,)
    assert rule({}, context).members == (CLEO,)


def test_a_bare_set_assigns_and_a_chain_is_in_order(quote: Environment, context: PlainContext) -> None:
    assert compile_python('role("sales_rep")', quote, "assign")({}, context).members == (CLEO, DAN)
    chain = compile_python("chain(initiator, up to 5)", quote, "assign")({}, context)
    assert (chain.members, chain.ordered) == ((BOB, ANN), True)


def test_nobody_found_is_an_empty_assignment(quote: Environment, context: PlainContext) -> None:
    rule = compile_python('when amount > 5 then role("nobody")', quote, "assign")
    assert rule({}, context).members == ()
    assert rule({}, context).line is None


def test_an_assign_line_must_name_people(quote: Environment) -> None:
    with pytest.raises(RuleError) as caught:
        compile_python("when amount > 5 then amount", quote, "assign")
    assert [each.code for each in caught.value.findings] == ["type_mismatch"]


def test_a_loose_in_is_warned_of(quote: Environment) -> None:
    loose = check('role("finance") in role("sales_rep") - initiator', quote)
    assert [each.code for each in loose.findings] == ["set_precedence"]
    assert loose.ok
    assert not check('role("finance") in (role("sales_rep") - initiator)', quote).findings
    assert not check('(role("finance") in role("sales_rep")) - initiator', quote).findings


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('role("sales_repp")', "unknown_role"),
        ('handler("legall")', "unknown_node"),
        ("role(subject)", "constant_needed"),
        ('owner = "ann@x"', "type_mismatch"),
        ("manager(amount)", "type_mismatch"),
        ("initiator.salary", "unknown_field"),
    ],
)
def test_wrong_people_are_refused(text: str, code: str, quote: Environment) -> None:
    assert [each.code for each in check(text, quote).findings] == [code]
