"""My work: what waits for me, what I began, what I handled, what was copied to me; and the apps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import request

from formwright.accounts.directory import directory
from formwright.errors import Missing
from formwright.flow.access import tasks
from formwright.flow.instances import instance_by_id
from formwright.schema.access import app_for, apps
from formwright.schema.model import App
from formwright.texts import Text, both
from formwright.web.gate import Call, Policy, route
from formwright.web.runtime import pages
from formwright.web.runtime.frame import render, uses
from formwright.web.runtime.standing import instant

BOXES: dict[str, Text] = {
    "todo": both("待办", "To do"),
    "started": both("我发起的", "Started by me"),
    "handled": both("我处理的", "Handled"),
    "cc": both("抄送我的", "Copied to me"),
}


@route(pages, "/", policy=Policy.MEMBER)
def home(call: Call) -> str:
    """`?box&cursor`."""
    box: Any = request.args.get("box", "todo")
    if box not in BOXES:
        box = "todo"
    page = tasks(
        call.session, actor=call.actor, now=call.now, box=box, cursor=request.args.get("cursor"), limit=20,
        language=call.language,
    )  # fmt: skip
    installed = [app_for(call.session, each.id) for each in apps(call.session) if each.publication]
    mine = [each for each in installed if any(uses(call, each, form) for form in each.forms)]
    items = list(_items(page["items"], call))
    return render(
        call, "runtime/home.html", box=box, boxes=BOXES, items=items, apps=mine,
        people=directory(call.session).show(each["initiator"] for each in items),
        next_cursor=page["next_cursor"],
    )  # fmt: skip


def _items(found: list[dict[str, Any]], call: Call) -> Iterator[dict[str, Any]]:
    """Each task, flow or copy with its names and instants."""
    for each in found:
        try:
            app: App | None = app_for(call.session, each["app"])
        except Missing:  # the app was taken away; what was done in it is still listed
            app = None
        form = app.forms.get(each["form"]) if app else None
        begun = instance_by_id(call.session, int(each["instance"])) if each["kind"] == "task" else None
        due = instant(each.get("due_at"), call)
        yield {
            **each,
            "app_name": app.name if app else each["app"],
            "form_name": form.name if form else each["form"],
            "since": instant(each.get("opened_at") or each.get("started_at") or each.get("at"), call)
            if not isinstance(each.get("at"), list)
            else instant(each.get("started_at"), call),
            "initiator": begun.initiator if begun else None,
            "due": due,
            "late": due is not None and due < call.now and each.get("status") == "open",
        }
