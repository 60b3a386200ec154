"""An app in which everybody may see something and nobody everything: one record whose every value can be told apart."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from formwright.accounts.model import SYSTEM
from formwright.packages.folder import Package
from formwright.packages.operations import install
from formwright.settings import Settings
from tests.web.office import Office, Program

CASES = "/apps/vault/forms/case/records"
DEALS = "/apps/vault/forms/deal/records"

SECRETS: Mapping[str, Any] = {
    "secret_text": "Xq7secrettext",
    "secret_area": "Xq7secretarea",
    "secret_number": 733217,
    "secret_money": "84417.35",
    "secret_date": "2031-11-23",
    "secret_when": "2032-10-19T04:41:00+00:00",
    "secret_select": "xq7option",
    "secret_email": "xq7mail@example.com",
    "secret_phone": "13977788812",
}
"""Fields of a case that not everybody reads, with the value that the one case has there."""

MARKS: Mapping[str, tuple[str, ...]] = {
    "secret_text": ("Xq7secrettext",),
    "secret_area": ("Xq7secretarea",),
    "secret_number": ("733217", "733,217"),
    "secret_money": ("84417.35", "84,417.35"),
    "secret_date": ("2031-11-23", "23 Nov 2031", "2031年11月23日"),
    "secret_when": ("2032-10-19", "19 Oct 2032"),
    "secret_select": ("xq7option", "Xq7optionlabel"),
    "secret_email": ("xq7mail@example.com",),
    "secret_phone": ("13977788812",),
    "secret_files": ("Xq7file", "Xq7inside"),
    "secret_deal": ("Xq7dealname",),
    "lines.secret_column": ("Xq7column",),
    "hidden_lines": ("Xq7hiddenrow",),
}
"""How each secret would look in an answer; `Xq7` and long odd numbers occur nowhere else."""


def _secret_fields() -> list[dict[str, Any]]:
    kinds = ("text", "textarea", "number", "money", "date", "datetime", "select", "email", "phone")
    fields = [
        {"id": id, "type": kind, "label": f"Field {place}"}
        for place, (id, kind) in enumerate(zip(SECRETS, kinds, strict=True))
    ]
    select = fields[list(SECRETS).index("secret_select")]
    select["options"] = [{"id": "xq7option", "label": "Xq7optionlabel"}, {"id": "plain"}]
    return fields


HIDDEN: Mapping[str, Any] = {
    **dict.fromkeys(SECRETS, "hidden"),
    "secret_phone": "mask",
    "secret_files": "hidden",
    "secret_deal": "hidden",
    "lines": {"rights": "view", "fields": {"secret_column": "hidden", "*": "view"}},
    "hidden_lines": "hidden",
}
OPEN_TO_FINANCE = ("secret_money", "secret_number")
OPEN_TO_LEGAL = ("secret_area",)


def _but(*shown: str) -> dict[str, Any]:
    return {**{field: right for field, right in HIDDEN.items() if field not in shown}, "*": "view"}


DOCUMENT: Mapping[str, Any] = {
    "app": {
        "format": 1,
        "id": "vault",
        "version": "1.0.0",
        "name": {"zh": "保险库", "en": "Vault"},
        "managers": 'role("vault_keeper")',
        "roles": [
            {"id": "sales_rep", "name": "Rep"},
            {"id": "sales_manager", "name": "Manager"},
            {"id": "finance", "name": "Finance"},
            {"id": "legal", "name": "Legal"},
            {"id": "service", "name": "Service"},
            {"id": "vault_keeper", "name": "Keeper"},
        ],
    },
    "forms": {
        "deal": {
            "id": "deal",
            "name": "Deal",
            "title": "name",
            "fields": [{"id": "name", "type": "text", "label": "Name"}],
            "grants": [
                {
                    "role": "sales_manager",
                    "records": "true",
                    "actions": ["view", "create", "edit"],
                    "fields": {"*": "edit"},
                }
            ],
        },
        "case": {
            "id": "case",
            "name": "Case",
            "title": 'name & " " & secret_text',
            "fields": [
                {"id": "name", "type": "text", "label": "Name", "required": "true"},
                {"id": "note", "type": "textarea", "label": "Note"},
                *_secret_fields(),
                {"id": "secret_files", "type": "attachment", "label": "Files"},
                {"id": "secret_deal", "type": "relation", "form": "deal", "label": "Deal"},
                {"id": "seen_deal", "type": "relation", "form": "deal", "label": "Open deal"},
                {
                    "id": "lines",
                    "type": "rows",
                    "label": "Lines",
                    "fields": [
                        {"id": "plain", "type": "text", "label": "Plain"},
                        {"id": "secret_column", "type": "text", "label": "Column"},
                    ],
                },
                {
                    "id": "hidden_lines",
                    "type": "rows",
                    "label": "Hidden lines",
                    "fields": [{"id": "inside", "type": "text", "label": "Inside"}],
                },
            ],
            "views": [{"id": "all", "type": "table", "name": "All", "columns": ["name", "secret_text"]}],
            "grants": [
                {
                    "role": "sales_manager",
                    "records": "true",
                    "actions": ["view", "create", "edit", "delete", "export", "import", "comment", "manage_flow"],
                    "fields": {"*": "edit"},
                },
                {
                    "role": "sales_rep",
                    "records": "owner = me",
                    "actions": ["view", "create", "edit", "delete", "export", "import", "comment"],
                    "fields": {**HIDDEN, "*": "edit"},
                },
                {"role": "finance", "records": "true", "actions": ["view", "export"], "fields": _but(*OPEN_TO_FINANCE)},
            ],
        },
    },
    "flows": {
        "review": {
            "id": "review",
            "form": "case",
            "name": "Review",
            "start": "submit",
            "nodes": [
                {"id": "start", "type": "start", "name": "Start", "fields": {"*": "edit"}},
                {"id": "told", "type": "cc", "name": "Told", "assign": 'role("service")', "fields": _but()},
                {
                    "id": "legal",
                    "type": "approve",
                    "name": "Legal",
                    "assign": 'when secret_number > 1000000 then manager(initiator)\notherwise role("legal")',
                    "fields": {**_but(*OPEN_TO_LEGAL), "note": "edit"},
                },
                {"id": "done", "type": "end", "name": "Done", "status": "approved"},
            ],
            "edges": [
                {"from": "start", "to": "told"},
                {"from": "told", "to": "legal"},
                {"from": "legal", "to": "done"},
            ],
        }
    },
}


class Vault(Office):
    """The office with the vault: a case of the rep's whose secrets the manager filled in, now with legal."""

    READS: Mapping[str, frozenset[str]] = {
        "rep@example.com": frozenset(),
        "rep2@example.com": frozenset(),
        "li.na@example.com": frozenset(MARKS),
        "fin@example.com": frozenset(OPEN_TO_FINANCE),
        "legal@example.com": frozenset(OPEN_TO_LEGAL),
        "service@example.com": frozenset(),
        "boss@example.com": frozenset(),
        "": frozenset(),
    }
    """Which secrets each actor may read: owner, colleague, manager, finance, assignee, member in copy, outsider, stranger."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        with self.product.database.write() as session:
            install(session, Package(DOCUMENT), actor=SYSTEM, now=self.now)
        self.deal = self.li_na.post(DEALS, {"values": {"name": "Xq7dealname"}}).expect(201)["id"]
        self.file = self._upload()
        self.case = self._case()
        self.task_id = self.legal.task("legal")["id"]
        # So that the assignee, who may not read what the title is made of, is told of the record.
        self.li_na.post(f"{CASES}/{self.case}/flow/actions", {"action": "urge"}).expect(200)

    def _upload(self) -> str:
        data = {"file": (io.BytesIO(b"Xq7inside"), "Xq7file.txt")}
        response = self.li_na.client.post("/api/v1/files", data=data, headers=self.li_na.headers)
        assert response.status_code == 201, response.text
        return str(response.get_json(force=True)["id"])

    def _case(self) -> str:
        values: dict[str, Any] = {
            **SECRETS,
            "name": "Open name",
            "note": "Open note",
            "secret_files": [self.file],
            "secret_deal": self.deal,
            "seen_deal": self.deal,
            "lines": [{"plain": "Open line", "secret_column": "Xq7column"}],
            "hidden_lines": [{"inside": "Xq7hiddenrow"}],
        }
        made = self.li_na.post(CASES, {"values": values, "draft": True}).expect(201)["id"]
        rep = self.rep.get("/me").json["id"]
        self.li_na.patch(f"{CASES}/{made}", {"values": {"owner": rep}}).expect(200)
        self.li_na.post(f"{CASES}/{made}/flow/actions", {"action": "submit"}).expect(200)
        # A change of a secret, so that the history tells one.
        self.li_na.patch(f"{CASES}/{made}", {"values": {"secret_area": "Xq7secretarea"}})
        return str(made)

    def caller(self, email: str) -> Program:
        """The member with this address; the stranger for none."""
        return self.program(email) if email else self.stranger
