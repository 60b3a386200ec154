"""Many records in one request: JSON rows, or a csv or xlsx file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Response, request

from formwright.errors import Invalid, Malformed
from formwright.records.importing import MODES, ImportReport, import_rows
from formwright.records.mapping import guess_map, read_map
from formwright.records.sheets import read_table
from formwright.texts import both, show
from formwright.web.api import pages
from formwright.web.api.bodies import arguments, body
from formwright.web.api.idempotency import once
from formwright.web.api.records import RECORDS, form_of
from formwright.web.api.replies import reply
from formwright.web.gate import Call, Policy, route

MOST_ROWS = 10_000


@route(pages, RECORDS + "/bulk", policy=Policy.MEMBER, methods=("POST",))
@once
def bulk(call: Call, app: str, form: str) -> Response:
    """`{mode, key, rows}` or a file with `mode`, `key`, `map`; → `{inserted, updated, failed}`; `?atomic=true`: all or nothing.

    Starts no flow unless `?flow=start`.
    """
    found, shape = form_of(call, app, form)
    given = arguments("atomic", "flow", "automations")
    atomic, submit = given.get("atomic") == "true", given.get("flow") == "start"
    options: dict[str, Any] = {"atomic": atomic, "submit": submit, "actor": call.actor, "now": call.now}
    if request.mimetype == "multipart/form-data":
        file = request.files.get("file") or next(iter(request.files.values()), None)
        if file is None:
            raise Malformed("malformed", both("缺少文件", "The file is missing"))
        header, rows = read_table(file.read(), file.filename or "table.csv")
        document = _map(request.form.get("map"))
        mapping = read_map(document, found, shape.id) if document is not None else guess_map(header, found, shape.id)
        key = tuple(part for part in request.form.get("key", "").split(",") if part)
        report = import_rows(
            call.session, found, shape.id, rows,
            mode=_mode(request.form.get("mode", "insert")), key=key or mapping.key,
            mapping=mapping, header=header, **options,
        )  # fmt: skip
    else:
        wanted = body("mode", "key", "rows")
        listed = wanted.need("rows", list)
        if len(listed) > MOST_ROWS:
            words = both(f"一次最多 {MOST_ROWS} 行", f"At most {MOST_ROWS} rows at once")
            raise Invalid("too_many", words, at="/rows")
        _refuse_odd_rows(listed)
        report = import_rows(
            call.session, found, shape.id, listed,
            mode=_mode(wanted.get("mode", str, "insert")), key=tuple(map(str, wanted.get("key", list, []))), **options,
        )  # fmt: skip
    return reply(_report(report, call.language))


def _mode(text: str) -> Any:
    if text not in MODES:
        known = ", ".join(MODES)
        raise Invalid("unknown_mode", both(f"mode 应为 {known}", f"mode is one of {known}"), at="/mode")
    return text


def _map(text: str | None) -> Any:
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        raise Malformed("malformed", both("map 不是有效的 JSON", "map is not readable JSON")) from None


def _refuse_odd_rows(rows: list[Any]) -> None:
    for number, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise Invalid("wrong_type", both("每一行应为对象", "Each row is an object"), at=f"/rows/{number}")


def _report(report: ImportReport, language: str) -> dict[str, Any]:
    return {
        "inserted": report.inserted,
        "updated": report.updated,
        "failed": [
            {
                "row": each.row,
                "errors": [
                    {"at": problem.at, "code": problem.code, "message": show(problem.message, language)}
                    for problem in each.errors
                ],
            }
            for each in report.failed
        ],
    }
