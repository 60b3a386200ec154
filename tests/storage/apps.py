"""Small apps for the tests of storage, written as the documents that admins write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from formwright.schema.forms import read_form
from formwright.schema.model import App, Finding
from formwright.schema.reading import Reader

CUSTOMER: Mapping[str, Any] = {
    "id": "customer",
    "name": {"zh": "客户", "en": "Customer"},
    "fields": [{"id": "name", "type": "text", "label": {"zh": "名称", "en": "Name"}}],
}

QUOTE: Mapping[str, Any] = {
    "id": "quote",
    "name": {"zh": "报价单", "en": "Quote"},
    "fields": [
        {"id": "number", "type": "text", "label": {"zh": "编号", "en": "No."}},
        {"id": "customer", "type": "relation", "form": "customer", "label": {"zh": "客户", "en": "Customer"}},
        {"id": "seller", "type": "member", "label": {"zh": "销售", "en": "Seller"}},
        {"id": "total", "type": "money", "label": {"zh": "总额", "en": "Total"}},
        {"id": "discount", "type": "percent", "label": {"zh": "折扣", "en": "Discount"}},
        {"id": "due", "type": "date", "label": {"zh": "到期", "en": "Due"}},
        {"id": "met_at", "type": "datetime", "label": {"zh": "见面", "en": "Met at"}},
        {"id": "urgent", "type": "boolean", "label": {"zh": "加急", "en": "Urgent"}},
        {
            "id": "tags",
            "type": "multiselect",
            "label": {"zh": "标签", "en": "Tags"},
            "options": [{"id": "vip"}, {"id": "new"}],
        },
        {"id": "papers", "type": "attachment", "label": {"zh": "附件", "en": "Papers"}},
        {
            "id": "lines",
            "type": "rows",
            "label": {"zh": "明细", "en": "Lines"},
            "fields": [
                {"id": "product", "type": "text", "label": {"zh": "产品", "en": "Product"}},
                {"id": "quantity", "type": "number", "places": 0, "label": {"zh": "数量", "en": "Quantity"}},
            ],
        },
    ],
}


def app(*forms: Mapping[str, Any], publication: int = 1) -> App:
    """An app of these forms, as published."""
    findings: list[Finding] = []
    read = {
        str(form["id"]): read_form(Reader(form, f"/forms/{form['id']}", findings), str(form["id"])) for form in forms
    }
    assert [finding for finding in findings if finding.severity == "error"] == []
    return App("sales", "1.0.0", "Sales", read, publication=publication)


def changed(form: Mapping[str, Any], *, without: tuple[str, ...] = (), **fields: Mapping[str, Any]) -> dict[str, Any]:
    """The form with fields added, changed (`total={"type": "text"}`) or taken away."""
    kept = [{**each, **fields.pop(each["id"], {})} for each in form["fields"] if each["id"] not in without]
    added = [{"id": field_id, "label": field_id, **each} for field_id, each in fields.items()]
    return {**form, "fields": kept + added}
