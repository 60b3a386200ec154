"""Frozen events that lower floors publish and higher floors subscribe to, in the caller's transaction.

What a subscriber raises rolls the transaction back and is the caller's answer; work for after the commit goes to `jobs`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.orm import Session

E = TypeVar("E")

_subscribers: dict[type[Any], list[Callable[[Session, Any], None]]] = {}


def subscribe(event_type: type[E], subscriber: Callable[[Session, E], None]) -> None:
    """Call `subscriber(session, event)` whenever an event of exactly this type is published; subscribing twice counts once."""
    subscribers = _subscribers.setdefault(event_type, [])
    if subscriber not in subscribers:
        subscribers.append(subscriber)


def publish(session: Session, event: object) -> None:
    """Run every subscriber now, in the order of subscription."""
    for subscriber in _subscribers.get(type(event), ()):
        subscriber(session, event)


def is_heard(event_type: type[Any]) -> bool:
    """Whether anybody subscribed to it."""
    return bool(_subscribers.get(event_type))
