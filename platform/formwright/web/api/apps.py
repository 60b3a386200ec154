"""Apps: the catalogue, installing, exporting, the draft, checking and publishing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, request

from formwright.errors import Conflict, Invalid, Malformed, Problem
from formwright.packages import operations
from formwright.packages.catalog import catalog, packaged
from formwright.packages.folder import Package, read_zip, write_zip
from formwright.packages.samples import Imported
from formwright.records.definition import form_definition
from formwright.schema.access import Draft, apps, draft_for, publication_of
from formwright.schema.diff import Change, changes
from formwright.schema.json_text import to_json
from formwright.schema.model import Finding
from formwright.texts import both, show
from formwright.web.api import pages
from formwright.web.api.bodies import arguments, body, document, expected_version
from formwright.web.api.idempotency import once
from formwright.web.api.records import form_of
from formwright.web.api.replies import reply
from formwright.web.gate import Call, Policy, route


@route(pages, "/catalog", policy=Policy.MEMBER)
def catalog_list(call: Call) -> Response:
    return reply(
        {
            "items": [
                {
                    "id": offer.app.id,
                    "version": offer.app.version,
                    "name": offer.app.name,
                    "summary": offer.app.summary,
                    "icon": offer.app.icon,
                    "sample_data": offer.has_sample_data,
                }
                for offer in catalog()
            ]
        }
    )


@route(pages, "/apps", policy=Policy.MEMBER)
def app_list(call: Call) -> Response:
    return reply(
        {
            "items": [
                {"id": each.id, "name": each.name, "version": each.version, "publication": each.publication}
                for each in apps(call.session)
            ]
        }
    )


@route(pages, "/apps", policy=Policy.ADMIN, methods=("POST",))
@once
def install_app(call: Call) -> Response:
    """Install from the catalogue (`package`, `sample_data`) or from a zip; or make an empty app (`id`, `name`)."""
    if request.mimetype == "multipart/form-data":
        return _installed(call, _uploaded(), sample_data=request.form.get("sample_data", "") in ("true", "1"))
    given = body("package", "sample_data", "id", "name")
    if "id" in given:
        draft = operations.new_app(
            call.session, given.need("id", str), given.need("name", (str, dict)), actor=call.actor, now=call.now
        )
        return reply({"id": draft.app, "version": "0.1.0", "publication": 0}, 201)
    package = packaged(given.need("package", str))
    return _installed(call, package, sample_data=given.get("sample_data", bool, False))


def _installed(call: Call, package: Package, *, sample_data: bool) -> Response:
    done = operations.install(call.session, package, sample_data=sample_data, actor=call.actor, now=call.now)
    answer: dict[str, Any] = {
        "id": done.app.id, "version": done.app.version, "publication": done.app.publication,
    }  # fmt: skip
    if sample_data and done.fresh:
        answer["sample_data"] = [_sample(each, call.language) for each in done.samples]
    return reply(answer, 201 if done.fresh else 200)


def _sample(each: Imported, language: str) -> dict[str, Any]:
    return {
        "form": each.form,
        "inserted": each.inserted,
        "failed": [{"row": failed.row, "errors": _problems(failed.errors, language)} for failed in each.failed],
    }


@route(pages, "/apps/<app>/export", policy=Policy.DESIGNER)
def export_app(call: Call, app: str) -> Response:
    """The published definition as a package zip."""
    arguments()
    package = operations.export(call.session, app)
    response = Response(write_zip(package), content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{app}-{package.document["app"]["version"]}.zip"'
    return response


@route(pages, "/apps/<app>/upgrade", policy=Policy.ADMIN, methods=("POST",))
@once
def upgrade_app(call: Call, app: str) -> Response:
    """Another version of the package in place of the installed one; `?dry_run=true` only says what would change."""
    dry_run = arguments("dry_run").get("dry_run") == "true"
    package = (
        _uploaded() if request.mimetype == "multipart/form-data" else packaged(body("package").need("package", str))
    )
    if dry_run:
        return reply({"changes": _changes(operations.upgrade_changes(call.session, app, package), call.language)})
    done = operations.upgrade(call.session, app, package, actor=call.actor, now=call.now)
    return reply(_published(done, call.language))


@route(pages, "/apps/<app>", policy=Policy.ADMIN, methods=("DELETE",))
@once
def uninstall_app(call: Call, app: str) -> Response:
    if arguments("confirm").get("confirm") != app:
        words = both(f"卸载需要 ?confirm={app}", f"Uninstalling needs ?confirm={app}")
        raise Invalid("confirm_required", words, at="confirm")
    operations.uninstall(call.session, app, actor=call.actor, now=call.now)
    return Response(status=204)


@route(pages, "/apps/<app>/draft", policy=Policy.DESIGNER)
def draft(call: Call, app: str) -> Response:
    return _draft(draft_for(call.session, app))


@route(pages, "/apps/<app>/draft", policy=Policy.DESIGNER, methods=("PUT",))
@once
def save_draft(call: Call, app: str) -> Response:
    """The whole document; `If-Match` takes the revision that it was made from."""
    given = document()
    try:
        saved = operations.save_draft(
            call.session, app, given, revision=expected_version(), actor=call.actor, now=call.now
        )
    except Conflict as conflict:
        if conflict.code == "stale":
            conflict.current = {"revision": draft_for(call.session, app).revision}
        raise
    return _draft(saved)


def _draft(found: Draft) -> Response:
    shown = {**_empty_sections(), **found.document, "revision": found.revision}
    response = Response(to_json(shown), content_type="application/json")
    response.headers["ETag"] = f'"{found.revision}"'
    return response


def _empty_sections() -> dict[str, Any]:
    sections = ("forms", "flows", "rules", "dashboards", "automations", "prints", "life_cycles", "tests")
    return {"app": {}, **{name: {} for name in sections}, "readme": ""}


@route(pages, "/apps/<app>/check", policy=Policy.DESIGNER, methods=("POST",), writes=False)
def check_app(call: Call, app: str) -> Response:
    body()
    return reply({"findings": [_finding(each, call.language) for each in operations.check(call.session, app)]})


@route(pages, "/apps/<app>/publish", policy=Policy.DESIGNER, methods=("POST",))
@once
def publish_app(call: Call, app: str) -> Response:
    note = body("note").get("note", str, "")
    return reply(
        _published(operations.publish(call.session, app, note=note, actor=call.actor, now=call.now), call.language)
    )


@route(pages, "/apps/<app>/publications/<int:number>", policy=Policy.DESIGNER)
def publication(call: Call, app: str, number: int) -> Response:
    new = publication_of(call.session, app, number)
    old = publication_of(call.session, app, number - 1) if number > 1 else None
    return reply({"publication": number, "state": "done", "changes": _changes(changes(old, new), call.language)})


@route(pages, "/apps/<app>/forms/<form>", policy=Policy.MEMBER)
def form(call: Call, app: str, form: str) -> Response:
    """The published form, cut to the fields that the caller may read on some record, with what they may do."""
    found, shape = form_of(call, app, form)
    return reply(form_definition(call.session, found, shape.id, actor=call.actor, now=call.now))


def _published(done: operations.Published, language: str) -> dict[str, Any]:
    return {
        "publication": done.app.publication,
        "version": done.app.version,
        "state": done.state,
        "changes": _changes(done.changes, language),
        "lost": [{"at": at, "values": count} for at, count in done.lost.items() if count],
    }


def _changes(listed: Sequence[Change], language: str) -> list[dict[str, Any]]:
    return [
        {
            "at": each.at,
            "change": show(each.message, language),
            "kind": each.kind,
            "state": "done",
            "done": 1,
            "total": 1,
        }
        for each in listed
    ]


def _finding(each: Finding, language: str) -> dict[str, Any]:
    return {
        "severity": each.severity,
        "code": each.code,
        "at": each.at,
        "message": show(each.message, language),
        "example": each.example,
    }


def _problems(problems: Sequence[Problem], language: str) -> list[dict[str, str]]:
    return [{"at": each.at, "code": each.code, "message": show(each.message, language)} for each in problems]


def _uploaded() -> Package:
    file = request.files.get("package")
    if file is None:
        raise Malformed("malformed", both("缺少文件字段 package", 'The file field "package" is missing'))
    return read_zip(file.read())
