"""Answers who is who: the organisation as the rule language asks for it, the same throughout one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy.orm import Session

from formwright.accounts.calendar import WorkCalendar
from formwright.accounts.model import Actor, Department, Member, Profile
from formwright.accounts.organisation import DIRECTORY, Organisation, organisation
from formwright.accounts.site import SiteSettings
from formwright.database import per_transaction
from formwright.errors import Missing
from formwright.texts import show


class Directory:
    """The part of the rules' People protocol that needs no flow state, and look-ups for everyone else.

    Sets of members are tuples of ids in the order of their e-mail, only active members in them unless said otherwise;
    a department or role that does not exist is an empty set. No call runs a query.
    """

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation

    # The rules' People protocol

    def member(self, email: str) -> int | None:
        """The member with this e-mail address, active or not."""
        return self.organisation.by_email.get(email.strip().lower())

    def attribute(self, member_id: int, name: str) -> object:
        """id, name, email, department (the main one), departments, manager, roles, language, active, admin; None when there is no such member."""
        profile = self.organisation.profiles.get(member_id)
        if profile is None:
            return None
        if name == "department":
            return profile.departments[0] if profile.departments else None
        if name == "language":
            return profile.language or self.organisation.site.language
        value: object = getattr(profile, name)
        return value

    def department_attribute(self, id: str, name: str) -> object:
        """id, name (in the site's language), head, parent; None when there is no such department."""
        department = self.organisation.departments.get(id)
        if department is None:
            return None
        if name == "name":
            return show(department.name, self.organisation.site.language)
        value: object = getattr(department, name)
        return value

    def role(self, id: str) -> tuple[int, ...]:
        return self.organisation.in_role.get(id, ())

    def members(self, department: str) -> tuple[int, ...]:
        """Members directly in the department."""
        return self.organisation.in_department.get(department, ())

    def department_members(self, id: str) -> tuple[int, ...]:
        """Members of the department and of those below it."""
        return self.organisation.once(
            ("department_members", id),
            lambda: self.in_order(
                member for department in self.departments_under(id) for member in self.members(department)
            ),
        )

    def manager(self, member: int, level: int = 1) -> int | None:
        """The manager `level` steps up, active or not; None when the line ends before."""
        current: int | None = member
        seen: set[int] = set()
        for _ in range(level):
            profile = self.organisation.profiles.get(current) if current is not None else None
            if profile is None or profile.id in seen:
                return None
            seen.add(profile.id)
            current = profile.manager
        return current

    def head(self, department: str, level: int = 1) -> int | None:
        """The department's head (level 1), that of the department above it (2), and so on."""
        current: str | None = department
        for _ in range(level - 1):
            current = self._parent(current)
        found = self.organisation.departments.get(current) if current else None
        return found.head if found else None

    def subordinates(self, member: int) -> tuple[int, ...]:
        """Everyone who reports to the member, over all levels, the deactivated too: their records still have a manager."""
        return self.organisation.once(("subordinates", member), lambda: self.in_order(self._below(member)))

    def departments_under(self, id: str) -> tuple[str, ...]:
        """The department itself and all below it, parents before children."""
        return self.organisation.once(("departments_under", id), lambda: self._under(id))

    # Look-ups for the other floors

    def actor(self, member_id: int) -> Actor:
        """The member as someone who acts. Raises Missing."""
        if member_id not in self.organisation.profiles:
            raise Missing()
        return self.organisation.actor(member_id)

    def profile(self, member_id: int) -> Profile | None:
        return self.organisation.profiles.get(member_id)

    def show(self, ids: Iterable[int | None]) -> dict[int, Member]:
        """How the members with these ids are shown; ids that are None or unknown are left out."""
        profiles = self.organisation.profiles
        return {id: profiles[id].member for id in ids if id is not None and id in profiles}

    def find(self, email_or_id: str | int) -> int | None:
        """The member whom an e-mail address or an id names, active or not."""
        text = str(email_or_id).strip()
        if text.isascii() and text.isdigit() and len(text) < 19:
            return int(text) if int(text) in self.organisation.profiles else None
        return self.member(text)

    def department(self, id: str) -> Department | None:
        return self.organisation.departments.get(id)

    def is_active(self, member_id: int) -> bool:
        profile = self.organisation.profiles.get(member_id)
        return profile is not None and profile.active

    def active(self, ids: Iterable[int]) -> tuple[int, ...]:
        """The active ones among `ids`, in the order given."""
        return tuple(id for id in ids if self.is_active(id))

    def administrators(self) -> tuple[int, ...]:
        return self.organisation.administrators

    def in_order(self, ids: Iterable[int]) -> tuple[int, ...]:
        """Ids without repetition, in the order of the members' e-mail."""
        rank = self.organisation.rank
        return tuple(sorted({id for id in ids if id in rank}, key=rank.__getitem__))

    def proxy_for(self, member: int, flow: str, day: date) -> int | None:
        """Who stands in for `member` in `flow` on `day`: one hop, only an active member; the newest arrangement counts."""
        for proxy in reversed(self.organisation.proxies):
            if proxy.member == member and proxy.covers(flow, day) and self.is_active(proxy.proxy):
                return proxy.proxy
        return None

    @property
    def site(self) -> SiteSettings:
        return self.organisation.site

    @property
    def calendar(self) -> WorkCalendar:
        return self.organisation.calendar

    def _below(self, member: int) -> set[int]:
        found: set[int] = set()
        waiting = [member]
        while waiting:
            for report in self.organisation.reports.get(waiting.pop(), ()):
                if report not in found and report != member:
                    found.add(report)
                    waiting.append(report)
        return found

    def _under(self, id: str) -> tuple[str, ...]:
        if id not in self.organisation.departments:
            return ()
        found = [id]
        for department in found:
            found.extend(self.organisation.children.get(department, ()))
        return tuple(found)

    def _parent(self, department: str | None) -> str | None:
        found = self.organisation.departments.get(department) if department else None
        return found.parent if found else None


def directory(session: Session) -> Directory:
    """The directory as this transaction sees it; one query, and a few more after the organisation changed."""
    return per_transaction(session, DIRECTORY, lambda: Directory(organisation(session)))


def site_settings(session: Session) -> SiteSettings:
    return organisation(session).site


def work_calendar(session: Session) -> WorkCalendar:
    """The site's work calendar, as the rules' Calendar protocol."""
    return organisation(session).calendar
