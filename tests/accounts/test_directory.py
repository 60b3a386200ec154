"""Who reports to whom, who is in which department and role, as rules ask for it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import event

from formwright.accounts.access import members
from formwright.accounts.directory import Directory, directory, site_settings
from formwright.accounts.operations import (
    deactivate_member,
    save_department,
    save_proxy,
    set_role_members,
    update_member,
)
from formwright.database import Database
from tests.accounts.stories import NOW, who


def names(known: Directory, ids: Iterable[int]) -> list[str]:
    return [known.show([id])[id].email.partition("@")[0] for id in ids]


def test_a_role_lists_its_active_members_by_e_mail(office: Database) -> None:
    with office.write() as session:
        known = directory(session)
        assert names(known, known.role("sales")) == ["li.na", "rep2", "rep"]
        deactivate_member(session, "rep@example.com", actor=who(session, "admin"), now=NOW)
        known = directory(session)
        assert names(known, known.role("sales")) == ["li.na", "rep2"]
        assert known.role("nobody_made_this") == ()


def test_a_department_counts_those_below_it_and_members_only_its_own(office: Database) -> None:
    with office.read() as session:
        known = directory(session)
        assert names(known, known.department_members("sales")) == ["li.na", "rep2", "rep"]
        assert names(known, known.members("sales")) == ["li.na"]
        assert known.departments_under("sales") == ("sales", "east", "west")
        assert known.departments_under("nowhere") == ()


def test_managers_and_heads_by_level(office: Database) -> None:
    with office.read() as session:
        known = directory(session)
        rep, li_na, boss = (known.member(f"{name}@example.com") for name in ("rep", "li.na", "boss"))
        assert rep is not None
        assert [known.manager(rep, level) for level in (1, 2, 3)] == [li_na, boss, None]
        assert [known.head("east", level) for level in (1, 2, 3, 4)] == [None, li_na, boss, None]


def test_subordinates_of_all_levels_include_those_who_left(office: Database) -> None:
    with office.write() as session:
        deactivate_member(session, "rep2@example.com", actor=who(session, "admin"), now=NOW)
        known = directory(session)
        boss, li_na = known.member("boss@example.com"), known.member("LI.NA@example.com ")
        assert boss is not None
        assert li_na is not None
        assert names(known, known.subordinates(li_na)) == ["rep2", "rep"]
        assert names(known, known.subordinates(boss)) == ["admin", "fin", "legal", "li.na", "rep2", "rep", "service"]
        assert names(known, known.active(known.subordinates(li_na))) == ["rep"]


def test_attributes_as_rules_read_them(office: Database) -> None:
    with office.read() as session:
        known = directory(session)
        rep = known.find("rep@example.com")
        assert rep is not None
        assert known.find(str(rep)) == rep
        assert known.find("99999") is None
        assert known.attribute(rep, "department") == "east"
        assert known.attribute(rep, "roles") == ("sales", "sales_rep")
        assert known.attribute(rep, "manager") == known.member("li.na@example.com")
        assert known.attribute(rep, "name") == "王伟 Wang Wei"
        assert known.department_attribute("east", "name") == "华东区"
        assert known.department_attribute("east", "parent") == "sales"
        assert known.attribute(12345, "name") is None


def test_a_moved_department_takes_everything_below_it_along(office: Database) -> None:
    with office.write() as session:
        save_department(session, {"id": "sales", "parent": "service"}, actor=who(session, "admin"), now=NOW)
        known = directory(session)
        assert names(known, known.department_members("service")) == ["li.na", "rep2", "rep", "service"]
        stored = session.connection().exec_driver_sql(
            "SELECT ancestor, depth FROM department_closure WHERE descendant = 'east' ORDER BY depth"
        )
        assert [tuple(row) for row in stored] == [("east", 0), ("sales", 1), ("service", 2), ("company", 3)]


def test_a_proxy_stands_in_on_its_days_and_for_its_flows_only(office: Database) -> None:
    with office.write() as session:
        rep = who(session, "rep")
        values = {"member": rep.email, "proxy": "rep2@example.com", "from": "2026-03-02", "to": "2026-03-06"}
        save_proxy(session, {**values, "flows": ["quote_approval"]}, actor=rep, now=NOW)
        known, stand_in = directory(session), who(session, "rep2").id
        assert rep.id is not None
        days = [date(2026, 3, day) for day in (1, 2, 6, 7)]
        assert [known.proxy_for(rep.id, "quote_approval", day) for day in days] == [None, stand_in, stand_in, None]
        assert known.proxy_for(rep.id, "leave", days[1]) is None
        deactivate_member(session, "rep2@example.com", actor=who(session, "admin"), now=NOW)
        assert directory(session).proxy_for(rep.id, "quote_approval", days[1]) is None


def test_a_right_taken_away_is_gone_in_the_next_transaction(office: Database) -> None:
    with office.read() as session:
        assert "finance" in who(session, "fin").roles
    with office.write() as session:
        set_role_members(session, "finance", [], actor=who(session, "admin"), now=NOW)
    with office.read() as session:
        assert who(session, "fin").roles == frozenset()


def test_what_was_rolled_back_never_shows_up(office: Database) -> None:
    class Regret(Exception):
        pass

    try:
        with office.write() as session:
            update_member(session, "rep@example.com", {"name": "Nobody"}, actor=who(session, "admin"), now=NOW)
            assert who(session, "rep").name == "Nobody"
            raise Regret
    except Regret:
        pass
    with office.write() as session:
        update_member(session, "rep2@example.com", {"name": "Somebody"}, actor=who(session, "admin"), now=NOW)
    with office.read() as session:
        assert (who(session, "rep").name, who(session, "rep2").name) == ("王伟 Wang Wei", "Somebody")


def test_an_unchanged_organisation_costs_one_query_a_transaction(office: Database) -> None:
    with office.read() as session:
        directory(session)
    statements: list[str] = []

    def count(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    event.listen(office.engine, "before_cursor_execute", count)
    with office.read() as session:
        known = directory(session)
        known.role("sales")
        known.department_members("company")
        site_settings(session)
        who(session, "boss")
    event.remove(office.engine, "before_cursor_execute", count)
    assert len([statement for statement in statements if statement.startswith("SELECT")]) == 1


def test_members_are_listed_in_pages_and_searched_by_name_or_e_mail(office: Database) -> None:
    with office.write() as session:
        deactivate_member(session, "fin@example.com", actor=who(session, "admin"), now=NOW)
        first = members(session, limit=3)
        second = members(session, after=first[-1].email, limit=3)
        assert [m.email.partition("@")[0] for m in [*first, *second]] == [
            "admin",
            "boss",
            "legal",
            "li.na",
            "rep2",
            "rep",
        ]
        assert [m.email for m in members(session, search="李娜")] == ["li.na@example.com"]
        assert [m.email for m in members(session, search="FIN", active=None)] == ["fin@example.com"]
