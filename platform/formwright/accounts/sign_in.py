"""Signing in with a password: throttled, in equal time for accounts that do not exist, and the sessions it opens."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from formwright.accounts import audit, tables
from formwright.accounts.access import administrators_only
from formwright.accounts.model import Actor
from formwright.accounts.passwords import is_outdated, matches, rehash
from formwright.accounts.tokens import actor_columns, hashed, read_actor
from formwright.database import Database
from formwright.errors import Missing, NotSignedIn, TooMany
from formwright.prepared import Prepared
from formwright.texts import both

SESSION_LASTS = timedelta(days=14)
RENEWED_AFTER = timedelta(days=1)
WINDOW = timedelta(minutes=15)
KEPT = timedelta(hours=1)

PER_ACCOUNT_AND_ADDRESS = 5
PER_ADDRESS = 50
PER_ACCOUNT = 100
"""Failures within the window; one account from everywhere has the widest limit, lest others lock its owner out."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A good session. `csrf` goes into the page; `key_hash` names the session; `renews` asks for `renew_session`."""

    actor: Actor
    csrf: str
    key_hash: str
    renews: bool = False


@dataclass(frozen=True, slots=True)
class LoginSession:
    """One signed-in device, for its owner to see and to sign out."""

    key_hash: str
    device: str
    address: str
    created_at: datetime
    expires_at: datetime


def sign_in(
    database: Database,
    email: str,
    password: str,
    *,
    address: str,
    now: datetime,
    device: str = "",
    previous_key: str | None = None,
) -> tuple[Actor, str]:
    """(actor, session key) of a new session; the one that `previous_key` names ends.

    Opens its own two short transactions, because the password is checked between them: hashing takes long on purpose
    and must not hold up everyone who writes. The attempt is counted before it is judged, so that many at once are
    no way around the limit. Raises NotSignedIn (`bad_credentials`), the same whatever was wrong, and TooMany (`too_soon`).
    """
    account = _printable(email.strip().lower())
    address = _printable(address)
    with database.write() as session:
        member, kept = _begin(session, account, address, now)
    good = matches(password, kept)
    if not good or member is None or kept is None:
        raise NotSignedIn("bad_credentials", both("邮箱或密码不对", "The e-mail address or the password is wrong"))
    fresh = rehash(password) if is_outdated(kept) else None
    with database.write() as session:
        columns = tables.login_attempt.c
        session.execute(delete(tables.login_attempt).where(columns.account == account, columns.address == address))
        if previous_key:
            sign_out(session, previous_key)
        current = tables.member.c
        still = session.execute(select(current.active, current.password).where(current.id == member)).one()
        if not still.active or still.password != kept:
            raise NotSignedIn("bad_credentials", both("邮箱或密码不对", "The e-mail address or the password is wrong"))
        if fresh:
            session.execute(update(tables.member).where(current.id == member).values(password=fresh))
        key = open_session(session, member, address=address, device=device, now=now)
        opened = session_actor(session, key, now)
        if opened is None:
            raise NotSignedIn()
        audit.note(session, "session.opened", f"member:{member}", {"address": address}, actor=opened.actor, now=now)
        return opened.actor, key


def open_session(session: Session, member_id: int, *, address: str, device: str, now: datetime) -> str:
    """The key of a new session for a member who has proved who they are."""
    key = secrets.token_urlsafe(32)
    sessions = tables.login_session
    session.execute(delete(sessions).where(sessions.c.expires_at <= now))
    session.execute(
        insert(sessions).values(
            key_hash=hashed(key),
            member=member_id,
            csrf=secrets.token_urlsafe(32),
            device=_printable(device),
            address=_printable(address),
            created_at=now,
            expires_at=now + SESSION_LASTS,
        )
    )
    return key


def session_actor(session: Session, key: str, now: datetime) -> SignedIn | None:
    """Who has this session, with the rights of this moment; None when it is over. One query, and nothing is written."""
    row = _BY_KEY.first(session, {"hash": hashed(key), "now": now})
    if row is None:
        return None
    renews = row["expires_at"] - now < SESSION_LASTS - RENEWED_AFTER
    return SignedIn(read_actor(row), row["csrf"], row["key_hash"], renews)


def renew_session(session: Session, key: str, *, now: datetime) -> None:
    """A session in use lasts another fourteen days; called when `SignedIn.renews` says so, about once a day."""
    columns = tables.login_session.c
    statement = update(tables.login_session).where(columns.key_hash == hashed(key), columns.expires_at > now)
    session.execute(statement.values(expires_at=now + SESSION_LASTS))


def sign_out(session: Session, key: str) -> None:
    """The session is over; one that is not there is no error."""
    session.execute(delete(tables.login_session).where(tables.login_session.c.key_hash == hashed(key)))


def sessions_of(session: Session, member_id: int, now: datetime) -> list[LoginSession]:
    """The devices on which the member is signed in, newest first."""
    columns = tables.login_session.c
    statement = select(columns.key_hash, columns.device, columns.address, columns.created_at, columns.expires_at)
    wanted = statement.where(columns.member == member_id, columns.expires_at > now).order_by(columns.created_at.desc())
    return [LoginSession(*row) for row in session.execute(wanted)]


def revoke_session(session: Session, key_hash: str, *, actor: Actor, now: datetime) -> None:
    """Sign one device out: one's own, or as an administrator anyone's. Raises Missing."""
    columns = tables.login_session.c
    owner = session.execute(select(columns.member).where(columns.key_hash == key_hash)).scalar()
    if owner is None:
        raise Missing()
    if owner != actor.id:
        administrators_only(actor)
    session.execute(delete(tables.login_session).where(columns.key_hash == key_hash))
    audit.note(session, "session.revoked", f"member:{owner}", actor=actor, now=now)


def _begin(session: Session, account: str, address: str, now: datetime) -> tuple[int | None, str | None]:
    """Count the attempt; (the member, the hash to check), both None when nobody can sign in as `account`."""
    member = tables.member.c
    # Locked, so that guesses at one account are counted one after the other.
    wanted = select(member.id, member.password).where(member.email == account, member.active).with_for_update()
    found = session.execute(wanted).first()
    attempts = tables.login_attempt
    columns = attempts.c
    session.execute(delete(attempts).where(columns.at <= now - KEPT))
    recent = columns.at > now - WINDOW
    of_account, of_address = columns.account == account, columns.address == address
    counts = session.execute(
        select(
            func.count().filter(of_account & of_address),
            func.count().filter(of_address),
            func.count().filter(of_account),
        ).where(recent, of_account | of_address)
    ).one()
    if any(
        count >= limit for count, limit in zip(counts, (PER_ACCOUNT_AND_ADDRESS, PER_ADDRESS, PER_ACCOUNT), strict=True)
    ):
        raise TooMany(
            "too_soon",
            both("尝试次数过多，请 15 分钟后再试", "Too many attempts; please try again in 15 minutes"),
        )
    session.execute(insert(attempts).values(account=account, address=address, at=now))
    return (found.id, found.password) if found else (None, None)


def _printable(text: str) -> str:
    """What a database can keep of what somebody typed or sent."""
    return "".join(char for char in text if char.isprintable())[:200]


_COLUMNS = [*actor_columns(), *(tables.login_session.c[name] for name in ("csrf", "key_hash", "expires_at"))]
_BY_KEY = Prepared(
    select(*_COLUMNS)
    .join_from(tables.login_session, tables.member, tables.login_session.c.member == tables.member.c.id)
    .where(
        tables.login_session.c.key_hash == bindparam("hash"),
        tables.login_session.c.expires_at > bindparam("now"),
        tables.member.c.active,
    )
)
