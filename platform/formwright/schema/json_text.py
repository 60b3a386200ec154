"""Documents as JSON text with exact decimals, both ways."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def to_json(document: Any) -> str:
    """JSON text in which a Decimal is a number with all its digits. Raises TypeError for what JSON does not have."""
    return "".join(_parts(document))


def from_json(text: str | bytes) -> Any:
    """The value of JSON text; numbers with a point or exponent become Decimal."""
    return json.loads(text, parse_float=Decimal, parse_constant=_no_constant)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _parts(value: Any) -> list[str]:
    # The standard encoder has no door for numbers of one's own: it quotes whatever `default` answers.
    if isinstance(value, Decimal):
        text = format(value, "f")
        return [text if "." in text else text + ".0"]
    if isinstance(value, Mapping):
        parts = ["{"]
        for i, (key, inner) in enumerate(value.items()):
            parts += [", " if i else "", json.dumps(str(key), ensure_ascii=False), ": ", *_parts(inner)]
        return [*parts, "}"]
    if isinstance(value, list | tuple):
        parts = ["["]
        for i, inner in enumerate(value):
            parts += [", " if i else "", *_parts(inner)]
        return [*parts, "]"]
    return [json.dumps(value, ensure_ascii=False, allow_nan=False)]
