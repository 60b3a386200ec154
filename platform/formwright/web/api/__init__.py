"""The REST API under /api/v1; names fixed by the public contract."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("api", __name__, url_prefix="/api/v1")

from formwright.web.api import apps, bulk, files, me, openapi, operating, people, records, rules, tasks, why  # noqa: E402,F401 - they register their views
