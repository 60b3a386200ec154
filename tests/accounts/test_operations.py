"""What administrators change, what members change themselves, and what nobody may."""

from __future__ import annotations

import pytest

from formwright.accounts.access import department_for, departments, member_for, role_for
from formwright.accounts.model import SYSTEM
from formwright.accounts.operations import (
    create_member,
    deactivate_member,
    delete_department,
    delete_proxy,
    delete_role,
    ensure_roles,
    save_department,
    save_proxy,
    save_role,
    save_settings,
    set_password,
    update_member,
)
from formwright.accounts.organisation import organisation
from formwright.accounts.sign_in import sign_in
from formwright.database import Database
from formwright.errors import Conflict, Invalid, Missing, NotAllowed, NotSignedIn
from tests.accounts.stories import NOW, who


def test_an_administrator_adds_a_colleague(office: Database) -> None:
    with office.write() as session:
        boss = member_for(session, "boss@example.com")
        values = {
            "email": "New.One@example.com",
            "name": "新人",
            "manager": str(boss.id),
            "departments": ["west", "east"],
        }
        made = create_member(session, {**values, "roles": ["sales_rep"]}, actor=who(session, "admin"), now=NOW)
        assert (made.email, made.departments, made.roles, made.manager) == (
            "new.one@example.com",
            ("west", "east"),
            ("sales_rep",),
            boss.id,
        )
        assert who(session, "new.one").department == "west"


def test_one_address_belongs_to_one_member(office: Database) -> None:
    with office.write() as session:
        admin = who(session, "admin")
        with pytest.raises(Conflict) as taken:
            create_member(session, {"email": "REP@example.com"}, actor=admin, now=NOW)
        assert taken.value.code == "in_use"
        with pytest.raises(Conflict):
            update_member(session, "rep@example.com", {"email": "fin@example.com"}, actor=admin, now=NOW)
        moved = update_member(session, "rep@example.com", {"email": "wang@example.com"}, actor=admin, now=NOW)
        assert member_for(session, "wang@example.com").id == moved.id
        assert moved.roles == ("sales", "sales_rep")
        with pytest.raises(Missing):
            member_for(session, "rep@example.com")


def test_members_change_their_own_name_and_language_but_not_their_roles(office: Database) -> None:
    with office.write() as session:
        rep = who(session, "rep")
        update_member(session, rep.email, {"name": "Wei", "language": "en"}, actor=rep, now=NOW)
        assert (who(session, "rep").name, who(session, "rep").language) == ("Wei", "en")
        for values in ({"roles": ["finance"]}, {"admin": True}, {"name": "x", "manager": None}):
            with pytest.raises(NotAllowed):
                update_member(session, rep.email, values, actor=rep, now=NOW)
        with pytest.raises(NotAllowed):
            update_member(session, "fin@example.com", {"name": "x"}, actor=rep, now=NOW)


def test_the_last_administrator_stays(office: Database) -> None:
    with office.write() as session:
        admin = who(session, "admin")
        for lose in ({"admin": False}, {"active": False}):
            with pytest.raises(Conflict) as refused:
                update_member(session, admin.email, lose, actor=admin, now=NOW)
            assert refused.value.code == "last_admin"
        update_member(session, "boss@example.com", {"admin": True}, actor=admin, now=NOW)
        assert not deactivate_member(session, admin.email, actor=admin, now=NOW).active


def test_wrong_values_are_named_by_their_key(office: Database) -> None:
    with office.write() as session, pytest.raises(Invalid) as refused:
        create_member(
            session, {"email": "n@example.com", "roles": ["sales", "salse"], "nmae": "x"}, actor=SYSTEM, now=NOW
        )
    assert {problem.at: problem.code for problem in refused.value.problems} == {
        "/nmae": "unknown_key",
        "/roles/1": "unknown_role",
    }


def test_a_department_in_use_cannot_be_deleted(office: Database) -> None:
    with office.write() as session:
        admin = who(session, "admin")
        for id in ("sales", "east"):
            with pytest.raises(Conflict) as refused:
                delete_department(session, id, actor=admin, now=NOW)
            assert refused.value.code == "in_use"
        save_department(session, {"id": "lab", "name": {"en": "Lab"}, "parent": "east"}, actor=admin, now=NOW)
        delete_department(session, "lab", actor=admin, now=NOW)
        assert "lab" not in [department.id for department in departments(session)]


def test_a_department_gets_another_head(office: Database) -> None:
    with office.write() as session:
        admin, rep = who(session, "admin"), who(session, "rep")
        save_department(session, {"id": "east", "head": rep.email}, actor=admin, now=NOW)
        assert department_for(session, "east").head == rep.id
        save_department(session, {"id": "east", "name": "East"}, actor=admin, now=NOW)
        assert department_for(session, "east").head == rep.id
        save_department(session, {"id": "east", "head": None}, actor=admin, now=NOW)
        assert department_for(session, "east").head is None


def test_a_role_in_use_cannot_be_deleted(office: Database) -> None:
    with office.write() as session:
        admin = who(session, "admin")
        with pytest.raises(Conflict):
            delete_role(session, "finance", actor=admin, now=NOW)
        save_role(session, {"id": "auditor", "name": {"zh": "审计", "en": "Auditor"}}, actor=admin, now=NOW)
        assert role_for(session, "auditor").name == {"zh": "审计", "en": "Auditor"}
        delete_role(session, "auditor", actor=admin, now=NOW)
        with pytest.raises(Missing):
            role_for(session, "auditor")


def test_an_app_brings_only_the_roles_that_are_missing(office: Database) -> None:
    with office.write() as session:
        made = ensure_roles(session, [("finance", "Other name"), ("buyer", "Buyer")], actor=SYSTEM, now=NOW)
        assert made == ["buyer"]
        assert role_for(session, "finance").name == {"zh": "财务", "en": "Finance"}


def test_members_arrange_and_end_their_own_proxies_only(office: Database) -> None:
    with office.write() as session:
        rep = who(session, "rep")
        values = {"proxy": "boss@example.com", "from": "2026-03-02", "to": "2026-03-03"}
        save_proxy(session, {"member": rep.email, **values}, actor=rep, now=NOW)
        with pytest.raises(NotAllowed):
            save_proxy(session, {"member": "fin@example.com", **values}, actor=rep, now=NOW)
        (made,) = organisation(session).proxies
        with pytest.raises(NotAllowed):
            delete_proxy(session, made.id, actor=who(session, "fin"), now=NOW)
        delete_proxy(session, made.id, actor=rep, now=NOW)
        assert organisation(session).proxies == ()


def test_settings_are_changed_key_by_key(office: Database) -> None:
    with office.write() as session:
        admin = who(session, "admin")
        save_settings(session, {"language": "en"}, actor=admin, now=NOW)
        site = save_settings(session, {"calendar": {"holidays": "DE"}}, actor=admin, now=NOW)
        assert (site.language, site.currency, site.calendar.holidays, len(site.calendar.week)) == ("en", "CNY", "DE", 5)
        assert who(session, "rep").language == "en"


def test_a_new_password_counts_at_once(office: Database) -> None:
    with office.write() as session:
        set_password(session, "rep@example.com", "first-secret-9", actor=who(session, "admin"), now=NOW)
        set_password(session, "rep@example.com", "second-secret-9", actor=who(session, "rep"), now=NOW)
        with pytest.raises(NotAllowed):
            set_password(session, "fin@example.com", "other-secret-9", actor=who(session, "rep"), now=NOW)
    sign_in(office, "rep@example.com", "second-secret-9", address="::1", now=NOW)
    with pytest.raises(NotSignedIn):
        sign_in(office, "rep@example.com", "first-secret-9", address="::1", now=NOW)
