"""My work: what waits for me, what I began, what I handled, what was copied to me; and the apps."""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from formwright.flow.access import tasks
from formwright.notify.inbox import unread
from formwright.schema.access import app_for, apps
from formwright.web.gate import Call, Policy, route
from formwright.web.runtime import pages

BOXES = ("todo", "started", "handled", "cc")


@route(pages, "/", policy=Policy.MEMBER)
def home(call: Call) -> str:
    box: Any = request.args.get("box", "todo")
    if box not in BOXES:
        box = "todo"
    page = tasks(
        call.session, actor=call.actor, now=call.now, box=box, cursor=request.args.get("cursor"), limit=20,
        language=call.language,
    )  # fmt: skip
    installed = [app_for(call.session, each.id) for each in apps(call.session) if each.publication]
    return render_template(
        "runtime/home.html", box=box, boxes=BOXES, page=page, apps=installed, unread=unread(call.session, call.actor)
    )
