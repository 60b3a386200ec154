"""Verbs on members, departments, roles and site settings; administrators only, except for what is one's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from formwright.accounts import audit, tables
from formwright.accounts.access import administrators_only, department_for, member_for, role_for
from formwright.accounts.directory import directory
from formwright.accounts.importing import Plan, check, plan, read_department, read_member, read_role
from formwright.accounts.model import Actor, Department, Profile, Role
from formwright.accounts.organisation import Organisation, changing, organisation
from formwright.accounts.passwords import hash_password
from formwright.accounts.reading import Entry
from formwright.accounts.site import SiteSettings, read_settings, write_settings
from formwright.accounts.writing import apply
from formwright.errors import Conflict, Invalid, NotAllowed
from formwright.texts import Text, both

OWN_KEYS = frozenset({"name", "language"})


def create_member(session: Session, values: Mapping[str, Any], *, actor: Actor, now: datetime) -> Profile:
    """A new member from `{email, name, password, language, manager, departments, roles, admin, active}`.

    Only `email` is required. Raises Invalid with one problem for each wrong key, Conflict (`in_use`) for a known e-mail.
    """
    administrators_only(actor)
    with changing(session) as before:
        made = Plan()
        change = read_member(Entry(values, "", made.problems))
        if change.email in before.by_email:
            raise Conflict("in_use", both(f"{change.email} 已被使用", f"{change.email} is taken"), at="email")
        made.members = [change]
        check(made, before)
        _apply(session, made, before, actor=actor, now=now)
    created = member_for(session, change.email)
    audit.note(session, "member.created", f"member:{created.id}", _shown(values), actor=actor, now=now)
    return created


def update_member(
    session: Session, id_or_email: str | int, values: Mapping[str, Any], *, actor: Actor, now: datetime
) -> Profile:
    """Change the given keys of a member. Members may change their own name and language.

    A changed e-mail address is given as `email`. Taking away the last administrator is a Conflict (`last_admin`).
    """
    target = member_for(session, id_or_email)
    if actor.id == target.id and not actor.admin and set(values) <= OWN_KEYS:
        pass
    else:
        administrators_only(actor)
    with changing(session) as before:
        made = Plan()
        change = read_member(Entry({"email": target.email, **values}, "", made.problems))
        email = change.email
        if email and email != target.email:
            if email in before.by_email:
                raise Conflict("in_use", both(f"{email} 已被使用", f"{email} is taken"), at="email")
            session.execute(update(tables.member).where(tables.member.c.id == target.id).values(email=email))
            before = replace(before, profiles={**before.profiles, target.id: replace(target, email=email)})
        made.members = [change]
        check(made, before)
        loses = (
            target.admin
            and target.active
            and not (change.given.get("admin", True) and change.given.get("active", True))
        )
        if loses and before.administrators == (target.id,):
            raise Conflict("last_admin", both("至少要有一位管理员", "There must be an administrator left"))
        _apply(session, made, before, actor=actor, now=now)
    audit.note(session, "member.changed", f"member:{target.id}", _shown(values), actor=actor, now=now)
    return member_for(session, target.id)


def deactivate_member(session: Session, id_or_email: str | int, *, actor: Actor, now: datetime) -> Profile:
    """The member leaves: no sign-in, no tokens, no new tasks; everything they did stays. Publishes MemberDeactivated."""
    return update_member(session, id_or_email, {"active": False}, actor=actor, now=now)


def set_password(
    session: Session, id_or_email: str | int, password: str, *, actor: Actor, now: datetime, keep_session: str = ""
) -> None:
    """Set one's own password, or as an administrator anyone's; signs out everywhere except in `keep_session` (a key hash)."""
    target = member_for(session, id_or_email)
    if actor.id != target.id:
        administrators_only(actor)
    hashed = hash_password(password, email=target.email, name=target.name)
    session.execute(update(tables.member).where(tables.member.c.id == target.id).values(password=hashed))
    sessions = tables.login_session
    session.execute(delete(sessions).where(sessions.c.member == target.id, sessions.c.key_hash != keep_session))
    audit.note(session, "member.password", f"member:{target.id}", actor=actor, now=now)


def save_department(session: Session, values: Mapping[str, Any], *, actor: Actor, now: datetime) -> Department:
    """Create or change a department from `{id, name, parent, head}`; a new parent moves everything below it along."""
    administrators_only(actor)
    with changing(session) as before:
        made = Plan()
        change = read_department(Entry(values, "", made.problems), before)
        made.departments = [change]
        check(made, before)
        _apply(session, made, before, actor=actor, now=now)
    audit.note(session, "department.saved", f"department:{change.department.id}", _shown(values), actor=actor, now=now)
    return department_for(session, change.department.id)


def delete_department(session: Session, id: str, *, actor: Actor, now: datetime) -> None:
    """Raises Conflict (`in_use`) while it has members or departments below it."""
    administrators_only(actor)
    department_for(session, id)
    with changing(session) as before:
        if before.children.get(id) or any(id in profile.departments for profile in before.profiles.values()):
            raise Conflict(
                "in_use",
                both("部门下还有成员或下级部门", "The department still has members or departments below it"),
            )
        session.execute(delete(tables.department_closure).where(tables.department_closure.c.descendant == id))
        session.execute(delete(tables.department).where(tables.department.c.id == id))
    audit.note(session, "department.deleted", f"department:{id}", actor=actor, now=now)


def save_role(session: Session, values: Mapping[str, Any], *, actor: Actor, now: datetime) -> Role:
    """Create or rename a role from `{id, name}`."""
    administrators_only(actor)
    with changing(session) as before:
        made = Plan()
        role = read_role(Entry(values, "", made.problems), before)
        made.roles = [role]
        _apply(session, made, before, actor=actor, now=now)
    audit.note(session, "role.saved", f"role:{role.id}", _shown(values), actor=actor, now=now)
    return role_for(session, role.id)


def ensure_roles(session: Session, roles: Iterable[tuple[str, Text]], *, actor: Actor, now: datetime) -> list[str]:
    """Create those of the (id, name) pairs that are not there yet; installing an app does this. Returns the new ids."""
    known = organisation(session).roles
    missing = {id: name for id, name in roles if id not in known}
    if missing:
        with changing(session):
            session.execute(insert(tables.role), [{"id": id, "name": name} for id, name in missing.items()])
        audit.note(session, "role.saved", "roles", {"ids": list(missing)}, actor=actor, now=now)
    return list(missing)


def delete_role(session: Session, id: str, *, actor: Actor, now: datetime) -> None:
    """Raises Conflict (`in_use`) while somebody has it."""
    administrators_only(actor)
    role_for(session, id)
    with changing(session) as before:
        if any(id in profile.roles for profile in before.profiles.values()):
            raise Conflict("in_use", both("还有成员拥有这个角色", "Somebody still has this role"))
        session.execute(delete(tables.role).where(tables.role.c.id == id))
    audit.note(session, "role.deleted", f"role:{id}", actor=actor, now=now)


def set_role_members(session: Session, id: str, members: Iterable[int], *, actor: Actor, now: datetime) -> None:
    """Exactly these members have the role from now on. Raises Invalid (`unknown_member`)."""
    administrators_only(actor)
    role_for(session, id)
    wanted = sorted(set(members))
    with changing(session) as before:
        for member in wanted:
            if member not in before.profiles:
                raise Invalid(
                    "unknown_member", both(f"没有成员 {member}", f"There is no member {member}"), at="members"
                )
        session.execute(delete(tables.member_role).where(tables.member_role.c.role == id))
        if wanted:
            session.execute(insert(tables.member_role), [{"member": member, "role": id} for member in wanted])
    audit.note(session, "role.members", f"role:{id}", {"members": wanted}, actor=actor, now=now)


def save_settings(session: Session, values: Mapping[str, Any], *, actor: Actor, now: datetime) -> SiteSettings:
    """Change the given keys of the site's `{timezone, language, currency, calendar}`."""
    administrators_only(actor)
    with changing(session) as before:
        made = Plan()
        made.site = read_settings(Entry(values, "", made.problems), before.site)
        _apply(session, made, before, actor=actor, now=now)
    audit.note(session, "site.saved", "site", _shown(values), actor=actor, now=now)
    return organisation(session).site


def save_proxy(session: Session, values: Mapping[str, Any], *, actor: Actor, now: datetime) -> None:
    """Arrange a proxy from `{member, proxy, from, to, flows, move_open}`; members arrange their own."""
    own = directory(session).find(str(values.get("member", "")))
    if own is None or own != actor.id:
        administrators_only(actor)
    with changing(session) as before:
        made = plan({"proxies": [values]}, before)
        _apply(session, made, before, actor=actor, now=now)
    audit.note(session, "proxy.saved", f"member:{own}", _shown(values), actor=actor, now=now)


def delete_proxy(session: Session, proxy_id: int, *, actor: Actor, now: datetime) -> None:
    """End an arrangement; members end their own, and one that is not there is no error."""
    found = next((proxy for proxy in organisation(session).proxies if proxy.id == proxy_id), None)
    if found is None:
        return
    if found.member != actor.id:
        administrators_only(actor)
    with changing(session):
        session.execute(delete(tables.proxy).where(tables.proxy.c.id == proxy_id))
    audit.note(session, "proxy.deleted", f"member:{found.member}", {"proxy": found.proxy}, actor=actor, now=now)


def import_org(session: Session, document: Any, *, actor: Actor, now: datetime) -> dict[str, int]:
    """Bring the organisation to what the document says; entries that it does not name stay. Importing twice changes nothing.

    Returns how many `departments`, `roles`, `members`, `proxies`, `settings` were created or changed.
    Raises Invalid with every problem at its JSON pointer, and then nothing has changed.
    """
    if not (actor.is_system or actor.admin):
        raise NotAllowed()
    with changing(session) as before:
        summary = _apply(session, plan(document, before), before, actor=actor, now=now)
    if any(summary.values()):
        audit.note(session, "org.imported", "org", summary, actor=actor, now=now)
    return summary


def export_org(session: Session) -> dict[str, Any]:
    """The organisation as a document that `import_org` takes; without passwords."""
    known = organisation(session)
    email = {id: profile.email for id, profile in known.profiles.items()}
    parents_first = sorted(known.departments.values(), key=lambda d: (_depth(known, d), d.id))
    return {
        "departments": [
            {"id": d.id, "name": d.name, "parent": d.parent, "head": email[d.head] if d.head else None}
            for d in parents_first
        ],
        "roles": [{"id": role.id, "name": role.name} for role in known.roles.values()],
        "members": [
            {
                "email": p.email,
                "name": p.name,
                **({"language": p.language} if p.language else {}),
                "manager": email[p.manager] if p.manager else None,
                "departments": list(p.departments),
                "roles": list(p.roles),
                "admin": p.admin,
                "active": p.active,
            }
            for p in known.profiles.values()
        ],
        "proxies": [
            {
                "member": email[proxy.member],
                "proxy": email[proxy.proxy],
                "from": proxy.first.isoformat(),
                "to": proxy.last.isoformat(),
                "flows": list(proxy.flows),
                "move_open": proxy.move_open,
            }
            for proxy in known.proxies
        ],
        "settings": write_settings(known.site),
    }


def _apply(session: Session, made: Plan, before: Organisation, *, actor: Actor, now: datetime) -> dict[str, int]:
    if made.problems:
        raise Invalid(problems=made.problems)
    return apply(session, made, before, actor=actor, now=now)


def _shown(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: "…" if key == "password" else value for key, value in values.items()}


def _depth(known: Organisation, department: Department) -> int:
    depth, parent = 0, department.parent
    while parent is not None:
        depth, parent = depth + 1, known.departments[parent].parent
    return depth
