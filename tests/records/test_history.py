"""What happened to a record is kept field by field, and read with the reader's own eyes."""

from __future__ import annotations

import pytest

from formwright.errors import Invalid, Missing, NotAllowed
from formwright.notify.inbox import unread
from formwright.records.access import record_for
from formwright.records.comments import comment, comments
from formwright.records.history import Entry, entries
from formwright.records.model import Record
from tests.records.office import Office


@pytest.fixture
def quote(office: Office, acme: Record, pump: Record) -> Record:
    return office.create(
        "rep", "quote", {"customer": str(acme.id), "lines": [{"product": str(pump.id), "quantity": 2}]}
    )


def history(office: Office, who: str, record: Record) -> list[Entry]:
    with office.database.read() as session:
        actor = office.actor(session, who)
        found, rights = record_for(session, office.app, record.form, record.id, actor=actor, now=office.now)
        return entries(session, office.app.forms[record.form], found, rights.fields)


def test_creation_and_each_change_are_kept_newest_first(office: Office, quote: Record) -> None:
    office.update("rep", quote, {"region": "west"})
    newest, first = history(office, "rep", quote)
    assert [(each.field, each.old, each.new) for each in newest.changes] == [("region", "east", "west")]
    assert (first.kind, newest.kind) == ("create", "update")
    assert ("customer", None, str(quote.values["customer"])) in [
        (each.field, each.old, each.new) for each in first.changes
    ]


def test_rows_are_kept_by_row_and_column(office: Office, quote: Record) -> None:
    row = str(quote.values["lines"][0]["id"])
    office.update("rep", quote, {"lines": [{"id": row, "quantity": 3}]})
    changes = history(office, "rep", quote)[0].changes
    found = {(each.field, each.row): (each.old, each.new) for each in changes}
    assert found["lines.quantity", row] == (2, 3)
    assert found["lines.amount", row] == (200, 300)
    assert found["total", None] == (200, 300)
    assert ("lines.product", row) not in found


def test_a_hidden_field_has_no_history(office: Office, quote: Record) -> None:
    office.update("admin", quote, {"cost": 70})
    assert [each.field for each in history(office, "li.na", quote)[0].changes] == ["cost"]
    assert history(office, "rep", quote)[0].changes == ()


def test_handing_over_deleting_and_restoring_are_kept(office: Office, quote: Record) -> None:
    office.delete("rep", quote)
    office.restore("rep", quote)
    office.update("rep", quote, {"owner": "rep2@example.com"})
    found = history(office, "li.na", quote)
    assert [each.kind for each in found] == ["update", "restore", "delete", "create"]
    assert [each.field for each in found[0].changes] == ["owner"]


def test_refused_changes_leave_no_trace(office: Office, quote: Record) -> None:
    with pytest.raises(Invalid):
        office.update("rep", quote, {"lines": []})
    assert len(history(office, "rep", quote)) == 1


def say(office: Office, who: str, record: Record, text: str) -> None:
    with office.writing() as session:
        comment(session, office.app, record.form, record.id, text, actor=office.actor(session, who), now=office.now)


def test_a_mentioned_member_is_told(office: Office, quote: Record) -> None:
    say(office, "rep", quote, "please look, @li.na@example.com.")
    with office.database.read() as session:
        actor = office.actor(session, "li.na")
        (said,) = comments(session, office.app, "quote", quote.id, actor=actor, now=office.now)
        assert said.mentions == (actor.id,)
        assert actor.id is not None
        assert unread(session, actor.id) == 1


def test_who_does_not_see_the_record_is_not_told(office: Office, quote: Record) -> None:
    say(office, "rep", quote, "hello @rep2@example.com and @nobody@example.com")
    with office.database.read() as session:
        actor = office.actor(session, "rep")
        assert comments(session, office.app, "quote", quote.id, actor=actor, now=office.now)[0].mentions == ()
        with pytest.raises(Missing):
            comments(session, office.app, "quote", quote.id, actor=office.actor(session, "rep2"), now=office.now)


def test_an_empty_comment_is_none(office: Office, quote: Record) -> None:
    with pytest.raises(Invalid) as refused:
        say(office, "rep", quote, "  ")
    assert refused.value.code == "required"


def test_who_may_only_look_does_not_comment(office: Office, acme: Record) -> None:
    with pytest.raises(NotAllowed):
        say(office, "legal", acme, "hi")
