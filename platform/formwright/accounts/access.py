"""The only door to members, departments and roles; everyone who is signed in may see them."""

from __future__ import annotations

from sqlalchemy.orm import Session

from formwright.accounts.directory import directory
from formwright.accounts.model import Actor, Department, Profile, Role
from formwright.accounts.organisation import organisation
from formwright.errors import Missing, NotAllowed
from formwright.texts import both


def actor_for(session: Session, member_id: int) -> Actor:
    """The member as someone who acts, with the rights of this moment. Raises Missing."""
    return directory(session).actor(member_id)


def members(
    session: Session, *, search: str = "", active: bool | None = True, after: str = "", limit: int = 50
) -> list[Profile]:
    """A page of members in the order of their e-mail, beginning after the e-mail `after`.

    `search` is looked for in names and e-mail addresses; `active` None lists the deactivated too.
    """
    wanted = search.strip().casefold()
    found: list[Profile] = []
    for profile in organisation(session).profiles.values():
        if profile.email <= after or (active is not None and profile.active is not active):
            continue
        if wanted in profile.email or wanted in profile.name.casefold():
            found.append(profile)
            if len(found) == limit:
                break
    return found


def member_for(session: Session, id_or_email: str | int) -> Profile:
    """One member, active or not, by id or e-mail. Raises Missing."""
    known = directory(session)
    id = known.find(id_or_email)
    profile = known.profile(id) if id is not None else None
    if profile is None:
        raise Missing(message=both(f"没有成员 {id_or_email}", f"There is no member {id_or_email}"))
    return profile


def departments(session: Session) -> list[Department]:
    return list(organisation(session).departments.values())


def department_for(session: Session, id: str) -> Department:
    """Raises Missing."""
    found = organisation(session).departments.get(id)
    if found is None:
        raise Missing(message=both(f"没有部门 {id}", f"There is no department {id}"))
    return found


def roles(session: Session) -> list[Role]:
    return list(organisation(session).roles.values())


def role_for(session: Session, id: str) -> Role:
    """Raises Missing."""
    found = organisation(session).roles.get(id)
    if found is None:
        raise Missing(message=both(f"没有角色 {id}", f"There is no role {id}"))
    return found


def administrators_only(actor: Actor) -> None:
    """Raises NotAllowed unless `actor` is an administrator or the system itself."""
    if not (actor.admin or actor.is_system):
        raise NotAllowed(message=both("只有管理员可以这样做", "Only administrators may do this"))
