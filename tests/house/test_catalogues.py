"""What comes in through a registry is complete: it says what it is, it can be shown, and it is written down."""

from __future__ import annotations

import importlib
import importlib.util
import re

from formwright import assets
from tests.house.sources import ROOT


def test_every_field_type_says_what_it_is() -> None:
    assert [name for name, kind in _field_types().items() if not (kind.__dict__.get("__doc__") or "").strip()] == []


def test_every_field_type_can_be_shown() -> None:
    shown = {path.stem for path in (assets.TEMPLATES / "fields").glob("*.html")}
    assert not shown or [name for name in _field_types() if name not in shown] == []


def test_every_setting_is_documented() -> None:
    source = (ROOT / "platform" / "formwright" / "settings.py").read_text()
    read = {f"FORMWRIGHT_{name}" for name in re.findall(r"\b(?:get|number)\(\"([A-Z_]+)\"", source)}
    documented = set(re.findall(r"^\| `(FORMWRIGHT_[A-Z_]+)` \|", (ROOT / "docs/settings.md").read_text(), re.M))
    assert read == documented


def _field_types() -> dict[str, type]:
    if importlib.util.find_spec("formwright.schema.field_types") is None:
        return {}
    importlib.import_module("formwright.schema.field_types")
    registry = importlib.import_module("formwright.schema.field_types.base").field_types
    return {name: kind if isinstance(kind, type) else type(kind) for name, kind in registry.items()}
