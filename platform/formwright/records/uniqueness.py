"""Unique fields: asked before the write for a friendly answer, and held by an index where two savers come at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import literal, select, union_all
from sqlalchemy.orm import Session

from formwright.errors import Invalid, Problem
from formwright.records.working import Working
from formwright.schema.model import Field
from formwright.storage.layout import FormLayout
from formwright.texts import both, show
from formwright_rules.values import is_empty


def refuse_doubles(session: Session, layout: FormLayout, working: Working, changed: Collection[str]) -> None:
    """Raises Invalid `unique` for each changed unique field whose value another live record holds, and for double rows."""
    problems = list(_double_rows(working, changed))
    asked = {
        field.id: working.values[field.id]
        for field in working.form.fields
        if field.unique
        and field.id in changed
        and field.id in layout.columns
        and not is_empty(working.values[field.id])
    }
    table = layout.table
    if asked:
        questions = [
            select(literal(field_id).label("field")).where(
                layout.columns[field_id] == value,
                table.c.deleted_at.is_(None),
                ~table.c.draft,
                table.c.id != working.system["id"],
            )
            for field_id, value in asked.items()
        ]
        taken = set(session.connection().execute(union_all(*questions)).scalars())
        problems += [taken_already(field, f"/values/{field.id}") for field in working.form.fields if field.id in taken]
    if problems:
        raise Invalid(problems=problems)


def not_unique(working: Working, said: str, layout: FormLayout) -> Invalid:
    """The answer when a unique index objected; `said` is the database's message, which names the column."""
    for field in working.form.fields:
        if field.unique and field.id in layout.columns and layout.columns[field.id].name in said:
            return Invalid(problems=[taken_already(field, f"/values/{field.id}")])
    return Invalid("unique", both("已有相同的值", "Another record has the same value"))


def _double_rows(working: Working, changed: Collection[str]) -> Iterator[Problem]:
    for rows in working.form.fields:
        for column in rows.fields if rows.id in changed else ():
            if column.unique:
                yield from _doubles(rows.id, column, working.values[rows.id] or ())


def _doubles(rows_id: str, column: Field, rows: Collection[Mapping[str, Any]]) -> Iterator[Problem]:
    seen: set[Any] = set()
    for number, row in enumerate(rows):
        value = row.get(column.id)
        if not is_empty(value) and value in seen:
            yield taken_already(column, f"/values/{rows_id}/{number}/{column.id}")
        seen.add(value)


def taken_already(field: Field, at: str) -> Problem:
    zh, en = show(field.label, "zh", field.id), show(field.label, "en", field.id)
    return Problem(at, "unique", both(f"已有{zh}相同的记录", f"Another record has the same {en}"))
