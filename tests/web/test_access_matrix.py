"""Nobody reads a value that they may not, through any route: every registered route × every actor × every secret field."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from formwright.settings import Settings
from formwright.web.gate import Policy
from tests.web.exercises import CASES, NAMED, RECORDS, ROUTES, Ask, Asked, Closed
from tests.web.vault import MARKS, Vault

WHO_SEES = {email or "stranger": email for email in Vault.READS}
OWN_METHODS = {"HEAD", "OPTIONS"}


@pytest.fixture
def vault(site_of_its_own: Settings) -> Iterator[Vault]:
    made = Vault(site_of_its_own)
    yield made
    made.product.database.dispose()


def registered(app: Flask) -> Iterator[tuple[str, Rule, str]]:
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - OWN_METHODS):
            yield f"{method} {rule.endpoint}", rule, method


def asked(vault: Vault, email: str, ask: Ask) -> TestResponse:
    line = vault.li_na.get(f"{RECORDS}/{vault.case}").json["values"]["lines"][0]["id"]
    known = {"case": vault.case, "task": vault.task_id, "file": vault.file, "deal": vault.deal, "line": line}
    path = ask.path
    for name, value in known.items():
        path = path.replace(f"{{{name}}}", value)
    query = {name: _filled(text, known) for name, text in (ask.query or {}).items()}
    caller = vault.caller(email)
    return caller.client.open(
        path,
        method=ask.verb,
        query_string=query or None,
        json=_filled(ask.body, known) if ask.body is not None else None,
        data=ask.form,
        headers={**caller.headers, "Accept-Language": "en"},
    )


def _filled(value: Any, known: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return (
            known.get(value.removeprefix("{").removesuffix("}"), value)
            if value.startswith("{")
            else value.format(**known)
        )
    if isinstance(value, dict):
        return {key: _filled(inner, known) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, known) for inner in value]
    return value


def said(ask: Ask) -> str:
    """What the caller sent: an answer may say it back without telling anything."""
    return ask.path + json.dumps([ask.body, ask.form, ask.query], ensure_ascii=False, default=dict)


def said_without_help(text: str, hidden: Iterable[str]) -> str:
    """The answer without the name that it suggests instead, which depends on the spelling and is never a hidden one."""
    hint = re.compile(r""" Did you mean \\?['"]([^'"\\]*)\\?['"]\?|,"suggestion":(?:"([^"]*)"|null)""")
    suggested = {name for found in hint.findall(text) for name in found}
    assert not suggested & (set(hidden) - {"secret_phone"}), text
    return hint.sub("", text)


def test_every_route_has_a_policy_and_is_exercised(vault: Vault) -> None:
    endpoints = {each: rule for each, rule, _ in registered(vault.app)}
    without = [
        rule.endpoint
        for rule in vault.app.url_map.iter_rules()
        if rule.endpoint != "static"
        and not isinstance(getattr(vault.app.view_functions[rule.endpoint], "policy", None), Policy)
    ]

    assert without == []
    assert sorted(set(endpoints) - set(ROUTES)) == []
    assert sorted(set(ROUTES) - set(endpoints)) == []


@pytest.mark.parametrize("who", WHO_SEES)
def test_no_answer_holds_a_value_that_its_reader_may_not_see(vault: Vault, who: str) -> None:
    email = WHO_SEES[who]
    hidden = {field: marks for field, marks in MARKS.items() if field not in Vault.READS[email]}
    leaks, broken = [], []
    for name, exercise in ROUTES.items():
        for ask in exercise.asks if isinstance(exercise, Asked) else ():
            response = asked(vault, email, ask)
            text = response.get_data().decode("utf-8", "replace")
            response.close()
            if response.is_json or "json" in (response.content_type or ""):
                text = json.dumps(json.loads(text), ensure_ascii=False) if text else ""
            if response.status_code >= 500:
                broken.append((name, ask, response.status_code))
            own = said(ask)
            leaks += [
                (name, said(ask), field)
                for field, marks in hidden.items()
                for mark in marks
                if mark in text and mark not in own
            ]

    assert broken == []
    assert leaks == []


def test_the_manager_does_read_the_secrets(vault: Vault) -> None:
    """The matrix would be worth nothing if the values were nowhere."""
    record = vault.li_na.get(f"{RECORDS}/{vault.case}").response.text
    page = vault.li_na.client.get(f"{RECORDS}/{vault.case}", headers=vault.li_na.headers).text

    for text in (record, page):
        assert [
            field for field, marks in MARKS.items() if field != "secret_files" and not any(m in text for m in marks)
        ] == []


@pytest.mark.parametrize("who", [who for who in WHO_SEES if who != "li.na@example.com"])
def test_a_hidden_field_and_none_at_all_give_the_same_answer(vault: Vault, who: str) -> None:
    email = WHO_SEES[who]
    hidden = [name for name in NAMED if name in MARKS and name not in Vault.READS[email] and "." not in name]
    told = []
    for name in hidden:
        other = "z" * len(name)
        for ask in (
            Ask(f"/api/v1{RECORDS}", query={"sort": name}),
            Ask(f"/api/v1{RECORDS}", query={"fields": name}),
            Ask(f"/api/v1{RECORDS}", query={"filter": f"{name} = {name}"}),
            Ask(f"/api/v1{CASES}/aggregate", {"group_by": [name], "measures": {}}),
            Ask(f"/api/v1{RECORDS}", {"values": {"name": "x", name: None}}),
            Ask(f"/api/v1{RECORDS}/{{case}}/explain", query={"what": f"field:{name}"}),
            Ask("/api/v1/rules/check", {"expression": name, "app": "vault", "form": "case"}),
        ):
            if name == "secret_phone" and ("explain" in ask.path or "values" in (ask.body or ())):
                continue  # a masked field is known to be there
            swapped = json.loads(json.dumps([ask.body, ask.query]).replace(name, other))
            real = said_without_help(asked(vault, email, ask).text, hidden).replace(name, other)
            unreal = said_without_help(asked(vault, email, Ask(ask.path, swapped[0], query=swapped[1])).text, hidden)
            if real != unreal:
                told.append((name, ask.path, real[:300], unreal[:300]))

    assert told == []


@pytest.mark.parametrize("who", [who for who in WHO_SEES if who != "stranger"])
def test_the_doors_of_administrators_and_designers_are_closed(vault: Vault, who: str) -> None:
    arguments = {
        "app": "vault",
        "form": "case",
        "flow": "review",
        "number": 1,
        "member": 1,
        "role": "finance",
        "department": "east",
    }
    opened = []
    for name, rule, method in registered(vault.app):
        if not isinstance(ROUTES.get(name), Closed):
            continue
        path = rule.build({key: arguments[key] for key in rule.arguments})
        assert path is not None
        caller = vault.caller(WHO_SEES[who])
        response = caller.client.open(
            path[1], method=method, json={} if method != "GET" else None, headers=caller.headers
        )
        if response.status_code not in (403, 404):
            opened.append((name, response.status_code))

    assert opened == []


def test_a_revoked_role_is_gone_at_the_next_request(vault: Vault) -> None:
    before = vault.fin.get(f"{RECORDS}/{vault.case}")
    vault.admin.patch("/members/fin@example.com", {"roles": []}).expect(200)

    after = [vault.fin.get(f"{RECORDS}/{vault.case}").status, vault.fin.get(CASES).status]
    listed = vault.fin.get(RECORDS)

    assert before.status == 200
    assert after == [404, 404]
    assert listed.status == 404 or listed.json["items"] == []
    assert vault.caller("fin@example.com").client.get(CASES, headers=vault.fin.headers).status_code == 404


def test_a_draft_is_its_writers_alone(vault: Vault) -> None:
    draft = vault.rep.post(RECORDS, {"values": {"name": "Xq7draft"}, "draft": True}).expect(201)["id"]
    for email in set(Vault.READS) - {"rep@example.com"}:
        caller = vault.caller(email)
        for path in (RECORDS, f"{RECORDS}/{draft}", f"{RECORDS}/{draft}/history", f"{RECORDS}?q=Xq7draft"):
            assert "Xq7draft" not in caller.get(path).response.text
        page = caller.client.get(f"{RECORDS}/{draft}", headers=caller.headers)
        assert "Xq7draft" not in page.text
