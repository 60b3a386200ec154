"""The form designer's page: the real form in the middle, the palette beside it, properties in business words."""

from __future__ import annotations

from typing import Any

from flask import render_template

from formwright.accounts.access import departments, roles
from formwright.errors import Missing
from formwright.packages.operations import in_force
from formwright.schema.access import draft_for
from formwright.schema.document import read_app
from formwright.schema.field_types import field_types
from formwright.schema.model import ACTIONS, RIGHTS, App
from formwright.texts import show
from formwright.web.designer import pages
from formwright.web.gate import Call, Policy, route

ICONS = {
    "text": "type", "textarea": "align-left", "number": "hash", "money": "banknote", "percent": "percent",
    "date": "calendar", "datetime": "calendar-clock", "time": "clock", "duration": "timer", "boolean": "toggle-left",
    "select": "circle-dot", "multiselect": "list-checks", "member": "user", "members": "users",
    "department": "building-2", "departments": "network", "relation": "link", "relations": "link-2", "rows": "table",
    "serial": "list-ordered", "phone": "phone", "email": "mail", "url": "globe", "attachment": "paperclip",
    "rating": "star",
}  # fmt: skip


@route(pages, "/design/<app>/forms/<form>", policy=Policy.DESIGNER)
def form_page(call: Call, app: str, form: str) -> str:
    draft = draft_for(call.session, app)
    if form not in (draft.document.get("forms") or {}):
        raise Missing(at=form)
    shown, _ = read_app(draft.document)
    return render_template(
        "designer/form.html",
        app=shown,
        form=shown.forms[form],
        design=design_data(call, shown, in_force(call.session, app), form=form),
        field_types=[(name, kind.label, ICONS.get(name, "square")) for name, kind in field_types.items()],
    )


def design_data(call: Call, app: App, published: App | None, **more: Any) -> dict[str, Any]:
    """What the designers' scripts need to know beside the draft itself."""
    language = call.language
    return {
        "app": app.id,
        "language": language,
        "types": [
            {"id": name, "label": show(kind.label, language), "icon": ICONS.get(name, "square")}
            for name, kind in field_types.items()
        ],
        "roles": [{"id": id, "label": show(name, language)} for id, name in app.roles]
        or [{"id": each.id, "label": show(each.name, language)} for each in roles(call.session)],
        "departments": [{"id": each.id, "label": show(each.name, language)} for each in departments(call.session)],
        "actions": list(ACTIONS),
        "rights": list(RIGHTS),
        "published": {
            form_id: [".".join(path) for path, _ in form.every_field()] for form_id, form in published.forms.items()
        }
        if published
        else {},
        **more,
    }
