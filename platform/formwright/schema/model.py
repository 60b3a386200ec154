"""The nouns of an app: forms, fields, views, grants. All immutable; rules are kept as canonical text.

A key that takes a rule is `str | None` here: a constant in the document (`true`, `5`, `null`) is its own text (`"true"`).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from formwright.texts import Text

Right = Literal["hidden", "mask", "view", "edit", "required"]
RIGHTS: tuple[Right, ...] = ("hidden", "mask", "view", "edit", "required")
"""From least to most: a union of rights is the greatest."""

ACTIONS = ("view", "create", "edit", "delete", "import", "export", "print", "comment", "share", "manage_flow")

SYSTEM_FIELDS = (
    "id", "version", "owner", "department", "created_by", "created_at", "updated_by", "updated_at", "flow_status", "flow_node",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FieldRights:
    """Rights by field id; `rest` is what `*` says. For a rows field `rows` narrows the fields inside and the acts on rows."""

    by_field: Mapping[str, Right] = field(default_factory=dict)
    rest: Right = "hidden"
    rows: Mapping[str, RowRights] = field(default_factory=dict)

    def of(self, field_id: str) -> Right:
        return self.by_field.get(field_id, self.rest)


@dataclass(frozen=True, slots=True)
class RowRights:
    """What may be done with the rows of one rows field where its right is `edit`; `fields` narrows single columns."""

    add: bool = True
    edit: bool = True
    delete: bool = True
    fields: FieldRights = field(default_factory=lambda: FieldRights(rest="edit"))


@dataclass(frozen=True, slots=True)
class Check:
    """A rule that must hold for the record; `at` is the field beside which the message is shown (may be empty)."""

    rule: str
    message: Text
    at: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form, or one column of a rows field. `settings` is the frozen dataclass of its field type."""

    id: str
    type: str
    label: Text
    settings: Any
    help: Text | None = None
    required: str | None = None
    unique: bool = False
    default: str | None = None
    compute: str | None = None
    fill: str | None = None
    visible: str | None = None
    editable: str | None = None
    checks: tuple[Check, ...] = ()
    mask: str | None = None
    width: int | None = None
    when_hidden: Literal["keep", "clear"] = "keep"
    fields: tuple[Field, ...] = ()
    """The columns of a rows field; empty for every other type."""

    def column(self, field_id: str) -> Field | None:
        return next((column for column in self.fields if column.id == field_id), None)


@dataclass(frozen=True, slots=True)
class View:
    """A saved way to look at a form's records. `sort` holds field ids, a leading `-` means descending."""

    id: str
    type: Literal["table", "kanban", "calendar", "gantt", "gallery"]
    name: Text
    filter: str | None = None
    sort: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    group_by: str | None = None
    color: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grant:
    """Who (`role`, `department` and below, `member` e-mail, `everyone`, or people `rule`) may do what with which records."""

    who: Literal["role", "department", "member", "everyone", "rule"]
    value: str
    records: str
    """A rule over the record; "true" for all."""
    actions: frozenset[str]
    fields: FieldRights


@dataclass(frozen=True, slots=True)
class Form:
    id: str
    name: Text
    fields: tuple[Field, ...]
    title: str | None = None
    checks: tuple[Check, ...] = ()
    layout: tuple[Any, ...] = ()
    """Lists of field ids, `{section, rows}`, `{tabs}`, `{note}`, as in the document; empty: fields in their order."""
    views: tuple[View, ...] = ()
    grants: tuple[Grant, ...] = ()
    public: Mapping[str, Any] = field(default_factory=dict)

    def field(self, field_id: str) -> Field | None:
        for each in self.fields:  # a plain loop: rules ask this for every name they read
            if each.id == field_id:
                return each
        return None

    def every_field(self) -> Iterator[tuple[tuple[str, ...], Field]]:
        """Every field with its path: `("total",)`, and for columns of rows `("lines", "price")`."""
        for each in self.fields:
            yield (each.id,), each
            for column in each.fields:
                yield (each.id, column.id), column


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that an admin edits without touching rules; `PARAM("id")` reads it."""

    id: str
    type: str
    label: Text
    default: Any = None


@dataclass(frozen=True, slots=True)
class App:
    """One app as published (`publication` ≥ 1) or as drafted (`publication` 0).

    `parts` holds what higher floors made of their sections of the document, e.g. `parts["flows"]: Mapping[str, flow.model.Flow]`.
    """

    id: str
    version: str
    name: Text
    forms: Mapping[str, Form]
    summary: Text | None = None
    icon: str = ""
    publication: int = 0
    managers: str | None = None
    roles: tuple[tuple[str, Text], ...] = ()
    parameters: tuple[Parameter, ...] = ()
    navigation: tuple[Mapping[str, Any], ...] = ()
    rules: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, Any] = field(default_factory=dict)
    document: Mapping[str, Any] = field(default_factory=dict)
    """The whole document as JSON values, exactly what `export` writes and `GET …/draft` shows."""
    derived: dict[Hashable, Any] = field(default_factory=dict, init=False, compare=False, repr=False)
    """What was once worked out from this app and is kept with it (types, compiled rules); never part of its meaning."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of checking an app: `at` is a JSON pointer into the document (`/flows/quote_approval/nodes/2/assign`)."""

    severity: Literal["error", "warning", "hint"]
    code: str
    at: str
    message: Text
    example: Mapping[str, Any] | None = None
