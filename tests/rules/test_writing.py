"""How rules are written: labels, Chinese, full-width signs, back-quotes, lines; and that printing gives the text back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.rules.conftest import quote_environment

from formwright_rules import Environment, check, compile_python, format, parse
from formwright_rules.tree import (
    Attribute,
    Between,
    Call,
    Chain,
    Compare,
    Expression,
    Lambda,
    ListLiteral,
    Literal,
    Name,
    Unary,
)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ('金额>100并且地区="华东"', 'amount > 100 and region = "east"'),
        ("金额大于5.5并且客户.等级等于'A'", 'amount > 5.5 and customer.level = "A"'),
        ("金额　＞＝　１00".replace("１", "1"), "amount >= 100"),
        ("SUM（明细.数量 * 明细.单价）", "SUM(lines.quantity * lines.price)"),
        ("主题包含“加急”或者主题为空", 'subject contains "加急" or subject is empty'),
        ("金额介于1并且5", "amount between 1 and 5"),
        ("`预计 金额` > 1", "total > 1"),
        ("状态 属于 ['进行中'，'Won']", 'status in ["open", "won"]'),
        ("非 是否加急", "not urgent"),
        ("due_date < today() + 3天并且金额>1", "due_date < today() + 3 days and amount > 1"),
        ("Amount > 1 AND Status <> 'Lost'", 'amount > 1 and status != "lost"'),
        ("今天 > due_date", "today() > due_date"),
        ("发起人 = 我", "initiator = me"),
        ("sum(1；2)", "SUM(1, 2)"),
        (
            "发起人.部门=我.上级.部门并且创建时间>=今天",
            "initiator.department = me.manager.department and created_at >= today()",
        ),
        ("客户.创建人.邮箱为空", "customer.created_by.email is empty"),
        ("amount == 1 # 备注", "amount = 1"),
        ("amount = 1 // remark\n  and total = 2", "amount = 1 and total = 2"),
    ],
)
def test_every_way_of_writing_becomes_one_text(written: str, canonical: str, quote: Environment) -> None:
    checked = check(written, quote)
    assert checked.findings == ()
    assert format(checked.tree) == canonical


def test_readers_see_labels_and_words_of_their_language(quote: Environment) -> None:
    tree = check('total > 5 and customer.level in ["A"] and status != "lost" or owner = me', quote).tree
    assert format(tree, "zh", quote) == '`预计 金额` > 5 并且 客户.等级 属于 ["A"] 并且 状态 != "丢单" 或者 负责人 = 我'
    assert (
        format(tree, "en", quote)
        == '`Expected total` > 5 and Customer.Level in ["A"] and Status != "Lost" or owner = me'
    )
    for language in ("zh", "en"):
        assert check(format(tree, language, quote), quote).tree == tree


def test_renaming_a_label_breaks_nothing(quote: Environment) -> None:
    stored = format(check("金额 > 5", quote).tree)
    renamed = quote_environment(labels={"amount": {"zh": "合同总价"}})
    assert compile_python(stored, renamed)({"amount": Decimal(6)}) is True
    assert format(parse(stored), "zh", renamed) == "合同总价 > 5"


def test_a_label_of_two_fields_is_ambiguous_and_an_id_beats_a_label() -> None:
    both = quote_environment(labels={"amount": {"zh": "金额"}, "total": {"zh": "金额"}, "phone": {"en": "subject"}})
    (finding,) = check("金额 > 1", both).findings
    assert finding.code == "ambiguous_name"
    assert format(check("subject", both).tree) == "subject"


def test_words_are_words_only_at_their_place() -> None:
    environment = Environment(
        dict.fromkeys(("due", "every", "days", "after", "start", "times"), quote_environment().fields["amount"])
    )
    rule = compile_python("due + every * days - after > start / times", environment)
    assert rule(dict.fromkeys(environment.fields, Decimal(3))) is True
    deadline = parse("due due - 3 days\nremind start every 1 day after, at most 3 times", "deadline")
    assert format(deadline) == "due due - 3 days\nremind start every 1 day after, at most 3 times"


def test_a_statement_goes_on_where_the_line_is_indented_or_a_bracket_open() -> None:
    text = 'when amount > 1\n    and total > 2\n  then role(\n"finance"\n)\notherwise me'
    tree = parse(text, "assign")
    assert format(tree) == 'when amount > 1 and total > 2 then role("finance")\notherwise me'


@pytest.mark.parametrize("operator", ["=", "==", "!=", "<>", "<", "<=", ">", ">="])
@pytest.mark.parametrize(
    "operand",
    ["a", "a.b", "客户.等级", "`a b`", "f(x)", "[1]", "(a)", "1", '"t"', "3 days", "2026-01-31", "5%", "true"],
)
def test_every_operator_after_every_kind_of_operand(operand: str, operator: str) -> None:
    assert isinstance(parse(f"{operand} {operator} 1"), Compare)
    assert isinstance(parse(f"{operand}{operator}1"), Compare)


# ---- parse ∘ format is the identity -----------------------------------------------------------------------------------

names = st.sampled_from(
    ["a", "amount", "due", "客户", "等级", "and", "预计 金额", "x`y", "is", "包含", "times", "me"]
).map(Name)
literals = st.one_of(
    st.decimals(0, 10**9, places=3).map(Literal),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=6).map(Literal),
    st.sampled_from([None, True, False]).map(Literal),
    st.dates().map(Literal),
    st.sampled_from(["3 days", "1 month", "2.5 hours", "1 workday", "2026-01-31T09:00+08:00"]).map(parse),
)


def extended(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(inner, min_size=2, max_size=4)
    chains = st.one_of(
        several.map(lambda parts: Chain(tuple(parts), ("and",) * (len(parts) - 1))),
        several.map(lambda parts: Chain(tuple(parts), ("or",) * (len(parts) - 1))),
        several.map(lambda parts: Chain(tuple(parts), ("&",) * (len(parts) - 1))),
        several.map(lambda parts: Chain(tuple(parts), ("^",) * (len(parts) - 1))),
        several.map(lambda parts: Chain(tuple(parts), ("+", "-", "+")[: len(parts) - 1])),
        several.map(lambda parts: Chain(tuple(parts), ("/", "*", "/")[: len(parts) - 1])),
    )
    comparators = ["=", "!=", "<", "<=", ">", ">=", "in", "not in", "contains", "starts with", "ends with", "matches"]
    return st.one_of(
        chains,
        st.builds(Compare, st.sampled_from(comparators), inner, inner),
        st.builds(Unary, st.sampled_from(["not", "-", "%", "is empty", "is not empty", "changed"]), inner),
        st.builds(Between, inner, inner, inner),
        st.builds(Attribute, names, st.sampled_from(["b", "等级", "x y", "in", "changed"])),
        st.lists(inner, max_size=3).map(lambda items: ListLiteral(tuple(items))),
        st.builds(Call, st.sampled_from(["SUM", "today", "f"]), st.lists(inner, max_size=3).map(tuple)),
        st.builds(Lambda, st.just("row"), inner).map(lambda each: Call("ALL", (Name("lines"), each))),
    )


@given(st.recursive(st.one_of(names, literals), extended, max_leaves=20), st.sampled_from(["en", "zh"]))
def test_parsing_what_was_printed_gives_the_tree_again(tree: Expression, language: str) -> None:
    assert parse(format(tree, language)) == tree


BLOCKS = [
    ("assign", 'when a > 1 then role("x") - me because "why"\nand also when b then c\nand also d\notherwise e'),
    ("assign", "chain(me, up to 3)"),
    (
        "decide",
        'approve when a because {zh: "小", en: "small"}\nreject when b\napprove\nrequire comment, attachment when c',
    ),
    (
        "deadline",
        "due 2 workdays\nremind a 4 hours before\ncc b at due, at most 2 times\nset s = 1 + 2 every 1 day after\ntimeout at due",
    ),
    (
        "rules",
        'define f(x, y) = x + y\ndefine g = 1\ntable t (unique)\n  a | b.c | -> out\n  > 1 | - | -> 1\n  1 .. 2 | "x", "y" | -> 2',
    ),
]


@pytest.mark.parametrize(("start", "text"), BLOCKS, ids=[f"{start}-{len(text)}" for start, text in BLOCKS])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_blocks_survive_printing(start: Any, text: str, language: str) -> None:
    tree = parse(text, start)
    assert parse(format(tree, language), start) == tree
