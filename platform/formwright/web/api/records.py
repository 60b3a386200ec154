"""Records of a form: lists, single records, their history and talk."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Response

from formwright.accounts.directory import directory
from formwright.errors import Conflict, Invalid, Missing
from formwright.records import operations
from formwright.records.access import record_for
from formwright.records.comments import Comment, comment, comments
from formwright.records.history import entries
from formwright.records.lists import LONGEST_PAGE, AggregateQuery, ListQuery, aggregate, list_records
from formwright.records.model import Record
from formwright.records.show import dump_record, dump_records
from formwright.records.visibility import visible
from formwright.schema.access import app_for
from formwright.schema.field_types.dates import dump_instant
from formwright.schema.model import App, Form
from formwright.texts import both
from formwright.web.api import pages
from formwright.web.api.bodies import arguments, body, expected_version, whole_number
from formwright.web.api.idempotency import once
from formwright.web.api.replies import reply
from formwright.web.gate import Call, Policy, route

RECORDS = "/apps/<app>/forms/<form>/records"
RECORD = RECORDS + "/<record>"
MOST = 500
COUNTS = ("none", "capped", "exact")


def form_of(call: Call, app_id: str, form_id: str) -> tuple[App, Form]:
    """The published app and its form. Raises Missing."""
    app = app_for(call.session, app_id)
    form = app.forms.get(form_id)
    if form is None:
        raise Missing(message=both(f"没有表单“{form_id}”", f'There is no form "{form_id}"'), at=form_id)
    return app, form


@route(pages, RECORDS, policy=Policy.MEMBER)
def records(call: Call, app: str, form: str) -> Response:
    """`?filter&sort&limit&cursor&fields&count&q&view` → `{items, next_cursor, count}`."""
    found, shape = form_of(call, app, form)
    given = arguments("filter", "sort", "limit", "cursor", "fields", "count", "q", "view")
    count = given.get("count", "capped")
    if count not in COUNTS:
        raise Invalid(
            "wrong_type", both("count 应为 none、capped 或 exact", "count is none, capped or exact"), at="count"
        )
    wanted = _names(given.get("fields"))
    if wanted:
        visible(call.session, found, shape.id, actor=call.actor, now=call.now).refuse_unknown(wanted, "fields")
    page = list_records(
        call.session,
        found,
        shape.id,
        ListQuery(
            filter=given.get("filter") or None,
            sort=_names(given.get("sort")) or (),
            limit=whole_number(given.get("limit"), "limit", default=50, most=LONGEST_PAGE),
            cursor=given.get("cursor") or None,
            count=count,  # type: ignore[arg-type]  # one of COUNTS
            q=given.get("q") or None,
            view=given.get("view") or None,
        ),
        actor=call.actor,
        now=call.now,
    )
    answer: dict[str, Any] = {
        "items": dump_records(
            call.session, found, shape.id, page.records, page.rights,
            actor=call.actor, now=call.now, language=call.language, fields=wanted,
        ),
        "next_cursor": page.next_cursor,
    }  # fmt: skip
    if page.count is not None:
        answer["count"] = {"value": page.count.value, "more": page.count.more}
    return reply(answer)


@route(pages, RECORDS, policy=Policy.MEMBER, methods=("POST",))
@once
def create_record(call: Call, app: str, form: str) -> Response:
    found, shape = form_of(call, app, form)
    given = body("values", "draft")
    record = operations.create(
        call.session,
        found,
        shape.id,
        given.get("values", dict, {}),
        draft=given.get("draft", bool, False),
        actor=call.actor,
        now=call.now,
    )
    return reply(_seen(call, found, record), 201)


@route(pages, RECORD, policy=Policy.MEMBER)
def record(call: Call, app: str, form: str, record: str) -> Response:
    found, shape = form_of(call, app, form)
    kept, _ = record_for(call.session, found, shape.id, record, actor=call.actor, now=call.now)
    return reply(_seen(call, found, kept))


@route(pages, RECORD, policy=Policy.MEMBER, methods=("PATCH",))
@once
def update_record(call: Call, app: str, form: str, record: str) -> Response:
    found, shape = form_of(call, app, form)
    given = body("values")
    try:
        kept = operations.update(
            call.session,
            found,
            shape.id,
            record,
            given.need("values", dict),
            version=expected_version(),
            actor=call.actor,
            now=call.now,
        )
    except Conflict as conflict:
        if isinstance(conflict.current, Record):
            conflict.current = _seen(call, found, conflict.current)
        raise
    return reply(_seen(call, found, kept))


@route(pages, RECORD, policy=Policy.MEMBER, methods=("DELETE",))
@once
def delete_record(call: Call, app: str, form: str, record: str) -> Response:
    found, shape = form_of(call, app, form)
    try:
        operations.delete(
            call.session, found, shape.id, record, version=expected_version(), actor=call.actor, now=call.now
        )
    except Conflict as conflict:
        if isinstance(conflict.current, Record):
            conflict.current = _seen(call, found, conflict.current)
        raise
    return Response(status=204)


@route(pages, RECORD + "/restore", policy=Policy.MEMBER, methods=("POST",))
@once
def restore_record(call: Call, app: str, form: str, record: str) -> Response:
    found, shape = form_of(call, app, form)
    kept = operations.restore(call.session, found, shape.id, record, actor=call.actor, now=call.now)
    return reply(_seen(call, found, kept))


@route(pages, RECORD + "/history", policy=Policy.MEMBER)
def record_history(call: Call, app: str, form: str, record: str) -> Response:
    found, shape = form_of(call, app, form)
    given = arguments("limit", "cursor")
    limit = whole_number(given.get("limit"), "limit", default=200, most=MOST)
    before = whole_number(given.get("cursor"), "cursor", default=0, most=99_999_999) or None
    kept, rights = record_for(call.session, found, shape.id, record, actor=call.actor, now=call.now)
    people = directory(call.session)
    listed = entries(call.session, shape, kept, rights.fields, limit=limit + 1, before=before)
    shown = people.show([entry.by for entry in listed])
    items = [
        {
            "at": dump_instant(entry.at),
            "actor": _person(shown, entry.by),
            "kind": entry.kind,
            "version": entry.version,
            "changes": [
                {"field": each.field, "row": each.row, "old": each.old, "new": each.new} for each in entry.changes
            ],
        }
        for entry in listed[:limit]
    ]
    more = len(listed) > limit
    return reply({"items": items, "next_cursor": str(listed[limit - 1].version) if more else None})


@route(pages, RECORD + "/comments", policy=Policy.MEMBER)
def record_comments(call: Call, app: str, form: str, record: str) -> Response:
    found, shape = form_of(call, app, form)
    after = whole_number(arguments("cursor").get("cursor"), "cursor", default=0, most=99_999_999)
    kept = comments(call.session, found, shape.id, record, actor=call.actor, now=call.now, after=after)
    return reply({"items": [_comment(call, each) for each in kept], "next_cursor": None})


@route(pages, RECORD + "/comments", policy=Policy.MEMBER, methods=("POST",))
@once
def add_comment(call: Call, app: str, form: str, record: str) -> Response:
    found, shape = form_of(call, app, form)
    text = body("text").need("text", str)
    return reply(
        _comment(call, comment(call.session, found, shape.id, record, text, actor=call.actor, now=call.now)), 201
    )


@route(pages, "/apps/<app>/forms/<form>/aggregate", policy=Policy.MEMBER, methods=("POST",), writes=False)
def aggregate_records(call: Call, app: str, form: str) -> Response:
    """`{filter, group_by: [expr…], measures: {name: "SUM(amount)"}, sort, limit}` → `{rows: [...]}`."""
    found, shape = form_of(call, app, form)
    given = body("filter", "group_by", "measures", "sort", "limit")
    limit = given.get("limit", int, 1000)
    if not 1 <= limit <= 10_000:
        raise Invalid("out_of_range", both("limit 应为 1 到 10000", "limit is between 1 and 10,000"), at="/limit")
    rows = aggregate(
        call.session,
        found,
        shape.id,
        AggregateQuery(
            filter=given.get("filter", str),
            group_by=tuple(_texts(given.get("group_by", list, []), "/group_by")),
            measures=_rules(given.get("measures", dict, {})),
            sort=_sort(given.get("sort", (list, str), [])),
            limit=limit,
        ),
        actor=call.actor,
        now=call.now,
    )
    return reply({"rows": [{name: _figure(value) for name, value in row.items()} for row in rows]})


def _figure(value: Any) -> Any:
    """A group's value or a measure as JSON: ids are texts, instants have their offset."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, datetime):
        return dump_instant(value)
    return value


def _seen(call: Call, app: App, record: Record) -> dict[str, Any]:
    """The record as the caller sees it now; its writer may be left with nothing but its id."""
    try:
        kept, rights = record_for(call.session, app, record.form, record.id, actor=call.actor, now=call.now)
    except Missing:
        return {"id": str(record.id), "form": record.form, "version": record.version}
    return dump_record(call.session, app, kept, rights, actor=call.actor, now=call.now, language=call.language)


def _comment(call: Call, each: Comment) -> dict[str, Any]:
    shown = directory(call.session).show([each.author, *each.mentions])
    return {
        "id": str(each.id),
        "text": each.text,
        "author": _person(shown, each.author),
        "at": dump_instant(each.at),
        "mentions": [_person(shown, member) for member in each.mentions],
    }


def _person(shown: Mapping[int, Any], member: int | None) -> dict[str, str] | None:
    found = shown.get(member) if member is not None else None
    return None if found is None else {"id": str(found.id), "email": found.email, "name": found.name}


def _names(text: str | None) -> tuple[str, ...] | None:
    return tuple(part.strip() for part in text.split(",") if part.strip()) if text else None


def _texts(values: list[Any], at: str) -> list[str]:
    for index, value in enumerate(values):
        if not isinstance(value, str):
            raise Invalid("wrong_type", both("应为文本", "This must be a text"), at=f"{at}/{index}")
    return values


def _rules(values: Mapping[str, Any]) -> Mapping[str, str]:
    for name, value in values.items():
        if not isinstance(value, str):
            raise Invalid("wrong_type", both("应为规则文本", "This must be a rule"), at=f"/measures/{name}")
    return values


def _sort(value: list[Any] | str) -> tuple[str, ...]:
    if isinstance(value, str):
        return _names(value) or ()
    return tuple(_texts(value, "/sort"))
