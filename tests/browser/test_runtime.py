"""The pages of end users in a real browser: filling with live values, approving on a phone, losing nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import pytest

from formwright.packages import demo
from formwright.settings import Settings
from tests.sites import Site, served

if TYPE_CHECKING:
    from playwright.sync_api import Page

REP, MANAGER, ADMIN = "moses.frase@example.com", "dustin.brinkmann@example.com", "admin@example.com"
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
QUOTES, ACCOUNTS = "/apps/crm/forms/quotes", "/apps/crm/forms/accounts"
DESKTOP, PHONE = (1440, 900), (390, 844)
BOTH_SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
BOTH_LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])


@pytest.fixture
def crm(site_of_its_own: Settings) -> Iterator[Site]:
    """The demo: a CRM with people, records and a little work in everybody's list."""
    with served(site_of_its_own) as site:
        demo.prepare(site.product.database, now=site.product.clock.now())
        yield site


def sign_in(page: Page, site: Site, email: str, then: str = "/") -> None:
    page.goto(f"{site.url}/sign-in?next={then}")
    page.fill("[name=email]", email)
    page.fill("[name=password]", demo.PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"{site.url}{then}")


def choose(page: Page, cell: str, text: str) -> None:
    """Pick the first record that a search box finds."""
    page.click(f"{cell} .ts-control")
    with page.expect_response(
        lambda answer: "/pick/" in answer.url and f"q={quote_plus(text)}" in (answer.request.post_data or "")
    ):
        page.keyboard.type(text)
    page.locator(".ts-dropdown:visible .option", has_text=text).first.click()


def computed(page: Page, act: Callable[[], Any]) -> None:
    """Do something in the form and wait until the server has said what follows."""
    with page.expect_response(re.compile("/compute")):
        act()


def new_quote(page: Page, site: Site) -> None:
    """Fill a quote of 10 at 10 % discount, up to its submission."""
    sign_in(page, site, REP, f"{QUOTES}/records/new")
    page.wait_for_selector(".ts-wrapper")
    computed(page, lambda: choose(page, "[data-field=f2]", "Funholding"))
    computed(page, lambda: choose(page, "[data-cell='f6-0-c1']", "GTX Basic"))
    computed(page, lambda: page.fill("[name='f6-0-c3']", "10"))
    computed(page, lambda: page.fill("[name='f6-0-c5']", "10"))


def test_a_quote_fills_itself_while_it_is_typed_and_is_submitted(crm: Site, page: Page) -> None:
    new_quote(page, crm)
    assert page.inner_text("[data-field=f3] .ts-control").strip() == "Funholding"
    assert page.input_value("[name='f6-0-c4']") == "550"
    page.wait_for_function("document.querySelector('[data-live=f7]').innerText.includes('4,950.00')")
    page.click("button[value=submit]")
    page.wait_for_url(re.compile(r"/records/\d+$"))
    assert page.locator(".drawing .is-current").count() == 1
    assert page.evaluate("Object.keys(localStorage)") == []


def test_what_was_typed_comes_back_after_the_page_was_closed(crm: Site, page: Page) -> None:
    new_quote(page, crm)
    page.reload()
    page.click("[data-restore]")
    page.wait_for_function("document.querySelector('[data-live=f7]').innerText.includes('4,950.00')")
    assert page.input_value("[name='f6-0-c3']") == "10"
    assert page.inner_text("[data-field=f2] .ts-control").strip().startswith("Funholding")


def test_errors_stand_at_their_fields_and_nothing_typed_is_lost(crm: Site, page: Page) -> None:
    new_quote(page, crm)
    page.fill("[name=f5]", "2020-01-01")
    page.click("button[value=submit]")
    page.wait_for_selector("[role=alert]")
    assert page.inner_text("#f5-error")
    assert page.get_attribute("[name=f5]", "aria-invalid") == "true"
    assert page.input_value("[name='f6-0-c3']") == "10"
    page.fill("[name=f5]", "2030-01-01")
    page.click("button[value=submit]")
    page.wait_for_url(re.compile(r"/records/\d+$"))


def test_rows_are_pasted_from_a_spreadsheet(crm: Site, page: Page) -> None:
    sign_in(page, crm, REP, f"{QUOTES}/records/new")
    page.wait_for_selector(".ts-wrapper")
    page.focus("[name='f6-0-c3']")
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.setData("text/plain", "2\\t1,200.5\\t5%\\n3\\t80\\t0");
          document.activeElement.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }"""
    )
    page.wait_for_selector("[name='f6-1-c3']")
    page.wait_for_function("document.querySelector(\"[name='f6-1-c5']\").value === '0'")
    values = [[page.input_value(f"[name='f6-{row}-c{column}']") for column in (3, 4, 5)] for row in (0, 1)]
    assert values == [["2", "1200.5", "5"], ["3", "80", "0"]]


def test_a_manager_approves_on_a_phone_and_a_second_window_hears_of_it(
    crm: Site, phone: Page, new_page: Callable[..., Page]
) -> None:
    new_quote(new_page(), crm)
    other = new_page()
    sign_in(phone, crm, MANAGER)
    task = phone.get_attribute(".task-list a >> nth=0", "href") or ""
    sign_in(other, crm, MANAGER, task)
    phone.goto(crm.url + task)
    bar = phone.locator("button[value=approve]").bounding_box()
    assert bar is not None
    assert bar["y"] + bar["height"] <= PHONE[1]
    phone.click("button[value=reject]")
    phone.wait_for_selector("[role=alert]")
    phone.click("button[value=approve]")
    phone.wait_for_selector("#toasts .good")
    other.click("button[value=approve]")
    other.wait_for_selector("main .notice.warn")
    assert "records/" in (other.get_attribute("main .button:not(.primary)", "href") or "")


def test_why_me_names_the_rule(crm: Site, page: Page) -> None:
    sign_in(page, crm, MANAGER)
    page.click(".task-list a >> nth=0")
    page.click("[hx-target='#why']")
    page.wait_for_selector("#why .notice")
    assert "manager" in page.inner_text("#why code")


def test_disjoint_edits_merge_and_real_conflicts_are_shown(
    crm: Site, page: Page, new_page: Callable[..., Page]
) -> None:
    other = new_page()
    sign_in(page, crm, ADMIN, ACCOUNTS)
    page.click("a.row-link >> nth=0")
    page.wait_for_url(re.compile(r"/records/\d+$"))
    sign_in(other, crm, ADMIN, page.url.removeprefix(crm.url))
    page.fill("[name=f2]", "First Ltd")
    page.click("button[value=save]")
    page.wait_for_selector("#toasts .good")
    other.fill("[name=f4]", "Other name")
    other.click("button[value=save]")
    other.wait_for_selector("#toasts .good")
    assert [other.input_value(f"[name={name}]") for name in ("f2", "f4")] == ["First Ltd", "Other name"]

    page.fill("[name=f4]", "My name")
    page.click("button[value=save]")
    page.wait_for_selector(".notice.warn")
    assert page.input_value("[name=f4]") == "My name"
    page.click("[data-take=f4]")
    page.click("button[value=save]")
    page.wait_for_selector("#toasts .good")
    assert page.input_value("[name=f4]") == "Other name"


def test_a_filter_is_built_by_pointing_and_taken_away_again(crm: Site, page: Page) -> None:
    sign_in(page, crm, REP, "/apps/crm/forms/opportunities?view=all")
    page.click("details.menu summary.button")
    page.select_option("[name=add_field]", "status")
    page.select_option("[name=add_value]", "won")
    page.click("filter-builder button")
    page.wait_for_selector(".chip")
    assert set(page.locator("table.list td:nth-child(8)").all_inner_texts()) <= {"赢单", "Won"}
    page.click(".chip a")
    page.wait_for_selector(".chip", state="detached")
    assert "filter=" not in page.url


@BOTH_SIZES
@BOTH_LANGUAGES
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    crm: Site, new_page: Callable[..., Page], size: tuple[int, int], language: str
) -> None:
    page = new_page(size, bypass_csp=True, color_scheme="dark" if language == "en" else "light")
    sign_in(page, crm, MANAGER)
    if language == "zh":
        page.click("details.menu summary")
        page.click("button[name=language]")
        page.wait_for_selector("html[lang=zh-CN]")
    page.goto(f"{crm.url}/")
    task = page.get_attribute(".task-list a >> nth=0", "href") or ""
    for path in (
        "/",
        "/apps/crm/forms/opportunities?view=all",
        "/apps/crm/forms/opportunities?view=board",
        f"{QUOTES}/records/new",
        task,
    ):
        page.goto(crm.url + path)
        if "new" in path:
            page.wait_for_selector(".ts-wrapper")
        page.evaluate(AXE.read_text())
        found = page.evaluate("axe.run().then(said => said.violations.map(each => [each.id, each.nodes[0].html]))")
        assert found == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], path
