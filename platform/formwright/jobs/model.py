"""What a piece of durable work is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from formwright.database import Database


class State(StrEnum):
    DUE = "due"
    """Waits for its time, or for its next attempt."""
    RUNNING = "running"
    """A delivery is under way; once its lease is over, another worker may try again."""
    FAILED = "failed"
    """All attempts failed; it stays until somebody retries it."""
    DONE = "done"


@dataclass(frozen=True, slots=True)
class NewJob:
    """Work to enqueue: `payload` is plain JSON; of one `key` at most one job waits."""

    name: str
    run_at: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    id: int
    name: str
    payload: Mapping[str, Any]
    key: str | None
    run_at: datetime
    state: State
    attempts: int
    last_error: str | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a delivering handler gets; `id` is the same at every attempt, so that a receiver can tell a repetition."""

    id: int
    payload: Mapping[str, Any]
    database: Database
    now: datetime


class GiveUp(Exception):
    """Raised by a handler when no further attempt can succeed: the job fails at once."""
