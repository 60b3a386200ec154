"""Small apps for the tests of the schema."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from formwright.schema.document import examine, read_app
from formwright.schema.model import App, Finding

SHOP: Mapping[str, Any] = {
    "app": {
        "format": 1,
        "id": "shop",
        "version": "1.0.0",
        "name": {"zh": "商店", "en": "Shop"},
        "roles": [{"id": "clerk", "name": {"zh": "店员", "en": "Clerk"}}],
        "parameters": [{"id": "big_from", "type": "money", "default": 1000, "label": {"zh": "大单", "en": "Big from"}}],
        "navigation": [{"group": {"zh": "全部", "en": "All"}, "items": ["form:order"]}],
    },
    "forms": {
        "customer": {
            "id": "customer",
            "name": {"zh": "客户", "en": "Customer"},
            "title": "name",
            "fields": [
                {"id": "name", "type": "text", "label": {"zh": "名称", "en": "Name"}},
                {"id": "parent", "type": "relation", "form": "customer", "label": {"zh": "上级", "en": "Parent"}},
                {
                    "id": "level",
                    "type": "select",
                    "label": {"zh": "等级", "en": "Level"},
                    "options": [{"id": "a", "label": "A"}, {"id": "b", "label": "B"}],
                },
            ],
        },
        "order": {
            "id": "order",
            "name": {"zh": "订单", "en": "Order"},
            "fields": [
                {
                    "id": "customer",
                    "type": "relation",
                    "form": "customer",
                    "label": {"zh": "客户", "en": "Customer"},
                    "where": 'level = "a"',
                },
                {
                    "id": "lines",
                    "type": "rows",
                    "label": {"zh": "明细", "en": "Lines"},
                    "fields": [
                        {"id": "price", "type": "money", "label": {"zh": "单价", "en": "Price"}},
                        {"id": "quantity", "type": "number", "label": {"zh": "数量", "en": "Quantity"}},
                        {
                            "id": "amount",
                            "type": "money",
                            "label": {"zh": "金额", "en": "Amount"},
                            "compute": "price * quantity",
                        },
                    ],
                },
                {
                    "id": "total",
                    "type": "money",
                    "label": {"zh": "总额", "en": "Total"},
                    "compute": "SUM(lines.amount)",
                },
                {"id": "note", "type": "textarea", "label": {"zh": "备注", "en": "Note"}, "visible": "total > 10"},
            ],
            "views": [
                {"id": "all", "type": "table", "name": {"zh": "全部", "en": "All"}, "columns": ["customer", "total"]}
            ],
            "grants": [{"role": "clerk", "records": True, "actions": ["view", "create"], "fields": {"*": "edit"}}],
        },
    },
}


def shop() -> dict[str, Any]:
    """A copy of the shop's document to change at will."""
    return deepcopy(dict(SHOP))


def field_of(document: dict[str, Any], form: str, field: str) -> dict[str, Any]:
    """A field of the document, to change it."""
    found: dict[str, Any] = next(each for each in document["forms"][form]["fields"] if each["id"] == field)
    return found


def app_of(document: Mapping[str, Any]) -> App:
    """The app of a document that has no errors of structure."""
    app, findings = read_app(document)
    assert [finding for finding in findings if finding.severity == "error"] == []
    return app


def errors_of(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Code and place of every error."""
    return [(finding.code, finding.at) for finding in findings_of(document) if finding.severity == "error"]


def findings_of(document: Mapping[str, Any]) -> list[Finding]:
    return examine(document)[1]
