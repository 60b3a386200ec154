"""Record ids: 63-bit numbers that sort by the time they were given: 41 bits of milliseconds, 10 of process, 12 of sequence."""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime
from threading import Lock

from formwright.database import instant_to_milliseconds

START = instant_to_milliseconds(datetime(2020, 1, 1, tzinfo=UTC))
SEQUENCE = 1 << 12

_lock = Lock()
_node = secrets.randbelow(1 << 10)
_last = (0, -1)


def new_id(now: datetime) -> int:
    """One id, greater than every id that this process gave before."""
    return new_ids(now, 1)[0]


def new_ids(now: datetime, count: int) -> list[int]:
    """`count` ids in ascending order; a clock that went back does not make them smaller."""
    global _last
    with _lock:
        milliseconds, sequence = _last
        present = max(0, instant_to_milliseconds(now) - START)
        if present > milliseconds:
            milliseconds, sequence = present, -1
        ids = []
        for _ in range(count):
            sequence += 1
            if sequence == SEQUENCE:  # borrowed from the next millisecond, never from another process
                milliseconds, sequence = milliseconds + 1, 0
            ids.append((milliseconds << 22) | (_node << 12) | sequence)
        _last = (milliseconds, sequence)
    return ids


def _in_a_new_process() -> None:
    global _node, _lock
    _lock = Lock()
    _node = secrets.randbelow(1 << 10)


os.register_at_fork(after_in_child=_in_a_new_process)
