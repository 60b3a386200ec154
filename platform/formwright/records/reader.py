"""One actor before one form: which grants apply to them, and what these give on each record."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy.orm import Session

from formwright.accounts.directory import Directory, directory
from formwright.accounts.model import Actor
from formwright.database import per_transaction
from formwright.errors import Missing
from formwright.records.compute import Path
from formwright.records.context import StepContext, context_for
from formwright.records.model import ALL_RIGHTS, Record, Rights
from formwright.records.participants import participations
from formwright.records.permissions import readable, record_rights, right_of, united
from formwright.records.rules import GrantRule, rules_for
from formwright.records.titles import title_fields
from formwright.schema.model import App, FieldRights, Form, Grant
from formwright.storage.access import layout_for


class FormReader:
    """Lives for one transaction; nothing it found out is kept longer."""

    def __init__(self, session: Session, app: App, form_id: str, actor: Actor, now: datetime) -> None:
        if form_id not in app.forms:
            raise Missing(at=form_id)
        self.session = session
        self.app = app
        self.form = app.forms[form_id]
        self.actor = actor
        self.now = now
        self.rules = rules_for(app, form_id)
        self.layout = layout_for(session, app, form_id)
        self.context: StepContext = context_for(session, app, actor=actor, now=now)
        self._known_rights: dict[Any, tuple[Rights | None, FieldRights | None]] = {}
        self._titles_readable: dict[int, tuple[FieldRights, bool]] = {}
        known = directory(session)
        self.grants: tuple[GrantRule, ...] = tuple(
            each for each in self.rules.grants if is_for(each.grant, actor, known)
        )
        self._grants_always = all(each.rule.always for each in self.grants)

    @property
    def unbounded(self) -> bool:
        """Whether no grant is asked: administrators, and the system itself."""
        return self.actor.admin or self.actor.is_system

    @property
    def sees_all(self) -> bool:
        """Whether every record of the form that is no draft exists for the actor."""
        return self.unbounded or any(each.rule.always and "view" in each.rights.actions for each in self.grants)

    def rights(self, records: Collection[Record]) -> dict[int, Rights]:
        """What the actor may do with each record; those that do not exist for them are left out."""
        participation = {} if self.unbounded else self._participation(list(records))
        found: dict[int, Rights] = {}
        for record in records:
            if record.deleted_at is not None:
                continue
            if self.actor.is_system:
                found[record.id] = ALL_RIGHTS
                continue
            rights = self._rights(record, participation.get(record.id))
            if rights is not None:
                found[record.id] = rights
        return found

    def always_reads(self, field_id: str) -> bool:
        """Whether the actor sees every record of the form, with this field."""
        return self.unbounded or any(
            each.rule.always and "view" in each.rights.actions and readable(right_of(each.rights.fields, (field_id,)))
            for each in self.grants
        )

    def _rights(self, record: Record, participation: FieldRights | None) -> Rights | None:
        """The same object for records in the same position, so that whoever shows them works a thing out once."""
        holding = self._holding(record)
        mine = record.created_by == self.actor.id
        key = (tuple(map(id, holding)), record.draft and (1 + mine), record.in_flow, id(participation))
        if key not in self._known_rights:
            found = record_rights(record, holding, participation, admin=self.actor.admin, drafted_by_reader=mine)
            # `participation` is kept with it: an id says nothing about an object that is gone.
            self._known_rights[key] = (found, participation)
        return self._known_rights[key][0]

    def title_steps(self) -> Iterator[tuple[FormReader, str]]:
        """Every field that a title of this form is made of, with the reader of the form that has it: related records' too."""
        yield from ((self, field_id) for field_id in sorted(title_fields(self.rules)))
        for path in sorted(self.rules.title.paths) if self.rules.title else ():
            here: FormReader = self
            for step, following in pairwise(path):
                field = here.form.field(step)
                if field is None or field.type != "relation":
                    break
                here = self.beside(field.settings.form)
                yield here, following

    def shown_title(self, record: Record, rights: FieldRights) -> str:
        """How the actor may call the record; its number where the title is made of what they may not read."""
        if record.title and self._may_know_title(record, rights):
            return record.title
        return f"#{record.id}"

    def beside(self, form_id: str) -> FormReader:
        """The same actor before another form."""
        return reader_for(self.session, self.app, form_id, actor=self.actor, now=self.now)

    def _may_know_title(self, record: Record, rights: FieldRights) -> bool:
        if self.unbounded:
            return True
        known = self._titles_readable.get(id(rights))
        if known is None:
            told = all(readable(right_of(rights, (field_id,))) for field_id in title_fields(self.rules))
            known = self._titles_readable[id(rights)] = (
                rights,
                told,
            )  # with the rights themselves: their id stays theirs
        if not known[1]:
            return False
        paths = self.rules.title.paths if self.rules.title else ()
        return all(self._may_follow(record, path) for path in paths if len(path) > 1)

    def _may_follow(self, record: Record, path: Path) -> bool:
        """Whether the actor sees every record on the way of a path, with the field that is read there."""
        here, reader = record, self
        for step, following in pairwise(path):
            field = reader.form.field(step)
            if field is None or field.type != "relation":
                return True
            reader = reader.beside(field.settings.form)
            if following == path[-1] and reader.always_reads(following):
                return True
            target = self.context.loader.record(field.settings.form, here.values.get(step))
            if target is None:
                return True
            seen = reader.rights([target]).get(target.id)
            if seen is None or not readable(right_of(seen.fields, (following,))):
                return False
            here = target
        return True

    def creation(self) -> FieldRights | None:
        """The most that the actor may write in a new record; None when they may create none."""
        if self.unbounded:
            return ALL_RIGHTS.fields
        return creation_rights(self.form, self.actor, directory(self.session))

    def creation_of(self, record: Record) -> FieldRights | None:
        """What the actor may write in exactly this new record; None when no grant lets them create it."""
        if self.unbounded:
            return ALL_RIGHTS.fields
        holding = self._holding(record)
        return united(each.fields for each in holding) if any("create" in each.actions for each in holding) else None

    def _holding(self, record: Record) -> list[Rights]:
        if self.unbounded:
            return []
        if record.draft:  # a draft is not yet what any `records` rule speaks of
            return [each.rights for each in self.grants]
        if self._grants_always:
            return [each.rights for each in self.grants]
        values = self.context.loader.of(record)
        return [each.rights for each in self.grants if each.rule.always or each.rule(values, self.context) is True]

    def _participation(self, records: Sequence[Record]) -> Mapping[int, FieldRights]:
        found: dict[int, FieldRights] = {}
        for each in participations.values():
            for record_id, rights in each.rights(self.session, self.app, self.form, records, self.actor).items():
                found[record_id] = united((found[record_id], rights)) if record_id in found else rights
        return found


def creation_rights(form: Form, actor: Actor, known: Directory) -> FieldRights | None:
    """The most that the actor may write in a new record of the form; None when no grant lets them create one."""
    creating = [each.fields for each in form.grants if "create" in each.actions and is_for(each, actor, known)]
    return united(creating) if creating else None


def is_for(grant: Grant, actor: Actor, known: Directory) -> bool:
    """Whether a grant is meant for the actor; whom a rule finds is for the grant's own rule to say, record by record."""
    if grant.who == "role":
        return grant.value in actor.roles
    if grant.who == "department":
        below = known.departments_under(grant.value)
        return any(department in below for department in actor.departments)
    if grant.who == "member":
        return grant.value.strip().lower() == actor.email.lower()
    return True


def reader_for(session: Session, app: App, form_id: str, *, actor: Actor, now: datetime) -> FormReader:
    """The transaction's one reader of this form for this actor. Raises Missing where the app has no such form."""
    key = ("records.reader", app.id, app.publication, form_id, actor, now)
    return per_transaction(session, key, lambda: FormReader(session, app, form_id, actor, now))
