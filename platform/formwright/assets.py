"""Where templates, built static files, app packages and the standard organisation lie: in an installed wheel, else in the checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent.parent
_IN_WHEEL = _PACKAGE / "_assets"


def _room(name: str, in_checkout: str) -> Path:
    return _IN_WHEEL / name if _IN_WHEEL.is_dir() else _CHECKOUT / in_checkout


TEMPLATES = _room("templates", "templates")
STATIC = _room("static", "static/dist")
APP_TEMPLATES = _room("app_templates", "app_templates")
STANDARD_ORG = _room("standard-org.yaml", "tests/standard-org.yaml")
"""The organisation that scenarios call `standard`."""
