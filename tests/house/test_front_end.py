"""What the build of the front end leaves in static/dist, where the server finds it."""

from __future__ import annotations

import json
import re

import pytest

from formwright import assets
from tests.house.sources import ROOT


@pytest.fixture(scope="module")
def manifest() -> dict[str, str]:
    names: dict[str, str] = json.loads((assets.STATIC / "manifest.json").read_text())
    return names


def test_every_entry_point_is_built_under_a_name_that_changes_with_its_content(manifest: dict[str, str]) -> None:
    written = [path for kind in ("js", "css") for path in (ROOT / "static" / "src" / kind).glob(f"*.{kind}")]
    for path in written:
        assert re.fullmatch(rf"{path.stem}-[A-Z0-9]{{8}}{path.suffix}", manifest[path.name])
    for built in manifest.values():
        assert (assets.STATIC / built).is_file()


def test_icons_can_be_inlined_by_their_lucide_name(manifest: dict[str, str]) -> None:
    icons = json.loads((assets.STATIC / manifest["icons.json"]).read_text())
    assert icons["handshake"].startswith("<path ")
    assert not any("<script" in icon or "style=" in icon for icon in icons.values())
