"""Which records an actor may see and which of their fields may be used, as SQL: every list, count and figure starts from here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property

from sqlalchemy import ColumnElement, and_, case, false, or_, true
from sqlalchemy.orm import Session

from formwright.accounts.model import Actor
from formwright.errors import Invalid
from formwright.records.compute import Path
from formwright.records.guarding import reading_conditions
from formwright.records.parsing import may_read, unknown
from formwright.records.participants import participations
from formwright.records.reader import FormReader, reader_for
from formwright.records.rules import Rule
from formwright.records.sql import condition
from formwright.schema.model import SYSTEM_FIELDS, App


class Visible:
    """One form through one actor's eyes. A hidden field has no column here, exactly like one that does not exist."""

    def __init__(self, reader: FormReader) -> None:
        self.reader = reader
        self.layout = reader.layout
        self._conditions: dict[str, ColumnElement[bool]] = {}

    @cached_property
    def where(self) -> ColumnElement[bool]:
        """The records that exist for the actor: not deleted, and theirs by grant, by taking part, or as their own drafts."""
        table = self.layout.table
        alive = table.c.deleted_at.is_(None)
        if self.reader.actor.is_system:
            return and_(alive, ~table.c.draft)
        drafts = and_(table.c.draft, table.c.created_by == self.reader.actor.id)
        granted = self._granted()
        return and_(alive, or_(and_(~table.c.draft, granted), drafts))

    @cached_property
    def submitted(self) -> ColumnElement[bool]:
        """The same without drafts: what figures are made of."""
        return and_(self.where, ~self.layout.table.c.draft)

    def column(self, path: Path) -> ColumnElement[object] | None:
        """What stands for a field in SQL where its plain column would show too much; None where the plain column may stand."""
        column = self.layout.columns.get(path[0])
        if column is None:
            column = self.layout.system(path[0])
        if column is None or len(path) > 1:
            return None
        allowed = self._readable(path[0])
        return None if allowed is None else case((allowed, column), else_=None)

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
            reader = self.reader
            self._conditions[rule.text] = condition(
                rule.tree, self.layout, app=reader.app, session=reader.session, context=reader.context
            )
        return self._conditions[rule.text]

    def _granted(self) -> ColumnElement[bool]:
        if self.reader.sees_all:
            return true()
        conditions = [self.holds(each.rule) for each in self.reader.grants if "view" in each.rights.actions]
        for participation in participations.values():
            taking_part = participation.condition(self.reader.session, self.layout, self.reader.actor)
            if taking_part is not None:
                conditions.append(taking_part)
        return or_(false(), *conditions)

    def _readable(self, field_id: str) -> ColumnElement[bool] | None:
        """On which records the actor reads the field, of those that they see; None on all."""
        if reading_conditions(self.reader, (field_id,)) is None:
            return None
        conditions = [
            self.holds(each.rule)
            for each in self.reader.grants
            if "view" in each.rights.actions and may_read(each.rights.fields, (field_id,))
        ]
        if conditions and len(conditions) == sum("view" in each.rights.actions for each in self.reader.grants):
            if not participations:
                return None  # whatever shows the record shows the field
        return or_(false(), *conditions, *self._taking_part(field_id))

    def _taking_part(self, field_id: str) -> list[ColumnElement[bool]]:
        found = (
            each.field_condition(self.reader.session, self.layout, self.reader.actor, field_id)
            for each in participations.values()
        )
        return [each for each in found if each is not None]


def visible(session: Session, app: App, form_id: str, *, actor: Actor, now: datetime) -> Visible:
    """The one gate of every read that is not by id. Raises Missing where the app has no such form."""
    return Visible(reader_for(session, app, form_id, actor=actor, now=now))
