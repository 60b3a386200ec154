"""What a rule may name: the fields and their labels, parameters, forms, roles, nodes and shared rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from .types import (
    ANY,
    BOOLEAN,
    DATE,
    DATETIME,
    DEPARTMENT_WORDS,
    DURATION,
    MEMBER,
    MEMBER_WORDS,
    NULL,
    NUMBER,
    SYSTEM_FIELDS,
    SYSTEM_WORDS,
    TEXT,
    TIME,
    Labels,
    ListOf,
    Record,
    Type,
    join,
    list_of,
)
from .values import Duration

if TYPE_CHECKING:
    from .ruleset import RuleSet

CONTEXT_NAMES: dict[str, Type] = {"me": MEMBER, "initiator": MEMBER, "assignee": MEMBER}
_LABEL_DEPTH = 3  # labels of related forms are known this many relations away


@dataclass(frozen=True, eq=False)
class Environment:
    """The names of one form at one place. Compares by identity, so that compiled rules can be kept by it.

    `fields`: id → type; `labels`: field id → {"zh": …, "en": …}; `parameters`: PARAM name → type; `rules`: shared
    definitions and tables; `forms`: form id → its record type or None; `roles`, `nodes`: the declared ones (None: not
    checked); `names`: what else is there at this place (outcome, decision, approvals, rejections, target, record, row,
    period …), read from the values under that name.
    """

    fields: Mapping[str, Type]
    labels: Mapping[str, Labels] = field(default_factory=dict)
    parameters: Mapping[str, Type] = field(default_factory=dict)
    rules: RuleSet | None = None
    forms: Callable[[str], Type | None] | None = None
    roles: frozenset[str] | None = None
    nodes: frozenset[str] | None = None
    names: Mapping[str, Type] = field(default_factory=dict)
    form: str = ""

    def type_of(self, name: str) -> Type | None:
        """The type of a bare id that is read from the values or the context, or None when there is no such name."""
        for known in (self.names, self.fields, SYSTEM_FIELDS, CONTEXT_NAMES):
            found = known.get(name)
            if found is not None:
                return found
        return None

    def form_type(self, form: str) -> Record | None:
        """The record type of a form of the app, or None."""
        found = self.forms(form) if self.forms is not None else None
        if isinstance(found, ListOf):
            found = found.element
        return found if isinstance(found, Record) else None

    @cached_property
    def ids(self) -> frozenset[str]:
        """Every bare id, for suggestions and completion."""
        shared = self.rules.names if self.rules is not None else ()
        return frozenset((*self.names, *self.fields, *SYSTEM_FIELDS, *CONTEXT_NAMES, *shared))

    @cached_property
    def by_label(self) -> Mapping[str, tuple[str, ...]]:
        """Label in any language → the ids that carry it."""
        return labels_to_ids(self.labels)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Labels that Chinese text may be cut by, those of related forms included."""
        found = set(self.by_label)
        for type_ in (*self.fields.values(), *self.names.values()):
            found.update(_labels_below(type_, _LABEL_DEPTH))
        if self.rules is not None:
            found.update(self.rules.names)
        found.update((*SYSTEM_WORDS, *MEMBER_WORDS, *DEPARTMENT_WORDS))
        return frozenset(label for label in found if not label.isascii())

    @cached_property
    def as_record(self) -> Record:
        """The current record as a type (the value of `record`, the element of a reverse relation)."""
        return Record(self.fields, self.form, self.labels)


def labels_to_ids(labels: Mapping[str, Labels]) -> dict[str, tuple[str, ...]]:
    """Turn id → labels into label → ids."""
    found: dict[str, dict[str, None]] = {}
    for id, texts in labels.items():
        for text in texts.values():
            if text:
                found.setdefault(text, {})[id] = None
    return {label: tuple(ids) for label, ids in found.items()}


def _labels_below(type_: Type, depth: int) -> Iterator[str]:
    if isinstance(type_, ListOf):
        type_ = type_.element
    if depth and isinstance(type_, Record):
        for texts in type_.labels.values():
            yield from texts.values()
        for below in type_.fields.values():
            yield from _labels_below(below, depth - 1)


def infer(values: Mapping[str, object]) -> Environment:
    """An environment made from sample values, for evaluating an expression where no form is at hand."""
    return Environment({name: type_of_value(value) for name, value in values.items()})


def type_of_value(value: object) -> Type:
    """The type of a run-time value: nested mappings are records, sequences of mappings are rows."""
    if isinstance(value, Mapping):
        return Record({str(name): type_of_value(inner) for name, inner in value.items()})
    if isinstance(value, list | tuple):
        return list_of(_common(value))
    for kinds, type_ in _TYPE_OF_CLASS:
        if isinstance(value, kinds):
            return type_
    return ANY


def _common(values: list[object] | tuple[object, ...]) -> Type:
    mappings = [value for value in values if isinstance(value, Mapping)]
    if values and len(mappings) == len(values):
        merged: dict[str, Type] = {}
        for mapping in mappings:
            for name, inner in mapping.items():
                type_ = type_of_value(inner)
                merged[str(name)] = (join(merged[str(name)], type_) or ANY) if str(name) in merged else type_
        return Record(merged)
    common: Type = NULL
    for value in values:
        common = join(common, type_of_value(value)) or ANY
    return ANY if common == NULL else common


_TYPE_OF_CLASS: tuple[tuple[type | tuple[type, ...], Type], ...] = (
    (bool, BOOLEAN),
    ((Decimal, int, float), NUMBER),
    (str, TEXT),
    (datetime, DATETIME),
    (date, DATE),
    (time, TIME),
    ((timedelta, Duration), DURATION),
)
