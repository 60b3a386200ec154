"""The whole organisation as one immutable value of one revision: who reports to whom, who is in which department and role."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from formwright.accounts import tables
from formwright.accounts.calendar import WorkCalendar
from formwright.accounts.model import Actor, Department, Profile, Proxy, Role
from formwright.accounts.site import SiteSettings, stored_settings, write_settings
from formwright.database import database_of, per_transaction
from formwright.prepared import Prepared

T = TypeVar("T")

REVISION = "organisation"
DIRECTORY = "directory"
SITE = "site"


@dataclass(frozen=True)
class Organisation:
    """Members are keyed by id, departments and roles by theirs; `profiles` are in the order of their e-mail."""

    profiles: Mapping[int, Profile]
    departments: Mapping[str, Department]
    roles: Mapping[str, Role]
    proxies: tuple[Proxy, ...] = ()
    site: SiteSettings = field(default_factory=SiteSettings)
    known: dict[Hashable, tuple[Any, ...]] = field(default_factory=dict, compare=False, repr=False)

    def once(self, question: Hashable, answer: Callable[[], tuple[T, ...]]) -> tuple[T, ...]:
        """What `answer` gave to `question` at its first time: a revision never changes, so neither does an answer."""
        found = self.known.get(question)
        if found is None:
            found = self.known[question] = answer()
        return found

    @cached_property
    def rank(self) -> Mapping[int, int]:
        """The place of each member in the order of e-mail."""
        return {id: place for place, id in enumerate(self.profiles)}

    @cached_property
    def by_email(self) -> Mapping[str, int]:
        return {profile.email: profile.id for profile in self.profiles.values()}

    @cached_property
    def calendar(self) -> WorkCalendar:
        return WorkCalendar(self.site.calendar)

    @cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """Departments directly below each department, by id."""
        return _grouped((d.parent, d.id) for d in sorted(self.departments.values(), key=lambda d: d.id) if d.parent)

    @cached_property
    def reports(self) -> Mapping[int, tuple[int, ...]]:
        """Members, active or not, who report directly to each member."""
        return _grouped((p.manager, p.id) for p in self.profiles.values() if p.manager is not None)

    @cached_property
    def in_role(self) -> Mapping[str, tuple[int, ...]]:
        """Active members of each role."""
        return _grouped((role, p.id) for p in self.profiles.values() if p.active for role in p.roles)

    @cached_property
    def in_department(self) -> Mapping[str, tuple[int, ...]]:
        """Active members directly in each department."""
        return _grouped((d, p.id) for p in self.profiles.values() if p.active for d in p.departments)

    @cached_property
    def administrators(self) -> tuple[int, ...]:
        return tuple(p.id for p in self.profiles.values() if p.active and p.admin)

    def actor(self, member: int) -> Actor:
        profile = self.profiles[member]
        return Actor(
            id=profile.id,
            email=profile.email,
            name=profile.name,
            language=profile.language or self.site.language,
            admin=profile.admin,
            manager=profile.manager,
            departments=profile.departments,
            roles=frozenset(profile.roles),
        )


def organisation(session: Session) -> Organisation:
    """The organisation as this transaction sees it; kept between transactions only while its revision is the stored one."""
    return per_transaction(session, REVISION, lambda: _current(session))


@contextmanager
def changing(session: Session) -> Iterator[Organisation]:
    """The organisation before a change, which gets a new revision; whoever changes it waits for whoever does so already."""
    if session.connection().execute(_REVISION.with_for_update()).scalar() is None:
        renew(session)
    _forget(session)
    yield organisation(session)
    renew(session)


def save_site(session: Session, settings: SiteSettings) -> None:
    """Store the site's settings; called within `changing`."""
    _set(session, SITE, write_settings(settings))


def renew(session: Session) -> None:
    """Give the organisation its next revision: whoever asks from now on, also in this transaction, reads it anew."""
    # Random, not counted: a number that was rolled back could come again for another content.
    _set(session, REVISION, secrets.token_hex(8))
    _forget(session)


def _forget(session: Session) -> None:
    for key in (REVISION, DIRECTORY):
        session.info.get("per_transaction", {}).pop(key, None)


class _Kept:
    """The last organisation that was read; one attribute, so that no thread sees a revision with another's content."""

    latest: tuple[object, Organisation] | None = None


def _current(session: Session) -> Organisation:
    kept = database_of(session).cached(REVISION, _Kept)
    connection = session.connection()
    revision = _revision(session)
    while True:
        latest = kept.latest
        if latest is not None and revision is not None and latest[0] == revision:
            return latest[1]
        value = _load(connection)
        # On PostgreSQL each statement sees what was committed when it began: what was read may be a mixture.
        if (again := _revision(session)) == revision:
            if revision is not None:
                kept.latest = (revision, value)
            return value
        revision = again


def _revision(session: Session) -> object:
    found = _PREPARED_REVISION.first(session, {})
    return None if found is None else found["value"]


def _load(connection: Connection) -> Organisation:
    departments = _grouped(tuple(row) for row in connection.execute(_MEMBERSHIPS))
    roles = _grouped(tuple(row) for row in connection.execute(_MEMBER_ROLES))
    profiles = {
        row.id: Profile(
            id=row.id,
            email=row.email,
            name=row.name,
            language=row.language,
            manager=row.manager,
            admin=row.admin,
            active=row.active,
            departments=departments.get(row.id, ()),
            roles=roles.get(row.id, ()),
        )
        for row in sorted(connection.execute(_MEMBERS), key=lambda row: str(row.email))
    }
    stored = connection.execute(select(tables.site_setting.c.value).where(tables.site_setting.c.id == SITE)).scalar()
    return Organisation(
        profiles=profiles,
        departments={r.id: Department(r.id, r.name, r.parent, r.head) for r in connection.execute(_DEPARTMENTS)},
        roles={r.id: Role(r.id, r.name) for r in connection.execute(_ROLES)},
        proxies=tuple(
            Proxy(r.id, r.member, r.proxy, r.first, r.last, tuple(r.flows), r.move_open)
            for r in connection.execute(_PROXIES)
        ),
        site=stored_settings(stored) if stored else SiteSettings(),
    )


def _set(session: Session, id: str, value: Any) -> None:
    insert = sqlite.insert if database_of(session).kind == "sqlite" else postgresql.insert
    statement = insert(tables.site_setting).values(id=id, value=value)
    session.execute(statement.on_conflict_do_update(index_elements=["id"], set_={"value": value}))


def _grouped(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, tuple[Any, ...]]:
    groups: dict[Any, list[Any]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return {key: tuple(values) for key, values in groups.items()}


_REVISION = select(tables.site_setting.c.value).where(tables.site_setting.c.id == REVISION)
_PREPARED_REVISION = Prepared(_REVISION)
_MEMBERS = select(
    *(tables.member.c[name] for name in ("id", "email", "name", "language", "manager", "admin", "active"))
)
_MEMBERSHIPS = select(tables.membership.c.member, tables.membership.c.department).order_by(
    tables.membership.c.member, tables.membership.c.position
)
_MEMBER_ROLES = select(tables.member_role.c.member, tables.member_role.c.role).order_by(
    tables.member_role.c.member, tables.member_role.c.role
)
_DEPARTMENTS = select(tables.department).order_by(tables.department.c.id)
_ROLES = select(tables.role).order_by(tables.role.c.id)
_PROXIES = select(tables.proxy).order_by(tables.proxy.c.id)
