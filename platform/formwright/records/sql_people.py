"""Attributes of members and departments as sub-queries on the accounts' tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from formwright.accounts.tables import department as departments
from formwright.accounts.tables import member as members
from formwright.accounts.tables import member_role, membership


def person_attribute(
    of: ColumnElement[Any], name: str, item: ColumnElement[Any] | None, *, department: bool = False
) -> ColumnElement[Any]:
    """`name` of the member (or department) `of`. For `roles` and `departments`: whether the list holds `item` (None: any)."""
    if name == "roles":
        return _listed(member_role, "role", of, item)
    if name == "departments":
        return _listed(membership, "department", of, item)
    if name == "department":
        table = membership.alias()
        found = sa.select(table.c.department).where(table.c.member == of, table.c.position == 0)
    else:
        table = (departments if department else members).alias()
        found = sa.select(table.c[name]).where(table.c.id == of)
    return found.correlate_except(table).scalar_subquery()


def _listed(
    source: sa.Table, column: str, member: ColumnElement[Any], item: ColumnElement[Any] | None
) -> ColumnElement[bool]:
    table = source.alias()
    found: sa.Select[Any] = sa.select(sa.literal_column("1")).where(table.c.member == member)
    if item is not None:
        found = found.where(table.c[column] == item)
    return sa.exists(found.correlate_except(table))
