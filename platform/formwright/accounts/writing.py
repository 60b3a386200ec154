"""Writes a checked plan for the organisation: a handful of statements, whatever its size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from formwright.accounts import tables
from formwright.accounts.events import MemberDeactivated, ProxySet
from formwright.accounts.importing import MemberChange, Plan
from formwright.accounts.model import Actor, Proxy
from formwright.accounts.organisation import Organisation, renew, save_site
from formwright.accounts.passwords import hash_password, matches
from formwright.errors import Invalid, Problem
from formwright.events import publish

CHUNK = 500


def apply(session: Session, plan: Plan, before: Organisation, *, actor: Actor, now: datetime) -> dict[str, int]:
    """Write what differs from `before`; returns how many entries of each kind were created or changed."""
    writer = _Writer(session, plan, before)
    roles = writer.roles()
    departments = writer.departments()
    members = writer.members(now) | writer.managers() | writer.departments_and_roles() | writer.passwords()
    departments |= writer.heads()
    proxies = writer.proxies()
    settings = plan.site is not None and plan.site != before.site
    if plan.site is not None and settings:
        save_site(session, plan.site)
    writer.end_sessions()
    deactivated = writer.deactivated()
    if deactivated or proxies:
        # Whoever hears of it looks the organisation up and must find it changed.
        renew(session)
    for member in deactivated:
        publish(session, MemberDeactivated(member, actor, now))
    for proxy in proxies:
        publish(session, ProxySet(proxy, actor, now))
    return {
        "departments": len(departments),
        "roles": roles,
        "members": len(members),
        "proxies": len(proxies),
        "settings": int(settings),
    }


def closure(parents: Mapping[str, str | None]) -> list[dict[str, Any]]:
    """Every (ancestor, descendant, depth) of a tree of departments, each department its own ancestor at depth 0."""
    rows: list[dict[str, Any]] = []
    for department in parents:
        depth, ancestor = 0, department
        while True:
            rows.append({"ancestor": ancestor, "descendant": department, "depth": depth})
            above = parents[ancestor]
            if above is None:
                break
            depth, ancestor = depth + 1, above
    return rows


class _Writer:
    """One plan being written; each step returns which entries it created or changed."""

    def __init__(self, session: Session, plan: Plan, before: Organisation) -> None:
        self.session = session
        self.plan = plan
        self.before = before
        self.ids = dict(before.by_email)
        self._reset: set[int] = set()

    def roles(self) -> int:
        known = self.before.roles
        changed = [role for role in self.plan.roles if known.get(role.id) != role]
        self._insert(tables.role, [{"id": r.id, "name": r.name} for r in changed if r.id not in known])
        self._update(tables.role, [{"id": r.id, "name": r.name} for r in changed if r.id in known])
        return len(changed)

    def departments(self) -> set[str]:
        """Names and places in the tree; heads come after the members, who may be new."""
        known = self.before.departments
        changed = [c.department for c in self.plan.departments if known.get(c.department.id) != c.department]
        self._insert(tables.department, [{"id": d.id, "name": d.name} for d in changed if d.id not in known])
        self._update(tables.department, [{"id": d.id, "name": d.name, "parent": d.parent} for d in changed])
        if any(d.id not in known or known[d.id].parent != d.parent for d in changed):
            parents = {id: department.parent for id, department in known.items()}
            parents.update({department.id: department.parent for department in changed})
            self.session.execute(delete(tables.department_closure))
            self._insert(tables.department_closure, closure(parents))
        return {department.id for department in changed}

    def members(self, now: datetime) -> set[str]:
        new = [change for change in self.plan.members if change.email not in self.before.by_email]
        self._insert(
            tables.member,
            [
                {
                    "email": change.email,
                    "name": change.email.partition("@")[0],
                    "language": None,
                    "admin": False,
                    "active": True,
                    "created_at": now,
                    **change.given,
                }
                for change in new
            ],
        )
        columns = tables.member.c
        for start in range(0, len(new), CHUNK):
            emails = [change.email for change in new[start : start + CHUNK]]
            found = self.session.execute(select(columns.email, columns.id).where(columns.email.in_(emails)))
            self.ids.update({row.email: row.id for row in found})
        changed: list[dict[str, Any]] = []
        for change in self.plan.members:
            if change.email in self.before.by_email and self._differs(change):
                profile = self.before.profiles[self.ids[change.email]]
                same = {key: getattr(profile, key) for key in ("name", "language", "admin", "active")}
                changed.append({"id": profile.id, **same, **change.given})
        self._update(tables.member, changed)
        updated = {row["id"] for row in changed}
        return {change.email for change in self.plan.members if change in new or self.ids[change.email] in updated}

    def managers(self) -> set[str]:
        changed: dict[str, int | None] = {}
        for change in self.plan.members:
            if change.sets_manager:
                manager = self._id(change.manager)
                profile = self.before.profiles.get(self.ids[change.email])
                if manager != (profile.manager if profile else None):
                    changed[change.email] = manager
        self._update(tables.member, [{"id": self.ids[email], "manager": manager} for email, manager in changed.items()])
        return set(changed)

    def departments_and_roles(self) -> set[str]:
        departments: dict[str, Sequence[str]] = {}
        roles: dict[str, Sequence[str]] = {}
        for change in self.plan.members:
            profile = self.before.profiles.get(self.ids[change.email])
            if change.departments is not None and change.departments != (profile.departments if profile else ()):
                departments[change.email] = change.departments
            if change.roles is not None and set(change.roles) != set(profile.roles if profile else ()):
                roles[change.email] = change.roles
        self._delete_of(tables.membership, departments)
        self._insert(
            tables.membership,
            [
                {"member": self.ids[email], "department": id, "position": position}
                for email, ids in departments.items()
                for position, id in enumerate(ids)
            ],
        )
        self._delete_of(tables.member_role, roles)
        self._insert(
            tables.member_role,
            [{"member": self.ids[email], "role": id} for email, ids in roles.items() for id in ids],
        )
        return {*departments, *roles}

    def passwords(self) -> set[str]:
        """A password that is already the member's is left alone, so that importing again signs nobody out."""
        given = [change for change in self.plan.members if change.password]
        if not given:
            return set()
        columns = tables.member.c
        wanted = [self.ids[change.email] for change in given]
        known: dict[int, str | None] = {}
        for start in range(0, len(wanted), CHUNK):
            chosen = columns.id.in_(wanted[start : start + CHUNK])
            found = self.session.execute(select(columns.id, columns.password).where(chosen))
            known.update({row.id: row.password for row in found})
        changed: dict[str, str] = {}
        problems: list[Problem] = []
        for change in given:
            before = known[self.ids[change.email]]
            if change.password is None or (before is not None and matches(change.password, before)):
                continue
            at = f"{change.entry.at}/password"
            try:
                changed[change.email] = hash_password(change.password, email=change.email, at=at)
            except Invalid as weak:
                problems.extend(weak.problems)
        if problems:
            raise Invalid(problems=problems)
        self._update(tables.member, [{"id": self.ids[email], "password": hashed} for email, hashed in changed.items()])
        self._reset = {self.ids[email] for email in changed}
        return set(changed)

    def heads(self) -> set[str]:
        changed = {
            c.department.id: self._id(c.head)
            for c in self.plan.departments
            if c.sets_head and self._id(c.head) != c.department.head
        }
        self._update(tables.department, [{"id": id, "head": head} for id, head in changed.items()])
        return set(changed)

    def proxies(self) -> list[Proxy]:
        """An arrangement is the same one when member, proxy and first day are."""
        known = {(p.member, p.proxy, p.first): p for p in self.before.proxies}
        changed: list[Proxy] = []
        columns = tables.proxy.c
        for change in self.plan.proxies:
            member, proxy = self.ids[change.member], self.ids[change.proxy]
            values = {"last": change.last, "flows": list(change.flows), "move_open": change.move_open}
            before = known.get((member, proxy, change.first))
            if before is None:
                inserted = insert(tables.proxy).values(member=member, proxy=proxy, first=change.first, **values)
                id = self.session.execute(inserted.returning(columns.id)).scalar_one()
            else:
                id = before.id
                if (before.last, before.flows, before.move_open) == (change.last, change.flows, change.move_open):
                    continue
                self.session.execute(update(tables.proxy).where(columns.id == id).values(values))
            changed.append(Proxy(id, member, proxy, change.first, change.last, change.flows, change.move_open))
        return changed

    def deactivated(self) -> list[int]:
        """Members who were active and no longer are."""
        return [
            self.ids[change.email]
            for change in self.plan.members
            if change.given.get("active") is False and self._was(change, "active")
        ]

    def end_sessions(self) -> None:
        """Whose password, administration or activity changed signs in anew; who left loses the tokens too."""
        gone = self.deactivated()
        changed = {
            self.ids[change.email]
            for change in self.plan.members
            if "admin" in change.given and self._was(change, "admin") not in (None, change.given["admin"])
        }
        ending = sorted({*gone, *changed, *self._reset})
        for start in range(0, len(ending), CHUNK):
            chosen = ending[start : start + CHUNK]
            self.session.execute(delete(tables.login_session).where(tables.login_session.c.member.in_(chosen)))
        for start in range(0, len(gone), CHUNK):
            chosen = gone[start : start + CHUNK]
            self.session.execute(delete(tables.api_token).where(tables.api_token.c.member.in_(chosen)))

    def _id(self, name: str | None) -> int | None:
        if not name:
            return None
        return self.ids[name] if name in self.ids else int(name)

    def _was(self, change: MemberChange, key: str) -> Any:
        profile = self.before.profiles.get(self.ids[change.email])
        return getattr(profile, key) if profile else None

    def _differs(self, change: MemberChange) -> bool:
        return any(self._was(change, key) != value for key, value in change.given.items())

    def _insert(self, table: Table, rows: list[dict[str, Any]]) -> None:
        if rows:
            self.session.execute(insert(table), rows)

    def _update(self, table: Table, rows: list[dict[str, Any]]) -> None:
        """Update rows by `id`; all rows have the same keys."""
        if rows:
            keys = [key for key in rows[0] if key != "id"]
            statement = (
                update(table)
                .where(table.c.id == bindparam("of_id"))
                .values({key: bindparam(f"to_{key}") for key in keys})
            )
            values = [{"of_id": row["id"], **{f"to_{key}": row[key] for key in keys}} for row in rows]
            self.session.connection().execute(statement, values)

    def _delete_of(self, table: Table, emails: Mapping[str, object]) -> None:
        ids = [self.ids[email] for email in emails if self.ids[email] in self.before.profiles]
        for start in range(0, len(ids), CHUNK):
            self.session.execute(delete(table).where(table.c.member.in_(ids[start : start + CHUNK])))
