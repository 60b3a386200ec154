"""What every template can use: words in the reader's language, icons, built files, dates and numbers by locale."""

from __future__ import annotations

import functools
import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal
from flask import Flask, g, url_for
from markupsafe import Markup, escape

from formwright import assets
from formwright.web.language import language, shown, t


def _manifest() -> dict[str, str]:
    """What the front end was built to; read anew after another build, so that nobody has to restart the server."""
    path = assets.STATIC / "manifest.json"
    return _read_manifest(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=1)
def _read_manifest(path: Path, _built: int) -> dict[str, str]:
    manifest: dict[str, str] = json.loads(path.read_text())
    return manifest


@functools.lru_cache(maxsize=1)
def _icons() -> dict[str, str]:
    icons: dict[str, str] = json.loads((assets.STATIC / _manifest()["icons.json"]).read_text())
    return icons


def asset(name: str) -> str:
    """The address of a built file by its plain name (`app.css`)."""
    return url_for("static", filename=_manifest()[name])


@functools.lru_cache(maxsize=500)
def icon(name: str, label: str = "") -> Markup:
    """A Lucide icon drawn in the text's colour; silent for screen readers unless it has a label."""
    inner = _icons().get(name) or _icons()["file-text"]
    spoken = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return Markup(  # noqa: S704 - the catalogue is built from our own dependency, the label is escaped
        f'<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
        f'stroke-linecap="round" stroke-linejoin="round" {spoken}>{inner}</svg>'
    )


def locale() -> str:
    return "en" if language() == "en" else "zh_CN"


def when(value: datetime | None, zone: Any = None) -> str:
    """An instant, short, in the site's zone."""
    if value is None:
        return ""
    local = value.astimezone(zone or g.get("zone"))
    return format_datetime(local, "yyyy-MM-dd HH:mm" if language() == "zh" else "d MMM y, HH:mm", locale=locale())


def ago(value: datetime | None, now: datetime) -> str:
    """How long since or until an instant, in words."""
    return "" if value is None else format_timedelta(value - now, add_direction=True, locale=locale())


def day(value: date | None) -> str:
    return (
        "" if value is None else format_date(value, "yyyy-MM-dd" if language() == "zh" else "d MMM y", locale=locale())
    )


def number(value: int | Decimal | None) -> str:
    return "" if value is None else format_decimal(value, locale=locale())


def set_up(app: Flask) -> None:
    """Give the names above to every template."""
    app.jinja_env.globals.update(
        t=t, shown=shown, icon=icon, asset=asset, when=when, ago=ago, day=day, number=number, language=language
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
