"""`Idempotency-Key`: the same key and body give the same answer and one effect, also after a crash."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Response, make_response, request
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from formwright.errors import Conflict, Invalid, Malformed
from formwright.housekeeping import chores
from formwright.texts import both
from formwright.web.api.tables import idempotent_answer
from formwright.web.gate import Call

KEPT = timedelta(days=7)
LONGEST = 200


def once(view: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a writing view so that a repeated request with the same key is answered from what was kept."""

    @functools.wraps(view)
    def answer(call: Call, **parameters: Any) -> Any:
        key = request.headers.get("Idempotency-Key")
        if key is None or call.actor.id is None:
            return view(call, **parameters)
        if not key.isprintable() or not 0 < len(key) <= LONGEST:
            raise Malformed("malformed", both("Idempotency-Key 不可用", "The Idempotency-Key cannot be used"))
        kept, asked = idempotent_answer.c, _request_hash()
        found = call.session.execute(
            select(kept.request, kept.status, kept.body).where(
                kept.member == call.actor.id, kept.key == key, kept.created_at > call.now - KEPT
            )
        ).first()
        if found is not None:
            return _again(found, asked)
        response = make_response(view(call, **parameters))
        _keep(call, key, asked, response)
        return response

    return answer


def _again(found: Any, asked: str) -> Response:
    if found.request != asked:
        words = both("这个 Idempotency-Key 已用于另一个请求", "This Idempotency-Key was used for another request")
        raise Invalid("idempotency_mismatch", words)
    return Response(found.body, found.status, content_type="application/json")


def _keep(call: Call, key: str, asked: str, response: Response) -> None:
    kept = idempotent_answer
    call.session.execute(
        delete(kept).where(kept.c.member == call.actor.id, kept.c.key == key, kept.c.created_at <= call.now - KEPT)
    )
    try:
        call.session.execute(
            insert(kept).values(
                member=call.actor.id, key=key, request=asked, status=response.status_code,
                body=response.get_data(), created_at=call.now,
            )
        )  # fmt: skip
    except IntegrityError:
        # Two requests with one key at the same moment: this one's effect goes, the other's answer can be asked for.
        raise Conflict("in_use", both("同一个请求正在处理", "The same request is being handled")) from None


@chores.named("answers")
def forget_answers(session: Session, now: datetime) -> None:
    """Answers are kept for seven days."""
    session.execute(delete(idempotent_answer).where(idempotent_answer.c.created_at <= now - KEPT))


def _request_hash() -> str:
    digest = hashlib.sha256(f"{request.method} {request.full_path}\n".encode("utf-8", "surrogatepass"))
    if request.mimetype == "multipart/form-data":
        for name, value in sorted(request.form.items(multi=True)):
            digest.update(f"{name}={value}\n".encode("utf-8", "surrogatepass"))
        for name, file in sorted(request.files.items(multi=True)):
            digest.update(name.encode() + hashlib.sha256(file.stream.read()).digest())
            file.stream.seek(0)
    else:
        digest.update(request.get_data())
    return digest.hexdigest()
