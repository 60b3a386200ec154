"""All apps of the site: install one, bring one in, begin an empty one."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for

from formwright.errors import FormwrightError, Malformed
from formwright.packages import operations
from formwright.packages.catalog import catalog, packaged
from formwright.packages.folder import read_zip
from formwright.schema.access import apps
from formwright.texts import both
from formwright.web.designer import pages
from formwright.web.gate import Call, Policy, route


@route(pages, "/design", policy=Policy.ADMIN)
def apps_page(call: Call) -> str:
    return _page(call)


@route(pages, "/design/install", policy=Policy.ADMIN, methods=("POST",))
def install_package(call: Call) -> Any:
    """One click: a package of the catalogue, with or without its sample data; or an uploaded zip."""
    try:
        file = request.files.get("package_file")
        if file is not None and file.filename:
            package = read_zip(file.read())
        elif name := request.form.get("package"):
            package = packaged(name)
        else:
            raise Malformed("malformed", both("请选择应用包", "Choose a package"))
        done = operations.install(
            call.session,
            package,
            sample_data=request.form.get("sample_data") == "yes",
            actor=call.actor,
            now=call.now,
        )
    except FormwrightError as error:
        call.session.rollback()
        return _page(call, error=error), error.status
    return redirect(url_for("designer.overview", app=done.app.id))


@route(pages, "/design/new", policy=Policy.ADMIN, methods=("POST",))
def new_app(call: Call) -> Any:
    try:
        name = both(request.form.get("name_zh", ""), request.form.get("name_en", ""))
        kept = {language: text for language, text in name.items() if text}
        made = operations.new_app(
            call.session, request.form.get("id", ""), kept or request.form.get("id", ""), actor=call.actor, now=call.now
        )
    except FormwrightError as error:
        call.session.rollback()
        return _page(call, error=error), error.status
    return redirect(url_for("designer.overview", app=made.app))


def _page(call: Call, *, error: FormwrightError | None = None) -> str:
    installed = apps(call.session)
    here = {each.id for each in installed}
    return render_template(
        "designer/apps.html",
        apps=installed,
        offers=[offer for offer in catalog() if offer.app.id not in here],
        error=error,
    )
