"""API tokens: who the bearer of one is, in a single query, for every request asks it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, cast, delete, func, insert, literal_column, select
from sqlalchemy import Text as SqlText
from sqlalchemy.orm import Session

from formwright.accounts import audit, tables
from formwright.accounts.access import administrators_only, member_for
from formwright.accounts.model import Actor
from formwright.accounts.organisation import SITE
from formwright.accounts.reading import LONGEST
from formwright.accounts.site import SiteSettings
from formwright.errors import Invalid, Missing
from formwright.prepared import Prepared
from formwright.texts import both

PREFIX = "fw_"
DEFAULT_LANGUAGE = SiteSettings().language
_SPACE: Any = literal_column("' '")


@dataclass(frozen=True, slots=True)
class Token:
    """A token as shown: the secret itself is told once, when it is made."""

    id: int
    member: int
    name: str
    created_at: datetime
    expires_at: datetime | None


def create_token(
    session: Session, member_id: int, name: str, *, actor: Actor, now: datetime, expires_at: datetime | None = None
) -> tuple[int, str]:
    """(id, token) of a new token that acts as the member; administrators make them for anyone, others for themselves."""
    if actor.id != member_id:
        administrators_only(actor)
    member = member_for(session, member_id)
    if not name.isprintable() or len(name) > LONGEST:
        raise Invalid("bad_character", both("名称不可用", "This name cannot be used"), at="name")
    token = PREFIX + secrets.token_urlsafe(32)
    statement = insert(tables.api_token).values(
        token_hash=hashed(token), member=member.id, name=name, created_at=now, expires_at=expires_at
    )
    id: int = session.execute(statement.returning(tables.api_token.c.id)).scalar_one()
    audit.note(session, "token.created", f"member:{member.id}", {"token": id, "name": name}, actor=actor, now=now)
    return id, token


def token_actor(session: Session, token: str, now: datetime) -> Actor | None:
    """The active member as whom the token acts, with the rights of this moment; None when it is not good."""
    if not token.startswith(PREFIX):
        return None
    row = _BY_TOKEN.first(session, {"hash": hashed(token), "now": now})
    return read_actor(row) if row is not None else None


def tokens(session: Session, member_id: int) -> list[Token]:
    """The member's tokens, oldest first."""
    columns = tables.api_token.c
    statement = select(columns.id, columns.member, columns.name, columns.created_at, columns.expires_at)
    found = session.execute(statement.where(columns.member == member_id).order_by(columns.id))
    return [Token(row.id, row.member, row.name, row.created_at, row.expires_at) for row in found]


def revoke_token(session: Session, token_id: int, *, actor: Actor, now: datetime) -> None:
    """The token is good for nothing from the next request on. Raises Missing, also for another member's token."""
    columns = tables.api_token.c
    owner = session.execute(select(columns.member).where(columns.id == token_id)).scalar()
    if owner is None or not (actor.admin or actor.is_system or actor.id == owner):
        raise Missing()
    session.execute(delete(tables.api_token).where(columns.id == token_id))
    audit.note(session, "token.revoked", f"member:{owner}", {"token": token_id}, actor=actor, now=now)


def hashed(secret: str) -> str:
    """What is kept of a random secret; it is long enough that a plain hash cannot be searched."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def actor_columns() -> Sequence[ColumnElement[Any]]:
    """Columns that `read_actor` needs, beside `member` in the FROM clause: departments and roles as one text each."""
    places, held = tables.membership.c, tables.member_role.c
    return [
        *(tables.member.c[name] for name in ("id", "email", "name", "language", "admin", "manager")),
        _joined(
            select(func.aggregate_strings(cast(places.position, SqlText) + ":" + places.department, _SPACE)).where(
                places.member == tables.member.c.id
            )
        ).label("departments"),
        _joined(select(func.aggregate_strings(held.role, _SPACE)).where(held.member == tables.member.c.id)).label(
            "roles"
        ),
        select(tables.site_setting.c.value).where(tables.site_setting.c.id == SITE).scalar_subquery().label("site"),
    ]


def read_actor(row: Mapping[str, Any]) -> Actor:
    """The actor of a row with `actor_columns`."""
    places = sorted(
        (place.split(":", 1) for place in (row["departments"] or "").split()), key=lambda place: int(place[0])
    )
    return Actor(
        id=row["id"],
        email=row["email"],
        name=row["name"],
        language=row["language"] or (row["site"] or {}).get("language") or DEFAULT_LANGUAGE,
        admin=row["admin"],
        manager=row["manager"],
        departments=tuple(department for _, department in places),
        roles=frozenset((row["roles"] or "").split()),
    )


def _joined(statement: Select[Any]) -> Any:
    return statement.correlate(tables.member).scalar_subquery()


_BY_TOKEN = Prepared(
    select(*actor_columns())
    .join_from(tables.api_token, tables.member, tables.api_token.c.member == tables.member.c.id)
    .where(
        tables.api_token.c.token_hash == bindparam("hash"),
        tables.member.c.active,
        (tables.api_token.c.expires_at.is_(None)) | (tables.api_token.c.expires_at > bindparam("now")),
    )
)
