"""Where a business admin builds: forms, flows, publishing."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("designer", __name__)

from formwright.web.designer import apps, flows, forms, overview, rules  # noqa: E402,F401 - they register their views
