"""The records of a form: a table, or a board of columns; search, filters, order, and the same list as csv."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from flask import Response, flash, redirect, request, url_for
from markupsafe import Markup

from formwright.accounts.access import members
from formwright.accounts.directory import directory
from formwright.errors import Invalid, Missing, NotAllowed
from formwright.records.export import export_rows
from formwright.records.lists import ListQuery, list_records
from formwright.records.model import Page
from formwright.records.reader import reader_for
from formwright.records.show import dump_records
from formwright.records.visibility import visible
from formwright.schema.access import app_for
from formwright.schema.field_types.dates import parse_instant
from formwright.schema.model import App, Field, Form, View
from formwright.texts import show
from formwright.web.gate import Call, Policy, route
from formwright.web.language import t
from formwright.web.rendering import when
from formwright.web.runtime import pages
from formwright.web.runtime.asking import (
    OPERATORS,
    SYSTEM,
    Asked,
    chips,
    field_label,
    field_type,
    quoted,
    rule_of,
    view_of,
)
from formwright.web.runtime.filling import Cell
from formwright.web.runtime.frame import navigation, place, render, uses
from formwright.web.runtime.widgets import state_colour, state_word, widget

LIST = "/apps/<app>/forms/<form>"
COLUMNS = 8
"""Columns of a list whose view names none."""
UNLISTED = ("textarea", "rows", "attachment")
BOARD_COLUMNS, BOARD_CARDS = 20, 20
PLAIN = frozenset(
    {
        "text", "number", "money", "percent", "date", "datetime", "time", "duration", "serial", "member",
        "department", "relation",
    }
)  # fmt: skip
"""Types whose value in a list is nothing but its text."""
NUMERIC = ("number", "money", "percent", "rating")
MOST_EXPORTED = 100_000


@dataclass(frozen=True, slots=True)
class Column:
    id: str
    label: str
    type: str
    field: Field | None
    numeric: bool
    sorted: str
    """`up`, `down` or nothing."""
    address: str
    """The list sorted by this column, the other way round when it is already."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One column of a board."""

    text: str
    page: Page
    cards: list[dict[str, Any]]


@route(pages, "/apps/<app>", policy=Policy.MEMBER)
def app_page(call: Call, app: str) -> Any:
    """The app's first form that the reader has to do with."""
    found = app_for(call.session, app)
    entry = next((each for each in navigation(call, found) if each.address), None)
    if entry is None:
        raise Missing(at=app)
    return redirect(entry.address)


@route(pages, LIST, policy=Policy.MEMBER)
def form_list(call: Call, app: str, form: str) -> Any:
    """`?view&filter&sort&q&cursor`; `add_field`, `add_operator`, `add_value` add a filter; htmx gets the list alone."""
    found, shape = place(call, app, form)
    asked = Asked.of(request.args)
    if "add_field" in request.args:
        return _with_filter(call, found, shape, asked)
    if not asked.view and shape.views and not (asked.filters or asked.q or asked.sort):
        asked = replace(asked, view=shape.views[0].id)
    view = view_of(shape, asked)
    problem, page, lanes = "", Page(records=()), None
    try:
        if view is not None and view.type == "kanban" and view.group_by:
            lanes = list(_lanes(call, found, shape, view, asked))
        else:
            page = list_records(call.session, found, shape.id, asked.query(), actor=call.actor, now=call.now)
    except Invalid as error:
        problem = error.say(call.language)
    reader = reader_for(call.session, found, shape.id, actor=call.actor, now=call.now)
    # Whom no grant names sees the form only for the records that they take part in.
    if not (uses(call, found, form) or page.records or any(lane.page.records for lane in lanes or ())):
        raise Missing(at=form)
    columns = list(_columns(call, found, shape, view, asked))
    return render(
        call,
        "runtime/list_part.html" if request.headers.get("HX-Request-Type") == "partial" else "runtime/list.html",
        app=found,
        form=shape,
        asked=asked,
        view=view,
        columns=columns,
        rows=_rows(call, found, shape, page, columns),
        page=page,
        lanes=lanes,
        problem=problem,
        chips=list(chips(shape, asked, call.language)),
        may_create=reader.creation() is not None,
        may_export=_may_export(call, found, shape),
        filterable=_filterable(call, found, shape),
        operators=OPERATORS,
    )


@route(pages, LIST + "/export.csv", policy=Policy.MEMBER)
def export_list(call: Call, app: str, form: str) -> Response:
    """What the list shows, with every filter, as csv that spreadsheets open."""
    found, shape = place(call, app, form)
    if not _may_export(call, found, shape):
        raise NotAllowed
    asked = Asked.of(request.args)
    view = view_of(shape, asked)
    ids = [column.id for column in _columns(call, found, shape, view, asked) if column.field is not None]
    lines = export_rows(
        call.session, found, shape.id, actor=call.actor, now=call.now, language=call.language,
        asked=replace(asked.query(count="none"), cursor=None), fields=ids,
    )  # fmt: skip
    out = io.StringIO()
    writer = csv.writer(out)
    for number, line in enumerate(lines):
        if number > MOST_EXPORTED:
            break
        writer.writerow(line)
    name = quote(f"{show(shape.name, call.language, shape.id)}.csv", safe="")
    return Response(
        "\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
    )  # fmt: skip


def _may_export(call: Call, app: App, form: Form) -> bool:
    reader = reader_for(call.session, app, form.id, actor=call.actor, now=call.now)
    return reader.unbounded or any("export" in each.rights.actions for each in reader.grants)


def _with_filter(call: Call, app: App, form: Form, asked: Asked) -> Any:
    given = request.args
    rule = rule_of(
        app,
        form,
        given["add_field"],
        given.get("add_operator", ""),
        given.get("add_value", ""),
        directory(call.session),
        lambda name: next((each.id for each in members(call.session, search=name, limit=2) if each.name == name), None),
    )
    if rule is None:
        flash(
            t(
                "这个条件不完整或值不对，没有加上",
                "That filter is incomplete or its value does not fit; it was not added",
            ),
            "bad",
        )
    elif rule not in asked.filters:
        asked = replace(asked, filters=(*asked.filters, rule), cursor="")
    return redirect(url_for("runtime.form_list", app=app.id, form=form.id) + asked.address())


def _columns(call: Call, app: App, form: Form, view: View | None, asked: Asked) -> Iterator[Column]:
    seen = visible(call.session, app, form.id, actor=call.actor, now=call.now)
    ids = (
        list(view.columns)
        if view and view.columns
        else [each.id for each in form.fields if each.type not in UNLISTED][:COLUMNS]
    )
    order = asked.sort or ",".join(view.sort if view else ())
    first = order.split(",")[0]
    for id in ids:
        kind = field_type(form, id)
        if not kind or not seen.can_use(id):
            continue
        sorted_ = "up" if first == id else "down" if first == f"-{id}" else ""
        sortable = kind not in (*UNLISTED, "multiselect", "nodes")
        address = asked.address(sort=f"-{id}" if sorted_ == "up" else id) if sortable else ""
        yield Column(id, field_label(form, id, call.language), kind, form.field(id), kind in NUMERIC, sorted_, address)


def _rows(call: Call, app: App, form: Form, page: Page, columns: list[Column]) -> list[dict[str, Any]]:
    """`{id, title, draft, cells: [(column, cell | text)]}`, one a record."""
    ids = [column.id for column in columns if column.field is not None]
    shown = dump_records(
        call.session,
        app,
        form.id,
        page.records,
        page.rights,
        actor=call.actor,
        now=call.now,
        language=call.language,
        fields=ids,
    )
    zone = directory(call.session).site.zone
    rows = [
        {**each, "cells": [(column, _cell(column, each, call.language, zone)) for column in columns]} for each in shown
    ]
    records = url_for("runtime.form_list", app=app.id, form=form.id) + "/records/"
    labels = [html.escape(column.label) for column in columns]
    return [{**row, "html": _line(row, labels, records)} for row in rows]


def _line(row: dict[str, Any], labels: list[str], records: str) -> Markup:
    """A line of the table. A page has hundreds of cells: they are put together here, not piece by piece in the template."""
    parts = []
    for place_, (column, cell) in enumerate(row["cells"]):
        text = cell.text if isinstance(cell, Cell) else cell["text"]
        inner = html.escape(text)
        classes = " numeric" if column.numeric else ""
        if place_ == 0:
            classes = f"lead{classes}"
            inner = f'<a class="row-link" href="{records}{row["id"]}">{inner or html.escape(row["title"])}</a>'
            if row["draft"]:
                inner += f' <span class="badge">{t("草稿", "Draft")}</span>'
        elif not text:
            classes += " empty-cell"
        elif isinstance(cell, Cell):
            if column.type not in PLAIN:
                inner = widget(column.type).value(cell)
        elif "colour" in cell:
            inner = f'<span class="badge {cell["colour"]}">{inner}</span>'
        parts.append(f'<td data-label="{labels[place_]}" class="{classes}">{inner}</td>')
    return Markup("".join(parts))  # noqa: S704 - every text has been escaped above, or by the field's own template


def _cell(column: Column, record: dict[str, Any], language: str, zone: Any) -> Any:
    if column.field is not None:
        text = record["display"].get(column.id, "")
        return Cell(
            column.field, "", value=record["values"].get(column.id), text=text if isinstance(text, str) else "",
            language=language, compact=True,
        )  # fmt: skip
    if column.id == "flow_status":
        status = "draft" if record["draft"] else record["flow"]["status"] if record["flow"] else ""
        return {"text": state_word(status) if status else "", "colour": state_colour(status)}
    value = record.get(column.id)
    if column.type == "datetime":
        return {"text": when(parse_instant(value, zone), zone)} if value else {"text": ""}
    return {"text": value["name"] if isinstance(value, dict) else value or ""}


def _filterable(call: Call, app: App, form: Form) -> list[dict[str, Any]]:
    """What filters may name, with the options of fields that have some."""
    seen = visible(call.session, app, form.id, actor=call.actor, now=call.now)
    ids = [each.id for each in form.fields if each.type not in ("rows", "attachment")] + [
        each for each in SYSTEM if each != "flow_node"
    ]
    found = []
    for id in ids:
        if not seen.can_use(id):
            continue
        field, kind = form.field(id), field_type(form, id)
        options: list[tuple[str, str]] = []
        if field is not None and kind in ("select", "multiselect"):
            options = [(each.id, show(each.label, call.language, each.id)) for each in field.settings.options]
        elif kind == "status":
            options = [(each, state_word(each)) for each in ("draft", "running", "approved", "rejected", "withdrawn")]
        elif field is not None and kind == "boolean":
            options = [
                ("true", show(field.settings.yes, call.language)),
                ("false", show(field.settings.no, call.language)),
            ]
        found.append({"id": id, "label": field_label(form, id, call.language), "type": kind, "options": options})
    return found


# ── boards ────────────────────────────────────────────────────────────────────────────────────────


def _lanes(call: Call, app: App, form: Form, view: View, asked: Asked) -> Iterator[Lane]:
    """One column for each value of the field that the board is grouped by."""
    field = form.field(view.group_by or "")
    if field is None or not visible(call.session, app, form.id, actor=call.actor, now=call.now).can_use(field.id):
        return
    shown = [each for each in ("amount", "total", "close_date", "owner") if form.field(each)]
    columns = [
        Column(each, field_label(form, each, call.language), field_type(form, each), form.field(each), False, "", "")
        for each in shown
    ]
    for value, text in _groups(call, app, field):
        rule = f"{field.id} = {quoted(value)}"
        page = list_records(
            call.session, app, form.id, asked.query(limit=BOARD_CARDS, also=rule), actor=call.actor, now=call.now
        )
        yield Lane(text, page, _rows(call, app, form, page, columns))


def _groups(call: Call, app: App, field: Field) -> list[tuple[str, str]]:
    if field.type == "select":
        return [(each.id, show(each.label, call.language, each.id)) for each in field.settings.options]
    if field.type != "relation":
        return []
    target = app.forms[field.settings.form]
    order = next((each.id for each in target.fields if each.id in ("order", "position")), "created_at")
    asked = ListQuery(sort=(order,), limit=BOARD_COLUMNS, count="none")
    page = list_records(call.session, app, target.id, asked, actor=call.actor, now=call.now)
    reader = reader_for(call.session, app, target.id, actor=call.actor, now=call.now)
    return [(str(each.id), reader.shown_title(each, page.rights[each.id].fields)) for each in page.records]
