"""Files: upload, and reading with the permission of the record that holds them."""

from __future__ import annotations

from typing import BinaryIO, cast
from urllib.parse import quote

from flask import Response, request

from formwright.errors import Malformed
from formwright.records.files import FileInfo, FileStore, file_for, upload
from formwright.texts import both
from formwright.web.api import pages
from formwright.web.api.replies import reply
from formwright.web.gate import Call, Policy, route

SAFE_RASTERS = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})


@route(pages, "/files", policy=Policy.MEMBER, methods=("POST",))
def upload_file(call: Call) -> Response:
    """A file as `multipart/form-data` field `file` → `{id, name, size, type}`."""
    given = request.files.get("file")
    if given is None:
        raise Malformed("malformed", both("缺少文件字段 file", 'The file field "file" is missing'))
    info = upload(
        call.session,
        _store(call),
        given.filename or "file",
        cast("BinaryIO", given.stream),
        actor=call.actor,
        now=call.now,
    )
    return reply(_shown(info), 201)


@route(pages, "/files/<file>", policy=Policy.MEMBER)
def read_file(call: Call, file: str) -> Response:
    """The file itself; shown in the page only when it is a plain picture, else always saved."""
    info = file_for(call.session, file, actor=call.actor, now=call.now)
    response = Response(_store(call).path(info.id).open("rb"), content_type=info.type, direct_passthrough=True)
    shown = "inline" if info.type in SAFE_RASTERS else "attachment"
    response.headers["Content-Disposition"] = f"{shown}; filename*=UTF-8''{quote(info.name, safe='')}"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.content_length = info.size
    return response


def _store(call: Call) -> FileStore:
    return FileStore(call.product.settings.files, call.product.settings.max_file)


def _shown(info: FileInfo) -> dict[str, object]:
    return {"id": info.id, "name": info.name, "size": info.size, "type": info.type}
