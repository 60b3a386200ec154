"""A folder named `platform` must never hide the standard library's, and modules stay short and well named."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from tests.house.sources import PYTHON_ROOMS, ROOT, files, name_of

LONGEST_MODULE = 400
LONG_FOR_A_REASON: dict[str, str] = {
    "platform/formwright/migrations/versions/0001_catalogue.py": "every table of the catalogue, written once and never read again",
}

# A function without a home means a missing noun.
NOT_A_NAME = {"common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}


def test_source_roots_are_not_packages() -> None:
    assert not (ROOT / "platform" / "__init__.py").exists()
    assert not (ROOT / "dsl" / "__init__.py").exists()


@pytest.mark.parametrize(
    "question", ["import platform; platform.system()", "import pytest; import platform; platform.node()"]
)
def test_the_standard_librarys_platform_is_seen_from_the_root(question: str) -> None:
    subprocess.run([sys.executable, "-c", question], cwd=ROOT, check=True)


def test_no_module_is_a_drawer_for_everything() -> None:
    found = [name_of(path) for path in files(*PYTHON_ROOMS, suffix=".py") if {path.stem, path.parent.name} & NOT_A_NAME]
    assert found == []


def test_modules_stay_short() -> None:
    long = {}
    for path in (*files(*PYTHON_ROOMS, suffix=".py"), *files("static/src", suffix=".js")):
        lines = path.read_text(encoding="utf-8").count("\n")
        if lines > LONGEST_MODULE and name_of(path) not in LONG_FOR_A_REASON:
            long[name_of(path)] = lines
    assert long == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = []
    for path in files(*PYTHON_ROOMS, suffix=".py"):
        source = path.read_text(encoding="utf-8")
        if source.strip() and not ast.get_docstring(ast.parse(source)):
            silent.append(name_of(path))
    assert silent == []


def test_the_package_version_is_said_alike() -> None:
    import tomllib

    from formwright import __version__

    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == __version__
