"""The sections of an app's document, one folder each; higher floors register theirs through the same door."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from formwright.registry import Registry
from formwright.schema.model import App, Finding
from formwright.schema.reading import Reader


def nothing_to_check(app: App) -> list[Finding]:
    """For sections that are whole once they are read."""
    return []


@dataclass(frozen=True, slots=True)
class Section:
    """One folder of an app.

    `read` gets the mapping of id → entry and the app as read so far (forms and rules always come first), and answers
    what becomes `app.parts[name]`; findings go through the reader. `check` looks at the whole app.
    """

    name: str
    """The key in the document, and the folder."""
    extension: str
    read: Callable[[Reader, App], Mapping[str, Any]]
    check: Callable[[App], list[Finding]] = nothing_to_check

    @property
    def holds_text(self) -> bool:
        """Whether an entry is one text (rules, prints) rather than a mapping."""
        return self.extension != ".yaml"


sections: Registry[Section] = Registry("section")
