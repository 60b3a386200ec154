"""What may be typed next: fields by label and id, functions with their help, options of the choice on the left."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from .check import check
from .environment import CONTEXT_NAMES, Environment
from .functions import functions
from .keywords import CHINESE, ENGLISH
from .types import (
    DEPARTMENT,
    DEPARTMENT_ATTRIBUTES,
    MEMBER,
    MEMBER_ATTRIBUTES,
    SYSTEM_FIELDS,
    Choice,
    Labels,
    ListOf,
    Record,
    Type,
)
from .wording import type_name

Kind = Literal["field", "name", "function", "option", "keyword", "parameter", "role", "node", "rule"]
_PATH = r"((?:[^\W\d_]\w*|`[^`]*`)(?:\.(?:[^\W\d_]\w*|`[^`]*`))*)"
_AFTER_DOT = re.compile(_PATH + r"\.(\w*)$")
_IN_CALL = re.compile(r"(\w+)\(\s*[\"“']([^\"”']*)$")
_COMPARED = re.compile(
    _PATH
    + r"\s*(?:==?|!=|<>|＝|\bnot\s+in\b|\bin\b|contains\b|等于|不等于|属于|不属于|包含)\s*(?:\[[^\]]*?)?([\"“']?[^\"”'\[\],]*)$",
    re.IGNORECASE,
)
_WORD = re.compile(r"`?[^\W\d_]\w*$|`[^`]*$")
_OFFERED = ("AND", "OR", "NOT", "IN", "BETWEEN", "CONTAINS", "STARTS_WITH", "ENDS_WITH", "IS_EMPTY", "IS_NOT_EMPTY")


@dataclass(frozen=True, slots=True)
class Completion:
    """`text` replaces the last `replaces` characters before the cursor; `label` and `help` are for the reader."""

    text: str
    label: str
    kind: Kind
    help: str = ""
    replaces: int = 0


def complete(text: str, position: int, environment: Environment, language: str = "zh") -> list[Completion]:
    """What fits at `position` (from 0), the best first; at most 50."""
    before = text[:position]
    in_call = _IN_CALL.search(before)
    if in_call:
        return _kept(_constants(in_call[1], environment), in_call[2])
    compared = _COMPARED.search(before)
    if compared:
        type_ = _type_of(compared[1], environment)
        type_ = type_.element if isinstance(type_, ListOf) else type_
        if isinstance(type_, Choice) and type_.options:
            return _kept(_options(type_, language), compared[2], bare=compared[2].strip("\"“'` "))
    after_dot = _AFTER_DOT.search(before)
    if after_dot:
        return _kept(_below(_type_of(after_dot[1], environment), language), after_dot[2])
    word = _WORD.search(before)
    typed = word.group() if word else ""
    return _kept(_anything(environment, language), typed, bare=typed.strip("`"))


def _kept(offers: Iterable[Completion], typed: str, bare: str | None = None) -> list[Completion]:
    wanted = (typed if bare is None else bare).lower()
    ranked: list[tuple[int, int, Completion]] = []
    for number, each in enumerate(offers):
        names = (each.text.lower().strip('"`'), each.label.lower())
        rank = (
            0 if any(name.startswith(wanted) for name in names) else 1 if any(wanted in name for name in names) else 2
        )
        if rank < 2:
            ranked.append((rank, number, Completion(each.text, each.label, each.kind, each.help, len(typed))))
    return [each for _, _, each in sorted(ranked, key=lambda item: item[:2])[:50]]


def _type_of(path: str, environment: Environment) -> Type | None:
    checked = check(path, environment)
    return checked.type if checked.ok else None


def _options(choice: Choice, language: str) -> Iterator[Completion]:
    for option in choice.options:
        yield Completion(f'"{option.id}"', dict(option.labels).get(language) or option.id, "option")


def _fields(
    fields: Mapping[str, Type], labels: Mapping[str, Labels], language: str, kind: Kind = "field"
) -> Iterator[Completion]:
    for id, type_ in fields.items():
        yield Completion(id, labels.get(id, {}).get(language) or id, kind, type_name(type_, language))


def _below(type_: Type | None, language: str) -> Iterator[Completion]:
    type_ = type_.element if isinstance(type_, ListOf) else type_
    if isinstance(type_, Record):
        yield from _fields(type_.fields, type_.labels, language)
        yield from _fields({id: kind for id, kind in SYSTEM_FIELDS.items() if id not in type_.fields}, {}, language)
    elif type_ == MEMBER:
        yield from _fields(MEMBER_ATTRIBUTES, {}, language)
    elif type_ == DEPARTMENT:
        yield from _fields(DEPARTMENT_ATTRIBUTES, {}, language)


def _constants(function: str, environment: Environment) -> Iterator[Completion]:
    known: dict[str, tuple[Kind, Iterable[str]]] = {
        "role": ("role", sorted(environment.roles or ())),
        "handler": ("node", sorted(environment.nodes or ())),
        "chosen": ("node", sorted(environment.nodes or ())),
        "param": ("parameter", environment.parameters),
    }
    kind, ids = known.get(function.lower(), ("name", ()))
    for id in ids:
        yield Completion(id, id, kind)


def _anything(environment: Environment, language: str) -> Iterator[Completion]:
    yield from _fields(environment.fields, environment.labels, language)
    yield from _fields(environment.names, environment.labels, language, "name")
    yield from _fields(CONTEXT_NAMES, {}, language, "name")
    yield from _fields({id: type_ for id, type_ in SYSTEM_FIELDS.items() if id not in environment.fields}, {}, language)
    for rule in environment.rules or ():
        yield Completion(rule.name, rule.name, "rule")
    for function in functions:
        if not function.hidden:
            told = function.help["zh" if language == "zh" else "en"]
            yield Completion(f"{function.name}(", function.signature, "function", told)
    words = CHINESE if language == "zh" else ENGLISH
    for terminal in _OFFERED:
        yield Completion(words[terminal], words[terminal], "keyword")
