"""Errors as RFC 9457 problem documents, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response

from formwright.errors import FormwrightError
from formwright.records.model import Record
from formwright.texts import show
from formwright.web.api.replies import encoded


def problem_document(
    error: FormwrightError, language: str, *, errors: Sequence[Mapping[str, Any]] | None = None
) -> Response:
    """`{type, title, status, detail, code, errors: [{at, code, message}]}`, and `current` where the error brings it.

    `errors` stand in the place of the error's own problems, where a route has a shape of its own for them.
    """
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": show(error.title, language),
        "status": error.status,
        "detail": error.say(language),
        "code": error.code,
        "errors": errors
        if errors is not None
        else [
            {"at": problem.at, "code": problem.code, "message": show(problem.message, language)}
            for problem in error.problems
        ],
    }
    if error.current is not None and not isinstance(error.current, Record):
        document["current"] = error.current
    return Response(encoded(document), error.status, content_type="application/problem+json")
