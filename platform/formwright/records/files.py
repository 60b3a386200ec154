"""Uploaded files: kept under random names outside the web root, bound once to the record that holds them, read with its rights."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from formwright.accounts.model import Actor
from formwright.errors import Invalid, Missing, Problem, TooLarge
from formwright.records.access import record_for
from formwright.records.model import Record
from formwright.records.permissions import readable, right_of
from formwright.records.tables import file as files
from formwright.schema.access import app_for
from formwright.schema.model import Field, FieldRights, Form
from formwright.schema.reading import bad_text
from formwright.texts import both

FILE_TYPES = ("attachment", "image", "signature")
"""Field types whose values are file ids."""

UNBOUND_FOR = timedelta(days=1)
"""How long a file may wait for a record before it is swept away."""

AT_ONCE = 1 << 20
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class FileInfo:
    """`size` in bytes; `type` is what the content says, never what the uploader says."""

    id: str
    name: str
    size: int
    type: str
    sha256: str
    uploaded_by: int | None
    uploaded_at: datetime
    app: str | None = None
    form: str | None = None
    record: int | None = None

    @property
    def shows_inline(self) -> bool:
        """Whether a browser may show it in place: only images that cannot hold a script."""
        return self.type in ("image/png", "image/jpeg", "image/gif", "image/webp")


class FileStore:
    """The folder of all files; `largest` in bytes."""

    def __init__(self, folder: Path, largest: int) -> None:
        self.folder = folder
        self.largest = largest

    def path(self, file_id: str) -> Path:
        return self.folder / file_id[:2] / file_id

    def put(self, file_id: str, content: BinaryIO) -> tuple[int, str, bytes]:
        """Keep the content, safe on the disk when this returns; its size, SHA-256 and beginning. Raises TooLarge."""
        path = self.path(file_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        digest, size, start = hashlib.sha256(), 0, b""
        part = path.with_suffix(".part")
        try:
            with part.open("xb") as kept:
                while piece := content.read(AT_ONCE):
                    size += len(piece)
                    if size > self.largest:
                        most = self.largest // (1024 * 1024)
                        raise TooLarge(message=both(f"文件最大 {most} MiB", f"A file has at most {most} MiB"))
                    start = start or piece[:4096]
                    digest.update(piece)
                    kept.write(piece)
                kept.flush()
                os.fsync(kept.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return size, digest.hexdigest(), start

    def remove(self, file_id: str) -> None:
        self.path(file_id).unlink(missing_ok=True)

    def ids(self) -> Iterator[tuple[str, float]]:
        """Every file on the disk with the time of its last change (seconds since 1970)."""
        for path in self.folder.glob("??/*"):
            yield path.name, path.stat().st_mtime


def upload(
    session: Session, store: FileStore, name: str, content: BinaryIO, *, actor: Actor, now: datetime
) -> FileInfo:
    """Take a file in; it belongs to nobody but its uploader until one of their records holds it."""
    kept_name = _plain_name(name)
    file_id = secrets.token_hex(16)
    size, sha256, start = store.put(file_id, content)
    info = FileInfo(file_id, kept_name, size, content_type(start, kept_name), sha256, actor.id, now)
    row = {column: getattr(info, column) for column in files.c.keys()}  # noqa: SIM118 - a column collection, not a dict
    session.connection().execute(insert(files), row)
    return info


def file_for(session: Session, file_id: str, *, actor: Actor, now: datetime) -> FileInfo:
    """The file, for whoever may read a field that holds it; while no record does, for its uploader. Raises Missing."""
    info = infos(session, [file_id]).get(file_id)
    if info is None:
        raise Missing(at=file_id[:40])
    if info.record is None or info.app is None or info.form is None:
        if info.uploaded_by != actor.id:
            raise Missing(at=file_id)
        return info
    app = app_for(session, info.app)
    record, rights = record_for(session, app, info.form, info.record, actor=actor, now=now)
    if file_id not in readable_files(app.forms[info.form], record, rights.fields):
        raise Missing(at=file_id)
    return info


def infos(session: Session, ids: Iterable[str]) -> dict[str, FileInfo]:
    """What is known of these files, whoever asks."""
    wanted = list(set(ids))
    if not wanted:
        return {}
    rows = session.connection().execute(select(files).where(files.c.id.in_(wanted)))
    return {row.id: FileInfo(**row._mapping) for row in rows}


def usable(session: Session, file_id: str, actor: Actor) -> bool:
    """Whether the actor may put this file into a record: they uploaded it and no record holds it yet."""
    info = infos(session, [file_id]).get(file_id)
    return info is not None and info.record is None and info.uploaded_by == actor.id


def bind(session: Session, form: Form, record: Record, before: Mapping[str, Any] | None, *, actor: Actor) -> None:
    """The record holds its new files from now on. Raises Invalid for a file that is too large or of a kind that the field does
    not take, and for one that another record took in the meantime.
    """
    fields = file_fields(form)
    if not fields:
        return
    held = held_files(form, before or {})
    new = [(field, at, file_id) for field, at, file_id in _held(fields, record.values) if file_id not in held]
    if not new:
        return
    known = infos(session, [file_id for _, _, file_id in new])
    problems = [problem for field, at, file_id in new for problem in _problems(field, at, known.get(file_id))]
    if problems:
        raise Invalid(problems=problems)
    unbound = {file_id for file_id, info in known.items() if info.record is None}
    owner = files.c.uploaded_by.is_(None) if actor.id is None else files.c.uploaded_by == actor.id
    statement = update(files).where(files.c.id.in_(unbound), files.c.record.is_(None), owner)
    bound = session.connection().execute(statement.values(app=record.app, form=record.form, record=record.id))
    if bound.rowcount != len(unbound):
        at = next(at for _, at, file_id in new if file_id in unbound)
        raise Invalid("unknown_file", both("文件已被其他记录使用", "The file is held by another record"), at=at)


def file_fields(form: Form) -> list[tuple[tuple[str, ...], Field]]:
    """Fields, and columns of rows, that hold files."""
    return [(path, field) for path, field in form.every_field() if field.type in FILE_TYPES]


def held_files(form: Form, values: Mapping[str, Any]) -> frozenset[str]:
    """Every file that the record with these values holds."""
    return frozenset(file_id for _, _, file_id in _held(file_fields(form), values))


def readable_files(form: Form, record: Record, rights: FieldRights) -> frozenset[str]:
    """The files in those fields of the record that these rights let one read."""
    fields = [(path, field) for path, field in file_fields(form) if readable(right_of(rights, path))]
    return frozenset(file_id for _, _, file_id in _held(fields, record.values))


def sweep(session: Session, store: FileStore, *, now: datetime) -> int:
    """Remove files that waited too long for a record, and those on the disk that nobody knows; returns how many."""
    before = now - UNBOUND_FOR
    gone = delete(files).where(files.c.record.is_(None), files.c.uploaded_at < before).returning(files.c.id)
    swept = set(session.connection().execute(gone).scalars())
    old = {file_id for file_id, changed in store.ids() if changed < before.timestamp()}
    swept |= old - set(infos(session, old))
    for file_id in swept:
        store.remove(file_id)
    return len(swept)


def _held(
    fields: Collection[tuple[tuple[str, ...], Field]], values: Mapping[str, Any]
) -> Iterator[tuple[Field, str, str]]:
    """Every file in these fields, with its field and its place."""
    for path, field in fields:
        holders: Iterable[tuple[str, Mapping[str, Any]]] = [(f"/values/{path[0]}", values)]
        if len(path) > 1:
            rows = enumerate(values.get(path[0]) or ())
            holders = [(f"/values/{path[0]}/{number}/{path[1]}", row) for number, row in rows]
        for at, holder in holders:
            for file_id in holder.get(path[-1]) or ():
                yield field, at, file_id


def _problems(field: Field, at: str, info: FileInfo | None) -> Iterator[Problem]:
    if info is None:
        yield Problem(at, "unknown_file", both("没有这个文件", "There is no such file"))
        return
    most, endings = field.settings.size, field.settings.types
    if info.size > most * 1024 * 1024:
        yield Problem(
            at, "file_too_large", both(f"{info.name} 超过 {most} MiB", f"{info.name} has more than {most} MiB")
        )
    if endings and info.name.rpartition(".")[2].lower() not in endings:
        known = ", ".join(endings)
        yield Problem(at, "file_type", both(f"{info.name}：只收 {known}", f"{info.name}: only {known} are taken"))


def _plain_name(name: str) -> str:
    """The last part of whatever path the uploader's machine has, without what terminals and headers stumble over."""
    last = name.replace("\\", "/").rpartition("/")[2].strip()
    kept = "".join(character for character in last if character.isprintable())
    if bad_text(name) or not kept.strip("."):
        raise Invalid("bad_file_name", both("文件名不可用", "The file needs a usable name"))
    stem, dot, ending = kept.rpartition(".")
    return kept if len(kept) <= LONGEST_NAME else f"{(stem or ending)[: LONGEST_NAME - 20]}{dot}{ending[:19]}"


# ── what a file is ────────────────────────────────────────────────────────────────────────────────

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)

_OFFICE = "application/vnd.openxmlformats-officedocument"
_ARCHIVES = {
    "xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    "docx": f"{_OFFICE}.wordprocessingml.document",
    "pptx": f"{_OFFICE}.presentationml.presentation",
}


def content_type(start: bytes, name: str) -> str:
    """From the first bytes; the name only tells kinds of archives and texts apart. Markup is plain text: nothing runs."""
    for signature, type in _SIGNATURES:
        if start.startswith(signature):
            return type
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image/webp"
    ending = name.rpartition(".")[2].lower()
    if start.startswith(b"PK\x03\x04"):
        return _ARCHIVES.get(ending, "application/zip")
    try:
        text = start.decode("utf-8")
    except UnicodeDecodeError as error:
        # A character cut in two at the end of what was looked at is no reason to call it binary.
        if error.start < len(start) - 4:
            return "application/octet-stream"
        text = start[: error.start].decode("utf-8")
    if "\x00" in text:
        return "application/octet-stream"
    return "text/csv" if ending == "csv" else "text/plain"
