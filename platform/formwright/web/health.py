"""Whether the process is up, and whether it can do its work: for load balancers, without a token."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, jsonify

from formwright.database import is_current
from formwright.jobs.worker import last_seen
from formwright.web.gate import Call, Policy, route

pages = Blueprint("health", __name__)


@route(pages, "/health/live", policy=Policy.PUBLIC)
def live(call: Call) -> Response:
    return jsonify(status="ok")


@route(pages, "/health/ready", policy=Policy.PUBLIC)
def ready(call: Call) -> tuple[Response, int]:
    """200 when migrations are current and a worker was seen within two minutes, else 503 with what is missing."""
    seen = last_seen(call.session)
    checks = {
        "database": True,
        "migrations": is_current(call.product.database),
        "worker": seen is not None and call.now - seen < timedelta(minutes=2),
    }
    return jsonify(status="ok" if all(checks.values()) else "unready", checks=checks), 200 if all(
        checks.values()
    ) else 503
