"""The files of a package, from a folder or from the bytes of a zip, each by its exact name and never more than the limits."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from formwright.errors import Invalid
from formwright.texts import both

MOST_FILES = 2000
LARGEST_PACKAGE = 64 * 1024 * 1024
LARGEST_TABLE = 32 * 1024 * 1024
LARGEST_ASSET = 8 * 1024 * 1024
LARGEST_TEXT = 1024 * 1024

_CHUNK = 64 * 1024


def largest(path: str) -> int:
    """How many bytes the file may have."""
    if path.startswith("data/") and path.endswith(".csv"):
        return LARGEST_TABLE
    return LARGEST_ASSET if path.startswith("assets/") else LARGEST_TEXT


def files_of_folder(folder: Path) -> dict[str, bytes]:
    """Every file below `folder` by its path with `/`, hidden ones left out."""
    if not folder.is_dir():
        raise Invalid("no_package", both(f"没有文件夹“{folder}”", f'There is no folder "{folder}"'), at=str(folder))
    found = _Collected()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if any(part.startswith(".") for part in name.split("/")) or path.is_dir():
            continue
        if path.is_symlink() or not path.is_file():
            raise Invalid("bad_package", both("应用包里只能有普通文件", "A package holds plain files only"), at=name)
        found.count(name, path.stat().st_size)
        found.files[name] = path.read_bytes()
    return found.files


def files_of_zip(data: bytes) -> dict[str, bytes]:
    """Every file of a zip, inflated in memory and counted on the way; one folder around everything is taken off."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _inflated(archive)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, OSError):
        raise Invalid("bad_package", both("不是有效的 zip 应用包", "Not a readable zip package")) from None


def _inflated(archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _hidden(entry.filename)]
    if len(entries) > MOST_FILES:
        raise _too_large(both(f"应用包超过 {MOST_FILES} 个文件", f"The package has more than {MOST_FILES} files"), "")
    for entry in entries:
        _check_entry(entry)
    prefix = _shared_folder([entry.filename for entry in entries])
    found = _Collected()
    for entry in entries:
        name = entry.filename[len(prefix) :]
        if name in found.files:
            raise Invalid("bad_package", both("文件重复", "The file is there twice"), at=name)
        content = bytearray()
        # What the directory says about sizes may be a lie: only what really comes out counts.
        with archive.open(entry) as stream:
            while chunk := stream.read(_CHUNK):
                content += chunk
                found.check(name, len(content))
        found.count(name, len(content))
        found.files[name] = bytes(content)
    return found.files


def _hidden(name: str) -> bool:
    return any(part.startswith(".") and part not in (".", "..") or part == "__MACOSX" for part in name.split("/"))


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    path = PurePosixPath(name)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if (
        path.is_absolute()
        or "\\" in name
        or ":" in name
        or any(part in ("..", ".", "") for part in name.split("/"))
        or kind not in (0, stat.S_IFREG)
        or entry.flag_bits & 0x1
        or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    ):
        raise Invalid("bad_package", both("zip 中的这个条目不被接受", "This entry of the zip is not accepted"), at=name)


def _shared_folder(names: list[str]) -> str:
    if "app.yaml" in names or not names:
        return ""
    first = names[0].split("/")[0] + "/"
    return first if all(name.startswith(first) for name in names) else ""


class _Collected:
    """Files so far, and how large they are together."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.total = 0

    def check(self, name: str, size: int) -> None:
        if size > largest(name):
            limit = largest(name) // (1024 * 1024)
            raise _too_large(both(f"文件超过 {limit} MiB", f"The file is over {limit} MiB"), name)
        if self.total + size > LARGEST_PACKAGE:
            raise _too_large(both("应用包超过 64 MiB", "The package is over 64 MiB"), "")

    def count(self, name: str, size: int) -> None:
        self.check(name, size)
        self.total += size
        if len(self.files) >= MOST_FILES:
            raise _too_large(
                both(f"应用包超过 {MOST_FILES} 个文件", f"The package has more than {MOST_FILES} files"), ""
            )


def _too_large(message: Mapping[str, str], at: str) -> Invalid:
    return Invalid("too_large", message, at=at)


def zip_of(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip whose bytes depend on nothing but names and contents."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, content)
    return buffer.getvalue()
