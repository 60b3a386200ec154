"""Small flow documents over two small forms, for stories about single flows."""

from __future__ import annotations

from typing import Any

import formwright.flow.section  # noqa: F401
from formwright.schema.document import read_app
from formwright.schema.model import App

FORMS: dict[str, Any] = {
    "request": {
        "id": "request",
        "name": "Request",
        "fields": [
            {"id": "subject", "type": "text", "label": "Subject", "required": True},
            {"id": "amount", "type": "money", "label": "Amount"},
            {"id": "twice", "type": "money", "label": "Twice", "compute": "amount * 2"},
            {"id": "until", "type": "date", "label": "Until"},
            {"id": "state", "type": "select", "label": "State", "options": [{"id": "open"}, {"id": "closed"}]},
            {"id": "lines", "type": "rows", "label": "Lines", "fields": [{"id": "price", "type": "money", "label": "Price"}]},
        ],
    },
    "item": {
        "id": "item",
        "name": "Item",
        "fields": [
            {"id": "name", "type": "text", "label": "Name"},
            {"id": "stock", "type": "number", "label": "Stock"},
        ],
    },
}  # fmt: skip
START = {"id": "start", "type": "start", "name": {"zh": "发起", "en": "Start"}}
DONE = {"id": "done", "type": "end", "name": {"zh": "完成", "en": "Done"}}
BOSS = {"id": "boss", "type": "approve", "name": {"zh": "主管", "en": "Boss"}, "assign": "manager(initiator)"}


def node(kind: str, node_id: str, **keys: Any) -> dict[str, Any]:
    return {"id": node_id, "type": kind, "name": {"zh": f"节点{node_id}", "en": f"Node {node_id}"}, **keys}


def edge(line: str, **keys: Any) -> dict[str, Any]:
    from_, to = line.split()
    return {"from": from_, "to": to, **keys}


def app_of(*flows: dict[str, Any]) -> App:
    document = {
        "app": {
            "format": 1,
            "id": "test",
            "version": "1.0.0",
            "name": "Test",
            "roles": [{"id": "legal", "name": "Legal"}],
        },
        "forms": FORMS,
        "flows": {flow["id"]: flow for flow in flows},
    }
    app, findings = read_app(document)
    assert [finding for finding in findings if finding.severity == "error"] == []
    return app


def flow(nodes: list[dict[str, Any]], edges: list[dict[str, Any]], **keys: Any) -> dict[str, Any]:
    return {"id": "f", "form": "request", "name": "Flow", "nodes": nodes, "edges": edges, **keys}
