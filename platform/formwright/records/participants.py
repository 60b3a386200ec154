"""The doors through which a flow tells the records below it: who else may see one, and where it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from formwright.accounts.model import Actor
from formwright.records.model import Record
from formwright.registry import Registry
from formwright.schema.model import App, FieldRights, Form
from formwright.storage.layout import FormLayout


class Participation(Protocol):
    """One reason, besides grants, why a member may see records of a form. Everything here is asked once a list, never once a record."""

    def condition(self, session: Session, layout: FormLayout, actor: Actor) -> ColumnElement[bool] | None:
        """Which records of the form `actor` takes part in; None when in none."""
        ...

    def field_condition(
        self, session: Session, layout: FormLayout, actor: Actor, field_id: str
    ) -> ColumnElement[bool] | None:
        """On which of those records `actor` may read the field; None when on none."""
        ...

    def rights(
        self, session: Session, app: App, form: Form, records: Sequence[Record], actor: Actor
    ) -> Mapping[int, FieldRights]:
        """What `actor` sees of the records that they take part in, by record id."""
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a record is in its flow, as a record shows it: `flow` of the API (or None), and the flow actions open to the reader."""

    flow: Mapping[str, Any] | None
    actions: tuple[str, ...] = ()


ProgressOf: TypeAlias = Callable[[Session, App, Form, Sequence[Record], Actor], Mapping[int, Progress]]

participations: Registry[Participation] = Registry("participation")
progresses: Registry[ProgressOf] = Registry("progress")
