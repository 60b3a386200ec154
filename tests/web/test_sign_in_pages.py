"""Signing in with a browser: sessions, the CSRF token, and who may send from where."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from tests.web.office import Office

PASSWORD = "correct horse battery"


@pytest.fixture
def browser(office: Office) -> FlaskClient:
    office.admin.patch("/members/rep@example.com", {"password": PASSWORD}).expect(200)
    client = office.app.test_client()
    response = client.post("/sign-in", data={"email": "rep@example.com", "password": PASSWORD})
    assert response.status_code == 302
    return client


def csrf(client: FlaskClient) -> str:
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/").text)
    assert found
    return found[1]


def test_who_is_not_signed_in_is_led_to_the_door_and_back(office: Office) -> None:
    client = office.app.test_client()

    response = client.get("/apps/sales/forms/quote")

    assert response.status_code == 302
    assert response.location == "/sign-in?next=/apps/sales/forms/quote"


def test_a_wrong_password_says_nothing_about_the_account(office: Office) -> None:
    client = office.app.test_client()

    answers = {
        client.post("/sign-in", data={"email": email, "password": "wrong"}).text.replace(email, "")
        for email in ("rep@example.com", "nobody@example.com")
    }

    assert len(answers) == 1


def test_an_unsafe_call_with_a_session_needs_the_token(browser: FlaskClient) -> None:
    body = {"values": {"name": "Acme"}}
    path = "/api/v1/apps/sales/forms/customer/records"

    without = browser.post(path, json=body)
    foreign = browser.post(path, json=body, headers={"X-CSRF-Token": csrf(browser), "Origin": "https://evil.example"})
    good = browser.get("/api/v1/me")

    assert (without.status_code, without.get_json(force=True)["code"]) == (403, "csrf")
    assert (foreign.status_code, foreign.get_json(force=True)["code"]) == (403, "csrf")
    assert good.get_json()["email"] == "rep@example.com"


def test_signing_out_ends_the_session(browser: FlaskClient) -> None:
    browser.post("/sign-out", data={"csrf_token": csrf(browser)})

    assert browser.get("/api/v1/me").status_code == 401


def test_a_new_password_ends_every_session(office: Office, browser: FlaskClient) -> None:
    office.admin.patch("/members/rep@example.com", {"password": PASSWORD + "!"}).expect(200)

    assert browser.get("/api/v1/me").status_code == 401


def test_every_page_forbids_foreign_scripts(browser: FlaskClient) -> None:
    policy = browser.get("/").headers["Content-Security-Policy"]

    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_nobody_is_sent_to_another_site(office: Office) -> None:
    office.admin.patch("/members/rep@example.com", {"password": PASSWORD}).expect(200)
    for target in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        client = office.app.test_client()
        response = client.post("/sign-in", data={"email": "rep@example.com", "password": PASSWORD, "next": target})
        assert response.location == "/", target


def test_somebody_else_may_sign_in_where_one_is_signed_in(office: Office, browser: FlaskClient) -> None:
    office.admin.patch("/members/fin@example.com", {"password": PASSWORD}).expect(200)

    response = browser.post("/sign-in", data={"email": "fin@example.com", "password": PASSWORD})

    assert response.status_code == 302
    assert browser.get("/api/v1/me").get_json()["email"] == "fin@example.com"
