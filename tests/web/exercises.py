"""How each registered route is put to the test: what it is asked for with a record full of secrets behind it.

A route that is registered and not named here fails `test_access_matrix`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

API = "/api/v1"
CASES = "/apps/vault/forms/case"
FILTERS = (
    "secret_text != null", "secret_number > 733216", 'secret_deal.name = "Xq7dealname"', 'seen_deal.name = "Xq7dealname"',
    'ANY(lines, secret_column = "Xq7column")', "COUNT(hidden_lines) > 0", "name",
    'IF(secret_number = 733217, true, false)', "title",
)  # fmt: skip
NAMED = (
    "secret_text", "secret_number", "secret_money", "secret_date", "secret_when", "secret_select", "secret_email",
    "secret_phone", "secret_files", "secret_deal", "hidden_lines", "lines", "seen_deal", "title", "lines.secret_column",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ask:
    """One request; `{case}`, `{task}`, `{file}`, `{deal}` and `{line}` stand for ids. `form` is sent as a form, `body` as JSON."""

    path: str
    body: Any = None
    form: Mapping[str, str] | None = None
    method: str = ""
    query: Mapping[str, str] | None = None

    @property
    def verb(self) -> str:
        return self.method or ("GET" if self.body is None and self.form is None else "POST")


@dataclass(frozen=True, slots=True)
class Asked:
    """The route answers with what each caller may see; none of these requests shows more."""

    asks: tuple[Ask, ...]


@dataclass(frozen=True, slots=True)
class Closed:
    """Nobody but administrators or the app's designers comes in, so nobody of the matrix does."""


@dataclass(frozen=True, slots=True)
class Apart:
    """No record stands behind the route; `why` says what does."""

    why: str


def _api(*paths: str) -> Asked:
    return Asked(tuple(Ask(API + path) for path in paths))


RECORDS = CASES + "/records"
RECORD = RECORDS + "/{case}"
_LISTS = (
    Ask(API + RECORDS),
    *(Ask(API + RECORDS, query={"filter": text, "count": "exact"}) for text in FILTERS),
    *(Ask(API + RECORDS, query={"sort": name}) for name in NAMED),
    *(Ask(API + RECORDS, query={"fields": name}) for name in NAMED),
    *(Ask(API + RECORDS, query={"q": word}) for word in ("Open", "Xq7", "13977788812")),
    Ask(API + RECORDS, query={"view": "all"}),
)
_FIGURES = tuple(
    Ask(API + CASES + "/aggregate", {"group_by": [name], "measures": {"n": "COUNT()"}}) for name in NAMED
) + tuple(
    Ask(API + CASES + "/aggregate", {"measures": {"n": measure}})
    for measure in ("MAX(secret_number)", "SUM(secret_money)", "MIN(secret_date)", "SUM(IF(secret_number > 1, 1, 0))")
)
_WHY = ("task:{task}", "edge:legal", "edge:done", "node:legal", *(f"field:{name}" for name in NAMED))

ROUTES: Mapping[str, Asked | Closed | Apart] = {
    "GET api.records": Asked(_LISTS),
    "GET api.record": _api(RECORD),
    "GET api.record_history": _api(RECORD + "/history"),
    "GET api.record_comments": _api(RECORD + "/comments"),
    "GET api.record_flow": _api(RECORD + "/flow", RECORD + "/flow?flow=review"),
    "GET api.explain_record": Asked(tuple(Ask(API + RECORD + "/explain", query={"what": what}) for what in _WHY)),
    "POST api.aggregate_records": Asked(_FIGURES),
    "GET api.form": _api(CASES),
    "GET api.openapi": _api("/openapi.json"),
    "GET api.app_list": _api("/apps"),
    "GET api.task_list": _api(*(f"/tasks?box={box}" for box in ("todo", "started", "handled", "cc"))),
    "GET api.task": _api("/tasks/{task}"),
    "GET api.read_file": _api("/files/{file}"),
    "POST api.check_rule": Asked(
        tuple(Ask(API + "/rules/check", {"expression": text, "app": "vault", "form": "case"}) for text in FILTERS)
    ),
    "POST api.evaluate_rule": Asked((Ask(API + "/rules/evaluate", {"expression": "secret_text", "values": {}}),)),
    "PATCH api.update_record": Asked(
        tuple(
            Ask(API + RECORD, {"values": values}, method="PATCH")
            for values in (
                {"name": "Other name"}, {"secret_text": "x"}, {"secret_number": "no number"}, {"note": 5},
                {"lines": [{"id": "{line}", "secret_column": "x"}]}, {"lines": []}, {"secret_files": ["{file}"]},
                {"secret_deal": "{deal}"}, {"seen_deal": "{deal}"},
            )
        )
    ),
    "POST api.create_record": Asked(
        tuple(
            Ask(API + RECORDS, {"values": values, "draft": True})
            for values in (
                {"name": "Mine", "seen_deal": "{deal}"}, {"name": "Mine", "secret_deal": "{deal}"},
                {"name": "Mine", "secret_files": ["{file}"]},
            )
        )
    ),
    "POST api.bulk": Asked(
        tuple(
            Ask(API + RECORDS + "/bulk", {"mode": mode, "key": [key], "rows": [{key: value, "note": "x"}]})
            for mode in ("update", "upsert")
            for key, value in (("name", "Open name"), ("secret_text", "Xq7"), ("id", "{case}"), ("title", "x"))
        )
    ),
    "POST api.add_comment": Asked((Ask(API + RECORD + "/comments", {"text": "What is it?"}),)),
    "POST api.act_on_flow": Asked((Ask(API + RECORD + "/flow/actions", {"action": "urge"}),)),
    "POST api.act_on_task": Asked(
        (
            Ask(API + "/tasks/{task}/actions", {"action": "save", "values": {"note": "Looked at"}}),
            Ask(API + "/tasks/{task}/actions", {"action": "save", "values": {"secret_area": "x"}}),
            Ask(API + "/tasks/{task}/actions", {"action": "save", "values": {}, "version": 1}),
        )
    ),
    "DELETE api.delete_record": Asked((Ask(API + RECORD, method="DELETE", body={}),)),
    "POST api.restore_record": Asked((Ask(API + RECORD + "/restore", {}),)),
    "GET runtime.home": Asked((Ask("/"), Ask("/?box=cc"), Ask("/?box=started"), Ask("/?box=handled"))),
    "GET runtime.app_page": Asked((Ask("/apps/vault"),)),
    "GET runtime.form_list": Asked(
        (
            Ask(CASES), Ask(CASES + "?view=all"), Ask(CASES + "?q=Open"), Ask(CASES + "?q=Xq7secret"),
            *(Ask(CASES, query={"sort": name}) for name in NAMED), *(Ask(CASES, query={"filter": text}) for text in FILTERS),
        )
    ),
    "GET runtime.export_list": Asked((Ask(CASES + "/export.csv"), Ask(CASES + "/export.csv?view=all"))),
    "GET runtime.new_record": Asked((Ask(RECORDS + "/new"),)),
    "POST runtime.create_record": Asked((Ask(RECORDS + "/new", form={"name": "", "secret_text": "x"}),)),
    "GET runtime.record_page": Asked((Ask(RECORD),)),
    "POST runtime.save_record": Asked((Ask(RECORD, form={"name": "", "version": "1"}),)),
    "POST runtime.delete_record": Asked((Ask(RECORD + "/delete", form={}),)),
    "POST runtime.say": Asked((Ask(RECORD + "/comments", form={"text": "What?"}),)),
    "POST runtime.act_on_flow": Asked((Ask(RECORD + "/flow", form={"action": "urge"}),)),
    "POST runtime.compute": Asked(
        (
            Ask(CASES + "/compute", {"values": {"name": "Mine", "seen_deal": "{deal}"}}),
            Ask(CASES + "/compute", {"values": {"name": "Mine"}, "record": "{case}"}),
            Ask(CASES + "/compute", {"values": {"secret_deal": "{deal}"}, "record": "{case}"}),
        )
    ),
    "POST runtime.pick_record": Asked(
        tuple(
            Ask(CASES + f"/pick/{field}", body)
            for field in ("secret_deal", "seen_deal", "secret_text")
            for body in ({}, {"q": "Xq7"}, {"q": "Xq7", "record": "{case}"})
        )
    ),
    "GET runtime.pick_member": Apart("the directory, which every member may read"),
    "POST runtime.pick_member": Apart("the directory, which every member may read"),
    "GET runtime.pick_department": Apart("the directory, which every member may read"),
    "POST runtime.pick_department": Apart("the directory, which every member may read"),
    "GET runtime.task_page": Asked((Ask("/tasks/{task}"),)),
    "POST runtime.act_on_task": Asked((Ask("/tasks/{task}", form={"action": "save", "version": "1"}),)),
    "GET runtime.why": Asked((Ask("/tasks/{task}/why"),)),
    "GET people.inbox_page": Asked((Ask("/inbox"),)),
    "POST people.read_all": Apart("the caller's own notes are marked"),
    **{
        f"{verb} people.{name}": Apart("sessions and their cookies: tests/web/test_sign_in_pages.py")
        for verb, name in (
            ("GET", "sign_in_page"), ("POST", "sign_in_action"), ("POST", "sign_out_page"), ("POST", "choose_language"),
            ("POST", "view_as"), ("POST", "keep_session"),
        )
    },
    **{
        f"GET api.{name}": Apart("the directory and the catalogue, which every member may read")
        for name in ("me", "members", "member", "departments", "department", "roles", "role", "catalog_list")
    },
    **{
        f"{verb} api.{name}": Apart("the caller's own account or an empty file")
        for verb, name in (
            ("PATCH", "update_member"), ("POST", "create_token"), ("DELETE", "revoke_token"), ("POST", "upload_file"),
        )
    },
    "GET health.live": Apart("only whether the process is up"),
    "GET health.ready": Apart("only whether the process is up"),
    "GET static": Apart("built files"),
    **{
        each: Closed()
        for each in (
            "POST api.create_member", "DELETE api.deactivate_member", "POST api.create_department",
            "PATCH api.update_department", "DELETE api.delete_department", "POST api.create_role", "PATCH api.update_role",
            "DELETE api.delete_role", "POST api.install_app", "POST api.upgrade_app", "DELETE api.uninstall_app",
            "GET api.export_app", "GET api.draft", "PUT api.save_draft", "POST api.check_app", "POST api.publish_app",
            "GET api.publication", "GET api.job_list", "GET api.audit_log",
            "GET designer.flow_page", "GET designer.flow_drawing", "POST designer.complete_rule", "POST designer.print_rule",
            "GET designer.overview", "POST designer.publish", "POST designer.discard", "POST designer.change_parameters",
            "POST designer.new_form", "POST designer.new_flow", "GET designer.export", "GET designer.form_page",
            "GET designer.apps_page", "POST designer.install_package", "POST designer.new_app",
            "GET people.members_page", "POST people.create_member_action", "GET people.member_page",
            "POST people.update_member_action",
        )
    },
}  # fmt: skip
"""By method and endpoint."""
