"""A flow lets its people see records without any grant, and takes writing away while it is at work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from formwright.accounts.model import Actor
from formwright.errors import Invalid, Missing, NotAllowed
from formwright.prepared import Batch
from formwright.records import operations
from formwright.records.model import Record
from formwright.records.participants import Progress, participations, progresses
from formwright.schema.model import App, FieldRights, Form, RowRights
from formwright.storage.access import layout_for
from formwright.storage.layout import FormLayout
from tests.records.office import Office, codes


class LegalReads:
    """The legal department takes part in every quote, and sees all but its region."""

    def condition(self, session: Session, layout: FormLayout, actor: Actor) -> ColumnElement[bool] | None:
        return layout.table.c.id > 0 if actor.email.startswith("legal") else None

    def field_condition(
        self, session: Session, layout: FormLayout, actor: Actor, field_id: str
    ) -> ColumnElement[bool] | None:
        return None if field_id == "region" else self.condition(session, layout, actor)

    def rights(
        self, session: Session, app: App, form: Form, records: Sequence[Record], actor: Actor
    ) -> Mapping[int, FieldRights]:
        if not actor.email.startswith("legal") or form.id != "quote":
            return {}
        return {record.id: FieldRights({"region": "hidden"}, "edit") for record in records}


@pytest.fixture(autouse=True)
def legal_takes_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(participations._things, "legal reads", LegalReads())


@pytest.fixture
def quote(office: Office, acme: Record, pump: Record) -> Record:
    return office.create(
        "rep", "quote", {"customer": str(acme.id), "lines": [{"product": str(pump.id), "quantity": 2}]}
    )


def start(office: Office, quote: Record, status: str | None = "running") -> None:
    with office.writing() as session:
        layout = layout_for(session, office.app, quote.form)
        batch = Batch(session)
        operations.set_flow(batch, layout, quote.id, status, ["manager"] if status else [])
        batch.flush()


def test_who_takes_part_sees_the_record_but_never_writes_it_by_that(office: Office, quote: Record) -> None:
    seen = office.see("legal", quote)
    assert seen["values"]["total"] == 200
    assert "region" not in seen["values"]
    assert seen["can"]["edit"] == []
    with pytest.raises(NotAllowed):
        office.update("legal", quote, {"status": "accepted"})


def test_who_takes_part_sees_no_draft(office: Office) -> None:
    draft = office.create("rep", "quote", {}, draft=True)
    with pytest.raises(Missing):
        office.see("legal", draft)


def test_while_the_flow_is_at_work_its_owner_only_reads(office: Office, quote: Record) -> None:
    start(office, quote)
    assert office.see("rep", quote)["can"] == {"edit": [], "delete": False, "actions": []}
    for act in (lambda: office.update("rep", quote, {"region": "west"}), lambda: office.delete("rep", quote)):
        with pytest.raises(NotAllowed) as refused:
            act()
        assert refused.value.code == "not_allowed"


def test_the_flow_leaves_no_version_behind(office: Office, quote: Record) -> None:
    start(office, quote)
    assert office.see("rep", quote)["version"] == 1


def test_after_the_flow_its_owner_writes_again(office: Office, quote: Record) -> None:
    start(office, quote, "approved")
    assert office.update("rep", quote, {"region": "west"}).flow_status == "approved"


def test_a_node_says_what_is_written_and_nothing_else(office: Office, quote: Record) -> None:
    start(office, quote)
    node = FieldRights({"region": "edit", "cost": "hidden"}, "view")
    assert office.update("legal", quote, {"region": "west"}, rights=node).values["region"] == "west"
    with pytest.raises(NotAllowed) as refused:
        office.update("legal", quote, {"status": "accepted"}, rights=node)
    assert codes(refused.value) == [("field_forbidden", "/values/status")]
    with pytest.raises(Invalid) as hidden:
        office.update("legal", quote, {"cost": 1}, rights=node)
    assert codes(hidden.value) == [("unknown_field", "/values/cost")]


def test_what_a_node_requires_is_required_there_but_not_to_save(office: Office, quote: Record) -> None:
    node = FieldRights({"cost": "required", "region": "edit"}, "view")
    with pytest.raises(Invalid) as refused:
        office.update("legal", quote, {"region": "west"}, rights=node)
    assert codes(refused.value) == [("required", "/values/cost")]
    assert office.update("legal", quote, {"region": "west"}, rights=node, complete=False).version == 2
    assert office.update("legal", quote, {"cost": 5}, rights=node).version == 3


def test_a_node_narrows_rows(office: Office, quote: Record, pump: Record) -> None:
    row = str(quote.values["lines"][0]["id"])
    node = FieldRights(
        {"lines": "edit"},
        "view",
        {
            "lines": RowRights(
                add=False, delete=False, fields=FieldRights({"quantity": "edit", "price": "hidden"}, "view")
            )
        },
    )
    changed = office.update(
        "legal", quote, {"lines": [{"id": row, "quantity": 5, "product": str(pump.id)}]}, rights=node
    )
    assert changed.values["lines"][0]["quantity"] == 5
    refused = {
        "unknown_field /values/lines/0/price": [{"id": row, "price": 1}],
        "field_forbidden /values/lines/0/discount": [{"id": row, "discount": "5%"}],
        "field_forbidden /values/lines/1": [{"id": row}, {"quantity": 1}],
        "field_forbidden /values/lines": [],
    }
    for expected, lines in refused.items():
        with pytest.raises((Invalid, NotAllowed)) as said:
            office.update("legal", quote, {"lines": lines}, rights=node)
        assert " ".join(codes(said.value)[0]) == expected


def test_a_record_tells_where_it_is(office: Office, quote: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    def progress(
        session: Session, app: App, form: Form, records: Sequence[Record], actor: Actor
    ) -> Mapping[int, Progress]:
        return {
            record.id: Progress({"flow": "approval", "at": list(record.flow_nodes)}, ("withdraw",))
            for record in records
        }

    monkeypatch.setitem(progresses._things, "test", progress)
    start(office, quote)
    seen = office.see("rep", quote)
    assert seen["flow"] == {"flow": "approval", "at": ["manager"]}
    assert seen["can"]["actions"] == ["withdraw"]
