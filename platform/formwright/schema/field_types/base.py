"""What a field type answers, and the registry through which field types come in, ours and others'."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, ClassVar, Literal, Protocol

from formwright.errors import Invalid, Problem
from formwright.registry import Registry
from formwright.schema.model import Field
from formwright.schema.reading import Reader
from formwright.texts import Text
from formwright_rules import types as rule_types

ColumnKind = Literal[
    "text", "decimal", "date", "instant", "time", "boolean", "integer", "duration", "key", "choices", "json",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """How a value is stored. `places` belongs to `decimal`; `key` is a 64-bit integer; `choices` a tuple of texts;
    `duration` an exact `timedelta` in seconds; `json` a tuple of texts that nobody filters on.
    """

    kind: ColumnKind
    places: int = 0


class BadValue(Invalid):
    """A value that the field does not take. `at` of each problem is relative to the value (empty, or `/2/quantity` in rows)."""

    def __init__(self, code: str, message: Text, *, problems: Iterable[Problem] = ()) -> None:
        super().__init__(code, message, problems=problems)


class Lookup(Protocol):
    """What parsing asks of the world: each answers None when there is no such thing, or the caller may not use it."""

    @property
    def timezone(self) -> tzinfo:
        """In which times without an offset are read."""
        ...

    def member(self, text: str) -> int | None:
        """By e-mail or id."""
        ...

    def department(self, text: str) -> str | None: ...

    def record(self, form: str, reference: str | Mapping[str, Any]) -> int | None:
        """By id, or by the mapping under `$match`; raises BadValue when that finds none or several."""
        ...

    def file(self, text: str) -> str | None: ...


class Names(Protocol):
    """What showing asks of the world: how people, records and files are called, and in which zone and currency."""

    @property
    def timezone(self) -> tzinfo: ...

    @property
    def currency(self) -> str:
        """Of money fields that name none."""
        ...

    def member(self, member: int) -> str: ...

    def department(self, department: str) -> str: ...

    def record(self, form: str, record: int) -> str: ...

    def file(self, file: str) -> str: ...


class Types(Protocol):
    """Where a field type finds the rule types of other things."""

    def record(self, form: str) -> rule_types.Type:
        """The type of a record of `form`, made when it is first looked into."""
        ...

    def rows(self, field: Field) -> rule_types.Type: ...


class FieldType(ABC):
    """One kind of field. It answers these few questions; whoever has a new question opens a registry of their own."""

    name: ClassVar[str]
    label: ClassVar[Text]
    """In the designer's palette."""

    @abstractmethod
    def read_settings(self, reader: Reader) -> Any:
        """The frozen settings from the field's own keys; wrong ones become findings."""

    @abstractmethod
    def column(self, field: Field) -> ColumnSpec | None:
        """The column that holds the value; None for rows, which have a table of their own."""

    @abstractmethod
    def parse(self, raw: Any, field: Field, lookup: Lookup) -> Any:
        """The value from JSON or from text (csv, a browser form); empty is None or `()`. Raises BadValue."""

    @abstractmethod
    def dump(self, value: Any, field: Field) -> Any:
        """The JSON form of a value, as the API shows it; `parse` takes it back."""

    @abstractmethod
    def show(self, value: Any, field: Field, language: str, names: Names) -> str:
        """The value as people read it."""

    @abstractmethod
    def rule_type(self, field: Field, types: Types) -> rule_types.Type:
        """Its type in rules."""


field_types: Registry[FieldType] = Registry("field type")


@dataclass(frozen=True, slots=True)
class NoSettings:
    """Of types that have none."""


def is_empty(raw: Any) -> bool:
    """Whether JSON or text stands for no value."""
    return raw is None or (isinstance(raw, str) and not raw.strip()) or (isinstance(raw, list | tuple) and not raw)
