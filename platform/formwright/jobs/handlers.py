"""Who does which job: handlers register by name, ours and others' alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from formwright.jobs.model import Delivery
from formwright.registry import Registry

ATTEMPTS = 8


class Work(Protocol):
    """Does a job within its own writing transaction, which also marks it done: its effects happen exactly once."""

    def __call__(self, session: Session, payload: Mapping[str, Any], *, now: datetime) -> object: ...


Deliver = Callable[[Delivery], object]
"""Tells the outside world, holding no transaction: at least once, each time with the same delivery id."""


@dataclass(frozen=True, slots=True)
class Handler:
    """Exactly one of `work` and `deliver` is set; after `attempts` the job has failed."""

    name: str
    work: Work | None = None
    deliver: Deliver | None = None
    attempts: int = ATTEMPTS


handlers: Registry[Handler] = Registry("job handler")


def handler(name: str, *, attempts: int = ATTEMPTS) -> Callable[[Work], Work]:
    """Register `work(session, payload, *, now)` as what does the jobs called `name`."""

    def register(work: Work) -> Work:
        handlers.add(name, Handler(name, work=work, attempts=attempts))
        return work

    return register


def delivers(name: str, *, attempts: int = ATTEMPTS) -> Callable[[Deliver], Deliver]:
    """Register `deliver(delivery)` as what tells the outside world about the jobs called `name`."""

    def register(deliver: Deliver) -> Deliver:
        handlers.add(name, Handler(name, deliver=deliver, attempts=attempts))
        return deliver

    return register
