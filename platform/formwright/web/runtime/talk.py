"""What was said and done about a record, as the page beside it shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from formwright.accounts.directory import directory
from formwright.accounts.model import Member
from formwright.records.comments import Comment, comments
from formwright.records.history import Change, entries
from formwright.records.model import Record, Rights
from formwright.records.show import PageNames
from formwright.schema.field_types.base import BadValue, field_types
from formwright.schema.field_types.choices import option_label
from formwright.schema.model import App, Field, Form
from formwright.texts import show
from formwright.web.gate import Call

EVENTS_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Said:
    author: Member | None
    comment: Comment


@dataclass(frozen=True, slots=True)
class Done:
    """One save: who, when, and each change as (label, old text, new text)."""

    by: Member | None
    at: datetime
    kind: str
    changes: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Talk:
    comments: list[Said]
    events: list[Done]
    may_comment: bool


def talk(call: Call, app: App, form: Form, record: Record, rights: Rights) -> Talk:
    """Comments, oldest first, and the last saves, newest first, as the reader may know them."""
    said = comments(call.session, app, form.id, record.id, actor=call.actor, now=call.now)
    events = entries(call.session, form, record, rights.fields, limit=EVENTS_SHOWN)
    people = directory(call.session).show([*(each.author for each in said), *(each.by for each in events)])
    names = PageNames(call.session, app, actor=call.actor, now=call.now, language=call.language)
    return Talk(
        comments=[Said(people.get(each.author), each) for each in said],
        events=[
            Done(
                people.get(each.by) if each.by is not None else None,
                each.at,
                each.kind,
                list(_changes(form, each.changes, names)) if each.kind not in ("create", "submit") else [],
            )
            for each in events
        ],
        may_comment=bool(rights.actions & {"comment", "edit"}),
    )


def _changes(form: Form, changes: tuple[Change, ...], names: PageNames) -> Iterator[tuple[str, str, str]]:
    for change in changes:
        field_id, _, column_id = change.field.partition(".")
        field = form.field(field_id)
        if field is None:
            old, new = (
                names.member(int(each)) if each and str(each).isdigit() else str(each or "")
                for each in (change.old, change.new)
            )
            yield field_id, old, new
            continue
        label = show(field.label, names.language, field.id)
        column = field.column(column_id) if column_id else None
        if column is not None:
            yield (
                f"{label} · {show(column.label, names.language, column.id)}",
                _text(column, change.old, names),
                _text(column, change.new, names),
            )
        elif field.type != "rows":
            yield label, _text(field, change.old, names), _text(field, change.new, names)


class _Trusting:
    """History names what was valid when it was written: ids are taken as they stand."""

    def __init__(self, names: PageNames) -> None:
        self.timezone = names.timezone

    def member(self, text: str) -> int | None:
        return int(text) if text.isdigit() else None

    def department(self, text: str) -> str | None:
        return text

    def record(self, form: str, reference: Any) -> int | None:
        return int(reference) if str(reference).isdigit() else None

    def file(self, text: str) -> str | None:
        return text


def _text(field: Field, value: Any, names: PageNames) -> str:
    if value is None:
        return ""
    if field.type == "select":
        return option_label(field.settings, str(value), names.language)
    kind = field_types[field.type]
    try:
        return kind.show(kind.parse(value, field, _Trusting(names)), field, names.language, names)
    except BadValue:  # a value of an earlier definition of the field
        return str(value)
