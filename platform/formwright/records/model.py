"""The nouns of records: a record as it is kept, a page of them, and what a reader may do with one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from formwright.schema.model import ACTIONS, FieldRights

DRAFT = "draft"
LIVE_FLOW = frozenset({"running", "suspended", "error"})
"""Values of `flow_status` with which an instance is at work: grants then give at most `view`."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record with all its values, whoever reads it; `show.dump_record` cuts it to a reader's rights.

    `values` holds canonical values by field id (`docs/architecture.md`, Conventions); `version` starts at 1.
    """

    id: int
    app: str
    form: str
    version: int
    values: Mapping[str, Any]
    title: str
    created_at: datetime
    updated_at: datetime
    created_by: int | None = None
    updated_by: int | None = None
    owner: int | None = None
    department: str | None = None
    draft: bool = False
    flow_status: str | None = None
    flow_nodes: tuple[str, ...] = ()
    deleted_at: datetime | None = None

    @property
    def in_flow(self) -> bool:
        """Whether an instance is at work on it."""
        return self.flow_status in LIVE_FLOW

    def system(self) -> dict[str, Any]:
        """The system fields by the names that rules, filters and the API use."""
        return {
            "id": self.id,
            "version": Decimal(self.version),
            "owner": self.owner,
            "department": self.department,
            "created_by": self.created_by,
            "created_at": self.created_at,
            "updated_by": self.updated_by,
            "updated_at": self.updated_at,
            "flow_status": DRAFT if self.draft else self.flow_status,
            "flow_node": self.flow_nodes,
        }


@dataclass(frozen=True, slots=True)
class Rights:
    """What one reader may do with one record."""

    fields: FieldRights
    actions: frozenset[str]


ALL_RIGHTS = Rights(FieldRights(rest="edit"), frozenset(ACTIONS))
"""Administrators and the system itself."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many records match; `more` when counting stopped at `value`."""

    value: int
    more: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, in order, with each record's rights for the reader; `next_cursor` is None on the last page."""

    records: tuple[Record, ...]
    rights: Mapping[int, Rights] = field(default_factory=dict)
    next_cursor: str | None = None
    count: Count | None = None
