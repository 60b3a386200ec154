"""Search boxes of forms: records that a relation may choose, members, departments. JSON `{items: [{id, text, note}]}`."""

from __future__ import annotations

from typing import Any

from flask import request

from formwright.accounts import access
from formwright.records.preview import candidates
from formwright.records.reader import reader_for
from formwright.records.show import PageNames, display_values
from formwright.texts import show
from formwright.web.gate import Call, Policy, route
from formwright.web.runtime import pages
from formwright.web.runtime.frame import place
from formwright.web.runtime.inputs import posted

MOST = 20


@route(pages, "/apps/<app>/forms/<form>/pick/<field>", policy=Policy.MEMBER, methods=("POST",), writes=False)
def pick_record(call: Call, app: str, form: str, field: str) -> dict[str, Any]:
    """`field` is `customer` or `lines.product`; the posted form is what the relation's `where` reads, `row` where it stands."""
    found, shape = place(call, app, form)
    path = tuple(field.split(".", 1))
    given = posted(found, shape, request.form)
    chosen = candidates(
        call.session, found, shape.id, path, actor=call.actor, now=call.now, q=request.form.get("q", ""),
        values={key: value for key, value in given.values.items() if key != path[0] or len(path) > 1},
        record=request.args.get("record") or None, row=_row(path, given.indexes), limit=MOST,
    )  # fmt: skip
    holder = shape.field(path[0])
    each = holder.column(path[1]) if holder is not None and len(path) > 1 else holder
    if each is None:
        return {"items": []}
    target = found.forms[each.settings.form]
    reader = reader_for(call.session, found, target.id, actor=call.actor, now=call.now)
    names = PageNames(call.session, found, actor=call.actor, now=call.now, language=call.language)
    noted = [one for one in target.fields if one.id in each.settings.show]
    return {
        "items": [
            {
                "id": str(record.id),
                "text": reader.shown_title(record, rights.fields),
                "note": " · ".join(
                    text
                    for text in display_values(noted, record, rights.fields, names).values()
                    if isinstance(text, str)
                ),
            }
            for record, rights in chosen
        ]
    }


def _row(path: tuple[str, ...], indexes: dict[str, list[int]]) -> int | None:
    sent = request.form.get("row", "")
    known = indexes.get(path[0], [])
    return known.index(int(sent)) if len(path) > 1 and sent.isdecimal() and int(sent) in known else None


@route(pages, "/pick/members", policy=Policy.MEMBER, methods=("GET", "POST"), writes=False)
def pick_member(call: Call) -> dict[str, Any]:
    found = access.members(call.session, search=request.values.get("q", ""), active=True, limit=MOST)
    return {"items": [{"id": str(each.id), "text": each.name or each.email, "note": each.email} for each in found]}


@route(pages, "/pick/departments", policy=Policy.MEMBER, methods=("GET", "POST"), writes=False)
def pick_department(call: Call) -> dict[str, Any]:
    wanted = request.values.get("q", "").strip().lower()
    named = ((each.id, show(each.name, call.language, each.id)) for each in access.departments(call.session))
    return {"items": [{"id": id, "text": text, "note": ""} for id, text in named if wanted in text.lower()][:MOST]}
