"""Who the caller is."""

from __future__ import annotations

from flask import Response

from formwright.web.api import pages
from formwright.web.api.replies import reply
from formwright.web.gate import Call, Policy, route


@route(pages, "/me", policy=Policy.MEMBER)
def me(call: Call) -> Response:
    actor = call.actor
    return reply(
        {
            "id": str(actor.id),
            "email": actor.email,
            "name": actor.name,
            "departments": list(actor.departments),
            "roles": sorted(actor.roles),
            "language": actor.language,
            "admin": actor.admin,
        }
    )
