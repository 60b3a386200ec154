"""How much room text takes in a drawing that is made without a browser: estimated widths, wrapping, ellipses."""

from __future__ import annotations

from unicodedata import combining, east_asian_width

_NARROW = frozenset("iIjlft.,:;'|!()[]{} ·-/")
_WIDE = frozenset("mwMW@%&—…")


def width(text: str, size: float) -> float:
    """An upper estimate of the width in pixels at a font size: Han characters are square, Latin ones about half."""
    return sum(_em(character) for character in text) * size


def _em(character: str) -> float:
    if combining(character):
        return 0.0
    if east_asian_width(character) in "WF":
        return 1.0
    if character in _NARROW:
        return 0.34
    if character in _WIDE:
        return 0.92
    return 0.66 if character.isupper() or character.isdigit() else 0.55


def clipped(text: str, size: float, room: float) -> str:
    """The text on one line, with an ellipsis where it does not fit."""
    text = " ".join(text.split())
    if width(text, size) <= room:
        return text
    room -= width("…", size)
    kept = 0
    for character in text:
        room -= _em(character) * size
        if room < 0:
            break
        kept += 1
    return text[:kept].rstrip() + "…"


def wrapped(text: str, size: float, room: float, lines: int) -> list[str]:
    """At most `lines` lines; breaks between words and anywhere between Han characters; the rest becomes an ellipsis."""
    words = _pieces(" ".join(text.split()))
    made: list[str] = []
    line = ""
    for place, piece in enumerate(words):
        if not line or width((line + piece).rstrip(), size) <= room:
            line += piece
            continue
        if len(made) == lines - 1:
            return [*made, clipped(line + "".join(words[place:]), size, room)]
        made.append(clipped(line, size, room))
        line = piece.lstrip()
    return [*made, clipped(line, size, room)] if line else made


def _pieces(text: str) -> list[str]:
    """Where a line may break: after a blank, and around every wide character; closing marks stay with what they close."""
    pieces: list[str] = []
    for character in text:
        wide = east_asian_width(character) in "WF"
        closes = character in "，。、；：？！）】》”"
        starts_new = not pieces or pieces[-1].endswith(" ") or ((wide or _is_wide(pieces[-1])) and not closes)
        if starts_new:
            pieces.append(character)
        else:
            pieces[-1] += character
    return pieces


def _is_wide(piece: str) -> bool:
    return east_asian_width(piece[-1]) in "WF"
