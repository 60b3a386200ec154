"""Which indexes a form has: some always, and those that its saved views ask for; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from formwright.schema.model import View
from formwright.storage.layout import FormLayout
from formwright.storage.types import Choices, Json
from formwright_rules import RuleError, parse
from formwright_rules.tree import Chain, Compare, Expression, Literal, Name

BUDGET = 8
"""Secondary indexes that views may bring a form to; each one costs a share of every insert."""

LIVE = "deleted_at IS NULL"


@dataclass(frozen=True)
class Index:
    """`columns` are physical names, with a leading `-` for descending; the name is made from the definition."""

    table: str
    columns: tuple[str, ...]
    where: str = ""
    unique: bool = False
    path: str = ""
    """The field that a unique index is about."""

    @cached_property
    def name(self) -> str:
        definition = f"{self.table} {self.columns} {self.where} {self.unique}"
        return f"ix_{hashlib.sha1(definition.encode(), usedforsecurity=False).hexdigest()[:12]}"

    @property
    def sql(self) -> str:
        columns = ", ".join(f"{column[1:]} DESC" if column.startswith("-") else column for column in self.columns)
        where = f" WHERE {self.where}" if self.where else ""
        return f"CREATE {'UNIQUE ' if self.unique else ''}INDEX {self.name} ON {self.table} ({columns}){where}"


def indexes(layout: FormLayout, dialect: str) -> tuple[Index, ...]:
    """Every index of the form's tables besides the primary keys."""
    table = layout.table
    not_draft, is_draft = ("draft = 0", "draft = 1") if dialect == "sqlite" else ("NOT draft", "draft")
    always = [Index(table.name, (*first, "created_at", "id"), LIVE) for first in ((), ("owner",), ("department",))]
    drafts = Index(table.name, ("created_by",), f"{LIVE} AND {is_draft}")
    pointing = [Index(table.name, (layout.columns[each].name,), LIVE) for each in _relations(layout)]
    unique = [
        Index(table.name, (layout.columns[each.id].name,), f"{LIVE} AND {not_draft}", unique=True, path=each.id)
        for each in layout.form.fields
        if each.unique and each.id in layout.columns
    ]
    lists = _merged([*always, *pointing])
    room = max(BUDGET - len(lists), 2)
    for view in layout.form.views:
        wanted = _for_view(layout, view)
        if wanted is not None:
            merged = _merged([*lists, wanted])
            if len(merged) <= len(lists):
                lists = merged
            elif room:
                lists, room = merged, room - 1
    return (*lists, drafts, *unique, *_of_rows(layout))


def _relations(layout: FormLayout) -> Iterator[str]:
    for each in layout.form.fields:
        if each.type == "relation" and each.id in layout.columns:
            yield each.id


def _of_rows(layout: FormLayout) -> Iterator[Index]:
    for rows in layout.rows.values():
        yield Index(rows.table.name, ("record_id", "pos"))
        for each in rows.field.fields:
            if each.type == "relation" and each.id in rows.columns:
                yield Index(rows.table.name, (rows.columns[each.id].name, "record_id"))


def _for_view(layout: FormLayout, view: View) -> Index | None:
    """Equality conditions, then the sort columns, then the id, which keeps the order of pages total."""
    sort = view.sort or ("-created_at",)
    equal = [name for each in _equalities(view.filter) if (name := _indexable(layout, each)) is not None]
    if not view.sort and not equal:
        return None
    ordered = []
    for each in sort:
        name = _indexable(layout, each.lstrip("-"))
        if name is None:
            return None
        ordered.append((name, each.startswith("-")))
    # An index is read in both directions, so only a change of direction within it has to be said.
    first = ordered[0][1]
    columns = [f"-{name}" if descending is not first else name for name, descending in ordered if name not in equal]
    return Index(layout.table.name, (*dict.fromkeys(equal), *columns, "id"), LIVE)


def _indexable(layout: FormLayout, field_id: str) -> str | None:
    column = layout.columns.get(field_id)
    if column is None:
        column = layout.system(field_id)
    if column is None or column.name == "id" or isinstance(column.type, Choices | Json):
        return None
    return column.name


def _equalities(rule: str | None) -> Iterator[str]:
    """Field ids that the filter compares with one value, in conditions that must all hold."""
    if not rule:
        return
    try:
        tree = parse(rule)
    except RuleError:
        return
    conditions: Sequence[Expression] = [tree] if isinstance(tree, Expression) else []
    if isinstance(tree, Chain) and set(tree.operators) == {"and"}:
        conditions = tree.operands
    for each in conditions:
        if isinstance(each, Compare) and each.operator == "=" and isinstance(each.left, Name):
            if _is_one_value(each.right):
                yield each.left.id


def _is_one_value(side: Expression) -> bool:
    if isinstance(side, Literal):
        return side.value is not None
    return isinstance(side, Name) and side.id in ("me", "initiator")


def _merged(wanted: list[Index]) -> list[Index]:
    """Without those that another one serves as well, being the beginning of it."""
    kept: list[Index] = []
    for each in sorted(dict.fromkeys(wanted), key=lambda index: -len(index.columns)):
        if not any(other.where == each.where and other.columns[: len(each.columns)] == each.columns for other in kept):
            kept.append(each)
    return [each for each in dict.fromkeys(wanted) if each in kept]
