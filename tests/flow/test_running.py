"""Records on their way: from the first submission to the end, through the database."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from tests.flow.office import Office, flow_of

from formwright.errors import Conflict, FormwrightError, Invalid, Missing, NotAllowed
from formwright.flow.access import instance_view, task_for, tasks
from formwright.schema.access import app_for

Open = Callable[..., Office]

MANAGER = "{id: manager, type: approve, name: {zh: 主管审批, en: Manager}, assign: manager(initiator)}"
MONEY = "{id: money, type: approve, name: Money, assign: 'role(\"finance\")'}"
LEGAL = "{id: legal, type: approve, name: Legal, assign: 'role(\"legal\")'}"
TWO_STEPS = flow_of(f"{MANAGER}\n{MONEY}", "start > manager > money > done")
BRANCHES = flow_of(
    f"""
    {MANAGER}
    {{id: split, type: parallel, name: Split}}
    {LEGAL}
    {MONEY}
    {{id: both, type: join, name: Both}}
    {{id: last, type: handle, name: Last, assign: initiator}}
    """,
    "start > manager > split > legal > both > last > done, split > money > both",
)


def refused(error: pytest.ExceptionInfo[FormwrightError]) -> str:
    return error.value.code


def test_from_hand_to_hand_to_the_end(open_office: Open) -> None:
    office = open_office(TWO_STEPS)
    record = office.submit("rep", {"amount": 100})
    assert office.holders(record) == ["manager:li.na"]
    assert (office.read(record).flow_status, office.read(record).flow_nodes) == ("running", ("manager",))
    office.act("li.na", "approve", record, comment="fine")
    assert office.holders(record) == ["money:fin"]
    office.act("fin", "approve", record)
    assert (office.status(record), office.at(record)) == ("approved", [])
    assert office.read(record).flow_status == "approved"
    assert office.history(record) == ["rep:submit", "li.na:approve@manager", "fin:approve@money"]
    office.verify()


def test_branches_wait_for_each_other(open_office: Open) -> None:
    office = open_office(BRANCHES)
    record = office.submit("rep")
    office.act("li.na", "approve", record)
    assert office.holders(record) == ["legal:legal", "money:fin"]
    office.act("legal", "approve", record)
    assert office.at(record) == ["both", "money"]
    office.act("fin", "approve", record)
    assert office.holders(record) == ["last:rep"]
    office.act("rep", "submit", record)
    assert office.status(record) == "approved"
    office.verify()


def test_a_task_is_closed_once(open_office: Open) -> None:
    office = open_office(TWO_STEPS)
    record = office.submit("rep")
    office.act("li.na", "approve", record)
    with pytest.raises(Conflict) as error:
        office.act("li.na", "approve", record)
    assert refused(error) == "task_closed"
    assert office.history(record) == ["rep:submit", "li.na:approve@manager"]


def test_somebody_elses_task_is_not_mine(open_office: Open) -> None:
    office = open_office(TWO_STEPS)
    record = office.submit("rep")
    task = office.open_task("li.na", record)
    with office.database.read() as session, pytest.raises(NotAllowed) as error:
        task_for(session, task, actor=office.actor(session, "rep"), now=office.now)
    assert refused(error) == "not_assignee"
    with office.database.read() as session, pytest.raises(Missing):
        task_for(session, task, actor=office.actor(session, "service"), now=office.now)


def test_a_rejection_ends_it_and_a_new_submission_starts_anew(open_office: Open) -> None:
    office = open_office(TWO_STEPS)
    record = office.submit("rep")
    office.act("li.na", "reject", record, comment="no")
    assert office.status(record) == "rejected"
    office.order("rep", "submit", record, values={"amount": 5})
    assert office.holders(record) == ["manager:li.na"]
    assert office.read(record).values["amount"] == Decimal("5")
    assert office.history(record) == ["rep:submit", "li.na:reject@manager", "rep:submit"]
    office.verify()


def test_conditions_read_the_record_and_the_outcome(open_office: Open) -> None:
    office = open_office(
        flow_of(
            f"{MANAGER}\n{MONEY}",
            "start > manager > done, money > done",
            "{from: manager, to: money, when: amount > 1000}",
        )
    )
    small, large = office.submit("rep", {"amount": 1000}), office.submit("rep", {"amount": "1000.01"})
    for record in (small, large):
        office.act("li.na", "approve", record)
    assert office.status(small) == "approved"
    assert office.holders(large) == ["money:fin"]


def test_a_return_reruns_and_a_direct_one_comes_back(open_office: Open) -> None:
    office = open_office(
        flow_of(
            f"{MANAGER}\n"
            "{id: money, type: approve, name: Money, assign: 'role(\"finance\")', resubmit: ask, "
            "actions: {return: [start, manager]}}",
            "start > manager > money > done",
        )
    )
    record = office.submit("rep")
    office.act("li.na", "approve", record)
    office.act("fin", "return", record, to="start", resubmit="direct", comment="papers?")
    assert office.holders(record) == ["start:rep"]
    assert office.status(record) == "running"
    office.act("rep", "submit", record, values={"note": "attached"})
    assert office.holders(record) == ["money:fin"]
    office.act("fin", "return", record, to="start", resubmit="rerun")
    office.act("rep", "submit", record)
    assert office.holders(record) == ["manager:li.na"]
    assert office.history(record) == [
        "rep:submit",
        "li.na:approve@manager",
        "fin:return@money",
        "rep:submit@start",
        "fin:return@money",
        "rep:submit@start",
    ]
    office.verify()


def test_where_it_may_go_back_to(open_office: Open) -> None:
    office = open_office(BRANCHES)
    record = office.submit("rep")
    office.act("li.na", "approve", record)
    for target, code in (("last", "target_not_upstream"), ("money", "target_not_upstream"), ("manager", "not_allowed")):
        with pytest.raises(FormwrightError) as error:
            office.act("legal", "return", record, to=target)
        assert refused(error) == code
    office.act("legal", "return", record, to="start")
    assert office.at(record) == ["start"]


def test_a_written_list_of_returns_is_asked_first(open_office: Open) -> None:
    office = open_office(
        flow_of(
            f"{MANAGER}\n{{id: money, type: approve, name: M, assign: 'role(\"finance\")', actions: {{return: [manager]}}}}",
            "start > manager > money > done",
        )
    )
    record = office.submit("rep")
    office.act("li.na", "approve", record)
    with pytest.raises(NotAllowed):
        office.act("fin", "return", record, to="start")
    office.act("fin", "return", record, to="manager")
    assert office.holders(record) == ["manager:li.na"]


# ── values ────────────────────────────────────────────────────────────────────────────────────────

FIELDS = flow_of(
    "{id: manager, type: approve, name: M, assign: manager(initiator), "
    "fields: {note: required, amount: edit, secret: hidden, '*': view}}",
    "start > manager > done",
)


def test_only_what_the_node_lets_edit_is_written(open_office: Open) -> None:
    office = open_office(FIELDS)
    record = office.submit("rep", {"amount": 1})
    for values, code in (({"subject": "x"}, "field_forbidden"), ({"secret": "x"}, "unknown_field")):
        with pytest.raises(FormwrightError) as error:
            office.act("li.na", "approve", record, values={**values, "note": "n"})
        assert refused(error) == code
    office.act("li.na", "approve", record, values={"note": "n", "amount": 2})
    assert office.read(record).values["amount"] == Decimal("2")
    assert office.status(record) == "approved"


def test_what_the_node_requires_binds_approval_not_saving_nor_refusal(open_office: Open) -> None:
    office = open_office(FIELDS)
    record = office.submit("rep", {"amount": 1})
    with pytest.raises(Invalid) as error:
        office.act("li.na", "approve", record)
    assert [(each.code, each.at) for each in error.value.problems] == [("required", "/values/note")]
    office.act("li.na", "save", record, values={"amount": 3})
    assert office.read(record).values["amount"] == Decimal("3")
    assert office.holders(record) == ["manager:li.na"]
    office.act("li.na", "reject", record)
    assert office.status(record) == "rejected"


def test_grants_give_no_writing_while_it_runs(open_office: Open) -> None:
    office = open_office(TWO_STEPS)
    record = office.submit("rep")
    with pytest.raises(NotAllowed):
        office.edit("rep", record, {"note": "x"})
    office.act("li.na", "reject", record)
    office.edit("rep", record, {"note": "x"})


def test_what_an_act_refuses_changes_nothing(open_office: Open) -> None:
    office = open_office(
        flow_of(
            "{id: manager, type: approve, name: M, assign: manager(initiator), fields: {amount: edit}}\n"
            "{id: money, type: approve, name: Money, assign: buyer}",
            "start > manager > money > done",
        )
    )
    record = office.submit("rep", {"amount": 1})
    with pytest.raises(Invalid) as error:
        office.act("li.na", "approve", record, values={"amount": 9})
    assert (refused(error), error.value.problems[0].at) == ("no_assignee", "money")
    assert office.read(record).values["amount"] == Decimal("1")
    assert office.holders(record) == ["manager:li.na"]
    office.verify()


def test_two_who_write_the_same_field_hear_of_each_other(open_office: Open) -> None:
    office = open_office(
        flow_of(
            "{id: split, type: parallel, name: S}\n"
            "{id: one, type: approve, name: O, assign: 'role(\"finance\")', fields: {amount: edit, note: edit}}\n"
            "{id: two, type: approve, name: T, assign: 'role(\"legal\")', fields: {amount: edit, note: edit}}",
            "start > split > one > done, split > two > done",
        )
    )
    record = office.submit("rep", {"amount": 1})
    office.act("fin", "approve", record, values={"amount": 2}, version=1)
    with pytest.raises(Conflict) as error:
        office.act("legal", "approve", record, values={"amount": 3}, version=1)
    assert (refused(error), error.value.current) == ("record_conflict", {"amount": {"mine": 3, "theirs": 2}})
    office.act("legal", "approve", record, values={"note": "mine alone"}, version=1)
    assert office.status(record) == "approved"


@pytest.mark.parametrize(
    ("comment", "code"), [("a\x00b", "bad_text"), ("\ud800", "bad_text"), ("x" * 10_001, "too_long")]
)
def test_a_comment_that_cannot_be_kept_is_refused(open_office: Open, comment: str, code: str) -> None:
    office = open_office(TWO_STEPS)
    record = office.submit("rep")
    with pytest.raises(Invalid) as error:
        office.act("li.na", "approve", record, comment=comment)
    assert (error.value.code, error.value.problems[0].at) == (code, "comment")
    with pytest.raises(Invalid):
        office.order("rep", "withdraw", record, reason=comment)
    assert office.holders(record) == ["manager:li.na"]


# ── who sees what ─────────────────────────────────────────────────────────────────────────────────


def test_those_who_take_part_see_the_record_with_their_nodes_rights(open_office: Open) -> None:
    office = open_office(FIELDS)
    record = office.submit("rep", {"amount": 1, "secret": "s"})
    with office.database.read() as session:
        shown = task_for(
            session,
            office.open_task("li.na", record),
            actor=office.actor(session, "li.na"),
            now=office.now,
            language="en",
        )
    assert "secret" not in shown["record"]["values"]
    assert shown["fields"]["note"] == "required"
    assert shown["actions"] == ["approve", "reject", "save", "return", "transfer", "cc", "comment"]
    assert shown["return_to"] == [{"node": "start", "name": "Start"}]
    assert shown["record"]["can"]["edit"] == ["amount", "note"]
    office.act("li.na", "approve", record, values={"note": "n"})
    with office.database.read() as session:
        app, actor = app_for(session, "office"), office.actor(session, "li.na")
        seen = instance_view(session, app, "request", record.id, actor=actor, now=office.now, language="en")
    assert [(each["act"], each["node"]) for each in seen["log"]] == [("submit", None), ("approve", "manager")]
    assert seen["status"] == "approved"


def test_my_work_in_its_boxes(open_office: Open) -> None:
    office = open_office(TWO_STEPS)
    first, second = office.submit("rep", {"subject": "One"}), office.submit("rep", {"subject": "Two"})

    def mine(who: str, **more: object) -> list[str]:
        with office.database.read() as session:
            found = tasks(session, actor=office.actor(session, who), now=office.now, **more)  # type: ignore[arg-type]
            return [each["record"]["title"] for each in found["items"]]

    assert mine("li.na") == ["Two", "One"]
    assert mine("li.na", record=first.id) == ["One"]
    assert mine("li.na", node="money") == []
    assert mine("rep", box="started") == ["Two", "One"]
    office.act("li.na", "approve", second)
    assert mine("li.na") == ["One"]
    assert mine("li.na", box="handled") == ["Two"]
    assert mine("li.na", status="done") == ["Two"]
    assert mine("fin") == ["Two"]
    with office.database.read() as session:
        page = tasks(session, actor=office.actor(session, "rep"), now=office.now, box="started", limit=1)
        rest = tasks(
            session, actor=office.actor(session, "rep"), now=office.now, box="started", cursor=page["next_cursor"]
        )
    assert [each["record"]["title"] for each in (*page["items"], *rest["items"])] == ["Two", "One"]
    assert rest["next_cursor"] is None


def test_a_waiting_branch_says_for_whom_it_waits(open_office: Open) -> None:
    office = open_office(BRANCHES)
    record = office.submit("rep")
    office.act("li.na", "approve", record)
    office.act("legal", "approve", record)
    with office.database.read() as session:
        app, actor = app_for(session, "office"), office.actor(session, "rep")
        seen = instance_view(session, app, "request", record.id, actor=actor, now=office.now, language="en")
    assert [(each["node"], each["state"], each["waits_for"]) for each in seen["current"]] == [
        ("money", "active", []),
        ("both", "waiting", ["money"]),
    ]
    assert seen["current"][0]["tasks"][0]["assignee"]["email"] == "fin@example.com"


def test_reading_a_task_is_noted_once(open_office: Open) -> None:
    office = open_office(TWO_STEPS)
    record = office.submit("rep")
    task = office.open_task("li.na", record)
    seen = []
    for minutes in (1, 5):
        office.wait(minutes=minutes)
        with office.database.write() as session:
            shown = task_for(session, task, actor=office.actor(session, "li.na"), now=office.now)
            seen.append(shown["read_at"])
    assert seen == ["2026-03-02T01:01:00Z", "2026-03-02T01:01:00Z"]
