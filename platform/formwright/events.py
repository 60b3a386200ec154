"""Frozen events that lower floors publish and higher floors subscribe to, in the caller's transaction.

What a subscriber raises rolls the transaction back and is the caller's answer; work for after the commit goes to `jobs`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.orm import Session

E = TypeVar("E")

Cares = Callable[..., bool]
"""Whether a subscriber has anything to do with an event about these things (an app, a form, …)."""

_subscribers: dict[type[Any], list[Callable[[Session, Any], None]]] = {}
_cares: dict[Callable[[Session, Any], None], Cares] = {}


def subscribe(event_type: type[E], subscriber: Callable[[Session, E], None], *, cares: Cares | None = None) -> None:
    """Call `subscriber(session, event)` whenever an event of exactly this type is published; subscribing twice counts once.

    `cares` lets whoever publishes many events at once ask beforehand whether any of them will be heard.
    """
    subscribers = _subscribers.setdefault(event_type, [])
    if subscriber not in subscribers:
        subscribers.append(subscriber)
    if cares is not None:
        _cares[subscriber] = cares


def publish(session: Session, event: object) -> None:
    """Run every subscriber now, in the order of subscription."""
    for subscriber in _subscribers.get(type(event), ()):
        subscriber(session, event)


def is_heard(event_type: type[Any], *about: Any) -> bool:
    """Whether anybody would do something with an event of this type about these things."""
    return any(
        subscriber not in _cares or _cares[subscriber](*about) for subscriber in _subscribers.get(event_type, ())
    )
