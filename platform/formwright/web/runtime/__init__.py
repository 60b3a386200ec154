"""What end users meet: my work, lists, records, tasks."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("runtime", __name__)

from formwright.web.runtime import home, lists, picking, records, tasks  # noqa: E402,F401 - they register their views
