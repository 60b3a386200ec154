"""The catalogue of acts: importing this package registers every built-in one."""

from __future__ import annotations

from formwright.records.act_types import create, delete, for_each, mail, notify, set_fields, update, upsert
from formwright.records.act_types.base import ActPlace, ActType, Effect, act_types, run_acts

__all__ = [
    "ActPlace",
    "ActType",
    "Effect",
    "act_types",
    "create",
    "delete",
    "for_each",
    "mail",
    "notify",
    "run_acts",
    "set_fields",
    "update",
    "upsert",
]
