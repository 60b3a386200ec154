"""Ways back, told without a database: returns, direct ones too, jumps and withdrawals."""

from __future__ import annotations

import pytest
from tests.flow.play import Answers, Play, flow, node, two_branches

from formwright.errors import Invalid
from formwright.flow import engine
from formwright.flow.model import (
    Edge,
    NodeActions,
    Outcome,
    Status,
)
from formwright.flow.returns import return_targets

START, DONE = node("start", "start"), node("done", "end")


def test_a_return_reruns_everything_below() -> None:
    play = two_branches()
    play.approve("m")
    play.approve("legal")
    play.back("money", "m")
    assert play.at == ["m"]
    play.approve("m")
    assert play.active == ["legal", "money"]


def test_a_direct_return_leaves_the_other_branch_alone_and_comes_back() -> None:
    play = two_branches()
    play.approve("m")
    play.back("money", "start", direct=True)
    assert sorted(play.active) == ["legal", "start"]
    play.submit("start")
    assert sorted(play.active) == ["legal", "money"]
    play.approve("money")
    play.approve("legal")
    assert play.at == ["last"]


def test_two_branches_returning_directly_are_answered_once() -> None:
    play = two_branches()
    play.approve("m")
    play.back("money", "start", direct=True)
    play.back("legal", "start", direct=True)
    assert play.holders() == [("start", 1)]
    play.submit("start")
    assert play.active == ["legal", "money"]
    play.approve("legal")
    play.approve("money")
    assert play.at == ["last"]


def test_direct_returns_nest() -> None:
    play = Play(flow(START, node("a"), node("b"), DONE, edges="start > a > b > done"))
    play.approve("a")
    play.back("b", "a", direct=True)
    play.back("a", "start", direct=True)
    play.submit("start")
    assert play.holders() == [("a", 1)]
    play.approve("a")
    assert play.holders() == [("b", 1)]
    assert play.entries("start") == 2
    play.approve("b")
    assert play.status is Status.APPROVED


def test_a_return_inside_one_branch_keeps_what_the_other_has_done() -> None:
    play = Play(
        flow(
            START,
            node("split", "parallel"),
            node("a1"),
            node("a2"),
            node("b"),
            node("j", "join"),
            node("last"),
            DONE,
            edges="start > split > a1 > a2 > j > last > done, split > b > j",
        )
    )
    play.approve("b")
    play.approve("a1")
    play.back("a2", "a1")
    assert sorted(play.at) == ["a1", "j"]
    play.approve("a1")
    play.approve("a2")
    assert play.at == ["last"]


@pytest.mark.parametrize(
    ("target", "code"),
    [("last", "target_not_upstream"), ("money", "target_not_upstream"), ("x", "target_not_upstream")],
)
def test_back_means_back(target: str, code: str) -> None:
    play = two_branches()
    play.approve("m")
    with pytest.raises(Invalid) as refused:
        play.back("legal", target)
    assert refused.value.code == code


def test_back_to_where_it_never_was_is_refused() -> None:
    play = Play(
        flow(
            START,
            node("choice", "branch"),
            node("a"),
            node("b"),
            DONE,
            edges="start > choice > b > done, a > b",
            more=(Edge("choice", "a", when="never"),),
        ),
        Answers(edges=lambda edge, _: False),
    )
    with pytest.raises(Invalid) as refused:
        play.back("b", "a")
    assert refused.value.code == "target_not_visited"


def test_where_a_node_may_send_back_to() -> None:
    def targets(back: object) -> tuple[str, ...]:
        play = Play(
            flow(
                START,
                node("a"),
                node("b", "branch"),
                node("c", actions=NodeActions(back=back)),  # type: ignore[arg-type]
                DONE,
                edges="start > a > b > c > done",
            )
        )
        play.approve("a")
        return return_targets(play.flow, play.state, play.flow.nodes["c"])

    assert targets("any") == ("start", "a")
    assert targets("previous") == ("a",)
    assert targets(("start",)) == ("start",)
    assert targets(()) == ()


def test_an_edge_that_leads_back_is_a_return() -> None:
    play = Play(
        flow(
            START,
            node("a"),
            node("b", outcomes=(Outcome("again", "again"),)),
            DONE,
            edges="start > a > b > done",
            more=(Edge("b", "a", outcome="again"),),
        )
    )
    play.approve("a")
    play.vote("b", "again")
    assert play.holders() == [("a", 1)]
    assert play.entries("a") == 2


def test_a_jump_forward_takes_the_tokens_that_could_come_there() -> None:
    play = two_branches()
    play.approve("m")
    play.approve("legal")
    play.jump("last")
    assert play.holders() == [("last", 1)]
    assert play.at == ["last"]


def test_a_jump_within_a_branch_leaves_the_other_branch_alone() -> None:
    play = two_branches()
    play.approve("m")
    play.jump("legal")
    assert sorted(play.active) == ["legal", "money"]
    assert play.entries("legal") == 2


def test_a_withdrawal_clears_everything() -> None:
    play = two_branches()
    play.approve("m")
    play.withdraw()
    assert (play.at, play.holders(), play.status) == ([], [], Status.WITHDRAWN)


def test_a_step_can_be_entered_a_hundred_times_and_no_more() -> None:
    play = Play(flow(START, node("a"), DONE, edges="start > a > done"))
    for _ in range(engine.ENTRIES - 1):
        play.jump("a")
    with pytest.raises(Invalid) as refused:
        play.jump("a")
    assert refused.value.code == "loop_limit"
