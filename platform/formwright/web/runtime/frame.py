"""What surrounds every page of an end user: the app's navigation, what is unread, the demo's accounts, the site's zone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import g, render_template, url_for

from formwright.accounts.directory import directory
from formwright.errors import Missing
from formwright.notify.inbox import unread
from formwright.packages.access import may_design
from formwright.packages.demo import demo_of
from formwright.records.reader import reader_for
from formwright.schema.access import app_for
from formwright.schema.model import App, Form
from formwright.texts import Text, both
from formwright.web.gate import Call


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the navigation: a heading when it has no address."""

    text: Text
    address: str = ""
    current: bool = False


def place(call: Call, app_id: str, form_id: str) -> tuple[App, Form]:
    """The published app and one of its forms. Raises Missing."""
    app = app_for(call.session, app_id)
    form = app.forms.get(form_id)
    if form is None:
        raise Missing(message=both("没有这个表单", "There is no such form"), at=form_id)
    return app, form


def uses(call: Call, app: App, form_id: str) -> bool:
    """Whether any grant of the form is meant for the reader."""
    reader = reader_for(call.session, app, form_id, actor=call.actor, now=call.now)
    return reader.unbounded or bool(reader.grants)


def navigation(call: Call, app: App, current: str = "") -> Iterator[Entry]:
    """The app's forms that the reader has to do with, under the author's headings."""
    groups = app.navigation or ({"group": both("表单", "Forms"), "items": [f"form:{each}" for each in app.forms]},)
    for group in groups:
        ids = [str(item).removeprefix("form:") for item in group.get("items", ()) if str(item).startswith("form:")]
        listed = [each for each in ids if each in app.forms and uses(call, app, each)]
        if listed and group.get("group"):
            yield Entry(group["group"])
        for each in listed:
            address = url_for("runtime.form_list", app=app.id, form=each)
            yield Entry(app.forms[each].name, address, each == current)


def render(call: Call, template: str, *, app: App | None = None, form: Form | None = None, **context: Any) -> str:
    """The page with everything around it."""
    g.zone = directory(call.session).site.zone
    g.unread = unread(call.session, call.actor.id) if call.actor.id is not None else 0
    demo = demo_of(call.session)
    g.demo_accounts = demo.accounts if demo else ()
    return render_template(
        template,
        app=app,
        form=form,
        navigation=list(navigation(call, app, form.id if form else "")) if app else (),
        may_design=app is not None and may_design(call.session, app.id, actor=call.actor, now=call.now),
        now=call.now,
        **context,
    )
