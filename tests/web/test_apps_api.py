"""Apps over HTTP: installed from a zip, changed as a draft, published while work is running, exported the same."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal

from formwright.packages.folder import files_of, read_folder, write_zip
from tests.web.office import FORM, QUOTES, Office


def test_export_gives_back_what_was_installed(office: Office) -> None:
    response = office.admin.get("/apps/sales/export").response
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        exported = {name: archive.read(name) for name in archive.namelist()}

    assert exported == dict(files_of(read_folder(QUOTES)))


def test_the_same_version_again_changes_nothing_and_another_is_refused(office: Office) -> None:
    package = read_folder(QUOTES)
    changed = {**package.document, "app": {**package.document["app"], "version": "2.0.0"}}

    def install(content: bytes) -> object:
        data = {"package": (io.BytesIO(content), "sales.zip")}
        return office.admin.client.post("/api/v1/apps", data=data, headers=office.admin.headers)

    same, other = install(write_zip(package)), install(write_zip(type(package)(changed)))

    assert same.status_code == 200  # type: ignore[attr-defined]
    assert (other.status_code, other.get_json(force=True)["code"]) == (409, "installed")  # type: ignore[attr-defined]


def test_a_changed_threshold_serves_new_quotes_while_running_ones_stay(office: Office) -> None:
    running = office.quote(quantity=3)
    draft = office.admin.get("/apps/sales/draft").expect(200)
    flow = draft["flows"]["quote_approval"]
    manager = next(node for node in flow["nodes"] if node["id"] == "manager")
    manager["assign"] = 'role("finance")'
    saved = office.admin.put("/apps/sales/draft", draft, If_Match=str(draft["revision"])).expect(200)
    stale = office.admin.put("/apps/sales/draft", draft, If_Match=str(draft["revision"]))

    published = office.admin.post("/apps/sales/publish").expect(200)
    later = office.quote()

    assert saved["revision"] == draft["revision"] + 1
    assert (stale.status, stale.code) == (409, "stale")
    assert published["publication"] == 2
    assert any("/flows/quote_approval" in change["at"] for change in published["changes"])
    assert office.fin.task()["record"]["id"] == later["id"]
    assert office.li_na.task()["record"]["id"] == running["id"]
    assert office.rep.get(f"{FORM}/{running['id']}/flow").json["version"] == 1
    assert office.rep.get(f"{FORM}/{later['id']}/flow").json["version"] == 2


def test_a_broken_rule_is_refused_with_its_place(office: Office) -> None:
    draft = office.admin.get("/apps/sales/draft").expect(200)
    draft["forms"]["quote"]["fields"][5]["compute"] = "SUM(lines.amout)"
    office.admin.put("/apps/sales/draft", draft).expect(200)

    findings = office.admin.post("/apps/sales/check").expect(200)["findings"]
    refused = office.admin.post("/apps/sales/publish")

    assert findings[0]["severity"] == "error"
    assert findings[0]["at"].startswith("/forms/quote/fields/5/compute")
    assert "amount" in findings[0]["message"]
    assert refused.status == 422
    assert refused.json["errors"][0]["at"] == findings[0]["at"]
    assert office.admin.get("/apps").json["items"][0]["publication"] == 1


def test_a_new_field_is_there_after_publishing(office: Office) -> None:
    draft = office.admin.get("/apps/sales/draft").expect(200)
    label = {"zh": "包装费", "en": "Packing"}
    draft["forms"]["quote"]["fields"].append({"id": "packing", "type": "money", "label": label})
    office.admin.put("/apps/sales/draft", draft).expect(200)
    office.admin.post("/apps/sales/publish").expect(200)

    quote = office.quote(packing=Decimal("12.5"))

    assert quote["values"]["packing"] == 12.5


def test_only_designers_may_design(office: Office) -> None:
    for call in (office.rep.get("/apps/sales/draft"), office.rep.post("/apps/sales/publish")):
        assert call.status == 404
    assert office.rep.post("/apps", {"package": "crm"}).status == 403


def test_the_public_document_of_the_api_is_made_from_the_routes(office: Office) -> None:
    document = office.rep.get("/openapi.json").expect(200)

    assert document["openapi"].startswith("3.1")
    assert "/apps/{app}/forms/{form}/records" in document["paths"]


def test_an_app_from_nothing(office: Office) -> None:
    made = office.admin.post("/apps", {"id": "leave", "name": {"zh": "请假", "en": "Leave"}}).expect(201)
    draft = office.admin.get("/apps/leave/draft").expect(200)
    draft["forms"]["request"] = {
        "id": "request",
        "name": "Request",
        "fields": [{"id": "days", "type": "number", "label": {"zh": "天数", "en": "Days"}}],
        "grants": [{"everyone": True, "records": True, "actions": ["view", "create"], "fields": {"*": "edit"}}],
    }
    office.admin.put("/apps/leave/draft", draft).expect(200)
    office.admin.post("/apps/leave/publish").expect(200)

    record = office.rep.post("/apps/leave/forms/request/records", {"values": {"days": 2}}).expect(201)

    assert made["publication"] == 0
    assert record["values"] == {"days": 2}
