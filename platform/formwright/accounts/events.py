"""What the organisation tells the floors above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from formwright.accounts.model import Actor, Proxy


@dataclass(frozen=True, slots=True)
class MemberDeactivated:
    """`member` can no longer sign in nor hold tasks."""

    member: int
    actor: Actor
    now: datetime


@dataclass(frozen=True, slots=True)
class ProxySet:
    """A proxy was added or changed; `proxy.move_open` asks to move the tasks that are open already."""

    proxy: Proxy
    actor: Actor
    now: datetime
