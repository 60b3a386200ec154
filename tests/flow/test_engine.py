"""What the engine does with a flow, told without a database."""

from __future__ import annotations

import pytest
from tests.flow.play import Answers, Play, flow, node, two_branches

from formwright.errors import Invalid
from formwright.flow import engine
from formwright.flow.effects import Left, Over, Sent
from formwright.flow.model import (
    Edge,
    OnReject,
    Outcome,
    Pass,
    PassMode,
    Status,
    TaskStatus,
)

START, DONE = node("start", "start"), node("done", "end")


def test_a_serial_flow_goes_from_hand_to_hand_to_its_end() -> None:
    play = Play(flow(START, node("a"), node("b", "handle"), DONE, edges="start > a > b > done"))
    assert play.holders() == [("a", 1)]
    play.approve("a")
    assert play.holders() == [("b", 1)]
    play.submit("b")
    assert (play.at, play.status) == ([], Status.APPROVED)
    assert [each for each in play.effects if isinstance(each, Over)] == [Over(Status.APPROVED)]


def test_a_join_waits_for_every_branch() -> None:
    play = two_branches()
    play.approve("m")
    assert play.active == ["legal", "money"]
    play.approve("legal")
    assert sorted(play.at) == ["both", "money"]
    play.approve("money")
    assert play.at == ["last"]


def test_a_node_with_two_incoming_edges_waits_without_a_drawn_join() -> None:
    play = Play(
        flow(
            START,
            node("split", "parallel"),
            node("a"),
            node("b"),
            node("c"),
            DONE,
            edges="start > split > a > c > done, split > b > c",
        )
    )
    play.approve("a")
    assert play.active == ["b"]
    play.approve("b")
    assert play.active == ["c"]
    assert play.entries("c") == 1


@pytest.mark.parametrize(("wait", "needed"), [("any", 1), (2, 2)])
def test_a_join_for_some_cancels_the_others(wait: object, needed: int) -> None:
    play = Play(
        flow(
            START,
            node("split", "parallel"),
            *(node(each) for each in "abc"),
            node("j", "join", settings={"wait": wait}),
            node("last"),
            DONE,
            edges="start > split > a > j > last > done, split > b > j, split > c > j",
        )
    )
    for each in "abc"[:needed]:
        assert "last" not in play.at
        play.approve(each)
    assert play.at == ["last"]
    left = {each.node for each in play.effects if isinstance(each, Left) and each.outcome == "overtaken"}
    assert left == set("abc"[needed:])


def test_a_join_for_two_passes_when_only_one_can_still_come() -> None:
    play = Play(
        flow(
            START,
            node("split", "parallel"),
            node("a"),
            node("b"),
            node("elsewhere", "end", settings={"status": "approved"}),
            node("j", "join", settings={"wait": 2}),
            node("last"),
            DONE,
            edges="start > split > a > j > last > done, split > b > j",
            more=(Edge("b", "elsewhere", outcome="reject"),),
        )
    )
    play.reject("b")
    play.approve("a")
    assert play.at == ["last"]


def test_a_rejection_ends_everything() -> None:
    play = two_branches()
    play.approve("m")
    play.reject("legal")
    assert (play.at, play.status) == ([], Status.REJECTED)
    assert all(
        seat.status not in (TaskStatus.OPEN, TaskStatus.PENDING) for seats in play.tasks.values() for seat in seats
    )


def test_a_rejection_may_send_back_instead() -> None:
    play = two_branches(on_reject=OnReject("return", "start"))
    play.approve("m")
    play.reject("legal")
    assert play.holders() == [("start", 1)]
    play.submit("start")
    assert play.holders() == [("m", 1)]


def test_a_rejection_may_go_elsewhere() -> None:
    play = Play(
        flow(
            START,
            node("a", on_reject=OnReject("goto", "repair")),
            node("repair", "handle"),
            DONE,
            edges="start > a > done, repair > done",
        )
    )
    play.reject("a")
    assert play.holders() == [("repair", 1)]


def test_an_edge_for_the_rejection_wins_over_on_reject() -> None:
    play = Play(
        flow(
            START,
            node("a"),
            node("sorry", "handle"),
            DONE,
            edges="start > a > done, sorry > done",
            more=(Edge("a", "sorry", outcome="reject"),),
        )
    )
    play.reject("a")
    assert play.holders() == [("sorry", 1)]


def test_one_refusal_ends_a_countersign() -> None:
    play = Play(
        flow(START, node("a", pass_=Pass(PassMode.ALL)), DONE, edges="start > a > done"),
        Answers(members={"a": (1, 2, 3)}),
    )
    play.approve("a", 1)
    play.reject("a", 2)
    assert (play.holders(), play.status) == ([], Status.REJECTED)


def test_in_order_one_after_the_other() -> None:
    play = Play(
        flow(START, node("a", pass_=Pass(PassMode.IN_ORDER)), DONE, edges="start > a > done"),
        Answers(members={"a": (3, 1, 2)}, skipped=frozenset({("a", 1)})),
    )
    assert play.holders() == [("a", 3)]
    play.approve("a")
    assert play.holders() == [("a", 2)]
    play.approve("a")
    assert play.status is Status.APPROVED


def test_conditions_choose_the_first_true_branch_else_the_default() -> None:
    def play(*true: str, take: str = "first") -> Play:
        return Play(
            flow(
                START,
                node("b", "branch", take=take),
                *(node(each) for each in "xyz"),
                DONE,
                edges="start > b > z > done, x > done, y > done",
                more=(Edge("b", "x", when="one"), Edge("b", "y", when="two")),
            ),
            Answers(edges=lambda edge, _: edge.when in true),
        )

    assert play("one", "two").at == ["x"]
    assert play("two").at == ["y"]
    assert play().at == ["z"]
    assert sorted(play("one", "two", take="all").at) == ["x", "y"]
    assert play(take="all").at == ["z"]


def test_no_branch_at_all_refuses_the_step() -> None:
    with pytest.raises(Invalid, match="branch") as refused:
        Play(
            flow(START, node("b", "branch"), DONE, edges="start > b", more=(Edge("b", "done", when="never"),)),
            Answers(edges=lambda edge, _: False),
        )
    assert refused.value.code == "no_branch"


def test_an_own_outcome_takes_its_edge() -> None:
    play = Play(
        flow(
            START,
            node("a", outcomes=(Outcome("qualified", "OK"),)),
            node("b"),
            DONE,
            edges="start > a > done, b > done",
            more=(Edge("a", "b", outcome="qualified"),),
        )
    )
    play.vote("a", "qualified")
    assert play.at == ["b"]


def test_conditions_know_the_outcome_of_the_node_they_leave() -> None:
    seen: list[str] = []
    play = Play(
        flow(START, node("a"), node("b"), DONE, edges="start > a > done, b > done", more=(Edge("a", "b", when="w"),)),
        Answers(edges=lambda edge, outcome: seen.append(outcome) or outcome == "approve"),
    )
    play.approve("a")
    assert (seen, play.at) == (["approve"], ["b"])


# ── decide ────────────────────────────────────────────────────────────────────────────────────────


def test_a_decision_rule_spares_the_task() -> None:
    play = Play(
        flow(START, node("a", decide="approve"), node("b"), DONE, edges="start > a > b > done"),
        Answers(members={"a": ()}, decide_=lambda node, seats: "approve"),
    )
    assert play.holders() == [("b", 1)]
    assert any(isinstance(each, Left) and each.outcome == "auto_approve" for each in play.effects)


def test_a_decision_rule_counts_votes() -> None:
    def two_rejections(_: object, seats: tuple[object, ...]) -> str | None:
        return "reject" if sum(seat.outcome == "reject" for seat in seats) >= 2 else None  # type: ignore[attr-defined]

    play = Play(
        flow(
            START,
            node("a", decide="…", pass_=Pass(PassMode.COUNT, need=1)),
            DONE,
            edges="start > a > done",
        ),
        Answers(members={"a": (1, 2, 3, 4)}, decide_=two_rejections),  # type: ignore[arg-type]
    )
    play.reject("a", 1)
    assert play.status is Status.RUNNING
    play.reject("a", 2)
    assert play.status is Status.REJECTED


# ── people ────────────────────────────────────────────────────────────────────────────────────────


def test_nobody_found_refuses_the_step_and_leaves_everything_as_it_was() -> None:
    play = Play(flow(START, node("a"), node("b"), DONE, edges="start > a > b > done"), Answers(members={"b": ()}))
    before = play.state
    with pytest.raises(Invalid) as refused:
        play.approve("a")
    assert (refused.value.code, refused.value.problems[0].at) == ("no_assignee", "b")
    assert (play.state, play.holders()) == (before, [("a", 1)])


def test_a_node_that_may_be_empty_is_passed() -> None:
    play = Play(
        flow(START, node("a", no_assignee="pass"), node("b"), DONE, edges="start > a > b > done"),
        Answers(members={"a": ()}),
    )
    assert play.holders() == [("b", 1)]


def test_who_already_approved_is_skipped() -> None:
    play = Play(
        flow(START, node("a"), node("b"), DONE, edges="start > a > b > done"),
        Answers(skipped=frozenset({("b", 1)})),
    )
    play.approve("a")
    assert play.status is Status.APPROVED


def test_a_member_who_leaves_does_not_hold_up_the_others() -> None:
    play = Play(
        flow(START, node("a", pass_=Pass(PassMode.ALL)), node("b"), DONE, edges="start > a > b > done"),
        Answers(members={"a": (1, 2)}),
    )
    play.approve("a", 1)
    play.leave("a", 2)
    assert play.holders() == [("b", 1)]


def test_a_node_that_everybody_left_gets_somebody_else() -> None:
    play = Play(flow(START, node("a"), DONE, edges="start > a > done"))
    play.leave("a", 1)
    assert play.holders() == [("a", 99)]


def test_cc_never_blocks() -> None:
    play = Play(
        flow(START, node("copy", "cc"), node("a"), DONE, edges="start > copy > a > done"),
        Answers(members={"copy": (7,)}),
    )
    assert play.holders() == [("a", 1)]
    assert [each.members for each in play.effects if isinstance(each, Sent)] == [(7,)]


# ── ends ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_end_that_fires_last_gives_the_status() -> None:
    play = Play(
        flow(
            START,
            node("split", "parallel"),
            node("a"),
            node("b"),
            DONE,
            node("lost", "end", settings={"status": "rejected"}),
            edges="start > split > a > done, split > b > lost",
        )
    )
    play.approve("a")
    assert play.status is Status.RUNNING
    play.approve("b")
    assert play.status is Status.REJECTED


def test_a_terminating_end_closes_everything() -> None:
    play = Play(
        flow(
            START,
            node("split", "parallel"),
            node("a"),
            node("b"),
            node("stop", "end", settings={"status": "rejected", "terminate": True}),
            DONE,
            edges="start > split > a > stop, split > b > done",
        )
    )
    play.approve("a")
    assert (play.status, play.holders()) == (Status.REJECTED, [])


def test_a_writing_node_is_performed_before_anything_after_it_is_asked() -> None:
    order: list[str] = []
    shape = flow(
        START,
        node("write", "action"),
        node("choice", "branch"),
        node("a"),
        DONE,
        edges="start > write > choice > a > done",
        more=(Edge("choice", "done", when="w"),),
    )
    answers = Answers(edges=lambda edge, _: bool(order.append("asked")))
    step = engine.start(shape, answers)
    assert step.perform is not None
    assert (step.perform.node, order) == ("write", [])
    step = engine.performed(shape, step.state, "write", answers)
    assert order == ["asked"]
    assert step.state.marking.nodes == ("a",)
