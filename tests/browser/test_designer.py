"""An administrator changes an app in the browser and publishes it; nothing but the browser is used for the changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from formwright.accounts.directory import directory
from formwright.accounts.model import SYSTEM
from formwright.accounts.operations import import_org, set_password
from formwright.packages.dialect import load
from formwright.packages.folder import read_folder
from formwright.packages.operations import install
from formwright.schema.access import app_for
from tests.conftest import DESKTOP, PHONE
from tests.sites import Site
from tests.web.office import QUOTES, STANDARD_ORG

NOW = datetime.now(UTC)
PASSWORD = "correct horse battery"


@pytest.fixture
def design(site: Site, new_page: Callable[..., Page]) -> Callable[..., Page]:
    """Call it for a page of the administrator, signed in, in the designer of the quote app."""
    with site.product.database.write() as session:
        import_org(session, load(STANDARD_ORG.read_bytes(), "org.yaml")[0], actor=SYSTEM, now=NOW)
        install(session, read_folder(QUOTES), actor=SYSTEM, now=NOW)
        admin = directory(session).find("admin@example.com")
        assert admin is not None
        set_password(session, admin, PASSWORD, actor=SYSTEM, now=NOW)

    def open(size: tuple[int, int] = DESKTOP, **options: Any) -> Page:
        page = new_page(size, **options)
        page.goto(f"{site.url}/sign-in?next=/design/sales")
        page.fill("#email", "admin@example.com")
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_url("**/design/sales")
        return page

    return open


def saved(page: Page) -> None:
    expect(page.locator("#save-state")).to_have_text("草稿已保存")


def test_a_field_is_added_named_and_published(design: Callable[..., Page], site: Site) -> None:
    page = design()
    page.click(".rail a:has-text('报价单')")
    page.click(".palette button[data-type=money]")
    page.locator(".panel").get_by_label("名称 中文").fill("包装费")
    page.locator(".panel").get_by_label("名称 English").fill("Packing")
    saved(page)
    page.click("text=检查并发布")

    expect(page.locator(".changes")).to_contain_text("包装费")
    page.click("button:has-text('发布')")

    expect(page.locator(".notice.good").first).to_contain_text("2")
    with site.product.database.read() as session:
        field = app_for(session, "sales").forms["quote"].field("money")
    assert field is not None
    assert field.label == {"zh": "包装费", "en": "Packing"}


def test_a_node_with_an_assign_rule_is_put_on_a_line(design: Callable[..., Page], site: Site) -> None:
    page = design()
    page.click(".rail a:has-text('报价审批')")
    page.locator(".drawing .add[aria-label*='主管审批']").first.click()
    page.locator("dialog[open] .palette button:has-text('审批')").first.click()
    page.get_by_label("名称 中文").fill("服务确认")
    page.get_by_label("负责人", exact=True).fill('role("legal")')
    saved(page)
    expect(page.locator(".drawing")).to_contain_text("服务确认")
    page.click("text=检查并发布")
    page.click("button:has-text('发布')")
    expect(page.locator(".notice.good").first).to_contain_text("2")

    with site.product.database.read() as session:
        flow = app_for(session, "sales").parts["flows"]["quote_approval"]
    assert any(node.name["zh"] == "服务确认" and node.assign == 'role("legal")' for node in flow.nodes)


def test_a_broken_rule_is_named_at_its_place_and_not_published(design: Callable[..., Page], site: Site) -> None:
    page = design()
    page.click(".rail a:has-text('报价单')")
    page.click("[data-field=total]")
    rule = page.locator("textarea[data-pointer$='/compute']")
    rule.fill("SUM(lines.amout)")

    expect(page.locator("[data-findings$='/compute']")).to_contain_text("amount")
    expect(rule).to_have_attribute("aria-invalid", "true")
    expect(page.locator("[data-field=total]")).to_have_class("canvas-field wrong")
    page.click("text=检查并发布")
    page.click("button:has-text('发布')")
    expect(page.locator(".notice.bad").first).to_be_visible()
    with site.product.database.read() as session:
        assert app_for(session, "sales").publication == 1


def test_a_rule_is_completed_while_it_is_typed(design: Callable[..., Page]) -> None:
    page = design()
    page.click(".rail a:has-text('报价单')")
    page.click("[data-field=total]")
    rule = page.locator("textarea[data-pointer$='/compute']")
    rule.fill("")
    rule.press_sequentially("disc")

    offer = page.locator(".offers-list:visible li").first
    expect(offer).to_be_visible()
    rule.press("ArrowDown")
    rule.press("Enter")
    assert rule.input_value() == "discount_rate"


def test_undo_brings_a_removed_field_back(design: Callable[..., Page]) -> None:
    page = design()
    page.click(".rail a:has-text('报价单')")
    page.click("[data-field=region]")
    page.click("button:has-text('删除字段')")
    expect(page.locator("[data-field=region]")).to_have_count(0)
    page.click("#undo")
    expect(page.locator("[data-field=region]")).to_have_count(1)


def test_fields_move_by_keyboard(design: Callable[..., Page]) -> None:
    page = design()
    page.click(".rail a:has-text('报价单')")
    page.focus("[data-field=remark]")
    page.keyboard.press("Alt+ArrowDown")

    row = page.locator(".canvas-row", has=page.locator("[data-field=status]"))
    expect(row.locator("[data-field=remark]")).to_have_count(1)


def test_a_threshold_is_changed_without_touching_a_rule(design: Callable[..., Page], site: Site) -> None:
    page = design()
    page.fill("#p-director_from", "80000")
    page.click("button:has-text('保存到草稿')")
    page.click("button:has-text('发布')")

    expect(page.locator(".notice.good").first).to_contain_text("2")
    with site.product.database.read() as session:
        assert app_for(session, "sales").parameters[0].default == 80000


def test_the_designer_fits_a_phone_and_speaks_english(design: Callable[..., Page]) -> None:
    page = design(PHONE, is_mobile=True, has_touch=True)
    page.click("[data-toggle=rail]")
    page.click(".rail a:has-text('报价单')")
    page.locator("[data-field=customer]").tap()

    expect(page.get_by_label("名称 中文")).to_have_value("客户")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
