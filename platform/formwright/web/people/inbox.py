"""Notifications: what the product told its member."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from formwright.notify import inbox
from formwright.web.gate import Call, Policy, route
from formwright.web.people import pages


@route(pages, "/inbox", policy=Policy.MEMBER)
def inbox_page(call: Call) -> str:
    return render_template(
        "people/inbox.html", page=inbox.page(call.session, call.actor, cursor=request.args.get("cursor")), now=call.now
    )


@route(pages, "/inbox/read", policy=Policy.MEMBER, methods=("POST",))
def read_all(call: Call) -> Response:
    inbox.mark_all_read(call.session, call.actor, now=call.now)
    return redirect(url_for("people.inbox_page"))
