"""Texts that people read: one string for every language, or one string each for Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["zh", "en"]
Text: TypeAlias = str | Mapping[str, str]
"""A plain string (the same in every language) or a mapping with the keys `zh` and `en`, either of which may be missing."""

LANGUAGES: tuple[Language, ...] = ("zh", "en")


def show(text: Text | None, language: str, default: str = "") -> str:
    """The text in `language`; the other language when that one is missing; `default` when there is none at all."""
    if text is None:
        return default
    if isinstance(text, str):
        return text
    if found := text.get(language):
        return found
    return next((text[other] for other in LANGUAGES if text.get(other)), default)


def both(zh: str, en: str) -> dict[str, str]:
    """A bilingual text."""
    return {"zh": zh, "en": en}
