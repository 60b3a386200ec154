"""Finds what the texts of a file mean, many at once: records by one of their fields, people by name, e-mail or id."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from formwright.accounts.directory import Directory
from formwright.accounts.model import Actor
from formwright.records.access import records_for
from formwright.records.permissions import readable
from formwright.schema.field_types import BadValue
from formwright.schema.model import App
from formwright.storage.access import layout_for
from formwright.texts import LANGUAGES, both, show

AT_ONCE = 500


def records_with(
    session: Session,
    app: App,
    form_id: str,
    fields: Collection[str],
    wanted: Iterable[tuple[Any, ...]],
    *,
    actor: Actor,
    now: datetime,
) -> dict[tuple[Any, ...], list[int]]:
    """The live records whose `fields` have these values and which the actor may see, in one query for some hundred values."""
    layout = layout_for(session, app, form_id)
    table, columns = layout.table, [layout.columns[each] for each in fields]
    keys = set(wanted)
    firsts = list({key[0] for key in keys})
    found: dict[tuple[Any, ...], list[int]] = {}
    for start in range(0, len(firsts), AT_ONCE):
        statement = (
            select(table.c.id, *columns)
            .where(columns[0].in_(firsts[start : start + AT_ONCE]), table.c.deleted_at.is_(None), ~table.c.draft)
            .order_by(table.c.id)
        )
        for record_id, *key in session.connection().execute(statement):
            if tuple(key) in keys:
                found.setdefault(tuple(key), []).append(record_id)
    if actor.admin or actor.is_system:
        return found
    ids = sorted(id for several in found.values() for id in several)
    visible = records_for(session, app, form_id, ids, actor=actor, now=now)
    seen = {id for id, (_, rights) in visible.items() if all(readable(rights.fields.of(each)) for each in fields)}
    return {key: kept for key, several in found.items() if (kept := [id for id in several if id in seen])}


def only(found: Collection[int] | None, text: object) -> int:
    """The one of `found`; raises BadValue `no_match` or `several_matches`."""
    if not found:
        raise BadValue("no_match", both(f"没有找到“{text}”", f'Nothing is called "{text}"'))
    if len(found) > 1:
        raise BadValue("several_matches", both(f"“{text}”不止一个", f'More than one is called "{text}"'))
    return next(iter(found))


class People:
    """Members and departments by what a file calls them."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._names: dict[str, list[int]] = {}
        for profile in directory.organisation.profiles.values():
            self._names.setdefault(_folded(profile.name), []).append(profile.id)
        self._departments: dict[str, list[str]] = {}
        for department in directory.organisation.departments.values():
            for name in {_folded(show(department.name, language)) for language in LANGUAGES}:
                self._departments.setdefault(name, []).append(department.id)

    def member(self, text: str, match: str | None) -> int:
        """By e-mail or id, or by name where `match` says so or nothing else is found. Raises BadValue."""
        if match != "name":
            found = self._directory.find(text)
            if found is not None or match is not None:
                return only([] if found is None else [found], text)
        return only(self._names.get(_folded(text)), text)

    def department(self, text: str, match: str | None) -> str:
        """By id, or by name in either language. Raises BadValue."""
        found = self._directory.department(text) if match != "name" else None
        if found is not None:
            return found.id
        named: Mapping[str, list[str]] = {} if match == "id" else self._departments
        several = named.get(_folded(text), [])
        if len(several) != 1:
            only(range(len(several)), text)
        return several[0]


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
