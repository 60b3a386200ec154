"""An app as a folder of text: read it into one document with the place of every value, write it back byte for byte."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from formwright.errors import Invalid, Problem
from formwright.packages import dialect
from formwright.packages.archive import files_of_folder, files_of_zip, zip_of
from formwright.packages.dialect import Positions
from formwright.packages.layout import APP, FREE, MAP, ORG, SHAPES
from formwright.packages.sections import sections
from formwright.registry import nearest
from formwright.schema.model import Finding
from formwright.texts import both

_MAP_ENDING = ".map.yaml"
_ORG = "data/org.yaml"
_IMAGES = {
    ".png": (b"\x89PNG\r\n\x1a\n", 0),
    ".jpg": (b"\xff\xd8\xff", 0),
    ".jpeg": (b"\xff\xd8\xff", 0),
    ".webp": (b"WEBP", 8),
}
"""Ending of an asset → the bytes that files of that kind have at that place."""

_ASSET = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}(/[A-Za-z0-9][A-Za-z0-9_.-]{0,99})?")


@dataclass(frozen=True, slots=True)
class Package:
    """An app with what lies beside its document.

    `data` and `maps` by form id: a csv of sample records as it is, and the mapping of its columns. `assets` by path below
    `assets/`; `overlays` (parts of other versions, for scenarios) by path below `tests/overlays/`. `org` (`data/org.yaml`)
    holds the people that the sample records name, in the format of `org import`.
    """

    document: Mapping[str, Any]
    positions: Mapping[str, Positions] = field(default_factory=dict)
    data: Mapping[str, bytes] = field(default_factory=dict)
    maps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    assets: Mapping[str, bytes] = field(default_factory=dict)
    overlays: Mapping[str, bytes] = field(default_factory=dict)
    org: Any = None

    @property
    def id(self) -> str:
        """The app's id; empty where app.yaml has none."""
        header = self.document.get("app")
        found = header.get("id") if isinstance(header, Mapping) else None
        return found if isinstance(found, str) else ""

    @property
    def readme(self) -> str:
        readme = self.document.get("readme")
        return readme if isinstance(readme, str) else ""

    def where(self, at: str) -> str:
        """`file:line` of a JSON pointer into the document; the pointer itself where no file is known."""
        steps = at.split("/")[1:]
        section = sections.get(steps[0]) if steps else None
        if steps[:1] == ["app"]:
            file, inner = "app.yaml", steps[1:]
        elif section is not None and len(steps) > 1:
            file, inner = f"{section.name}/{steps[1]}{section.extension}", steps[2:]
        else:
            return at
        found = self.positions.get(file)
        return at if found is None else f"{file}:{found.line(''.join('/' + step for step in inner))}"

    def problems(self, findings: Iterable[Finding]) -> list[Problem]:
        """Findings with the file and line of each in place of its pointer."""
        return [Problem(self.where(finding.at), finding.code, finding.message) for finding in findings]


def read_folder(folder: Path) -> Package:
    """The package in a folder. Raises Invalid with a problem for every file that cannot be read."""
    return read_files(files_of_folder(folder))


def read_zip(data: bytes) -> Package:
    """The package in a zip, as `read_folder`."""
    return read_files(files_of_zip(data))


def read_files(files: Mapping[str, bytes]) -> Package:
    """The package that these files make, by path."""
    reading = _Reading()
    if "app.yaml" not in files:
        reading.problem("app.yaml", "missing_file", both("缺少 app.yaml", "There is no app.yaml"))
    for path in sorted(files):
        try:
            reading.file(path, files[path])
        except Invalid as problem:
            reading.problems += problem.problems
    if reading.problems:
        raise Invalid(problems=reading.problems)
    return Package(
        reading.document, reading.positions, reading.data, reading.maps, reading.assets, reading.overlays, reading.org
    )


class _Reading:
    """Sorts the files of a package into their places."""

    def __init__(self) -> None:
        self.document: dict[str, Any] = {"app": {}, **{name: {} for name in sections}, "readme": ""}
        self.positions: dict[str, Positions] = {}
        self.data: dict[str, bytes] = {}
        self.maps: dict[str, Mapping[str, Any]] = {}
        self.assets: dict[str, bytes] = {}
        self.overlays: dict[str, bytes] = {}
        self.org: Any = None
        self.problems: list[Problem] = []

    def problem(self, at: str, code: str, message: Mapping[str, str]) -> None:
        self.problems.append(Problem(at, code, message))

    def file(self, path: str, content: bytes) -> None:
        folder, _, name = path.partition("/")
        section = sections.get(folder)
        if path == "app.yaml":
            self.document["app"] = self.yaml(path, content)
        elif path == "README.md":
            self.document["readme"] = _text(path, content)
        elif path == _ORG:
            self.org = self.yaml(path, content)
        elif folder == "tests" and name.startswith("overlays/"):
            self.overlays[name.removeprefix("overlays/")] = content
        elif folder == "data" and "/" not in name and name.endswith(_MAP_ENDING):
            self.maps[name.removesuffix(_MAP_ENDING)] = self.yaml(path, content)
        elif folder == "data" and "/" not in name and name.endswith(".csv"):
            self.data[name.removesuffix(".csv")] = content
        elif folder == "assets" and name:
            self.asset(path, name, content)
        elif section is not None and "/" not in name and name.endswith(section.extension):
            entry = name.removesuffix(section.extension)
            self.document[section.name][entry] = (
                _text(path, content) if section.holds_text else self.yaml(path, content)
            )
        else:
            self.unknown(path)

    def yaml(self, path: str, content: bytes) -> Any:
        value, positions = dialect.load(content, path)
        self.positions[path] = positions
        return value

    def asset(self, path: str, name: str, content: bytes) -> None:
        ending = "." + name.rpartition(".")[2].lower()
        magic = _IMAGES.get(ending)
        if magic is None or not _ASSET.fullmatch(name) or content[magic[1] : magic[1] + len(magic[0])] != magic[0]:
            self.problem(
                path, "bad_asset", both("只接受 png、jpeg、webp 图片", "Only png, jpeg and webp images are accepted")
            )
        else:
            self.assets[name] = content

    def unknown(self, path: str) -> None:
        folders = [f"{section.name}/*{section.extension}" for section in sections.values()]
        known = ["app.yaml", "README.md", *folders, "data/*.csv", f"data/*{_MAP_ENDING}", _ORG, "assets/*"]
        near = nearest(path, known)
        hint_zh, hint_en = (f"，是不是“{near}”？", f'. Did you mean "{near}"?') if near else ("", "")
        listed = ", ".join(known)
        message = both(
            f"应用包里没有这种文件{hint_zh}（可用：{listed}）", f"A package has no such file{hint_en} (known: {listed})"
        )
        self.problem(path, "unknown_file", message)


def _text(path: str, content: bytes) -> str:
    try:
        return content.decode().removeprefix("\ufeff").replace("\r\n", "\n")
    except UnicodeError:
        raise Invalid("not_utf8", both("文件不是 UTF-8 编码", "The file is not UTF-8"), at=path) from None


# ---- writing


def files_of(package: Package) -> Iterator[tuple[str, bytes]]:
    """The canonical files of a package, sorted by path."""
    yield from sorted(_files(package))


def _files(package: Package) -> Iterator[tuple[str, bytes]]:
    yield "app.yaml", dialect.dump(package.document.get("app") or {}, APP).encode()
    for section in sections.values():
        for name, entry in (package.document.get(section.name) or {}).items():
            text = entry if section.holds_text else dialect.dump(entry, SHAPES.get(section.name, FREE))
            yield f"{section.name}/{name}{section.extension}", text.encode()
    if package.readme:
        yield "README.md", package.readme.encode()
    for form, mapping in package.maps.items():
        yield f"data/{form}{_MAP_ENDING}", dialect.dump(mapping, MAP).encode()
    if package.org is not None:
        yield _ORG, dialect.dump(package.org, ORG).encode()
    yield from ((f"data/{form}.csv", content) for form, content in package.data.items())
    yield from ((f"assets/{name}", content) for name, content in package.assets.items())
    yield from ((f"tests/overlays/{name}", content) for name, content in package.overlays.items())


def write_folder(package: Package, folder: Path) -> None:
    """Write the canonical files of a package below `folder`."""
    for path, content in files_of(package):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def write_zip(package: Package) -> bytes:
    """The canonical files of a package as a zip; the same package gives the same bytes."""
    return zip_of(files_of(package))
