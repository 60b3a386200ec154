"""Whatever the drawing and whatever is done: an instance never gets stuck, and the end fires once and last."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.flow.play import Answers, Play, flow, node

from formwright.errors import Invalid
from formwright.flow import engine
from formwright.flow.definition import Compiled
from formwright.flow.effects import Entered, Left, Over
from formwright.flow.model import LIVE, Edge, OnReject, Pass, PassMode, Status, TaskStatus

KINDS = [
    "approve",
    "approve",
    "handle",
    "parallel",
    "branch",
    "branch_all",
    "join",
    "join_any",
    "join_two",
    "cc",
    "action",
]


@st.composite
def flows(draw: st.DrawFn) -> Compiled:
    """A random DAG: every node can be reached and has a way to the one end."""
    size = draw(st.integers(1, 9))
    kinds = [draw(st.sampled_from(KINDS)) for _ in range(size)]
    names = ["start", *(f"n{each}" for each in range(size)), "done"]
    pairs: set[tuple[int, int]] = set()
    for place in range(1, size + 2):
        pairs.add((draw(st.integers(0, place - 1)) if place > 1 else 0, place))
    for place in range(size + 1):
        pairs.add((place, draw(st.integers(place + 1, size + 1))))
    pairs |= draw(
        st.sets(st.tuples(st.integers(0, size), st.integers(1, size + 1)).filter(lambda p: p[0] < p[1]), max_size=6)
    )
    edges: list[Edge] = []
    for source in range(size + 1):
        targets = sorted(target for one, target in pairs if one == source)
        plain = len(targets) if source and kinds[source - 1] == "parallel" else 1
        for place, target in enumerate(targets):
            edges.append(Edge(names[source], names[target], when=None if place < plain else "maybe"))
    middle = []
    for place, kind in enumerate(kinds, 1):
        keys: dict[str, object] = {}
        if kind == "approve":
            earlier = draw(st.sampled_from([None, "start"]))
            keys = {
                "pass_": Pass(draw(st.sampled_from([PassMode.ANY, PassMode.ALL, PassMode.IN_ORDER]))),
                "on_reject": OnReject("return", earlier) if earlier else OnReject(),
            }
        elif kind == "branch_all":
            kind, keys = "branch", {"take": "all"}
        elif kind in ("join_any", "join_two"):
            keys = {"settings": {"wait": "any" if kind == "join_any" else 2}}
            kind = "join"
        middle.append(node(names[place], kind, **keys))
    return flow(node("start", "start"), *middle, node("done", "end"), more=tuple(edges))


@dataclass
class Chance:
    """Answers drawn as they are asked for."""

    draw: st.DataObject

    def answers(self, people: int) -> Answers:
        return Answers(
            edges=lambda edge, outcome: self.draw.draw(st.booleans(), label=f"{edge.from_} > {edge.to}"),
            members={f"n{each}": tuple(range(1, people + 1)) for each in range(10)},
        )


def check(play: Play) -> None:
    """What must hold between any two acts."""
    places = [(token.node, token.active) for token in play.state.marking.tokens]
    assert len(places) == len(set(places)), "two tokens of one kind at one node"
    if play.status in LIVE:
        assert play.active, f"stuck at {play.at}"
        for each in play.active:
            assert play.holders(each), f"nobody has {each}"
    else:
        assert play.at == []
        assert [each for each in play.effects if isinstance(each, Over)] == [Over(play.status)]
    in_hand = {token.activation for token in play.state.marking.tokens if token.active}
    for activation, seats in play.tasks.items():
        if activation not in in_hand:
            assert not any(seat.status in (TaskStatus.OPEN, TaskStatus.PENDING) for seat in seats)
    entered = [each.activation for each in play.effects if isinstance(each, Entered)]
    left = [each.activation for each in play.effects if isinstance(each, Left)]
    assert len(left) == len(set(left)), "an activation was left twice"
    assert set(entered) - set(left) == in_hand
    assert sum(play.state.visits.values()) == play.state.entered == len(entered)


def act(play: Play, draw: st.DataObject) -> None:
    node_id, member = draw.draw(st.sampled_from(sorted(play.holders())), label="task")
    kind = draw.draw(
        st.sampled_from(["approve", "approve", "approve", "reject", "back", "direct", "jump", "leave", "withdraw"])
    )
    try:
        if kind in ("back", "direct"):
            visited = [each for each in play.flow.order if play.flow.below(node_id, each) and play.entries(each)]
            if visited:
                play.back(node_id, draw.draw(st.sampled_from(visited)), direct=kind == "direct")
        elif kind == "withdraw":
            play.withdraw()
        elif kind == "jump":
            play.jump(draw.draw(st.sampled_from(play.flow.order[:-1])))
        elif kind == "leave":
            play.leave(node_id, member)
        elif kind == "reject" and play.flow.nodes[node_id].type == "approve":
            play.reject(node_id, member)
        else:
            play.approve(node_id, member)
    except Invalid as refused:
        assert refused.code == "loop_limit"  # noqa: PT017


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(flows(), st.data(), st.integers(1, 3))
def test_no_instance_ever_gets_stuck(shape: Compiled, draw: st.DataObject, people: int) -> None:
    play = Play(shape, Chance(draw).answers(people))
    check(play)
    for _ in range(draw.draw(st.integers(0, 12), label="acts")):
        if play.status not in LIVE:
            break
        act(play, draw)
        check(play)
    # From anywhere, agreeing alone comes to the end.
    for _ in range(len(shape.order) * people * 20):
        if play.status not in LIVE:
            break
        node_id, member = sorted(play.holders())[0]
        play.approve(node_id, member)
        check(play)
    assert play.status in (Status.APPROVED, Status.REJECTED, Status.WITHDRAWN)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(flows(), st.data())
def test_the_end_fires_once_and_last(shape: Compiled, draw: st.DataObject) -> None:
    play = Play(shape, Chance(draw).answers(1))
    for _ in range(len(shape.order) * 3):
        if play.status not in LIVE:
            break
        play.approve(sorted(play.holders())[0][0])
    assert play.status is Status.APPROVED
    assert play.entries("done") == 1
    assert isinstance(play.effects[-2], Left)
    assert (play.effects[-2].node, play.effects[-1]) == ("done", Over(Status.APPROVED))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(flows(), st.data())
def test_the_same_answers_give_the_same_step(shape: Compiled, draw: st.DataObject) -> None:
    answers = {edge: draw.draw(st.booleans()) for edge in shape.flow.edges}
    asked = Answers(edges=lambda edge, outcome: answers[edge])
    one, other = Play(shape, asked), Play(shape, asked)
    assert (one.state, one.effects) == (other.state, other.effects)
    if one.status in LIVE:
        node_id, _ = sorted(one.holders())[0]
        before = one.state
        seats = tuple(one.tasks[one.open_task(node_id)[0]])
        engine.voted(shape, before, node_id, seats, None, asked)
        assert one.state == before, "a step must not change what it was given"
