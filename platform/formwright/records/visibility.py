"""Which records an actor may see and which of their fields may be used, as SQL: every list, count and figure starts from here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, case, exists, false, null, or_, true
from sqlalchemy.orm import Session

from formwright.accounts.model import Actor
from formwright.errors import Invalid
from formwright.records import query
from formwright.records.compute import Path
from formwright.records.guarding import reading_conditions, shown_by_every_grant
from formwright.records.parsing import may_read, unknown
from formwright.records.participants import participations
from formwright.records.reader import FormReader, reader_for
from formwright.records.rules import Rule
from formwright.records.sql import condition
from formwright.schema.model import SYSTEM_FIELDS, App
from formwright.schema.reading import bad_text
from formwright.storage.layout import FormLayout
from formwright.texts import both
from formwright_rules.tree import Expression

LONGEST_SEARCH = 200


class Visible:
    """One form through one actor's eyes. A hidden field has no column here, exactly like one that does not exist."""

    def __init__(self, reader: FormReader) -> None:
        self.reader = reader
        self.layout = reader.layout
        self._conditions: dict[str, ColumnElement[bool]] = {}

    @cached_property
    def where(self) -> ColumnElement[bool]:
        """The records that exist for the actor: not deleted, and theirs by grant, by taking part, or as their own drafts."""
        return and_(self.layout.table.c.deleted_at.is_(None), or_(*self.parts))

    @cached_property
    def parts(self) -> tuple[ColumnElement[bool], ...]:
        """The same as conditions that no record meets twice: what is submitted and theirs to see, their own drafts."""
        table = self.layout.table
        if self.reader.actor.is_system:
            return (~table.c.draft,)
        own_drafts = and_(table.c.draft, table.c.created_by == self.reader.actor.id)
        return and_(~table.c.draft, self._granted()), own_drafts

    @cached_property
    def submitted(self) -> ColumnElement[bool]:
        """The same without drafts: what figures are made of."""
        return and_(self.where, ~self.layout.table.c.draft)

    def column(self, path: Path, layout: FormLayout, table: FromClause) -> ColumnElement[Any] | None:
        """What a rule of the actor's reads for a field, here or in a related record; None: its column, which they may read.

        Empty wherever the actor does not see the record or may not read the field. `table` is where the record lies.
        """
        rows = layout.rows.get(path[-2]) if len(path) > 1 and "record_id" in table.c else None
        if rows is not None:
            if layout is not self.layout:
                return None if reading_conditions(self.reader.beside(layout.form.id), path[-2:]) is None else null()
            allowed = self._readable(path[-2])
            return None if allowed is None else case((allowed, table.c[rows.columns[path[-1]].name]), else_=None)
        if layout is self.layout and table is layout.table:
            allowed = self._readable(path[-1])
        else:
            allowed = self._readable_there(layout, table, path[-1])
        if allowed is None:
            return None
        column = layout.columns.get(path[-1])
        if column is None:
            column = layout.system(path[-1])
        return None if column is None else case((allowed, table.c[column.name]), else_=None)

    def sort_column(self, path: Path, layout: FormLayout, table: FromClause) -> ColumnElement[Any] | None:
        """The same for sorting, where a relation stands for the other record's title: only where the actor may see that."""
        guarded = self.column(path, layout, table)
        field = layout.form.field(path[0])
        if field is None or field.type != "relation":
            return guarded
        there = self.reader.beside(field.settings.form)
        steps = [(there, "id"), *there.title_steps()]
        if all(reading_conditions(reader, (field_id,)) is None for reader, field_id in steps):
            return guarded
        if any(
            reading_conditions(reader, (field_id,)) is not None for reader, field_id in steps if reader is not there
        ):
            return null()  # whether the title may be known depends on records behind the other one
        told = [field_id for reader, field_id in steps if reader is there]
        column = layout.columns[path[0]] if guarded is None else guarded
        other = there.layout.table.alias()
        tests = [self._readable_there(there.layout, other, each) for each in told]
        shown = exists().where(other.c.id == column, *(test for test in tests if test is not None))
        return case((shown.correlate_except(other), column), else_=None)

    def search(self, q: str) -> ColumnElement[bool]:
        """Whether every word of `q` stands in what the actor may read of a record: its title, its texts.

        Raises Invalid `bad_text` for what no database takes, `too_long`.
        """
        if bad_text(q) or len(q) > LONGEST_SEARCH:
            code = "bad_text" if bad_text(q) else "too_long"
            message = both(
                f"搜索最多 {LONGEST_SEARCH} 个字符", f"A search has at most {LONGEST_SEARCH} plain characters"
            )
            raise Invalid(code, message, at="q")
        fields, title = self._searched
        return query.search(self.reader.session, self.layout, q, fields=fields, title=title, columns=self.column)

    @cached_property
    def _searched(self) -> tuple[frozenset[str], bool]:
        """The text fields that a search may look at, and whether it may look at titles: only what is readable everywhere it shows."""
        fields = frozenset(field.id for field in self.reader.form.fields if self.can_use(field.id))
        here = (field_id for reader, field_id in self.reader.title_steps() if reader is self.reader)
        beyond = ((reader, field_id) for reader, field_id in self.reader.title_steps() if reader is not self.reader)
        return fields, all(self.can_use(each) and self._readable(each) is None for each in here) and all(
            reading_conditions(reader, (field_id,)) is None for reader, field_id in beyond
        )

    def can_use(self, field_id: str) -> bool:
        """Whether the actor may read the field on any record, so that it may be named in a sort, a group or `fields`."""
        known = self.reader.form.field(field_id) is not None or field_id in SYSTEM_FIELDS
        if not known or self.reader.unbounded:
            return known
        return any(may_read(each.rights.fields, (field_id,)) for each in self.reader.grants) or bool(
            self._taking_part(field_id)
        )

    def refuse_unknown(self, fields: Iterable[str], at: str) -> None:
        """Raises Invalid `unknown_field` for names that are no fields, or not for this actor."""
        usable = [field.id for field in self.reader.form.fields if self.can_use(field.id)]
        problems = [unknown(field_id, at, usable) for field_id in fields if not self.can_use(field_id)]
        if problems:
            raise Invalid(problems=problems)

    def holds(self, rule: Rule) -> ColumnElement[bool]:
        """A rule of the app's own as SQL."""
        if rule.text not in self._conditions:
            self._conditions[rule.text] = self._condition(rule, self.reader, None)
        return self._conditions[rule.text]

    def _condition(self, rule: Rule, reader: FormReader, table: FromClause | None) -> ColumnElement[bool]:
        tree = rule.tree
        if not isinstance(tree, Expression):
            raise TypeError("the rule of a grant is an expression")
        return condition(
            tree, reader.layout, app=reader.app, session=reader.session, context=reader.context, table=table
        )

    def _readable_there(self, layout: FormLayout, table: FromClause, field_id: str) -> ColumnElement[bool] | None:
        reader = self.reader.beside(layout.form.id)
        if reading_conditions(reader, (field_id,)) is None:
            return None
        return or_(false(), *(self._condition(rule, reader, table) for rule in showing(reader, field_id)))

    def _granted(self) -> ColumnElement[bool]:
        if self.reader.sees_all:
            return true()
        return or_(false(), *(self.holds(rule) for rule in showing(self.reader, None)), *self._takes_part)

    @cached_property
    def _takes_part(self) -> list[ColumnElement[bool]]:
        found = (
            each.condition(self.reader.session, self.layout, self.reader.actor) for each in participations.values()
        )
        return [each for each in found if each is not None]

    def _readable(self, field_id: str) -> ColumnElement[bool] | None:
        """On which records of the form itself the actor reads the field, of those that they see; None on all."""
        if reading_conditions(self.reader, (field_id,)) is None:
            return None
        taking_part = self._taking_part(field_id)
        if shown_by_every_grant(self.reader, (field_id,)) and (
            field_id in SYSTEM_FIELDS or _alike(taking_part, self._takes_part)
        ):
            return None  # whatever shows the record shows the field; a bare column keeps its index
        return or_(false(), *(self.holds(rule) for rule in showing(self.reader, field_id)), *taking_part)

    def _taking_part(self, field_id: str) -> list[ColumnElement[bool]]:
        found = (
            each.field_condition(self.reader.session, self.layout, self.reader.actor, field_id)
            for each in participations.values()
        )
        return [each for each in found if each is not None]


def _alike(some: Sequence[ColumnElement[bool]], others: Sequence[ColumnElement[bool]]) -> bool:
    return len(some) == len(others) and all(one.compare(other) for one, other in zip(some, others, strict=True))


def showing(reader: FormReader, field_id: str | None) -> list[Rule]:
    """The rules of the grants that show the actor a record, with this field where one is named."""
    return [
        each.rule
        for each in reader.grants
        if "view" in each.rights.actions and (field_id is None or may_read(each.rights.fields, (field_id,)))
    ]


def visible(session: Session, app: App, form_id: str, *, actor: Actor, now: datetime) -> Visible:
    """The one gate of every read that is not by id. Raises Missing where the app has no such form."""
    return Visible(reader_for(session, app, form_id, actor=actor, now=now))
