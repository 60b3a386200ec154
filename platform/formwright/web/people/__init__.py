"""Signing in and out, one's own language, notifications, members."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("people", __name__)

from formwright.web.people import inbox, members, signing_in  # noqa: E402,F401 - they register their views
