"""The end users' pages as plain HTTP: they work without scripts, and show nobody more than their rights do."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient

from formwright.accounts.directory import directory
from formwright.accounts.sign_in import open_session
from formwright.schema.access import app_for
from formwright.schema.field_types import field_types
from formwright.schema.model import Field
from formwright.web.gate import SESSION_COOKIE
from tests.web.office import Office

LIST = "/apps/sales/forms/quote"


class Visitor:
    """A browser without scripts, signed in."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.token = ""

    def get(self, path: str, status: int = 200, **headers: str) -> str:
        answer = self.client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        assert answer.status_code == status, (answer.status_code, answer.get_data(as_text=True)[:2000])
        page = answer.get_data(as_text=True)
        if found := re.search(r'name="csrf-token" content="([^"]*)"', page):
            self.token = found[1]
        return unescape(page)

    def post(self, path: str, status: int = 302, **fields: str) -> str:
        answer = self.client.post(path, data={**fields, "csrf_token": self.token})
        assert answer.status_code == status, (answer.status_code, answer.get_data(as_text=True)[:2000])
        return answer.headers.get("Location", "") if status == 302 else unescape(answer.get_data(as_text=True))


@pytest.fixture
def browse(office: Office) -> Callable[[str], Visitor]:
    """`browse("rep")`: that member's browser."""

    def sign_in(name: str) -> Visitor:
        with office.product.database.write() as session:
            member = directory(session).find(f"{name}@example.com")
            assert member is not None
            key = open_session(session, member, address="", device="", now=office.now)
        client = office.app.test_client()
        client.set_cookie(SESSION_COOKIE, key)
        return Visitor(client)

    return sign_in


def test_a_record_is_written_and_changed_without_scripts(office: Office, browse: Callable[[str], Visitor]) -> None:
    rep = browse("rep")
    page = rep.get("/apps/sales/forms/customer/records/new", Accept_Language="en")
    name = re.search(r'name="(f\d+)"[^>]*aria-required="true"', page)
    assert name
    where = rep.post("/apps/sales/forms/customer/records/new", **{name[1]: "Plain & Sons"}, action="submit")
    page = rep.get(where)
    assert "Plain & Sons" in page
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    rep.post(where, **{name[1]: "Plainer & Sons"}, version=version[1], action="save")
    assert "Plainer & Sons" in rep.get(where)


def test_what_is_missing_is_said_at_its_field_and_the_rest_stays(
    office: Office, browse: Callable[[str], Visitor]
) -> None:
    rep = browse("rep")
    rep.get(f"{LIST}/records/new")
    page = rep.post(f"{LIST}/records/new", 422, action="submit")
    assert 'role="alert"' in page
    assert re.search(r'<p class="error" id="f\d+-error">[^<]+', page)


def test_a_task_is_handled_without_scripts_and_only_by_its_assignee(
    office: Office, browse: Callable[[str], Visitor]
) -> None:
    office.quote(quantity=10, discount="0.1")
    task = office.li_na.task()
    manager, stranger = browse("li.na"), browse("rep")
    assert task["record"]["title"] in manager.get("/")
    page = manager.get(f"/tasks/{task['id']}")
    assert 'value="approve"' in page
    stranger.get(f"/tasks/{task['id']}", 403)
    assert manager.post(f"/tasks/{task['id']}", action="approve") == "/"
    assert 'href="/tasks/' not in manager.get("/")
    assert 'role="alert"' in manager.post(f"/tasks/{task['id']}", 409, action="approve")


def test_pages_show_no_field_that_is_hidden_and_no_record_that_is_not_theirs(
    office: Office, browse: Callable[[str], Visitor]
) -> None:
    office.quote()
    mine = office.rep.get("/apps/sales/forms/quote/records").json["items"][0]["id"]
    assert f"/records/{mine}" in browse("rep").get(LIST)
    cost = 'data-live="f{}"'.format(1 + [each.id for each in _fields(office)].index("cost"))
    assert cost not in browse("rep").get(f"{LIST}/records/{mine}")
    assert cost in browse("li.na").get(f"{LIST}/records/{mine}")
    outsider = browse("rep2")
    assert f"/records/{mine}" not in outsider.get(LIST)
    outsider.get(f"{LIST}/records/{mine}", 404)


def test_a_record_is_kept_as_a_draft_talked_about_withdrawn_and_deleted(
    office: Office, browse: Callable[[str], Visitor]
) -> None:
    rep = browse("rep")
    rep.get(f"{LIST}/records/new")
    where = rep.post(f"{LIST}/records/new", action="draft")
    assert 'value="submit"' in rep.get(where)
    rep.post(f"{where}/delete")
    rep.get(where, 404)

    quote = office.quote()
    where = f"{LIST}/records/{quote['id']}"
    assert 'value="withdraw"' in rep.get(where)
    assert rep.post(f"{where}/comments", text="Any news, @li.na@example.com?") == where
    assert "Any news" in rep.get(where)
    assert rep.post(f"{where}/flow", action="withdraw") == where
    assert "已撤回" in rep.get(where)


def test_a_relation_offers_only_what_its_reader_sees(office: Office, browse: Callable[[str], Visitor]) -> None:
    office.customer("Acme")
    path = f"{LIST}/pick/customer"
    seen = office.rep.get("/apps/sales/forms/customer/records").json["items"]
    rep = browse("rep")
    rep.get("/")
    offered = rep.client.post(path, data={"q": "Acme", "csrf_token": rep.token}).json
    assert offered is not None
    assert {each["id"] for each in offered["items"]} == {each["id"] for each in seen if "Acme" in each["title"]}


def _fields(office: Office) -> tuple[Field, ...]:
    with office.product.database.read() as session:
        return app_for(session, "sales").forms["quote"].fields


def test_a_list_says_what_is_wrong_with_a_rule_and_htmx_gets_only_the_list(
    office: Office, browse: Callable[[str], Visitor]
) -> None:
    rep = browse("rep")
    assert 'role="alert"' in rep.get(f"{LIST}?filter=totl+>+5")
    part = rep.get(LIST, HX_Request="true", HX_Request_Type="partial")
    assert "<html" not in part
    assert "table" in part


def test_every_field_type_can_be_filled_in_and_shown(office: Office) -> None:
    for name, _ in field_types.items():
        macros = office.app.jinja_env.get_template(f"fields/{name}.html").module
        assert callable(getattr(macros, "input", None)), name
        assert callable(getattr(macros, "value", None)), name
