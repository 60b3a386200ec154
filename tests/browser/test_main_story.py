"""The main job from end to end: a quote on a phone, a return, a passed deadline, "why?", a changed threshold, the same text out."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from formwright.accounts.directory import directory
from formwright.jobs.worker import Worker
from formwright.packages.catalog import packaged
from formwright.packages.folder import files_of
from formwright.packages.operations import export
from formwright.schema.access import app_for
from tests.browser.test_runtime import ADMIN, MANAGER, QUOTES, REP, choose, computed, crm, sign_in
from tests.conftest import PHONE
from tests.sites import Site

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["crm"]

DIRECTOR = "sales.director@example.com"


def fill_quote(page: Page, site: Site, *, discount: str) -> str:
    """Submit a quote of ten pieces; the path of its record."""
    sign_in(page, site, REP, f"{QUOTES}/records/new")
    page.wait_for_selector(".ts-wrapper")
    computed(page, lambda: choose(page, "[data-field=f2]", "Funholding"))
    computed(page, lambda: choose(page, "[data-cell='f6-0-c1']", "GTX Basic"))
    computed(page, lambda: page.fill("[name='f6-0-c3']", "10"))
    computed(page, lambda: page.fill("[name='f6-0-c5']", discount))
    page.click("button[value=submit]")
    page.wait_for_url(re.compile(r"/records/\d+$"))
    return page.url.removeprefix(site.url)


def open_task(page: Page, site: Site, who: str, record: str) -> None:
    """Go from my work to the task on this record."""
    sign_in(page, site, who)
    with site.product.database.read() as session:
        member = directory(session).find(who)
    assert member is not None
    page.locator(".task-list a").first.click()
    page.wait_for_selector("button[value=approve]")
    assert record.rpartition("/")[2] in page.content()


def test_from_a_phone_over_a_return_and_a_passed_deadline_to_a_new_threshold(
    crm: Site,
    new_page: Callable[..., Page],
) -> None:
    rep = new_page(PHONE, is_mobile=True, has_touch=True)
    record = fill_quote(rep, crm, discount="10")

    # The manager sends it back; the rep finds it in their work, and submits it again.
    manager = new_page()
    open_task(manager, crm, MANAGER, record)
    manager.fill("#task-comment", "Why 10 %?")
    manager.click("[data-dialog=return-dialog]")
    manager.click("button[value=return]")
    manager.wait_for_selector("#toasts .good")
    rep.goto(crm.url + "/")
    rep.locator(".task-list a").first.click()
    assert "Why 10 %?" in rep.text_content("main")
    rep.click("button[value=submit]")
    rep.wait_for_selector("#toasts .good")

    # Nobody does anything: a day after the deadline it goes to the manager's manager.
    Worker(crm.product.database, crm.product.clock).run_due(now=crm.product.clock.now() + timedelta(days=10))
    director = new_page()
    open_task(director, crm, DIRECTOR, record)
    director.click("[hx-target='#why']")
    director.wait_for_selector("#why .notice")
    director.click("button[value=approve]")
    director.wait_for_selector("#toasts .good")
    rep.goto(crm.url + record)
    assert "Approved" in rep.inner_text("main")

    # The administrator lowers a threshold in the browser; a quote that runs stays on its version.
    admin = new_page()
    running = fill_quote(rep, crm, discount="12")
    sign_in(admin, crm, ADMIN, "/design/crm")
    admin.fill("#p-manager_discount", "11%")
    admin.click("button:has-text('保存到草稿')")
    admin.click("button:has-text('发布')")
    admin.wait_for_selector(".notice.good")
    rep.goto(crm.url + running)
    assert "Manager" in rep.inner_text("main aside")
    fill_quote(rep, crm, discount="12")
    sign_in(director, crm, DIRECTOR)
    assert director.locator(".task-list .badge", has_text="总监审批").count() >= 1

    # The same text comes out, but for the one threshold.
    with crm.product.database.read() as session:
        out = dict(files_of(export(session, "crm")))
        assert app_for(session, "crm").publication == 2
    was = dict(files_of(packaged("crm")))
    assert {path for path in was if was[path] != out.get(path)} == {"app.yaml"}
    changed = set(out["app.yaml"].splitlines()) - set(was["app.yaml"].splitlines())
    assert [line.strip() for line in changed] == [b"default: 0.11"]
