"""The drawing says, in the reader's language, who has the work, by when, on which condition, and where the record is."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from tests.flow.documents import BOSS, DONE, START, app_of, edge, flow, node

from formwright.flow.drawing import draw
from formwright.flow.model import Flow, Marking, Token
from formwright.flow.words import condition, owner, time_limit
from formwright.packages.folder import read_folder
from formwright.schema.document import examine
from formwright.schema.model import App

SVG = "{http://www.w3.org/2000/svg}"
QUOTE = Path(__file__).parents[1] / "apps" / "quote"


@pytest.fixture(scope="module")
def quote() -> tuple[App, Flow]:
    app, _ = examine(read_folder(QUOTE).document)
    return app, app.parts["flows"]["quote_approval"]


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 - our own text


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in parsed(svg).iter(f"{SVG}text")]


def card(svg: str, node_id: str) -> ElementTree.Element:
    return next(each for each in parsed(svg).iter(f"{SVG}g") if each.get("data-node") == node_id)


def test_a_card_says_who_by_when_and_what_kind_of_step_it_is(quote: tuple[App, Flow]) -> None:
    app, approval = quote
    chinese, english = (draw(app, approval, language=language) for language in ("zh", "en"))
    assert {"主管审批", "发起人的主管 / 销售主管", "限 2 个工作日"} <= set(texts(chinese))
    assert {"Manager", "within 2 working days", "Legal"} <= set(texts(english))
    spoken = card(english, "manager").get("aria-label") or ""
    assert spoken == "Manager, Approve, manager of the initiator / Sales manager, within 2 working days"


def test_conditions_stand_on_the_edges_with_the_labels_of_the_form(quote: tuple[App, Flow]) -> None:
    app, approval = quote
    assert {"总额 > 会审起点金额", "否则"} <= set(texts(draw(app, approval, language="zh")))
    assert "otherwise" in texts(draw(app, approval, language="en"))


def test_where_the_record_is_stands_there_in_words(quote: tuple[App, Flow]) -> None:
    app, approval = quote
    marking = Marking((Token("legal", True, 1), Token("money", True, 2), Token("both", False)))
    svg = draw(app, approval, language="en", marking=marking, passed=("start", "manager", "split"), late=("money",))
    assert card(svg, "legal").get("class") == "node node-approve is-current"
    assert card(svg, "money").get("class") == "node node-approve is-current is-late"
    assert (card(svg, "money").get("aria-label") or "").endswith("You are here, Late")
    assert card(svg, "both").get("class") == "node node-join is-waiting"
    assert card(svg, "manager").get("class") == "node node-approve is-passed"
    assert card(svg, "done").get("class") == "node node-end"
    assert texts(svg).count("You are here") == 2
    description = parsed(svg).findtext(f"{SVG}desc") or ""
    assert "You are here: Legal, Finance." in description
    assert "Late: Finance." in description


def test_a_page_with_a_strict_policy_shows_it(quote: tuple[App, Flow]) -> None:
    app, approval = quote
    svg = draw(app, approval, language="zh")
    assert not re.search(r"\sstyle=|<style|<script|\son\w+=|href", svg)
    root = parsed(svg)
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    assert (root.get("aria-labelledby") or "").split() == ids
    assert 'id="second-title"' in draw(app, approval, language="zh", name="second")
    assert draw(app, approval, language="zh") == svg


def test_what_people_write_cannot_break_out_of_the_drawing() -> None:
    nasty = '<script>alert("x")</script>'
    app = app_of(
        flow(
            [{**START, "name": nasty}, {**BOSS, "name": nasty, "assign": 'member("<b>@x")'}, DONE],
            [edge("start boss"), edge("boss done")],
        )
    )
    svg = draw(app, app.parts["flows"]["f"], language="en")
    parsed(svg)
    assert "<script" not in svg


def test_a_flow_can_run_from_left_to_right(quote: tuple[App, Flow]) -> None:
    app, approval = quote
    root = parsed(draw(app, approval, language="en", direction="right"))
    assert float(root.get("width") or 0) > float(root.get("height") or 0)


def test_a_broken_flow_is_drawn_all_the_same() -> None:
    app = app_of(
        flow([node("approve", "a", assign="amont >"), node("handle", "b")], [edge("a b", when="amont >"), edge("b a")])
    )
    assert "amont >" in texts(draw(app, app.parts["flows"]["f"], language="en"))


@pytest.mark.parametrize(
    ("rule", "zh", "en"),
    [
        ("initiator", "发起人", "the initiator"),
        ("manager(owner)", "记录负责人的主管", "manager of the record's owner"),
        ('role("legal")', "Legal", "Legal"),
        ('role("legal") - initiator', "Legal，除发起人", "Legal, except the initiator"),
        ('role("legal") in department(initiator)', "发起人所在部门的Legal", "Legal in the department of the initiator"),
        ('handler("boss")', "“主管”的处理人", "whoever handled Boss"),
        ("owner.manager", "记录负责人的主管", "manager of the record's owner"),
        ('round_robin(role("legal"))', "轮流：Legal", "in turn: Legal"),
        (
            "when amount > 5 then owner\notherwise initiator",
            "记录负责人 / 发起人",
            "the record's owner / the initiator",
        ),
        ('member("a@example.com")', "a@example.com", "a@example.com"),
    ],
)
def test_owners_are_said_as_one_would_say_them(rule: str, zh: str, en: str) -> None:
    app = app_of(flow([START, {**BOSS, "assign": rule}, DONE], [edge("start boss"), edge("boss done")]))
    approval = app.parts["flows"]["f"]
    assert owner(app, approval, approval.nodes[1], "zh") == zh
    assert owner(app, approval, approval.nodes[1], "en") == en


@pytest.mark.parametrize(
    ("rule", "zh", "en"),
    [
        ("due 2 days", "限 2 天", "within 2 days"),
        ("due 1 workday", "限 1 个工作日", "within 1 working day"),
        ("due until", "截止：Until", "due Until"),
    ],
)
def test_time_limits_are_said_in_words(rule: str, zh: str, en: str) -> None:
    app = app_of(flow([START, {**BOSS, "deadline": rule}, DONE], [edge("start boss"), edge("boss done")]))
    approval = app.parts["flows"]["f"]
    assert time_limit(app, approval, approval.nodes[1], "zh") == zh
    assert time_limit(app, approval, approval.nodes[1], "en") == en


def test_a_long_condition_is_cut_short_and_whole_in_its_title() -> None:
    rule = " or ".join(f"amount > {number}00000" for number in range(1, 9))
    app = app_of(flow([START, BOSS, DONE], [edge("start boss"), edge("boss start", when=rule), edge("boss done")]))
    svg = draw(app, app.parts["flows"]["f"], language="en")
    pills = [each for each in parsed(svg).iter(f"{SVG}g") if each.get("class") == "pill"]
    (pill,) = [each for each in pills if each.find(f"{SVG}title") is not None]
    assert (pill.findtext(f"{SVG}text") or "").endswith("…")
    assert (pill.findtext(f"{SVG}title") or "").endswith("Amount > 800000")


def test_outcomes_are_called_by_their_labels() -> None:
    outcomes = [{"id": "later", "label": {"zh": "稍后", "en": "Later"}}]
    ways = [
        edge("start boss"),
        edge("boss done", outcome="approve"),
        edge("boss done", outcome="later"),
        edge("boss start", outcome="reject"),
    ]
    app = app_of(flow([START, {**BOSS, "outcomes": outcomes}, DONE], ways))
    approval = app.parts["flows"]["f"]
    said = [condition(app, approval, each, "en") for each in approval.edges]
    assert said == ["", "approved", "Later", "rejected"]
