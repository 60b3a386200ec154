"""The lock files pin everything by hash and name no host, so that a company's mirror serves as well."""

from __future__ import annotations

import json
import re
import tomllib

import pytest

from tests.house.sources import ROOT

PYTHON_LOCKS = ("requirements.lock", "requirements-dev.lock")
HOST = re.compile(r"https?://|file:|--index-url|--extra-index-url|--find-links|--trusted-host")


@pytest.mark.parametrize("name", [*PYTHON_LOCKS, "package-lock.json", ".npmrc"])
def test_no_lock_names_a_host(name: str) -> None:
    assert HOST.findall((ROOT / name).read_text()) == []


def test_the_npm_lock_says_content_but_not_place() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    bought = {name: entry for name, entry in packages.items() if name}
    assert [name for name, entry in bought.items() if "resolved" in entry] == []
    assert [name for name, entry in bought.items() if not entry.get("integrity")] == []


def test_npm_dependencies_are_pinned_exactly() -> None:
    package = json.loads((ROOT / "package.json").read_text())
    wanted = {**package["dependencies"], **package["devDependencies"]}
    assert {name: version for name, version in wanted.items() if not version[0].isdigit()} == {}


@pytest.mark.parametrize("name", PYTHON_LOCKS)
def test_every_python_pin_has_a_hash(name: str) -> None:
    for requirement in re.split(r"\n(?=[a-z0-9])", (ROOT / name).read_text())[1:]:
        assert "==" in requirement.splitlines()[0]
        assert "--hash=sha256:" in requirement


def test_what_the_project_declares_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = [
        *project["dependencies"],
        *(name for extra in project["optional-dependencies"].values() for name in extra),
    ]
    lock = (ROOT / "requirements.lock").read_text()
    names = {re.match(r"[\w.-]+", requirement)[0].lower() for requirement in declared}  # type: ignore[index]
    assert {name for name in names if f"\n{name}==" not in f"\n{lock}"} == set()
