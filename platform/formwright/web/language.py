"""Which language a reader gets: what they chose, else what their browser asks for, else the site's."""

from __future__ import annotations

from flask import g, has_request_context, request

from formwright.accounts.model import Actor
from formwright.texts import LANGUAGES, Text, show

LANGUAGE_COOKIE = "formwright_language"


def chosen_language(actor: Actor | None) -> str:
    """`zh` or `en`. The API reads Accept-Language first, pages the member's own choice first."""
    asked = request.accept_languages.best_match(LANGUAGES) if request.accept_languages else None
    if request.path.startswith("/api/"):
        return asked or (actor.language if actor else "zh")
    if actor is not None:
        return actor.language if actor.language in LANGUAGES else "zh"
    cookie = request.cookies.get(LANGUAGE_COOKIE)
    return cookie if cookie in LANGUAGES else (asked or "zh")


def language() -> str:
    """The language of the request at hand."""
    found: str = getattr(g, "language", "zh") if has_request_context() else "zh"
    return found


def t(zh: str, en: str) -> str:
    """A word of the interface, both languages said at the place where it stands."""
    return en if language() == "en" else zh


def shown(text: Text | None, default: str = "") -> str:
    """An author's text in the reader's language."""
    return show(text, language(), default)
