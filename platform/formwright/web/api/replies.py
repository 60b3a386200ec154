"""Answers of the API: JSON with exact numbers."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Response

_encoder = msgspec.json.Encoder(decimal_format="number")


def encoded(value: Any) -> bytes:
    """JSON in UTF-8; a Decimal is a number."""
    return _encoder.encode(value)


def reply(value: Any, status: int = 200) -> Response:
    return Response(encoded(value), status, content_type="application/json")
