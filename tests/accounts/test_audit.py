"""Nothing can be edited, removed or cut from the audit log without being found."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from formwright.accounts import audit
from formwright.accounts.model import SYSTEM
from formwright.accounts.operations import set_password, update_member
from formwright.database import Database
from tests.accounts.stories import NOW, who


@pytest.fixture
def logged(office: Database) -> Database:
    """An office whose log has a handful of entries."""
    with office.write() as session:
        admin = who(session, "admin")
        for n in range(5):
            audit.note(session, "app.published", f"app:crm{n}", {"publication": n, "名": "客户"}, actor=admin, now=NOW)
    return office


def codes(database: Database, exported: audit.Head | None = None) -> set[str]:
    with database.read() as session:
        return {problem.code for problem in audit.verify(session, exported)}


def tamper(database: Database, statement: str) -> None:
    with database.write() as session:
        assert session.connection().execute(text(statement)).rowcount


def test_an_untouched_log_is_whole(logged: Database) -> None:
    assert codes(logged) == set()
    with logged.read() as session:
        newest = audit.entries(session, limit=2)
        assert [entry.subject for entry in newest] == ["app:crm4", "app:crm3"]
        assert newest[0].body == {"publication": 4, "名": "客户"}
        assert [e.subject for e in audit.entries(session, before=newest[1].seq, limit=1)] == ["app:crm2"]


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE audit SET body = '{}' WHERE seq = 3", {"entry_changed"}),
        ("UPDATE audit SET actor = 'system' WHERE seq = 4", {"entry_changed"}),
        ("UPDATE audit SET hash = 'x' WHERE seq = 4", {"entry_changed"}),
        ("DELETE FROM audit WHERE seq = 3", {"entry_missing", "entry_changed"}),
        ("DELETE FROM audit WHERE seq >= 5", {"tail_cut"}),
        ("DELETE FROM audit", {"tail_cut"}),
        ("DELETE FROM audit_head", {"tail_cut"}),
    ],
)
def test_tampering_is_found(logged: Database, statement: str, found: set[str]) -> None:
    tamper(logged, statement)
    assert codes(logged) == found


def test_a_log_rewritten_as_a_whole_differs_from_the_head_kept_elsewhere(logged: Database) -> None:
    with logged.read() as session:
        exported = audit.head(session)
    assert codes(logged, exported) == set()
    tamper(logged, "DELETE FROM audit")
    tamper(logged, "DELETE FROM audit_head")
    with logged.write() as session:
        for _ in range(exported.seq):
            audit.note(session, "app.published", "app:innocent", actor=SYSTEM, now=NOW)
    assert codes(logged) == set()
    assert codes(logged, exported) == {"head_differs"}


def test_what_administrators_do_is_noted_without_the_password(logged: Database) -> None:
    with logged.write() as session:
        update_member(session, "rep@example.com", {"password": "very-secret-1"}, actor=who(session, "admin"), now=NOW)
        set_password(session, "rep@example.com", "other-secret-2", actor=SYSTEM, now=NOW)
        newest, before = audit.entries(session, limit=2)
        assert (newest.act, newest.actor) == ("member.password", "system")
        assert (before.act, before.actor) == ("member.changed", str(who(session, "admin").id))
        assert all("secret" not in str(entry.body) for entry in audit.entries(session))
    assert codes(logged) == set()
