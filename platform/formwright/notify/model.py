"""What members are told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from formwright.texts import Text


@dataclass(frozen=True, slots=True)
class Message:
    """One line of a member's inbox; `link` is a path of this site."""

    id: int
    text: Text
    link: str | None
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Newest first; `next_cursor` asks for the page after it, None at the end."""

    items: tuple[Message, ...]
    next_cursor: str | None
