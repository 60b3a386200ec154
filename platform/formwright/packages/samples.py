"""Sample data of a package: the people it names, then its records, form after form in the order of their relations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from formwright.accounts.access import departments, members, roles
from formwright.accounts.model import Actor
from formwright.accounts.operations import import_org
from formwright.packages import tables
from formwright.packages.folder import Package
from formwright.records.importing import Failed, import_rows
from formwright.records.mapping import ImportMap, guess_map, read_map
from formwright.records.operations import delete as delete_record
from formwright.records.sheets import read_table
from formwright.schema.access import app_for
from formwright.schema.model import App, Form

EVERYONE = 1_000_000


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one form's sample records."""

    form: str
    inserted: int
    failed: tuple[Failed, ...]


def import_samples(
    session: Session, app: App, package: Package, *, actor: Actor, now: datetime
) -> tuple[Imported, ...]:
    """Bring in the package's sample people and records; every row that cannot be taken is in the answer."""
    if package.org is not None:
        import_org(session, _newcomers(session, package.org), actor=actor, now=now)
    done = []
    for form in in_order(app):
        if form.id in package.data:
            done.append(_import_form(session, app, form, package, actor=actor, now=now))
    return tuple(done)


def remove_samples(session: Session, app_id: str, *, actor: Actor, now: datetime) -> int:
    """Move every record that came as sample data, and is still there, to the recycle bin; the number of them."""
    app = app_for(session, app_id)
    kept = tables.sample_record
    rows = session.execute(select(kept.c.form, kept.c.record).where(kept.c.app == app_id)).all()
    for form_id, record in rows:
        delete_record(session, app, form_id, record, actor=actor, now=now)
    session.execute(delete(kept).where(kept.c.app == app_id))
    return len(rows)


def in_order(app: App) -> Iterator[Form]:
    """The app's forms, each after the forms that its relations name, as far as there is such an order."""
    left = dict(app.forms)
    while left:
        free = [form for form in left.values() if not (_targets(form) - {form.id}) & set(left)]
        for form in free or [next(iter(left.values()))]:
            yield left.pop(form.id)


def _targets(form: Form) -> set[str]:
    return {each.settings.form for _, each in form.every_field() if each.type == "relation"}


def _import_form(session: Session, app: App, form: Form, package: Package, *, actor: Actor, now: datetime) -> Imported:
    header, rows = read_table(package.data[form.id], f"{form.id}.csv")
    mapping = (
        read_map(package.maps[form.id], app, form.id) if form.id in package.maps else guess_map(header, app, form.id)
    )
    lines = list(rows)
    # A record may name another of the same file as its parent: those columns come when all of them are there.
    own = {
        name: column
        for name, column in mapping.columns.items()
        if (field := form.field(column.field)) is not None
        and field.type == "relation"
        and field.settings.form == form.id
    }
    first = replace(
        mapping,
        columns={name: column for name, column in mapping.columns.items() if name not in own},
        skip=mapping.skip | frozenset(own),
    )
    report = import_rows(
        session, app, form.id, lines, mode="insert", key=(), atomic=False, actor=actor, now=now, mapping=first
    )
    failed = list(report.failed)
    if own and mapping.key:
        failed += _import_own(session, app, form, mapping, own, lines, actor=actor, now=now)
    if report.ids:
        session.execute(
            insert(tables.sample_record), [{"app": app.id, "form": form.id, "record": record} for record in report.ids]
        )
    return Imported(form.id, report.inserted, tuple(failed))


def _import_own(
    session: Session,
    app: App,
    form: Form,
    mapping: ImportMap,
    own: Mapping[str, Any],
    lines: list[dict[str, str]],
    *,
    actor: Actor,
    now: datetime,
) -> list[Failed]:
    keys = {name: column for name, column in mapping.columns.items() if column.field in mapping.key}
    second = replace(
        mapping,
        columns={**keys, **own},
        skip=mapping.skip | (frozenset(mapping.columns) - frozenset(keys) - frozenset(own)),
    )
    related = [line for line in lines if any(line.get(name) for name in own)]
    report = import_rows(
        session,
        app,
        form.id,
        related,
        mode="update",
        key=mapping.key,
        atomic=False,
        actor=actor,
        now=now,
        mapping=second,
    )
    return list(report.failed)


def _newcomers(session: Session, org: Any) -> dict[str, Any]:
    """Of an organisation's document only the departments, roles and members that are not here yet."""
    known = {
        "departments": {each.id for each in departments(session)},
        "roles": {each.id for each in roles(session)},
        "members": {each.email for each in members(session, active=None, limit=EVERYONE)},
    }
    return {
        part: [
            entry
            for entry in org.get(part) or ()
            if entry.get("email" if part == "members" else "id") not in known[part]
        ]
        for part in known
    }
