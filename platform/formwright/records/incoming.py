"""One column of a file, or one key of bulk JSON: turns what stands in it into typed values, each different text once."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from formwright.accounts.model import Actor
from formwright.records.lookups import RecordReferences
from formwright.records.mapping import ColumnMap, parse_date
from formwright.records.matching import People, only, records_with
from formwright.schema.field_types import BadValue, field_types
from formwright.schema.field_types.base import is_empty
from formwright.schema.model import App, Field, Form

MOST_REMEMBERED = 50_000


class World:
    """What values are looked up in, the same for all columns of one import."""

    def __init__(self, session: Session, app: App, form: Form, actor: Actor, now: datetime) -> None:
        self.session, self.app, self.form, self.actor, self.now = session, app, form, actor, now
        self.references = RecordReferences(session, app, actor, now)
        self.people = People(self.references.directory)


class Column:
    """Values for `field`, or for the system field `name` (owner, department) where `field` is None."""

    def __init__(self, name: str, field: Field | None, mapped: ColumnMap | None, world: World) -> None:
        self.name = name
        self.field = field
        self.at = f"/values/{name}"
        self.path = (name,)
        self._mapped = mapped or ColumnMap(name)
        self._from_file = mapped is not None
        self._world = world
        self._known: dict[Any, Any] = {}
        self._ids: dict[Any, list[int]] = {}
        self.skipped = False
        self.kind = field.type if field is not None else "member" if name == "owner" else name

    @classmethod
    def to_skip(cls, name: str, world: World) -> Column:
        """A column that the mapping leaves out."""
        column = cls(name, None, None, world)
        column.skipped = True
        return column

    @property
    def points_to(self) -> str | None:
        """The form whose records are found by a field of theirs."""
        return self.field.settings.form if self.field is not None and self._matches else None

    @property
    def _matches(self) -> bool:
        return self.kind == "relation" and self._mapped.match is not None

    def prepare(self, raws: Collection[Any]) -> None:
        """Look up together what `value` is going to be asked for."""
        if self.field is None or self.kind not in ("relation", "relations"):
            return
        if not self._matches:
            self._world.references.expect(self._world.form, {self.field.id: list(raws)})
            return
        wanted = set()
        for raw in raws:
            text = self._replaced(raw)
            if not is_empty(text) and text not in self._ids:
                try:
                    wanted.add((self._match_value(text),))
                except BadValue:
                    continue  # `value` says what is wrong with it, at its own row
        if wanted:
            world, match = self._world, self._mapped.match or ""
            form = self.field.settings.form
            found = records_with(world.session, world.app, form, [match], wanted, actor=world.actor, now=world.now)
            self._ids |= {key: ids for (key,), ids in found.items()}

    def value(self, raw: Any) -> Any:
        """The typed value; raises BadValue."""
        if not isinstance(raw, Hashable):
            return self._parse(raw)
        found = self._known.get(raw)
        if found is None:
            try:
                found = self._parse(raw)
            except BadValue as bad:
                found = bad
            if len(self._known) < MOST_REMEMBERED:
                self._known[raw] = found
        if isinstance(found, BadValue):
            raise found
        return found

    def forget_unfound(self) -> None:
        """What was not there may be there now."""
        self._known = {raw: value for raw, value in self._known.items() if not isinstance(value, BadValue)}

    def _replaced(self, raw: Any) -> Any:
        text = raw.strip() if self._from_file and isinstance(raw, str) else raw
        return self._mapped.values.get(text, text) if self._mapped.values and isinstance(text, str) else text

    def _parse(self, raw: Any) -> Any:
        raw = self._replaced(raw)
        if is_empty(raw):
            return field_types[self.field.type].parse(None, self.field, self._world.references) if self.field else None
        if self.kind == "member" and isinstance(raw, str) and self._from_file:
            return self._world.people.member(raw, self._mapped.match)
        if self.kind == "department" and isinstance(raw, str) and self._from_file:
            return self._world.people.department(raw, self._mapped.match)
        if self.field is None:
            find = self._world.people.member if self.kind == "member" else self._world.people.department
            return find(str(raw), "email" if self.kind == "member" else "id")
        if self._matches:
            return only(self._ids.get(self._match_value(raw)), raw)
        if self._mapped.format is not None and isinstance(raw, str):
            moment = parse_date(raw, self._mapped.format)
            raw = moment.date().isoformat() if self.kind == "date" else moment.isoformat()
        return field_types[self.field.type].parse(raw, self.field, self._world.references)

    def _match_value(self, raw: Any) -> Any:
        form = self._world.app.forms[self.field.settings.form] if self.field is not None else None
        target = form.field(self._mapped.match or "") if form is not None else None
        return raw if target is None else field_types[target.type].parse(raw, target, self._world.references)
