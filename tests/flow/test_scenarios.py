"""The engine's rules as scenarios: each small app under `apps/` plays its own stories through the whole product."""

from __future__ import annotations

from pathlib import Path

import pytest

from formwright.packages.folder import read_folder
from formwright.packages.scenarios import play
from formwright.schema.document import errors, examine

APPS = sorted(path for path in (Path(__file__).parent / "apps").iterdir() if path.is_dir())


@pytest.mark.parametrize("folder", APPS, ids=lambda path: path.name)
def test_every_scenario_of_the_app_goes_as_written(folder: Path) -> None:
    report = play(read_folder(folder))
    assert report.results
    assert report.ok, "\n".join(report.lines("en"))


@pytest.mark.parametrize("folder", APPS, ids=lambda path: path.name)
def test_the_proof_lets_the_app_pass(folder: Path) -> None:
    _, findings = examine(read_folder(folder).document)
    assert errors(findings) == []
