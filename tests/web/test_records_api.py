"""Records over HTTP: created once, changed by versions, shown cut to what the caller may read."""

from __future__ import annotations

import json

import pytest

from tests.web.office import FORM, Office


def test_a_quote_computes_itself_and_goes_to_the_manager(office: Office) -> None:
    quote = office.quote(quantity=3, discount="0.1")

    assert quote["values"]["total"] == 270
    assert quote["values"]["discount_rate"] == 0.1
    assert quote["title"] == f"{quote['values']['number']} Acme"
    assert quote["display"]["customer"] == "Acme"
    assert quote["flow"]["status"] == "running"
    assert quote["flow"]["at"] == ["manager"]
    assert quote["created_by"]["email"] == "rep@example.com"


def test_a_hidden_field_looks_like_one_that_does_not_exist(office: Office) -> None:
    quote = office.quote()

    assert "cost" not in office.rep.get(f"{FORM}/{quote['id']}").expect(200)["values"]
    assert "cost" in office.li_na.get(f"{FORM}/{quote['id']}").expect(200)["values"]
    for query in ("filter=cost > 5", "sort=cost", "fields=cost", "filter=kost > 5", "sort=-kost", "fields=kost"):
        assert office.rep.get(f"{FORM}?{query}").code == "unknown_field", query
    for body in ({"measures": {"m": "SUM(cost)"}}, {"measures": {"n": "COUNT()"}, "group_by": ["cost"]}):
        assert office.rep.post("/apps/sales/forms/quote/aggregate", body).code == "unknown_field"
    refused = office.rep.post(FORM, {"values": {"cost": 5}})
    assert (refused.status, refused.code, refused.json["errors"][0]["at"]) == (422, "unknown_field", "/values/cost")


def test_a_visible_field_that_may_not_be_written_is_named(office: Office) -> None:
    refused = office.rep.post(FORM, {"values": {"total": 5}})

    assert (refused.status, refused.code) == (403, "field_forbidden")


def test_what_one_may_not_see_is_not_there(office: Office) -> None:
    quote = office.quote()

    assert office.rep2.get(f"{FORM}/{quote['id']}").code == "not_found"
    assert office.rep2.get(FORM).expect(200)["items"] == []
    assert office.li_na.get(f"{FORM}?count=exact").expect(200)["count"] == {"value": 1, "more": False}
    assert office.stranger.get(FORM).status == 401


def test_a_stale_version_gets_the_present_record(office: Office) -> None:
    customer = office.customer()
    path = f"/apps/sales/forms/customer/records/{customer}"
    office.admin.patch(path, {"values": {"name": "Acme Ltd"}}).expect(200)

    stale = office.admin.patch(path, {"values": {"name": "Other"}}, If_Match="1")

    assert (stale.status, stale.code) == (409, "stale")
    assert stale.json["current"]["values"]["name"] == "Acme Ltd"
    assert office.admin.patch(path, {"values": {"name": "Other"}}, If_Match='"2"').expect(200)["version"] == 3


def test_the_same_key_and_body_have_one_effect(office: Office) -> None:
    body = {"values": {"name": "Once"}}
    path = "/apps/sales/forms/customer/records"

    first = office.admin.post(path, body, Idempotency_Key="k-1")
    again = office.admin.post(path, body, Idempotency_Key="k-1")
    other = office.admin.post(path, {"values": {"name": "Twice"}}, Idempotency_Key="k-1")

    assert first.expect(201) == again.expect(201)
    assert (other.status, other.code) == (422, "idempotency_mismatch")
    assert office.admin.get(path).json["count"]["value"] == 1


def test_a_draft_is_kept_without_checks_and_seen_by_its_creator_only(office: Office) -> None:
    draft = office.rep.post(FORM, {"values": {"cost_center": 1}, "draft": True})
    assert draft.code == "unknown_field"
    draft = office.rep.post(FORM, {"values": {}, "draft": True}).expect(201)

    assert draft["draft"] is True
    assert draft["flow"] is None
    assert office.li_na.get(f"{FORM}/{draft['id']}").status == 404
    refused = office.rep.post(f"{FORM}/{draft['id']}/flow/actions", {"action": "submit"})
    assert (refused.status, refused.code) == (422, "required")
    values = {"customer": office.customer(), "lines": [{"product": office.goods(), "quantity": 1}]}
    flow = office.rep.post(f"{FORM}/{draft['id']}/flow/actions", {"action": "submit", "values": values}).expect(200)
    assert flow["status"] == "running"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "malformed"),
        (b"[]", 400, "malformed"),
        (b'{"values": {}, "valeus": 1}', 422, "unknown_key"),
        (b'{"values": 5}', 422, "wrong_type"),
        (b'{"values": {"name": "a\\u0000b"}}', 422, None),
        (b'{"values": {"name": "\\ud800"}}', 400, None),
        (b'{"values": {"name": 1e999999999}}', None, None),
        (b'{"values": ' + b"[" * 5000 + b"]" * 5000 + b"}", 400, "malformed"),
        (b"\xff\xfe", 400, "malformed"),
    ],
)
def test_bad_bodies_get_a_clear_answer(office: Office, body: bytes, status: int | None, code: str | None) -> None:
    headers = {**office.admin.headers, "Content-Type": "application/json"}
    response = office.admin.client.post("/api/v1/apps/sales/forms/customer/records", data=body, headers=headers)

    assert response.status_code in ({status} if status else {400, 422})
    assert response.content_type == "application/problem+json"
    problem = json.loads(response.data)
    assert problem["errors"]
    assert code in (None, problem["code"])


def test_problems_speak_the_callers_language(office: Office) -> None:
    for language, words in (("zh", "没有"), ("en", "no")):
        problem = office.admin.get(f"{FORM}?filter=nix > 1", Accept_Language=language).json
        assert words in problem["errors"][0]["message"]


def test_a_list_goes_on_where_it_stopped(office: Office) -> None:
    for number in range(5):
        office.customer(f"C{number}")
    path = "/apps/sales/forms/customer/records?sort=-name&limit=2&count=none"

    seen, cursor = [], ""
    while cursor is not None:
        page = office.admin.get(path + (f"&cursor={cursor}" if cursor else "")).expect(200)
        assert "count" not in page
        seen += [item["values"]["name"] for item in page["items"]]
        cursor = page["next_cursor"]

    assert seen == ["C4", "C3", "C2", "C1", "C0"]


def test_history_shows_only_what_the_reader_may_read(office: Office) -> None:
    quote = office.quote()
    path = f"{FORM}/{quote['id']}/history"

    fields = {change["field"] for entry in office.rep.get(path).expect(200)["items"] for change in entry["changes"]}

    assert "total" in fields
    assert "cost" not in fields


def test_many_rows_at_once_report_each_bad_one(office: Office) -> None:
    path = "/apps/sales/forms/customer/records/bulk"
    rows = [{"name": "One"}, {"nme": "Two"}, {"name": "Three"}]

    report = office.admin.post(path, {"rows": rows}).expect(200)
    assert (report["inserted"], [failed["row"] for failed in report["failed"]]) == (2, [1])
    refused = office.admin.post(path + "?atomic=true", {"rows": rows}).expect(200)
    assert refused["inserted"] == 0
    assert office.admin.get("/apps/sales/forms/customer/records").json["count"]["value"] == 2


def test_comments_and_the_recycle_bin(office: Office) -> None:
    customer = office.customer()
    path = f"/apps/sales/forms/customer/records/{customer}"

    office.admin.post(f"{path}/comments", {"text": "call @rep@example.com"}).expect(201)
    assert [each["text"] for each in office.admin.get(f"{path}/comments").json["items"]] == ["call @rep@example.com"]
    assert office.admin.delete(path).status == 204
    assert office.admin.get(path).status == 404
    office.admin.post(f"{path}/restore").expect(200)
    assert office.admin.get(path).status == 200


def test_figures_by_person_and_month(office: Office) -> None:
    office.quote(quantity=2)
    office.quote(quantity=3)
    path = "/apps/sales/forms/quote/aggregate"

    by_owner = office.admin.post(path, {"group_by": ["owner"], "measures": {"n": "COUNT()", "sum": "SUM(total)"}})
    rep = office.rep.get("/me").json["id"]

    assert by_owner.expect(200)["rows"] == [{"owner": rep, "n": 2, "sum": 500}]
    by_month = office.admin.post(path, {"group_by": ["MONTH(created_at)"], "measures": {"most": "MAX(total)"}})
    assert [row["most"] for row in by_month.expect(200)["rows"]] == [300]
