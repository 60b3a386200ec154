"""An organisation as a file: imported twice it changes nothing, and whatever is wrong in it is named at its place."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from formwright import events
from formwright.accounts.access import member_for
from formwright.accounts.directory import directory, site_settings
from formwright.accounts.events import MemberDeactivated, ProxySet
from formwright.accounts.model import SYSTEM
from formwright.accounts.operations import export_org, import_org
from formwright.accounts.sign_in import sign_in
from formwright.accounts.tokens import create_token, token_actor
from formwright.database import Database
from formwright.errors import Invalid, NotAllowed
from tests.accounts.stories import NOW, standard_org, who

NOTHING = {"departments": 0, "roles": 0, "members": 0, "proxies": 0, "settings": 0}


def bring(database: Database, document: Any) -> dict[str, int]:
    with database.write() as session:
        return import_org(session, document, actor=SYSTEM, now=NOW)


def refusals(database: Database, document: Any) -> dict[str, str]:
    """{place: code} of everything that an import refuses."""
    with pytest.raises(Invalid) as refused:
        bring(database, document)
    return {problem.at: problem.code for problem in refused.value.problems}


def test_importing_the_same_file_again_changes_nothing(office: Database) -> None:
    assert bring(office, standard_org()) == NOTHING


def test_what_is_exported_can_be_imported_elsewhere_and_is_the_same(office: Database, clean_database: Any) -> None:
    with office.write() as session:
        proxy = {"member": "fin@example.com", "proxy": "boss@example.com", "from": "2026-03-02", "to": "2026-03-06"}
        import_org(session, {"proxies": [proxy]}, actor=SYSTEM, now=NOW)
        exported = export_org(session)
    assert bring(office, exported) == NOTHING
    elsewhere = clean_database()
    summary = bring(elsewhere, exported)
    assert summary == {"departments": 7, "roles": 6, "members": 8, "proxies": 1, "settings": 0}
    with elsewhere.read() as session:
        assert export_org(session) == exported


def test_a_member_may_name_a_manager_who_comes_later_in_the_file(database: Database) -> None:
    bring(
        database,
        {"members": [{"email": "New@Example.com", "manager": "chief@example.com"}, {"email": "chief@example.com"}]},
    )
    with database.read() as session:
        new = member_for(session, "new@example.com")
        assert new.manager == member_for(session, "chief@example.com").id
        assert new.name == "new"


def test_keys_left_out_stay_as_they_were(office: Database) -> None:
    assert bring(office, {"members": [{"email": "rep@example.com", "active": False}]}) == {**NOTHING, "members": 1}
    with office.read() as session:
        rep = member_for(session, "rep@example.com")
        assert (rep.active, rep.departments, rep.roles, rep.name) == (
            False,
            ("east",),
            ("sales", "sales_rep"),
            "王伟 Wang Wei",
        )


def test_everything_wrong_is_named_at_its_place_and_nothing_is_changed(office: Database) -> None:
    document = {
        "departments": [{"id": "Sales"}, {"id": "north", "parent": "slaes"}, {"id": "sales", "parent": "east"}],
        "roles": [{"name": "no id"}],
        "members": [
            {"email": "rep@example.com", "rolles": ["sales"]},
            {"email": "rep@example.com", "roles": ["finanse"]},
            {"email": "not an address", "departments": ["east", "moon"]},
            {"email": "boss@example.com", "manager": "rep@example.com"},
            {"email": "x@example.com", "manager": "x@example.com", "admin": "yes", "language": "fr"},
            {"email": "y@example.com", "name": "\x00", "password": "12345678"},
        ],
        "proxies": [{"member": "rep@example.com", "proxy": "who@example.com", "from": "2026-3-2", "to": "2026-03-06"}],
        "settings": {"timezone": "Mars/Olympus", "calendar": {"week": ["moon"], "hours": ["12:00-09:00"]}},
        "extra": 1,
    }
    assert refusals(office, document) == {
        "/extra": "unknown_key",
        "/departments/0/id": "bad_id",
        "/departments/1/parent": "unknown_department",
        "/departments/2/parent": "cycle",
        "/roles/0/id": "required",
        "/members/0/rolles": "unknown_key",
        "/members/1/email": "duplicate",
        "/members/1/roles/0": "unknown_role",
        "/members/2/email": "bad_email",
        "/members/2/departments/1": "unknown_department",
        "/members/3/manager": "cycle",
        "/members/4/manager": "cycle",
        "/members/4/admin": "type_mismatch",
        "/members/4/language": "unknown_option",
        "/members/5/name": "bad_character",
        "/proxies/0/from": "bad_date",
        "/proxies/0/proxy": "unknown_member",
        "/settings/timezone": "unknown_timezone",
        "/settings/calendar/week/0": "unknown_option",
        "/settings/calendar/hours/0": "bad_hours",
    }
    assert bring(office, standard_org()) == NOTHING


def test_an_unknown_name_comes_with_the_nearest_known_one(office: Database) -> None:
    with pytest.raises(Invalid) as refused:
        bring(office, {"members": [{"email": "rep@example.com", "roles": ["sales_rap"]}]})
    assert "Did you mean 'sales_rep'?" in refused.value.say("en")
    assert "是不是 'sales_rep'" in refused.value.say("zh")


def test_a_weak_password_is_refused_and_a_good_one_opens_the_door(database: Database) -> None:
    assert refusals(database, {"members": [{"email": "ann@example.com", "password": "Password123"}]}) == {
        "/members/0/password": "password_weak"
    }
    document = {"members": [{"email": "ann@example.com", "password": "correct-horse-7"}]}
    assert bring(database, document)["members"] == 1
    assert bring(database, document) == NOTHING
    actor, _ = sign_in(database, "ann@example.com", "correct-horse-7", address="203.0.113.5", now=NOW)
    assert actor.email == "ann@example.com"


def test_settings_of_the_site_come_along(database: Database) -> None:
    calendar = {"week": ["mon", "sun"], "hours": ["08:00-12:00", "20:00-24:00"], "holidays": ["2026-03-02"]}
    settings = {"timezone": "Europe/Berlin", "language": "en", "currency": "EUR", "calendar": calendar}
    assert bring(database, {"settings": settings}) == {**NOTHING, "settings": 1}
    assert bring(database, {"settings": settings}) == NOTHING
    with database.read() as session:
        site = site_settings(session)
        assert (site.timezone, site.language, site.currency) == ("Europe/Berlin", "en", "EUR")
        assert site.calendar.holidays == {date(2026, 3, 2)}
        assert export_org(session)["settings"] == settings


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The events that an import publishes."""
    found: list[object] = []

    def hear(session: Session, event: object) -> None:
        if isinstance(event, MemberDeactivated):
            assert not directory(session).is_active(event.member)
        if isinstance(event, ProxySet):
            assert event.proxy in directory(session).organisation.proxies
        found.append(event)

    monkeypatch.setattr(events, "_subscribers", {})
    events.subscribe(MemberDeactivated, hear)
    events.subscribe(ProxySet, hear)
    return found


def test_who_leaves_and_who_stands_in_is_told_to_the_floors_above(office: Database, heard: list[object]) -> None:
    proxy = {
        "member": "li.na@example.com",
        "proxy": "boss@example.com",
        "from": "2026-03-02",
        "to": "2026-03-06",
        "move_open": True,
    }
    document = {"members": [{"email": "rep2@example.com", "active": False}], "proxies": [proxy]}
    bring(office, document)
    bring(office, document)
    left, arranged = heard
    with office.read() as session:
        assert isinstance(left, MemberDeactivated)
        assert isinstance(arranged, ProxySet)
        assert left.member == member_for(session, "rep2@example.com").id
        assert arranged.proxy.move_open
        assert arranged.proxy in directory(session).organisation.proxies


def test_only_administrators_import(office: Database) -> None:
    with office.write() as session, pytest.raises(NotAllowed):
        import_org(session, {}, actor=who(session, "rep"), now=NOW)


def test_a_member_who_left_has_neither_token_nor_session(office: Database) -> None:
    with office.write() as session:
        rep = member_for(session, "rep@example.com")
        _, token = create_token(session, rep.id, "phone", actor=SYSTEM, now=NOW)
    bring(office, {"members": [{"email": "rep@example.com", "active": False}]})
    bring(office, {"members": [{"email": "rep@example.com", "active": True}]})
    with office.read() as session:
        assert token_actor(session, token, NOW) is None


def test_a_thousand_members_are_brought_in_with_a_few_statements(database: Database) -> None:
    members = [
        {
            "email": f"m{n}@example.com",
            "departments": ["d"],
            "roles": ["r"],
            "manager": f"m{n // 10}@example.com" if n else None,
        }
        for n in range(1000)
    ]
    document = {"departments": [{"id": "d"}], "roles": [{"id": "r"}], "members": members}
    assert bring(database, document)["members"] == 1000
    with database.read() as session:
        known = directory(session)
        assert len(known.role("r")) == len(known.department_members("d")) == 1000
        first = known.member("m0@example.com")
        assert first is not None
        assert len(known.subordinates(first)) == 999
    assert bring(database, document) == NOTHING
