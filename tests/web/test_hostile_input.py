"""Whatever is sent, nobody gets a 5xx, everybody gets a sentence with a place, and nothing is half written."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from formwright.settings import Settings
from tests.web.exercises import API, CASES, RECORDS
from tests.web.test_access_matrix import registered
from tests.web.vault import SECRETS, Vault

NASTY: dict[str, str] = {
    "a lone surrogate": r'"\ud800"',
    "NUL": r'"a\u0000b"',
    "2 to the 63": "9223372036854775808",
    "far below zero": "-99999999999999999999999999",
    "a huge exponent": "1e999999",
    "a tiny exponent": "1e-999999",
    "right to left": r'"\u202eabc\u202c\u2066"',
    "a megabyte": json.dumps("x" * 1_000_000),
    "deep": "[" * 90 + "]" * 90,
    "an object": '{"a": {"b": 1}}',
    "a list": '[1, "a", null, {}]',
    "true": "true",
    "a list of empty rows": "[{}, {}]",
    "a row that nobody has": '[{"id": "1"}]',
    "another id": '"99999999999999999999999"',
    "a date that is none": '"2026-02-31"',
    "the end of time": '"9999-12-31T23:59:59-23:59"',
    "the beginning of time": '"0001-01-01T00:00:00+14:00"',
    "not a number": '"NaN"',
    "endless": '"Infinity"',
    "markup": '"<script>alert(1)</script>"',
    "a formula": '"=cmd|calc"',
    "odd digits": '"٣٤"',
}
"""JSON as it is sent."""

FIELDS = (
    "name",
    "note",
    *SECRETS,
    "secret_files",
    "secret_deal",
    "lines",
    "hidden_lines",
    "owner",
    "id",
    "flow_status",
)
IDS = (
    "0",
    "-1",
    "99999999999999999999",
    "9223372036854775807",
    "x",
    "%00",
    "%ED%A0%80",
    "1e5",
    "1%2F2",
    "'; --",
    "٣",
    "a" * 3000,
)
ARGUMENTS = ("filter", "sort", "limit", "cursor", "fields", "count", "q", "view", "nothing")


@pytest.fixture
def vault(site_of_its_own: Settings) -> Iterator[Vault]:
    made = Vault(site_of_its_own)
    yield made
    made.product.database.dispose()


def send(
    vault: Vault, method: str, path: str, data: bytes | str, kind: str = "application/json", **more: Any
) -> TestResponse:
    headers = {**vault.li_na.headers, "Content-Type": kind, **more}
    return vault.li_na.client.open(path, method=method, data=data, headers=headers)


def refused_well(response: TestResponse) -> str:
    """What is wrong with a refusal; nothing for one that names a place or is about the whole, and says a sentence."""
    if response.status_code < 400:
        return ""
    if response.status_code >= 500:
        return f"{response.status_code}"
    if response.content_type != "application/problem+json":
        return f"{response.status_code} {response.content_type}"
    document = response.get_json(force=True)
    whole = document["status"] == response.status_code and document["code"] and document["errors"]
    said = all(each["code"] and each["message"] and "at" in each for each in document["errors"])
    return "" if whole and said else response.text[:300]


def how_many(vault: Vault) -> int:
    return int(vault.li_na.get(f"{RECORDS}?count=exact&limit=1").expect(200)["count"]["value"])


def test_nasty_values_in_every_kind_of_field(vault: Vault) -> None:
    before, made, odd = how_many(vault), 0, []
    for field in FIELDS:
        for name, value in NASTY.items():
            sent = f'{{"values": {{"name": "n", "{field}": {value}}}, "draft": true}}'
            response = send(vault, "POST", API + RECORDS, sent)
            made += response.status_code == 201
            wrong = refused_well(response)
            if response.status_code in (400, 422) and not response.get_json(force=True)["errors"][0]["at"]:
                wrong = wrong or ("" if response.status_code == 400 else "no place")
            if wrong:
                odd.append((field, name, wrong))

    assert odd == []
    assert how_many(vault) == before + made


def test_the_same_answer_for_a_nasty_text_on_both_databases(vault: Vault) -> None:
    statuses = {
        name: send(vault, "POST", API + RECORDS, f'{{"values": {{"name": {value}}}, "draft": true}}').status_code
        for name, value in NASTY.items()
    }

    # Written down once, so that SQLite and PostgreSQL are held to the same.
    assert {name for name, status in statuses.items() if status != 201} == {
        "a lone surrogate", "NUL", "a huge exponent", "a tiny exponent", "a megabyte", "deep", "an object", "a list", "true",
        "a list of empty rows", "a row that nobody has",
    }  # fmt: skip
    assert set(statuses.values()) <= {201, 400, 422}


def test_nasty_bodies_on_every_writing_route(vault: Vault) -> None:
    bodies: tuple[bytes, ...] = (
        b"", b"null", b"[]", b"5", b'"x"', b"{", b"\xff\xfe", b"[" * 100_000, b'{"values": {"name": NaN}}',
        b'{"a": ' * 200 + b"1" + b"}" * 200, b'{"values": null, "action": 5, "rows": "x", "text": [], "email": 1, "id": {}}',
        b'{"values": [1], "action": "\\ud800", "rows": [5], "text": "\\u0000", "name": {"zh": 5}, "expression": "("}',
        b'{"nobody": 1, "\\ud800": 2}',
    )  # fmt: skip
    known: dict[str, Any] = {
        "app": "vault", "form": "case", "record": vault.case, "task": vault.task_id, "member": "1", "department": "east",
        "role": "finance", "token": 0,
    }  # fmt: skip
    before, odd = how_many(vault), []
    for name, rule, method in registered(vault.app):
        if not name.split(" ")[1].startswith("api.") or method in ("GET", "DELETE"):
            continue
        _, path = rule.build({key: known[key] for key in rule.arguments}) or ("", "")
        for data in bodies:
            for caller in (vault.li_na, vault.admin):
                headers = {**caller.headers, "Content-Type": "application/json"}
                wrong = refused_well(caller.client.open(path, method=method, data=data, headers=headers))
                if wrong:
                    odd.append((name, data[:60], wrong))

    assert odd == []
    assert vault.li_na.get(f"{RECORDS}/{vault.case}").expect(200)["values"]["name"] == "Open name"
    assert how_many(vault) == before


def test_foreign_and_impossible_ids_are_not_found(vault: Vault) -> None:
    odd = []
    for id in IDS:
        for path in (
            f"{RECORDS}/{id}", f"{RECORDS}/{id}/history", f"{RECORDS}/{id}/comments", f"{RECORDS}/{id}/flow",
            f"{RECORDS}/{id}/explain?what=field:name", f"/tasks/{id}", f"/files/{id}", f"/apps/vault/forms/{id}",
            f"/apps/{id}/forms/case/records", f"/members/{id}",
        ):  # fmt: skip
            response = vault.li_na.client.get(API + path, headers=vault.li_na.headers)
            if response.status_code not in (404, 422) or refused_well(response):
                odd.append((path[:80], response.status_code, refused_well(response)))

    assert odd == []


def test_any_text_in_any_argument(vault: Vault) -> None:
    @settings(max_examples=60)
    @given(argument=st.sampled_from(ARGUMENTS), text=st.text(max_size=40))
    def ask(argument: str, text: str) -> None:
        response = vault.li_na.client.get(API + RECORDS, query_string={argument: text}, headers=vault.li_na.headers)
        assert refused_well(response) == ""

    ask()


def test_any_json_in_any_field(vault: Vault) -> None:
    plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
    keys = st.sampled_from(("id", "plain", "inside"))

    @settings(max_examples=60)
    @given(
        field=st.sampled_from(FIELDS),
        value=st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=6),
    )
    def write(field: str, value: Any) -> None:
        sent = json.dumps({"values": {"name": "n", field: value}, "draft": True})
        assert refused_well(send(vault, "POST", API + RECORDS, sent)) == ""

    write()


def test_fifty_megabytes_are_too_large(vault: Vault) -> None:
    for kind in ("application/json", "text/plain", "multipart/form-data; boundary=x"):
        response = send(vault, "POST", API + RECORDS, b" " * 50_000_000, kind)

        assert response.status_code == 413
        assert refused_well(response) == ""


def zipped(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "package",
    [
        b"", b"PK\x03\x04", b"no zip", zipped(), zipped(**{"app.yaml": b"\x00" * 200_000_000}),
        zipped(**{"../app.yaml": b"id: x"}), zipped(**{"app.yaml": b"a: &a [*a]"}), zipped(**{"app.yaml": b"[" * 5000}),
        zipped(**{"app.yaml": b"format: 1\nid: x\nid: y\n"}), zipped(**{"app.yaml": b"!!python/object:os.system x"}),
        zipped(**{"app.yaml": b"format: 99\nid: [x]\n"}), zipped(**{f"forms/f{n}.yaml": b"id: f" for n in range(3000)}),
    ],
    ids=range(12),
)  # fmt: skip
def test_bad_packages_are_refused_whole(vault: Vault, package: bytes) -> None:
    before = vault.admin.get("/apps").json
    data = {"package": (io.BytesIO(package), "app.zip")}
    response = vault.admin.client.post(f"{API}/apps", data=data, headers=vault.admin.headers)

    assert 400 <= response.status_code < 500
    assert refused_well(response) == ""
    assert vault.admin.get("/apps").json == before


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", b""), ("t.csv", b"\xff\xfe\x00"), ("t.csv", b"nothing,known\n1,2\n"), ("t.csv", b"name\n\x00\n"),
        ("t.csv", b'name\n"open'), ("t.csv", b"name,name\na,b\n"), ("t.csv", b"name\n" + b"a,b,c\n" * 3),
        ("t.csv", b"name\n" + b"x" * 400_000), ("t.xlsx", b"no sheet"), ("t.xlsx", zipped(x=b"1")),
        ("t.xlsx", zipped(xl__workbook=b"\x00" * 100_000_000)), ("t.exe", b"MZ"),
        ("t.xlsx", zipped(**{"xl/worksheets/sheet1.xml": b" " * 300_000_000})),
    ],
    ids=range(13),
)  # fmt: skip
def test_bad_tables_write_nothing(vault: Vault, name: str, content: bytes) -> None:
    before = how_many(vault)
    response = vault.li_na.client.post(
        f"{API}{RECORDS}/bulk?atomic=true", data={"file": (io.BytesIO(content), name)}, headers=vault.li_na.headers
    )

    assert refused_well(response) == ""
    assert response.status_code >= 400 or response.get_json(force=True)["inserted"] == how_many(vault) - before
    if response.status_code >= 400:
        assert how_many(vault) == before


def test_a_stale_version_changes_nothing(vault: Vault) -> None:
    made = vault.li_na.post(RECORDS, {"values": {"name": "One"}, "draft": True}).expect(201)
    path = f"{RECORDS}/{made['id']}"
    vault.li_na.patch(path, {"values": {"name": "Two"}}, If_Match="1").expect(200)

    stale = vault.li_na.patch(path, {"values": {"name": "Three"}}, If_Match="1")
    odd = [
        vault.li_na.patch(path, {"values": {"name": "x"}}, If_Match=each).status for each in ("x", "-1", "1" * 40, "")
    ]

    assert (stale.status, stale.code, stale.json["current"]["values"]["name"]) == (409, "stale", "Two")
    assert set(odd) == {400}
    assert vault.li_na.get(path).json["values"]["name"] == "Two"


def test_a_deleted_record_is_nowhere(vault: Vault) -> None:
    made = vault.li_na.post(RECORDS, {"values": {"name": "Gone"}, "draft": True}).expect(201)["id"]
    vault.li_na.delete(f"{RECORDS}/{made}").expect(204)
    path = f"{RECORDS}/{made}"

    assert [
        call.status
        for call in (
            vault.li_na.get(path), vault.li_na.patch(path, {"values": {"name": "x"}}), vault.li_na.delete(path),
            vault.li_na.post(f"{path}/comments", {"text": "x"}), vault.li_na.get(f"{path}/flow"),
        )
    ] == [404] * 5  # fmt: skip


def test_the_pages_answer_nasty_forms_with_a_page(vault: Vault) -> None:
    odd = []
    for text in ("\x00", "\u202e", "9" * 400, "1e999999", "<b>", "{" * 500):
        for path in (
            f"{RECORDS}/new",
            f"{RECORDS}/{vault.case}",
            f"/tasks/{vault.task_id}",
            f"{RECORDS}/{vault.case}/comments",
        ):
            form = dict.fromkeys((*FIELDS, "text", "action", "version", "comment", "lines-0-plain"), text)
            response = vault.li_na.client.post(path, data=form, headers=vault.li_na.headers)
            if response.status_code >= 500:
                odd.append((path, text[:10], response.status_code))
        for name in ("filter", "sort", "q", "view", "cursor", "add_field"):
            response = vault.li_na.client.get(CASES, query_string={name: text}, headers=vault.li_na.headers)
            if response.status_code >= 500:
                odd.append((name, text[:10], response.status_code))

    assert odd == []
    assert not re.search("[\x00\ud800]", vault.li_na.get(RECORDS).response.text)
