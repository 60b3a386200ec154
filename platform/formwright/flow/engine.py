"""The flow engine: from a compiled flow, a state and an event to the next state and effects; no database, no clock.

A node with several incoming edges waits for every token that can still reach it, so that the topologically first waiting
token can always fire when nothing is active: an instance never gets stuck, whatever returns and jumps came before.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from formwright.errors import Conflict, Invalid
from formwright.flow.definition import Compiled
from formwright.flow.effects import Effect, Entered, Left, Opened, Over, Perform, Questions, Seated, Sent, Step
from formwright.flow.model import HUMAN, LIVE, Edge, Marking, Node, Seat, State, Status, TaskStatus, Token
from formwright.flow.returns import check_return
from formwright.flow.verdict import Verdict, verdict
from formwright.texts import both

RUNNABLE = frozenset({"start", "approve", "handle", "cc", "branch", "parallel", "join", "action", "end"})
"""Types of nodes that the engine can run."""

ENTRIES = 100
"""How often a node may be entered in one instance."""

REJECTED = frozenset({"reject", "object"})


def start(flow: Compiled, ask: Questions) -> Step:
    """A new instance: the start node is done by whoever submits, and the token moves on."""
    run = _Run(flow, State(), ask)
    node = run.node_of(flow.start or "")
    run.leave(Token(node.id, True, run.entered(node), frozenset({""})), "submit")
    return run.step()


def voted(
    flow: Compiled, state: State, node_id: str, seats: tuple[Seat, ...], outcome: str | None, ask: Questions
) -> Step:
    """`seats` of the node's activation have changed: a vote with `outcome`, or none for added, removed, departed members."""
    run = _Run(flow, state, ask)
    node, token = run.node_of(node_id), run.active(node_id)
    decided = ask.decide(node, seats) if node.decide else None
    if decided is not None:
        run.leave(token, f"auto_{decided}", rest=_unfinished(seats))
        return run.step()
    result = verdict(node.pass_, seats)
    if result != "open":
        run.leave(token, _outcome_of(node, result, seats, outcome), rest=_unfinished(seats))
    elif not any(seat.counts for seat in seats):
        run.replace(node, token)
    elif not any(seat.status is TaskStatus.OPEN for seat in seats):
        following = min((seat for seat in seats if seat.status is TaskStatus.PENDING), key=lambda seat: seat.order)
        run.effects.append(Opened(cast(int, token.activation), cast(int, following.task)))
    return run.step()


def concluded(flow: Compiled, state: State, node_id: str, outcome: str, ask: Questions) -> Step:
    """The node is over without a vote: `auto_approve`, `auto_reject` or `timeout`, by a timer."""
    run = _Run(flow, state, ask)
    run.leave(run.active(node_id), outcome, rest=True)
    return run.step()


def performed(flow: Compiled, state: State, node_id: str, ask: Questions, outcome: str = "submit") -> Step:
    """What `Perform` asked for is done; `error` takes the edge for that outcome."""
    run = _Run(flow, state, ask)
    run.leave(run.active(node_id), outcome)
    return run.step()


def returned(
    flow: Compiled,
    state: State,
    source: str,
    target: str,
    ask: Questions,
    *,
    direct: bool = False,
    outcome: str = "return",
) -> Step:
    """Back from `source` to `target`, a visited ancestor of it; `direct`: the token comes back to `source` afterwards."""
    run = _Run(flow, state, ask)
    run.send_back(run.active(source), target, direct=direct, outcome=outcome)
    return run.step()


def jumped(flow: Compiled, state: State, target: str, ask: Questions) -> Step:
    """An administrator sets the instance to `target`: a return to any node. What can reach the target moves there too."""
    run = _Run(flow, state, ask)
    node = run.node_of(target)
    reaching = flow.ancestors[target]
    run.rerun(node, moving=reaching)
    return run.step()


def closed(flow: Compiled, state: State, status: Status, ask: Questions) -> Step:
    """Withdrawn or terminated: the marking is cleared."""
    run = _Run(flow, state, ask)
    run.clear(status, "withdraw" if status is Status.WITHDRAWN else "cancel")
    return run.step()


def positive(node: Node) -> str:
    """What agreeing is called at this node."""
    return {"approve": "approve", "confirm": "confirm"}.get(node.type, "submit")


def _verdict_name(node: Node, outcome: str) -> str:
    """The outcome as edges see it: who or what brought it about does not matter."""
    if outcome == "auto_reject":
        return "object" if node.type == "confirm" else "reject"
    return positive(node) if outcome in ("auto_approve", "skip_empty", "skip_repeat") else outcome


def _outcome_of(node: Node, result: Verdict, seats: tuple[Seat, ...], outcome: str | None) -> str:
    if result == "rejected":
        return "object" if node.type == "confirm" else "reject"
    own = {each.id for each in node.outcomes}
    if outcome is not None:
        return outcome if outcome in own else positive(node)
    agreed = {seat.outcome for seat in seats if seat.voted and not seat.rejects}
    return cast(str, agreed.pop()) if len(agreed) == 1 and agreed <= own else positive(node)


def _unfinished(seats: Iterable[Seat]) -> bool:
    return any(seat.status in (TaskStatus.OPEN, TaskStatus.PENDING) for seat in seats)


class _Run:
    """One step in the making: the only mutable thing here, gone when the step is there."""

    def __init__(self, flow: Compiled, state: State, ask: Questions) -> None:
        self.flow, self.ask = flow, ask
        self.tokens = {(token.node, token.active): token for token in state.marking.tokens}
        self.visits = dict(state.visits)
        self.activations = state.entered
        self.status, self.ended = state.status, state.ended
        self.effects: list[Effect] = []
        self.perform: Perform | None = None

    def step(self) -> Step:
        """Moves every token as far as it goes, then says what that came to."""
        self.advance()
        order = self.flow.index
        tokens = sorted(self.tokens.values(), key=lambda token: (order[token.node], not token.active))
        state = State(Marking(tuple(tokens)), self.visits, self.activations, self.status, self.ended)
        return Step(state, tuple(self.effects), self.perform)

    def node_of(self, node_id: str) -> Node:
        return self.flow.nodes[node_id]

    def active(self, node_id: str) -> Token:
        token = self.tokens.get((node_id, True))
        if token is None:
            raise Conflict("task_closed", both("这一步已经结束", "This step is already over"), at=node_id)
        return token

    # ── moving on ─────────────────────────────────────────────────────────────────────────────────

    def advance(self) -> None:
        while self.perform is None and (token := self._firing()) is not None:
            del self.tokens[token.node, False]
            self.fire(token)
        if not self.tokens and self.status in LIVE:
            self.status = self.ended or Status.APPROVED
            self.effects.append(Over(self.status))

    def _firing(self) -> Token | None:
        """The topologically first waiting token that nothing holds back."""
        reachable = 0
        for node_id, _ in self.tokens:
            reachable |= self.flow.descendants[node_id]
        index = self.flow.index
        ready: Token | None = None
        for (node_id, active), token in self.tokens.items():
            if active or (node_id, True) in self.tokens or (ready and index[node_id] >= index[ready.node]):
                continue
            if not reachable >> index[node_id] & 1 or self._joined(token):
                ready = token
        return ready

    def _joined(self, token: Token) -> bool:
        """Whether a drawn join has enough arrivals not to wait for the others."""
        node = self.node_of(token.node)
        if node.type != "join":
            return False
        wait = node.settings.get("wait", "all")
        if wait == "any":
            return True
        return isinstance(wait, int) and len(token.arrived) >= wait

    def fire(self, token: Token) -> None:
        node = self.node_of(token.node)
        if node.type in HUMAN:
            self._open(node, token)
            return
        if self._joined(token):
            self._cancel_late(node)
        here = Token(node.id, True, self.entered(node), token.arrived, token.resume_to)
        if node.type == "action" or (node.type == "end" and node.settings.get("set")):
            self.tokens[node.id, True] = here
            self.perform = Perform(cast(int, here.activation), node.id)
            return
        if node.type == "cc":
            self.effects.append(Sent(cast(int, here.activation), node.id, self.ask.readers(node)))
        self.leave(here, "submit")

    def entered(self, node: Node) -> int:
        """Counts a new activation of the node; `loop_limit` when it has been here too often."""
        visit = self.visits.get(node.id, 0) + 1
        if visit > ENTRIES:
            raise Invalid(
                "loop_limit",
                both(
                    f"节点进入次数超过 {ENTRIES}", f"This step was entered {ENTRIES} times; end the record another way"
                ),
                at=node.id,
            )
        self.visits[node.id] = visit
        self.activations += 1
        self.effects.append(Entered(self.activations, node.id, visit))
        return self.activations

    def _open(self, node: Node, token: Token) -> None:
        """A human node becomes active, unless its rules already decide it."""
        activation = self.entered(node)
        here = Token(node.id, True, activation, token.arrived, token.resume_to)
        decided = self.ask.decide(node, ()) if node.decide else None
        if decided is not None:
            self.leave(here, f"auto_{decided}")
            return
        seating = self.ask.seats(node, returned=token.returned)
        if seating.passed is not None:
            self.leave(here, seating.passed)
            return
        self.effects.append(Seated(activation, node.id, seating.seats))
        result = verdict(node.pass_, seating.seats)
        if result == "open":
            self.tokens[node.id, True] = here
        else:
            skipped = next((seat.outcome for seat in seating.seats if seat.status is TaskStatus.SKIPPED), None)
            self.leave(here, skipped or positive(node), rest=_unfinished(seating.seats))

    def replace(self, node: Node, token: Token) -> None:
        """Nobody is left at an active node."""
        seating = self.ask.replacements(node)
        if seating.passed is not None:
            self.leave(token, seating.passed)
        else:
            self.effects.append(Seated(cast(int, token.activation), node.id, seating.seats))

    def leave(self, token: Token, outcome: str, *, rest: bool = False) -> None:
        """The node is done: its token goes on along its edges, back to where it came from, or ends something."""
        node = self.node_of(token.node)
        self.tokens.pop((node.id, True), None)
        self.effects.append(Left(cast(int, token.activation), node.id, outcome, rest))
        if node.type == "end":
            self._end(node)
            return
        name = _verdict_name(node, outcome)
        if token.resume_to and name not in REJECTED:
            *below, back_to = token.resume_to
            for target in sorted(back_to, key=self.flow.index.__getitem__):
                arrived = frozenset() if below else frozenset({node.id})
                self.arrive(Token(target, False, None, arrived, tuple(below), returned=True))
            if not token.arrived:
                return
        edges = self._edges(node, name)
        if not edges and name in REJECTED:
            self._rejected(node, token)
            return
        if not edges:
            raise Invalid(
                "no_branch",
                both("没有符合条件的分支，也没有默认分支", "No branch applies and there is no default branch; add one"),
                at=node.id,
            )
        back = next((edge for edge in edges if edge in self.flow.back), None)
        if back is not None:
            self.rerun(self.node_of(back.to))
            return
        for edge in edges:
            self.arrive(Token(edge.to, False, None, frozenset({node.id})))

    def _edges(self, node: Node, outcome: str) -> list[Edge]:
        """The edges that the token takes: those for the outcome first, then the conditions in order, then the default."""
        out = self.flow.out[node.id]
        every = node.take == "all"

        def holding(edges: Iterable[Edge]) -> list[Edge]:
            found: list[Edge] = []
            for edge in edges:
                if edge.when is None or self.ask.edge(edge, outcome):
                    found.append(edge)
                    if not every:
                        break
            return found

        chosen = holding(edge for edge in out if edge.outcome == outcome)
        if chosen or outcome in REJECTED or outcome in ("timeout", "error"):
            return chosen
        plain = [edge for edge in out if edge.outcome is None and edge.when is None]
        if node.type == "parallel":
            return [
                edge for edge in out if edge.outcome is None and (edge.when is None or self.ask.edge(edge, outcome))
            ]
        return holding(edge for edge in out if edge.outcome is None and edge.when is not None) or plain

    def _rejected(self, node: Node, token: Token) -> None:
        after = node.on_reject
        if after.kind == "return" and after.node is not None:
            check_return(self.flow, self._state(), node.id, after.node)
            self.rerun(self.node_of(after.node))
        else:
            self.clear(Status.REJECTED, "reject")

    def _state(self) -> State:
        return State(Marking(), self.visits)

    def _end(self, node: Node) -> None:
        self.ended = Status(node.settings.get("status", Status.APPROVED))
        if node.settings.get("terminate"):
            self.clear(self.ended, "end")

    def arrive(self, token: Token) -> None:
        """A waiting token: merges with one that already waits there."""
        there = self.tokens.get((token.node, False))
        if there is not None:
            token = Token(
                token.node,
                False,
                None,
                there.arrived | token.arrived,
                _merged(there.resume_to, token.resume_to),
                there.returned or token.returned,
            )
        self.tokens[token.node, False] = token

    # ── ways back ─────────────────────────────────────────────────────────────────────────────────

    def send_back(self, token: Token, target: str, *, direct: bool, outcome: str) -> None:
        check_return(self.flow, self._state(), token.node, target)
        self.tokens.pop((token.node, True))
        self.effects.append(Left(cast(int, token.activation), token.node, outcome, True))
        if not direct:
            self.rerun(self.node_of(target))
            return
        coming = Token(target, False, None, frozenset(), (*token.resume_to, frozenset({token.node})), returned=True)
        there = self.tokens.get((target, True))
        if there is None:
            self.fire(coming)
        elif there.resume_to and not there.arrived:
            # Two branches ask the same node: it answers once, and both go on.
            merged = _merged(there.resume_to, coming.resume_to)
            self.tokens[target, True] = Token(target, True, there.activation, there.arrived, merged)
        else:
            self.arrive(coming)

    def rerun(self, target: Node, *, moving: int = 0) -> None:
        """Everything at or below the target, and at the nodes `moving`, is taken back; the target becomes active."""
        area = self.flow.at_or_below(target.id)
        for (node_id, active), token in list(self.tokens.items()):
            bit = self.flow.bit(node_id)
            if not (area | moving) & bit:
                continue
            del self.tokens[node_id, active]
            if active:
                self.effects.append(Left(cast(int, token.activation), node_id, "returned", True))
            elif not moving & bit:
                # What came from beside the way back stays, and is waited for no longer than before.
                left = frozenset(each for each in token.arrived if each == "" or not area & self.flow.bit(each))
                if left:
                    self.tokens[node_id, False] = Token(node_id, False, None, left)
        self.fire(Token(target.id, False, None, frozenset({""}), returned=True))

    def _cancel_late(self, join: Node) -> None:
        """The join fires early: tokens that could only have come here are cancelled."""
        for (node_id, active), token in list(self.tokens.items()):
            if self.flow.below(join.id, node_id) and self.flow.exits[node_id] & self.flow.bit(join.id):
                del self.tokens[node_id, active]
                if active:
                    self.effects.append(Left(cast(int, token.activation), node_id, "overtaken", True))

    def clear(self, status: Status, reason: str) -> None:
        """Everything ends at once."""
        for token in self.tokens.values():
            if token.active:
                self.effects.append(Left(cast(int, token.activation), token.node, reason, True))
        self.tokens.clear()
        self.status = status
        self.effects.append(Over(status))


def _merged(one: tuple[frozenset[str], ...], other: tuple[frozenset[str], ...]) -> tuple[frozenset[str], ...]:
    """Two stacks in one, their tops together: every node that is owed a token back gets one."""
    size = max(len(one), len(other))
    empty: frozenset[str] = frozenset()
    one, other = (empty,) * (size - len(one)) + one, (empty,) * (size - len(other)) + other
    return tuple(mine | theirs for mine, theirs in zip(one, other, strict=True))
