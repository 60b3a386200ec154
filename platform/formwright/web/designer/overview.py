"""One app from above: its forms, flows and thresholds, what is not yet published, and publishing it."""

from __future__ import annotations

from typing import Any

from flask import Response, redirect, render_template, request, url_for

from formwright.accounts.directory import directory
from formwright.errors import Conflict, FormwrightError, Invalid
from formwright.packages import operations
from formwright.packages.folder import write_zip
from formwright.records.references import References
from formwright.schema.access import draft_for
from formwright.schema.document import examine
from formwright.schema.environment import parameter_field
from formwright.schema.field_types import BadValue, field_types
from formwright.schema.model import App
from formwright.schema.reading import is_id
from formwright.texts import both
from formwright.web.designer import pages
from formwright.web.gate import Call, Policy, route


@route(pages, "/design/<app>", policy=Policy.DESIGNER)
def overview(call: Call, app: str) -> str:
    return _page(call, app)


@route(pages, "/design/<app>/publish", policy=Policy.DESIGNER, methods=("POST",))
def publish(call: Call, app: str) -> Any:
    try:
        done = operations.publish(call.session, app, note=request.form.get("note", ""), actor=call.actor, now=call.now)
    except FormwrightError as error:
        call.session.rollback()
        return _page(call, app, error=error), error.status
    return redirect(url_for("designer.overview", app=app, published=done.app.publication))


@route(pages, "/design/<app>/discard", policy=Policy.DESIGNER, methods=("POST",))
def discard(call: Call, app: str) -> Any:
    """Throw the draft away: it becomes what is in force."""
    published = operations.in_force(call.session, app)
    if published is not None:
        operations.save_draft(call.session, app, published.document, revision=None, actor=call.actor, now=call.now)
    return redirect(url_for("designer.overview", app=app))


@route(pages, "/design/<app>/parameters", policy=Policy.DESIGNER, methods=("POST",))
def change_parameters(call: Call, app: str) -> Any:
    """New values of the thresholds, in the draft; rules stay as they are."""
    try:
        document = dict(draft_for(call.session, app).document)
        shown, _ = examine(document)
        header = dict(document["app"])
        header["parameters"] = _with_values(call, shown, header.get("parameters") or [])
        operations.save_draft(
            call.session, app, {**document, "app": header}, revision=_revision(), actor=call.actor, now=call.now
        )
    except FormwrightError as error:
        call.session.rollback()
        return _page(call, app, error=error), error.status
    return redirect(url_for("designer.overview", app=app))


def _with_values(call: Call, app: App, entries: Any) -> list[Any]:
    known = {parameter.id: parameter for parameter in app.parameters}
    references = References(directory(call.session))
    changed = []
    for entry in entries:
        parameter = known.get(entry.get("id"))
        text = request.form.get(f"parameter.{entry.get('id')}")
        if parameter is None or text is None:
            changed.append(entry)
            continue
        kind, field = field_types[parameter.type], parameter_field(parameter)
        try:
            value = kind.parse(text, field, references)
        except BadValue as error:
            raise Invalid(error.code, error.problems[0].message, at=parameter.id) from error
        changed.append({**entry, "default": kind.dump(value, field)})
    return changed


@route(pages, "/design/<app>/forms", policy=Policy.DESIGNER, methods=("POST",))
def new_form(call: Call, app: str) -> Any:
    """An empty form: one text field to begin with, and its place in the navigation."""
    form_id = request.form.get("id", "")
    name = _name(form_id)
    entry = {
        "id": form_id,
        "name": name,
        "title": "name",
        "fields": [
            {"id": "name", "type": "text", "label": both("名称", "Name"), "required": True},
        ],
        "grants": [
            {
                "everyone": True,
                "records": True,
                "actions": ["view", "create", "edit"],
                "fields": {"*": "edit"},
            }
        ],
    }
    return _add(call, app, "forms", form_id, entry, "designer.form_page")


@route(pages, "/design/<app>/flows", policy=Policy.DESIGNER, methods=("POST",))
def new_flow(call: Call, app: str) -> Any:
    """A flow that can be published as it is: submit, the manager approves, done."""
    flow_id, form = request.form.get("id", ""), request.form.get("form", "")
    entry = {
        "id": flow_id,
        "form": form,
        "name": _name(flow_id),
        "start": "submit",
        "no_assignee": "admin",
        "nodes": [
            {"id": "start", "type": "start", "name": both("提交", "Submit")},
            {"id": "manager", "type": "approve", "name": both("主管审批", "Manager"), "assign": "manager(initiator)"},
            {"id": "done", "type": "end", "name": both("完成", "Done"), "status": "approved"},
        ],
        "edges": [{"from": "start", "to": "manager"}, {"from": "manager", "to": "done"}],
    }
    return _add(call, app, "flows", flow_id, entry, "designer.flow_page")


def _add(call: Call, app: str, section: str, id: str, entry: Any, page: str) -> Any:
    try:
        if not is_id(id):
            words = both(
                "编号以小写字母开头，只用小写字母、数字和下划线",
                "An id is a lower-case letter, then letters, digits and _",
            )
            raise Invalid("bad_id", words, at="id")
        document = dict(draft_for(call.session, app).document)
        entries = dict(document.get(section) or {})
        if id in entries:
            raise Conflict("in_use", both(f"“{id}”已存在", f'There is a "{id}" already'))
        entries[id] = entry
        document[section] = entries
        if section == "forms":
            header = dict(document["app"])
            groups = list(header.get("navigation") or [])
            if groups:
                groups[-1] = {**groups[-1], "items": [*groups[-1].get("items", ()), f"form:{id}"]}
            else:
                groups = [{"group": header.get("name"), "items": [f"form:{id}"]}]
            document["app"] = {**header, "navigation": groups}
        operations.save_draft(call.session, app, document, revision=None, actor=call.actor, now=call.now)
    except FormwrightError as error:
        call.session.rollback()
        return _page(call, app, error=error), error.status
    place: dict[str, Any] = {section[:-1]: id}
    return redirect(url_for(page, app=app, **place))


def _name(default: str) -> Any:
    zh, en = request.form.get("name_zh", "").strip(), request.form.get("name_en", "").strip()
    return {language: text for language, text in (("zh", zh), ("en", en)) if text} or default


def _revision() -> int | None:
    text = request.form.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() else None


@route(pages, "/design/<app>/export", policy=Policy.DESIGNER)
def export(call: Call, app: str) -> Response:
    """The published app as a zip of readable text."""
    package = operations.export(call.session, app)
    response = Response(write_zip(package), content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{app}-{package.document["app"]["version"]}.zip"'
    return response


def _page(call: Call, app_id: str, *, error: FormwrightError | None = None) -> str:
    draft = draft_for(call.session, app_id)
    shown, findings = examine(draft.document)
    published = operations.in_force(call.session, app_id)
    return render_template(
        "designer/overview.html",
        app=shown,
        draft=draft,
        published=published,
        findings=findings,
        changes=operations.pending(call.session, app_id),
        flows=shown.parts.get("flows", {}),
        error=error,
        just_published=request.args.get("published"),
    )
