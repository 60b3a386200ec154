"""What an installation weighs: the wheel and all that it needs, without the tools of developers, in an environment of its own."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, at_most
from bench.stage import Stage

ROOT = Path(__file__).parent.parent
MOST_MEGABYTES = 120.0
NOT_OURS = ("pip", "setuptools", "wheel")


def figures(stage: Stage) -> Iterator[Figure]:
    environment = stage.home / "installed"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", stage.home / "wheels", ROOT], check=True)
    (wheel,) = (stage.home / "wheels").glob("formwright-*.whl")
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    inside = [environment / "bin" / "python", "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*inside, "install", wheel], check=True)
    yield at_most("installed wheel with what it needs", size(_packages(environment)) / 1e6, "MB", MOST_MEGABYTES)
    yield Figure("the wheel alone", wheel.stat().st_size / 1e6, "MB")


def size(folder: Path) -> int:
    """Bytes of the files below a folder, compiled ones included, the installer's own left out."""
    return sum(
        path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file() and not path.relative_to(folder).parts[0].startswith(NOT_OURS)
    )


def _packages(environment: Path) -> Path:
    paths = {"base": str(environment), "platbase": str(environment)}
    return Path(sysconfig.get_path("purelib", "venv", paths))
