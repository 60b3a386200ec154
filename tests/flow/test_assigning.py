"""Who gets a task, and what follows when it is nobody, everybody, or the initiator themself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.flow.office import Office, flow_of

from formwright.accounts.model import SYSTEM
from formwright.accounts.operations import deactivate_member, import_org
from formwright.errors import Conflict, FormwrightError, Invalid, NotAllowed
from formwright.flow.model import Act
from formwright.flow.operations import act
from formwright.flow.standing import task_of

Open = Callable[..., Office]


def one(node: str, **keys: Any) -> dict[str, Any]:
    """start → a → done, where `node` is what `a` says besides."""
    return flow_of(f"{{id: a, type: approve, name: A, {node}}}", "start > a > done", **keys)


def two(first: str, second: str, **keys: Any) -> dict[str, Any]:
    return flow_of(
        f"{{id: a, type: approve, name: A, {first}}}\n{{id: b, type: approve, name: B, {second}}}",
        "start > a > b > done",
        **keys,
    )


BOTH = 'assign: \'member("li.na@example.com") + member("fin@example.com") + member("boss@example.com")\''


# ── nobody ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("policy", "holders"),
    [
        ("manager_up", ["a:li.na"]),
        ("admin", ["a:admin"]),
        ("{member: fin@example.com}", ["a:fin"]),
        ("pass", []),
    ],
)
def test_nobody_found(open_office: Open, policy: str, holders: list[str]) -> None:
    office = open_office(one(f"assign: buyer, no_assignee: {policy}"))
    record = office.submit("rep")
    assert office.holders(record) == holders
    if not holders:
        assert office.history(record) == ["rep:submit", "system:skip_empty@a"]
        assert office.status(record) == "approved"


def test_nobody_found_refuses_the_submission(open_office: Open) -> None:
    office = open_office(one("assign: buyer"))
    with pytest.raises(Invalid) as error:
        office.submit("rep")
    assert (error.value.code, error.value.problems[0].at) == ("no_assignee", "a")
    buyer = office.submit("rep", {"buyer": "fin@example.com"})
    assert office.holders(buyer) == ["a:fin"]


def test_the_previous_handlers_manager_comes_first(open_office: Open) -> None:
    office = open_office(two("assign: 'role(\"finance\")'", "assign: buyer, no_assignee: manager_up"))
    record = office.submit("rep")
    office.act("fin", "approve", record)
    assert office.holders(record) == ["b:boss"]


# ── the initiator ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("policy", "holders"),
    [("keep", ["a:fin", "a:rep"]), ("manager", ["a:fin", "a:li.na"]), ("remove", ["a:fin"])],
)
def test_approving_ones_own(open_office: Open, policy: str, holders: list[str]) -> None:
    office = open_office(one("assign: 'initiator + role(\"finance\")', pass: all", self_approval=policy))
    assert office.holders(office.submit("rep")) == holders


def test_ones_own_approval_may_be_taken_for_granted(open_office: Open) -> None:
    office = open_office(one("assign: initiator", self_approval="pass"))
    record = office.submit("rep")
    assert office.status(record) == "approved"
    assert office.history(record) == ["rep:submit", "system:auto_approve@a"]


def test_four_eyes(open_office: Open) -> None:
    office = open_office(two(BOTH, f"{BOTH}, four_eyes: [a, start]"))
    record = office.submit("li.na")
    office.act("fin", "approve", record)
    assert office.holders(record) == ["b:boss"]


# ── repeat ────────────────────────────────────────────────────────────────────────────────────────


def three(repeat: str, last: str = "") -> dict[str, Any]:
    return flow_of(
        "{id: a, type: approve, name: A, assign: 'role(\"finance\")'}\n"
        "{id: b, type: approve, name: B, assign: 'role(\"legal\")'}\n"
        f"{{id: c, type: approve, name: C, assign: 'role(\"finance\")'{last}}}",
        "start > a > b > c > done",
        repeat=repeat,
    )


@pytest.mark.parametrize(("repeat", "skipped"), [("off", False), ("adjacent", False), ("anywhere", True)])
def test_who_has_agreed_anywhere_earlier(open_office: Open, repeat: str, skipped: bool) -> None:
    office = open_office(three(repeat))
    record = office.submit("rep")
    office.act("fin", "approve", record)
    office.act("legal", "approve", record)
    assert office.holders(record) == ([] if skipped else ["c:fin"])
    if skipped:
        assert office.history(record)[-1] == "system:skip_repeat@c"
        office.verify()


def test_who_has_agreed_just_before(open_office: Open) -> None:
    same = "assign: 'role(\"finance\")'"
    office = open_office(
        flow_of(
            f"{{id: a, type: approve, name: A, {same}}}\n{{id: b, type: approve, name: B, {same}}}\n"
            f"{{id: c, type: approve, name: C, {same}}}",
            "start > a > b > c > done",
            repeat="adjacent",
        )
    )
    record = office.submit("rep")
    office.act("fin", "approve", record)
    assert office.status(record) == "approved"
    assert office.history(record)[2:] == ["system:skip_repeat@b", "system:skip_repeat@c"]


def test_asked_again_where_a_comment_is_wanted(open_office: Open) -> None:
    office = open_office(three("anywhere", ", actions: {comment: required}"))
    record = office.submit("rep")
    office.act("fin", "approve", record)
    office.act("legal", "approve", record)
    assert office.holders(record) == ["c:fin"]


def test_asked_again_when_what_is_shown_has_changed(open_office: Open) -> None:
    flow = three("anywhere")
    flow["nodes"][2]["fields"] = {"amount": "edit"}
    office = open_office(flow)
    record = office.submit("rep")
    office.act("fin", "approve", record)
    office.wait(minutes=1)
    office.act("legal", "approve", record, values={"amount": 7})
    assert office.holders(record) == ["c:fin"]


def test_asked_again_after_a_return(open_office: Open) -> None:
    office = open_office(three("anywhere"))
    record = office.submit("rep")
    office.act("fin", "approve", record)
    office.act("legal", "return", record, to="start")
    office.act("rep", "submit", record)
    assert office.holders(record) == ["a:fin"]


# ── how many, and in which order ──────────────────────────────────────────────────────────────────


def test_the_first_of_many_decides(open_office: Open) -> None:
    office = open_office(one(BOTH))
    record = office.submit("rep")
    office.act("fin", "approve", record)
    assert office.status(record) == "approved"
    with pytest.raises(Conflict) as error:
        office.act("boss", "approve", record)
    assert error.value.code == "task_closed"


def test_one_refusal_ends_a_countersign(open_office: Open) -> None:
    office = open_office(one(f"{BOTH}, pass: all"))
    record = office.submit("rep")
    office.act("fin", "approve", record)
    office.act("boss", "reject", record)
    assert (office.status(record), office.holders(record)) == ("rejected", [])
    office.verify()


def test_in_the_order_in_which_the_rule_names_them(open_office: Open) -> None:
    office = open_office(one(f"{BOTH}, pass: in_order"))
    record = office.submit("rep")
    for who in ("li.na", "fin", "boss"):
        assert office.holders(record) == [f"a:{who}"]
        with pytest.raises(FormwrightError) as error:
            office.act(who, "submit", record)
        assert error.value.code == "not_allowed"
        office.act(who, "approve", record)
    assert office.status(record) == "approved"


def test_whose_turn_has_not_come_cannot_act(open_office: Open) -> None:
    office = open_office(one(f"{BOTH}, pass: in_order"))
    record = office.submit("rep")
    with office.database.read() as session:
        pending = task_of(session, "office", "request", record.id, office.member(session, "boss"), pending=True)
    assert pending is not None
    with pytest.raises(NotAllowed) as error, office.database.write() as session:
        act(session, pending.id, Act("approve"), actor=office.actor(session, "boss"), now=office.now)
    assert error.value.code == "not_assignee"


def test_weights(open_office: Open) -> None:
    office = open_office(
        one(f"{BOTH}, pass: {{weight: 70, weights: 'IF(assignee = member(\"boss@example.com\"), 60, 20)'}}")
    )
    record = office.submit("rep")
    office.act("fin", "approve", record)
    office.act("li.na", "approve", record)
    assert office.status(record) == "running"
    office.act("boss", "approve", record)
    assert office.status(record) == "approved"
    other = office.submit("rep")
    office.act("boss", "reject", other)
    assert office.status(other) == "rejected"


def test_a_chain_of_managers_ends_where_there_is_none(open_office: Open) -> None:
    office = open_office(one("assign: 'chain(initiator, up to 3)', pass: in_order"))
    record = office.submit("rep")
    office.act("li.na", "approve", record)
    office.act("boss", "approve", record)
    assert office.status(record) == "approved"


# ── one of many ───────────────────────────────────────────────────────────────────────────────────


def test_round_robin_gives_everybody_a_turn(open_office: Open) -> None:
    office = open_office(one(f"{BOTH}, distribute: round_robin"))
    got = [office.holders(office.submit("rep"))[0] for _ in range(4)]
    assert len(set(got[:3])) == 3
    assert got[3] == got[0]


def test_the_least_loaded_gets_it(open_office: Open) -> None:
    office = open_office(one(f"{BOTH}, distribute: least_loaded"))
    got = [office.holders(office.submit("rep"))[0] for _ in range(3)]
    assert got == ["a:li.na", "a:fin", "a:boss"]


def test_sticky_stays_with_whoever_had_this_initiator(open_office: Open) -> None:
    office = open_office(one(f"{BOTH}, distribute: sticky"))
    first = office.submit("rep")
    who = office.holders(first)[0].split(":")[1]
    office.act(who, "approve", first)
    assert office.holders(office.submit("rep")) == [f"a:{who}"]
    assert office.holders(office.submit("rep2")) != [f"a:{who}"]


def test_a_pool_is_claimed(open_office: Open) -> None:
    office = open_office(one(f"{BOTH}, distribute: claim"))
    record = office.submit("rep")
    assert len(office.holders(record)) == 3
    office.act("fin", "claim", record)
    assert office.holders(record) == ["a:fin"]
    with pytest.raises(Conflict):
        office.act("boss", "claim", record)
    office.act("fin", "approve", record)
    assert office.status(record) == "approved"


# ── members come and go ───────────────────────────────────────────────────────────────────────────


def leave(office: Office, who: str) -> None:
    with office.database.write() as session:
        deactivate_member(session, office.member(session, who), actor=SYSTEM, now=office.now)


def test_who_leaves_holds_up_nobody(open_office: Open) -> None:
    office = open_office(one(f"{BOTH}, pass: all"))
    record = office.submit("rep")
    office.act("li.na", "approve", record)
    office.act("boss", "approve", record)
    leave(office, "fin")
    assert office.status(record) == "approved"
    office.verify()


def test_a_node_left_with_nobody_goes_to_administrators(open_office: Open) -> None:
    office = open_office(one("assign: 'role(\"finance\")'"))
    record = office.submit("rep")
    leave(office, "fin")
    assert office.holders(record) == ["a:admin"]
    office.act("admin", "approve", record)
    assert office.status(record) == "approved"


def test_a_returned_record_of_one_who_left_goes_to_their_manager(open_office: Open) -> None:
    office = open_office(two("assign: 'role(\"finance\")'", "assign: 'role(\"legal\")'"))
    record = office.submit("rep")
    office.act("fin", "approve", record)
    leave(office, "rep")
    office.act("legal", "return", record, to="start")
    assert office.holders(record) == ["start:boss"]


def test_who_leaves_with_a_returned_record_hands_it_to_their_manager(open_office: Open) -> None:
    office = open_office(one("assign: 'role(\"sales_manager\")'"))
    record = office.submit("rep")
    office.act("li.na", "return", record, to="start")
    leave(office, "rep")
    assert office.holders(record) == ["start:boss"]
    office.verify()


def test_a_proxy_stands_in_last(open_office: Open) -> None:
    office = open_office(one("assign: 'role(\"finance\")'"))
    with office.database.write() as session:
        away = {"member": "fin@example.com", "proxy": "legal@example.com", "from": "2026-03-02", "to": "2026-03-02"}
        import_org(session, {"proxies": [away]}, actor=SYSTEM, now=office.now)
    record = office.submit("rep")
    (task,) = office.standing(record).tasks
    assert (task.member, task.on_behalf_of) == ("legal@example.com", "fin@example.com")
    office.act("legal", "approve", record)
    assert office.status(record) == "approved"
    office.wait(days=1)
    assert office.holders(office.submit("rep")) == ["a:fin"]


def test_a_proxy_may_take_over_what_is_open(open_office: Open) -> None:
    office = open_office(one(f"{BOTH}, pass: all"))
    record = office.submit("rep")
    with office.database.write() as session:
        away = {"member": "fin@example.com", "proxy": "legal@example.com", "from": "2026-03-02", "to": "2026-03-03"}
        import_org(session, {"proxies": [{**away, "move_open": True}]}, actor=SYSTEM, now=office.now)
    moved = [each for each in office.standing(record).tasks if each.on_behalf_of]
    assert [(each.member, each.on_behalf_of) for each in moved] == [("legal@example.com", "fin@example.com")]
    for who in ("legal", "li.na", "boss"):
        office.act(who, "approve", record)
    assert office.status(record) == "approved"
    office.verify()


def test_an_earlier_handler_picks_a_later_one(open_office: Open) -> None:
    office = open_office(two("assign: 'role(\"finance\")'", "assign: 'chosen(\"b\")'"))
    record = office.submit("rep")
    with pytest.raises(Invalid):
        office.act("fin", "approve", record)
    office.act("fin", "approve", record, chosen={"b": ("legal@example.com",)})
    assert office.holders(record) == ["b:legal"]
    office.act("legal", "return", record, to="start")
    office.act("rep", "submit", record)
    office.act("fin", "approve", record)
    assert office.holders(record) == ["b:legal"]
    office.verify()
