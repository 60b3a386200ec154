"""Where a business admin builds: forms, flows, publishing."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("designer", __name__)
