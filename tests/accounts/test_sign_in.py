"""Who gets in, who has to wait, and when a session or a token is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import event, select

from formwright.accounts import passwords, tables
from formwright.accounts.access import member_for
from formwright.accounts.model import SYSTEM
from formwright.accounts.operations import deactivate_member, set_password, update_member
from formwright.accounts.sign_in import (
    PER_ACCOUNT_AND_ADDRESS,
    PER_ADDRESS,
    renew_session,
    revoke_session,
    session_actor,
    sessions_of,
    sign_in,
    sign_out,
)
from formwright.accounts.tokens import create_token, revoke_token, token_actor, tokens
from formwright.database import Database
from formwright.errors import Missing, NotAllowed, NotSignedIn, TooMany
from tests.accounts.stories import NOW, who

SECRET = "correct-horse-7"
HOME = "203.0.113.5"


@pytest.fixture
def door(office: Database) -> Database:
    """An office where rep and the administrator have set a password."""
    with office.write() as session:
        for name in ("rep", "admin"):
            set_password(session, f"{name}@example.com", SECRET, actor=SYSTEM, now=NOW)
    return office


def knock(
    database: Database,
    password: str = SECRET,
    *,
    email: str = "rep@example.com",
    address: str = HOME,
    now: datetime = NOW,
) -> str:
    return sign_in(database, email, password, address=address, now=now)[1]


def is_in(database: Database, key: str, now: datetime = NOW) -> bool:
    with database.read() as session:
        return session_actor(session, key, now) is not None


def test_the_right_password_opens_a_session_that_knows_its_member(door: Database) -> None:
    actor, key = sign_in(door, " Rep@Example.com", SECRET, address=HOME, now=NOW, device="phone")
    with door.read() as session:
        found = session_actor(session, key, NOW)
        assert found is not None
        assert found.actor == actor == who(session, "rep")
        assert len(found.csrf) > 40
        assert [entry.device for entry in sessions_of(session, actor.id or 0, NOW)] == ["phone"]
        stored = session.execute(select(tables.login_session.c.key_hash)).scalar_one()
        assert key not in stored


def test_all_that_is_wrong_looks_the_same(door: Database) -> None:
    with door.write() as session:
        set_password(session, "fin@example.com", SECRET, actor=SYSTEM, now=NOW)
        deactivate_member(session, "fin@example.com", actor=SYSTEM, now=NOW)
    refused = set()
    for email in ("rep@example.com", "fin@example.com", "boss@example.com", "nobody@example.com", "\x00\ud800", ""):
        with pytest.raises(NotSignedIn) as caught:
            knock(door, "wrong-password-1" if email.startswith("rep") else SECRET, email=email)
        refused.add((caught.value.code, str(caught.value)))
    assert len(refused) == 1


def test_an_account_that_does_not_exist_costs_a_hash_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    hasher = passwords._hasher

    class Counting:
        def verify(self, hashed: str, password: str) -> bool:
            checked.append(hashed)
            return hasher.verify(hashed, password)

        def hash(self, password: str) -> str:
            return hasher.hash(password)

    monkeypatch.setattr(passwords, "_hasher", Counting())
    assert not passwords.matches(SECRET, None)
    assert len(checked) == 1
    assert checked[0].startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_guessing_is_slowed_down_even_for_the_right_password(door: Database) -> None:
    for _ in range(PER_ACCOUNT_AND_ADDRESS):
        with pytest.raises(NotSignedIn):
            knock(door, "wrong-guess-1")
    with pytest.raises(TooMany):
        knock(door)
    assert is_in(door, knock(door, address="198.51.100.7"))
    assert is_in(door, knock(door, now=NOW + timedelta(minutes=16)), NOW + timedelta(minutes=16))


def test_many_guesses_at_once_are_no_way_around_the_limit(door: Database) -> None:
    outcomes: list[type[Exception]] = []
    start = Barrier(12)

    def guess(number: int) -> None:
        start.wait()
        try:
            knock(door, f"wrong-guess-{number}")
        except (NotSignedIn, TooMany) as refused:
            outcomes.append(type(refused))

    crowd = [Thread(target=guess, args=(number,)) for number in range(12)]
    for guesser in crowd:
        guesser.start()
    for guesser in crowd:
        guesser.join()
    assert sorted(outcomes, key=str) == [NotSignedIn] * PER_ACCOUNT_AND_ADDRESS + [TooMany] * 7


def test_one_address_cannot_try_many_accounts(door: Database) -> None:
    with door.write() as session:
        rows = [{"account": f"a{n}@example.com", "address": HOME, "at": NOW} for n in range(PER_ADDRESS)]
        session.execute(tables.login_attempt.insert(), rows)
    with pytest.raises(TooMany):
        knock(door)
    assert is_in(door, knock(door, address="198.51.100.7"))


def test_a_success_clears_earlier_slips(door: Database) -> None:
    for _ in range(3):
        for _ in range(PER_ACCOUNT_AND_ADDRESS - 1):
            with pytest.raises(NotSignedIn):
                knock(door, "a-typing-slip-1")
        knock(door)


def test_signing_in_again_replaces_the_session(door: Database) -> None:
    old = knock(door)
    new = sign_in(door, "rep@example.com", SECRET, address=HOME, now=NOW, previous_key=old)[1]
    assert (is_in(door, old), is_in(door, new)) == (False, True)


def test_a_session_slides_for_fourteen_days_of_use(door: Database) -> None:
    key = knock(door)
    later = NOW + timedelta(days=10)
    with door.write() as session:
        found = session_actor(session, key, later)
        assert found is not None
        assert found.renews
        renew_session(session, key, now=later)
    with door.read() as session:
        renewed = session_actor(session, key, later)
        assert renewed is not None
        assert not renewed.renews
    assert is_in(door, key, NOW + timedelta(days=23))
    assert not is_in(door, key, NOW + timedelta(days=24, seconds=1))


@pytest.mark.parametrize(
    "change",
    [
        lambda session: set_password(session, "rep@example.com", "another-secret-3", actor=SYSTEM, now=NOW),
        lambda session: update_member(session, "rep@example.com", {"admin": True}, actor=SYSTEM, now=NOW),
        lambda session: deactivate_member(session, "rep@example.com", actor=SYSTEM, now=NOW),
    ],
    ids=["password", "admin", "active"],
)
def test_a_change_of_password_or_rights_ends_the_sessions(door: Database, change: Callable[[object], object]) -> None:
    key = knock(door)
    with door.write() as session:
        update_member(session, "rep@example.com", {"name": "Only a name"}, actor=SYSTEM, now=NOW)
    assert is_in(door, key)
    with door.write() as session:
        change(session)
    assert not is_in(door, key)


def test_who_changes_the_own_password_stays_signed_in_here_only(door: Database) -> None:
    here, there = knock(door), knock(door)
    with door.write() as session:
        found = session_actor(session, here, NOW)
        assert found is not None
        actor, kept = found.actor, found.key_hash
        set_password(session, actor.email, "another-secret-3", actor=actor, now=NOW, keep_session=kept)
    assert (is_in(door, here), is_in(door, there)) == (True, False)


def test_a_lost_phone_is_signed_out_by_its_owner_or_an_administrator(door: Database) -> None:
    key = knock(door)
    with door.write() as session:
        rep = who(session, "rep")
        (phone,) = sessions_of(session, rep.id or 0, NOW)
        with pytest.raises(NotAllowed):
            revoke_session(session, phone.key_hash, actor=who(session, "fin"), now=NOW)
        revoke_session(session, phone.key_hash, actor=rep, now=NOW)
        with pytest.raises(Missing):
            revoke_session(session, phone.key_hash, actor=rep, now=NOW)
    assert not is_in(door, key)


def test_signing_out_ends_the_session(door: Database) -> None:
    key = knock(door)
    with door.write() as session:
        sign_out(session, key)
        sign_out(session, "no such key")
    assert not is_in(door, key)


def test_a_token_acts_as_its_member_with_the_rights_of_this_moment(office: Database) -> None:
    with office.write() as session:
        rep = member_for(session, "rep@example.com")
        id, token = create_token(session, rep.id, "import script", actor=SYSTEM, now=NOW)
        assert token.startswith("fw_")
        assert token_actor(session, token, NOW) == who(session, "rep")
        update_member(
            session, rep.id, {"departments": ["west", "east"], "roles": [], "language": "en"}, actor=SYSTEM, now=NOW
        )
        acting = token_actor(session, token, NOW)
        assert acting == who(session, "rep")
        assert acting is not None
        assert (acting.departments, acting.roles, acting.language) == (("west", "east"), frozenset(), "en")
        assert [(made.id, made.name) for made in tokens(session, rep.id)] == [(id, "import script")]
        assert token_actor(session, token + "x", NOW) is None
        assert token_actor(session, "fw_\ud800", NOW) is None


def test_finding_out_whose_token_it_is_costs_one_query(office: Database) -> None:
    with office.write() as session:
        _, token = create_token(session, member_for(session, "li.na@example.com").id, "", actor=SYSTEM, now=NOW)
    statements: list[str] = []

    def count(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    event.listen(office.engine, "before_cursor_execute", count)
    with office.read() as session:
        assert token_actor(session, token, NOW) is not None
    event.remove(office.engine, "before_cursor_execute", count)
    assert len([statement for statement in statements if statement.startswith("SELECT")]) == 1


def test_tokens_expire_and_are_revoked(office: Database) -> None:
    with office.write() as session:
        rep, fin = who(session, "rep"), who(session, "fin")
        assert rep.id is not None
        assert fin.id is not None
        with pytest.raises(NotAllowed):
            create_token(session, rep.id, "stolen", actor=fin, now=NOW)
        id, token = create_token(session, rep.id, "own", actor=rep, now=NOW, expires_at=NOW + timedelta(hours=1))
        assert token_actor(session, token, NOW + timedelta(minutes=59)) is not None
        assert token_actor(session, token, NOW + timedelta(hours=1)) is None
        with pytest.raises(Missing):
            revoke_token(session, id, actor=fin, now=NOW)
        revoke_token(session, id, actor=rep, now=NOW)
        assert token_actor(session, token, NOW) is None


@pytest.mark.parametrize(
    "password",
    ["short-7", "password", "Passw0rd!", "qwerty123456", "12345678901", "123456789012", "aaaaaaaaaaaa", "woaini1314",
     "rep@example.com", "Formwright2026", "123123123123", "reporter!99"],
)  # fmt: skip
def test_a_password_that_everyone_tries_first_is_refused(password: str) -> None:
    weak = passwords.weakness(password, email="rep@example.com", name="Reporter")
    assert weak is not None
    assert set(weak) == {"zh", "en"}


@pytest.mark.parametrize(
    "password", ["correct-horse-7", "我的密码很长很安全", "839105746213", "x7!kQ2#p", "Tr0ub4dor&3"]
)
def test_a_password_of_ones_own_is_fine(password: str) -> None:
    assert passwords.weakness(password, email="rep@example.com", name="Wang") is None
    assert passwords.matches(password, passwords.hash_password(password))
