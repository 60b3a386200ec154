"""The source files of this repository, for the guards that read them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PYTHON_ROOMS = ("platform", "dsl", "tests", "bench")
TEXT_ROOMS = (*PYTHON_ROOMS, "templates", "static/src", "app_templates", "docs", ".ci")
ROOT_FILES = (
    ".npmrc",
    ".pre-commit-config.yaml",
    "Makefile",
    "README.md",
    "hatch_build.py",
    "package-lock.json",
    "package.json",
    "pyproject.toml",
    "requirements-dev.in",
    "requirements-dev.lock",
    "requirements.lock",
    "static/build.mjs",
)
READABLE = {".css", ".csv", ".html", ".js", ".json", ".lark", ".md", ".py", ".svg", ".toml", ".txt", ".yaml", ".yml"}


def files(*rooms: str, suffix: str = "") -> Iterator[Path]:
    """Every file below the rooms (paths from the root), in a stable order; caches of Python left out."""
    for room in rooms:
        for path in sorted((ROOT / room).rglob(f"*{suffix}")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def texts() -> Iterator[tuple[str, str]]:
    """Every text that we write and commit: its path from the root, and what it says."""
    written = (path for path in files(*TEXT_ROOMS) if path.suffix in READABLE or path.parent.name == ".ci")
    for path in (*(ROOT / name for name in ROOT_FILES if (ROOT / name).exists()), *written):
        yield name_of(path), path.read_text(encoding="utf-8")


def name_of(path: Path) -> str:
    """The path from the root, with slashes."""
    return path.relative_to(ROOT).as_posix()
