"""What members are told in their inbox, and who may read it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from formwright.accounts.model import SYSTEM
from formwright.accounts.operations import deactivate_member
from formwright.database import Database
from formwright.errors import Invalid
from formwright.notify.inbox import mark_all_read, mark_read, page, unread
from formwright.notify.operations import inbox
from formwright.texts import both
from tests.accounts.stories import NOW, settle, who


@pytest.fixture
def office(database: Database) -> Iterator[Session]:
    with database.write() as session:
        settle(session)
        yield session


def ids(session: Session, *names: str) -> list[int]:
    found = [who(session, name).id for name in names]
    return [id for id in found if id is not None]


def test_each_member_is_told_once_and_who_left_is_not(office: Session) -> None:
    rep, fin = ids(office, "rep", "fin")
    deactivate_member(office, fin, actor=SYSTEM, now=NOW)
    inbox(office, [rep, rep, fin], both("请审批", "Please approve"), "/tasks/7", now=NOW)
    (message,) = page(office, who(office, "rep")).items
    assert (message.text, message.link, message.read_at) == (both("请审批", "Please approve"), "/tasks/7", None)
    assert (unread(office, rep), unread(office, fin)) == (1, 0)


def test_nobody_reads_or_marks_what_others_were_told(office: Session) -> None:
    rep, rep2 = ids(office, "rep", "rep2")
    inbox(office, [rep], "for rep", now=NOW)
    inbox(office, [rep2], "for rep2", now=NOW)
    (mine,) = page(office, who(office, "rep2")).items
    (other,) = page(office, who(office, "rep")).items
    assert mine.text == "for rep2"
    assert mark_read(office, [other.id], who(office, "rep2"), now=NOW) == 0
    assert unread(office, rep) == 1
    assert mark_read(office, [other.id, mine.id], who(office, "rep2"), now=NOW) == 1
    assert page(office, who(office, "rep2"), unread_only=True).items == ()


def test_pages_go_back_in_time(office: Session) -> None:
    (rep,) = ids(office, "rep")
    for n in range(5):
        inbox(office, [rep], str(n), now=NOW)
    actor, seen, cursor = who(office, "rep"), [], None
    while True:
        got = page(office, actor, cursor=cursor, limit=2)
        seen.append([message.text for message in got.items])
        cursor = got.next_cursor
        if cursor is None:
            break
    assert seen == [["4", "3"], ["2", "1"], ["0"]]
    with pytest.raises(Invalid):
        page(office, actor, cursor="yesterday")


def test_everything_is_read_with_one_click(office: Session) -> None:
    (rep,) = ids(office, "rep")
    for _ in range(3):
        inbox(office, [rep], "x", now=NOW)
    assert mark_all_read(office, who(office, "rep"), now=NOW) == 3
    assert unread(office, rep) == 0
    assert {message.read_at for message in page(office, who(office, "rep")).items} == {NOW}
