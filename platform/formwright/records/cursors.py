"""Where a list goes on: the sort keys of the last record of a page, opaque to whoever carries them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from formwright.errors import Invalid
from formwright.texts import both


def write_cursor(sort: Sequence[str], values: Sequence[Any]) -> str:
    """The place behind a record with these sort keys, as a text that says nothing to anybody else."""
    text = json.dumps([list(sort), [_tagged(value) for value in values]], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str, sort: Sequence[str], count: int) -> list[Any]:
    """The `count` sort keys of a cursor of this sort, the last one an id. Raises Invalid `bad_cursor`."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        given, values = json.loads(base64.b64decode(padded, b"-_", validate=True))
        read = [None if each is None else _READ[each[0]](each[1]) for each in values]
        if given == list(sort) and len(read) == count and isinstance(read[-1], int):
            return read
    except (ValueError, TypeError, KeyError, IndexError, ArithmeticError):
        pass
    message = both(
        "翻页位置不对或已改了排序；从第一页重新开始", "This cursor does not fit the list; start from its first page"
    )
    raise Invalid("bad_cursor", message, at="cursor")


def _tagged(value: Any) -> list[Any] | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return ["b", value]
    if isinstance(value, int):
        return ["i", str(value)]
    if isinstance(value, Decimal):
        return ["n", str(value)]
    if isinstance(value, datetime):
        return ["m", value.astimezone(UTC).isoformat()]
    if isinstance(value, timedelta):
        return ["l", str(value // timedelta(seconds=1))]
    if isinstance(value, date):
        return ["d", value.isoformat()]
    return ["t", value.isoformat()] if isinstance(value, time) else ["s", str(value)]


def _number(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite() or abs(number.adjusted()) > 60:
        raise ValueError(text)
    return number


def _key(text: str) -> int:
    number = int(text) if len(text) < 21 else 2**64
    if abs(number) >= 2**63:
        raise ValueError(text)
    return number


def _length(text: str) -> timedelta:
    try:
        return timedelta(seconds=_key(text))
    except OverflowError as error:
        raise ValueError(text) from error


_READ: Mapping[str, Callable[[Any], Any]] = {
    "b": bool,
    "i": _key,
    "n": _number,
    "m": datetime.fromisoformat,
    "d": date.fromisoformat,
    "t": time.fromisoformat,
    "l": _length,
    "s": str,
}
