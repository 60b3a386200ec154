"""What initiators and administrators do with a running flow; drafts, versions, several flows at once."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from tests.flow.office import Office, flow_of

from formwright.errors import Conflict, FormwrightError, NotAllowed, TooMany
from formwright.flow.access import instance_view
from formwright.schema.access import app_for

Open = Callable[..., Office]

MANAGER = "{id: manager, type: approve, name: {zh: 主管审批, en: Manager}, assign: manager(initiator)}"
MONEY = "{id: money, type: approve, name: Money, assign: 'role(\"finance\")'}"
LEGAL = "{id: legal, type: approve, name: Legal, assign: 'role(\"legal\")'}"
TWO_STEPS = flow_of(f"{MANAGER}\n{MONEY}", "start > manager > money > done")


def refused(error: pytest.ExceptionInfo[FormwrightError]) -> str:
    return error.value.code


def test_withdrawing_until_the_next_has_handled_it(open_office: Open) -> None:
    office = open_office(TWO_STEPS)
    record = office.submit("rep")
    with pytest.raises(NotAllowed):
        office.order("li.na", "withdraw", record)
    office.order("rep", "withdraw", record, reason="wrong one")
    assert (office.status(record), office.holders(record)) == ("withdrawn", [])
    assert office.history(record) == ["rep:submit", "rep:withdraw"]
    with pytest.raises(Conflict) as error:
        office.order("rep", "withdraw", record)
    assert refused(error) == "already_handled"
    again = office.submit("rep")
    office.act("li.na", "approve", again)
    with pytest.raises(Conflict) as error:
        office.order("rep", "withdraw", again)
    assert refused(error) == "already_handled"
    office.verify()


@pytest.mark.parametrize(("rule", "code"), [("never", "not_allowed"), ("any_time", None)])
def test_the_flow_says_whether_one_may_withdraw(open_office: Open, rule: str, code: str | None) -> None:
    office = open_office({**TWO_STEPS, "withdraw": rule})
    record = office.submit("rep")
    office.act("li.na", "approve", record)
    if code:
        with pytest.raises(NotAllowed):
            office.order("rep", "withdraw", record)
    else:
        office.order("rep", "withdraw", record)
        assert office.status(record) == "withdrawn"


def test_urging_once_an_hour(open_office: Open) -> None:
    office = open_office(TWO_STEPS)
    record = office.submit("rep")
    office.order("rep", "urge", record)
    office.wait(minutes=30)
    with pytest.raises(TooMany):
        office.order("rep", "urge", record)
    office.wait(minutes=31)
    office.order("rep", "urge", record)
    with pytest.raises(FormwrightError):
        office.order("legal", "urge", record)


def test_administrators_order_and_others_do_not(open_office: Open) -> None:
    office = open_office(TWO_STEPS)
    record = office.submit("rep")
    with pytest.raises(NotAllowed):
        office.order("rep", "cancel", record)
    office.order("admin", "jump", record, node="money", reason="urgent")
    assert office.holders(record) == ["money:fin"]
    office.order("admin", "reassign", record, task=office.open_task("fin", record), to=["legal@example.com"])
    assert office.holders(record) == ["money:legal"]
    office.order("admin", "suspend", record)
    with pytest.raises(NotAllowed):
        office.act("legal", "approve", record)
    office.order("admin", "resume", record)
    office.order("admin", "cancel", record)
    assert office.status(record) == "terminated"
    office.order("admin", "reactivate", record)
    assert office.at(record) == ["money"]
    assert office.history(record) == [
        "rep:submit",
        "admin:jump@money",
        "admin:reassign@money",
        "admin:suspend",
        "admin:resume",
        "admin:cancel",
        "admin:reactivate@money",
    ]
    office.verify()


# ── drafts, versions ──────────────────────────────────────────────────────────────────────────────


def test_a_draft_waits_for_its_submission(open_office: Open) -> None:
    office = open_office(TWO_STEPS)
    record = office.submit("rep", {"amount": 1}, draft=True)
    office.order("rep", "submit", record, values={"amount": 2})
    assert office.holders(record) == ["manager:li.na"]
    assert office.history(record) == ["rep:submit"]


def test_running_records_stay_on_their_version(open_office: Open) -> None:
    office = open_office(TWO_STEPS)
    old = office.submit("rep")
    office.publish(flow_of(f"{MANAGER}\n{LEGAL}", "start > manager > legal > done"))
    new = office.submit("rep")
    for record in (old, new):
        office.act("li.na", "approve", record)
    assert (office.holders(old), office.holders(new)) == (["money:fin"], ["legal:legal"])
    with office.database.read() as session:
        app, actor = app_for(session, "office"), office.actor(session, "admin")
        versions = [
            instance_view(session, app, "request", each.id, actor=actor, now=office.now)["version"]
            for each in (old, new)
        ]
    assert versions == [1, 2]
    office.publish(flow_of(f"{MANAGER}\n{LEGAL}", "start > manager > legal > done"))
    newest = office.submit("rep")
    with office.database.read() as session:
        app, actor = app_for(session, "office"), office.actor(session, "admin")
        assert instance_view(session, app, "request", newest.id, actor=actor, now=office.now)["version"] == 2
    office.verify()


def test_a_record_in_two_flows_shows_both(open_office: Open) -> None:
    other = {**flow_of(LEGAL, "start > legal > done", start="created"), "id": "other"}
    office = open_office(flow_of(MANAGER, "start > manager > done"), other)
    record = office.submit("rep")
    assert sorted(office.read(record).flow_nodes) == ["legal", "manager"]
    office.act("li.na", "approve", record)
    assert (office.read(record).flow_status, office.read(record).flow_nodes) == ("running", ("legal",))
    office.act("legal", "approve", record)
    assert (office.read(record).flow_status, office.read(record).flow_nodes) == ("approved", ())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_is_done_the_logs_replay_and_nothing_gets_stuck(open_office: Open, seed: int) -> None:
    chance = Random(seed)
    flow = flow_of(
        """
        {id: manager, type: approve, name: M, assign: manager(initiator), resubmit: ask, actions: {return: any}}
        {id: split, type: parallel, name: Split}
        {id: legal, type: approve, name: L, assign: 'role("legal") + role("finance")', pass: all, resubmit: ask, actions: {return: any}}
        {id: money, type: approve, name: F, assign: 'role("finance")', resubmit: ask, actions: {return: any}, on_reject: {return: start}}
        {id: both, type: join, name: Both}
        {id: last, type: handle, name: Last, assign: initiator, actions: {return: any}}
        """,
        "start > manager > split > legal > both > last > done, split > money > both",
    )
    office = open_office(flow)
    for _ in range(5):
        record = office.submit("rep")
        for _ in range(12):
            holders = office.holders(record)
            if not holders:
                break
            node, who = chance.choice(holders).split(":")
            action = chance.choice(["approve", "approve", "approve", "reject", "return", "submit", "transfer", "jump"])
            try:
                if action == "return":
                    to = chance.choice(["start", "manager", "legal", "money"])
                    office.act(who, action, record, at=node, to=to, resubmit=chance.choice(["rerun", "direct"]))
                elif action == "transfer":
                    office.act(who, action, record, at=node, to=chance.choice(["boss", "service"]))
                elif action == "jump":
                    office.order("admin", "jump", record, node=chance.choice(["manager", "legal", "last", "split"]))
                else:
                    office.act(who, "submit" if node in ("start", "last") else action, record, at=node)
            except FormwrightError:
                continue
            assert office.holders(record) or office.status(record) in ("approved", "rejected")
    office.verify()
