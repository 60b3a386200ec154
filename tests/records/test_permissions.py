"""Rights unite field by field, record by record; a flow at work takes writing away."""

from __future__ import annotations

from datetime import UTC, datetime

from formwright.records.model import ALL_RIGHTS, Record, Rights
from formwright.records.permissions import NOTHING, capped, narrowed, record_rights, right_of, rows_of, united
from formwright.schema.model import FieldRights, RowRights

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SELLER = Rights(FieldRights({"cost": "hidden"}, "edit"), frozenset({"view", "edit", "delete"}))
AUDITOR = Rights(FieldRights({"cost": "view"}, "view"), frozenset({"view", "export"}))


def a_record(**more: object) -> Record:
    given = {
        "id": 1,
        "app": "sales",
        "form": "quote",
        "version": 1,
        "values": {},
        "title": "",
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Record(**{**given, **more})  # type: ignore[arg-type]


def rights(record: Record, *holding: Rights, **more: object) -> Rights | None:
    given = {"participation": None, "admin": False, "drafted_by_reader": False, **more}
    return record_rights(record, list(holding), **given)  # type: ignore[arg-type]


def test_two_grants_give_the_greater_right_on_each_field() -> None:
    found = united((SELLER.fields, AUDITOR.fields))
    assert (found.of("cost"), found.of("total")) == ("view", "edit")


def test_nothing_united_is_everything_hidden() -> None:
    assert united(()).of("total") == "hidden"


def test_a_column_never_has_more_than_its_rows() -> None:
    fields = FieldRights(
        {"lines": "view"}, "edit", {"lines": RowRights(fields=FieldRights({"price": "hidden"}, "edit"))}
    )
    assert right_of(fields, ("lines", "quantity")) == "view"
    assert right_of(fields, ("lines", "price")) == "hidden"
    assert not rows_of(fields, "lines").add


def test_a_grant_without_row_rights_gives_all_of_them() -> None:
    narrow = FieldRights({"lines": "edit"}, "view", {"lines": RowRights(add=False, delete=False)})
    wide = FieldRights({"lines": "edit"}, "view")
    assert rows_of(united((narrow, narrow)), "lines").add is False
    assert rows_of(united((narrow, wide)), "lines").add is True


def test_capping_keeps_what_is_hidden_hidden() -> None:
    found = capped(SELLER.fields, "view")
    assert (found.of("cost"), found.of("total")) == ("hidden", "view")


def test_without_a_grant_that_holds_the_record_does_not_exist() -> None:
    assert rights(a_record()) is None


def test_a_grant_to_create_alone_shows_nothing() -> None:
    assert rights(a_record(), Rights(FieldRights(rest="edit"), frozenset({"create"}))) is None


def test_while_a_flow_is_at_work_grants_only_show() -> None:
    for status in ("running", "suspended", "error"):
        found = rights(a_record(flow_status=status), SELLER)
        assert found is not None
        assert found.fields.of("total") == "view"
        assert found.actions == {"view"}


def test_after_the_flow_grants_count_again() -> None:
    found = rights(a_record(flow_status="approved"), SELLER)
    assert found is not None
    assert "edit" in found.actions


def test_who_takes_part_in_the_flow_sees_its_fields_without_any_grant() -> None:
    found = rights(a_record(flow_status="running"), participation=FieldRights({"cost": "hidden"}, "edit"))
    assert found is not None
    assert (found.fields.of("total"), found.fields.of("cost")) == ("view", "hidden")


def test_who_takes_part_gets_no_fields_from_a_grant_that_does_not_show() -> None:
    creating = Rights(FieldRights(rest="edit"), frozenset({"create"}))
    found = rights(a_record(), creating, participation=FieldRights({"total": "view"}, "hidden"))
    assert found is not None
    assert (found.fields.of("total"), found.fields.of("cost")) == ("view", "hidden")


def test_a_draft_is_its_creators_alone() -> None:
    draft = a_record(draft=True)
    assert rights(draft, SELLER) is None
    assert rights(draft, admin=True) is None
    mine = rights(draft, SELLER, drafted_by_reader=True)
    assert mine is not None
    assert {"view", "edit", "delete"} <= mine.actions


def test_an_administrator_sees_and_edits_all() -> None:
    assert rights(a_record(), admin=True) == ALL_RIGHTS
    assert NOTHING.of("anything") == "hidden"


def test_narrowing_takes_the_lesser_right() -> None:
    node = FieldRights({"remark": "view"}, "edit", {"lines": RowRights(add=False)})
    found = narrowed(node, SELLER.fields)
    assert [found.of(name) for name in ("cost", "remark", "total")] == ["hidden", "view", "edit"]
    assert (rows_of(found, "lines").add, rows_of(found, "lines").edit) == (False, True)


def test_who_sees_a_record_sees_whose_it_is_unless_that_is_hidden() -> None:
    few = FieldRights({"name": "view"}, "hidden")
    assert right_of(few, ("owner",)) == "view"
    assert right_of(FieldRights({"owner": "hidden"}, "edit"), ("owner",)) == "hidden"
    assert right_of(united((few, FieldRights({"owner": "hidden"}, "hidden"))), ("owner",)) == "view"
