"""What happened to a record, for the floors above: published in the step's transaction, after the write."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from formwright.accounts.model import Actor
from formwright.records.model import Record
from formwright.schema.model import App


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordEvent:
    """Base: `record` is the record as it now stands."""

    app: App
    record: Record
    actor: Actor
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCreated(RecordEvent):
    """A record (never a draft) came to be, by whatever door: a form, the API, an import, an act of a flow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSubmitted(RecordEvent):
    """A member submitted it; follows `RecordCreated`. Not published for imports and acts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordUpdated(RecordEvent):
    """Values changed: `changed` holds the ids of the fields (and of `owner`, `department`), `before` the record as it was."""

    changed: frozenset[str]
    before: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDeleted(RecordEvent):
    """It went to the recycle bin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRestored(RecordEvent):
    """It came back from the recycle bin."""
