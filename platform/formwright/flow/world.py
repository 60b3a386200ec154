"""What the engine asks, answered for one instance in one transaction: its record, its rules, its people, its past."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal, cast

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session

from formwright.accounts.directory import Directory, directory
from formwright.accounts.model import Actor
from formwright.errors import Invalid
from formwright.flow import turns
from formwright.flow.assignment import (
    after_self_approval,
    distributed,
    least_loaded,
    next_in_turn,
    policy,
    seated,
    unique,
)
from formwright.flow.effects import Seating
from formwright.flow.instances import Instance
from formwright.flow.model import Edge, Node, PassMode, Seat, TaskStatus
from formwright.flow.repeats import may_skip
from formwright.flow.tables import flow_event, task
from formwright.flow.versions import Version
from formwright.prepared import Prepared
from formwright.records.context import StepContext, context_for
from formwright.records.values import RecordValues, loader_for
from formwright.schema.model import App
from formwright.texts import both, show
from formwright_rules import Decision


@dataclass(frozen=True, slots=True)
class Vote:
    """One part of the instance's past: who answered what, where."""

    node: str
    activation: int
    member: int
    outcome: str
    at: datetime | None


RETURNS = frozenset({"return", "auto_return"})

_VOTES = Prepared(
    select(task.c.node, task.c.activation, task.c.assignee, task.c.outcome, task.c.closed_at)
    .where(
        task.c.instance == bindparam("instance"),
        task.c.votes == 1,
        or_(task.c.status == TaskStatus.DONE, task.c.status == TaskStatus.SKIPPED),
    )
    .order_by(task.c.activation, task.c.closed_at, task.c.id)
)


_CHOICES = (
    select(flow_event.c.body)
    .where(flow_event.c.instance == bindparam("instance"), flow_event.c.body.contains('"chosen":'))
    .order_by(flow_event.c.seq)
)


class FlowPeople(Directory):
    """The organisation, and what only a running instance knows of its people."""

    def __init__(self, known: Directory, world: World) -> None:
        super().__init__(known.organisation)
        self.world = world

    def handler(self, node: str) -> tuple[int, ...]:
        """Who handled the node last."""
        return self.world.handlers(node)

    def chosen(self, node: str) -> tuple[int, ...]:
        """Whom somebody picked for the node."""
        return self.active(self.world.chosen.get(node, ()))

    def approved_by(self, members: Sequence[int]) -> bool:
        """Whether one of them has agreed in the activation at hand."""
        return not self.world.agreed.isdisjoint(members)

    def round_robin(self, members: Sequence[int], key: str | None = None) -> tuple[int, ...]:
        """The one whose turn it is; each key has a ring of its own."""
        people = self.active(members)
        if not people:
            return ()
        ring = f"rule:{key or ''}"
        chosen = next_in_turn(people, self.world.last_turn(ring))
        self.world.took_turn(ring, chosen)
        return (chosen,)

    def least_loaded(self, members: Sequence[int]) -> tuple[int, ...]:
        people = self.active(members)
        return (least_loaded(people, self.world.open_tasks(people)),) if people else ()


class Unread(Mapping[str, Any]):
    """The record of a world, not read before it is needed: many a rule only asks for a role or a manager."""

    __slots__ = ("_names", "_world")

    def __init__(self, world: World, names: Mapping[str, Any] | None = None) -> None:
        self._world, self._names = world, names or {}

    def __getitem__(self, name: str) -> Any:
        return self._names[name] if name in self._names else self._world.record[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._world.record.with_names(**self._names))

    def __len__(self) -> int:
        return len(self._world.record.with_names(**self._names))

    def with_names(self, **names: Any) -> Unread:
        """The same record with further names."""
        return Unread(self._world, {**self._names, **names})


class World:
    """Answers `effects.Questions`. Rules are resolved when they are asked; nothing of it outlives the transaction."""

    def __init__(
        self,
        session: Session,
        app: App,
        version: Version,
        instance: Instance,
        *,
        actor: Actor,
        now: datetime,
        flush: Callable[[], None] = lambda: None,
    ) -> None:
        self.session, self.app, self.version, self.instance = session, app, version, instance
        self.actor, self.now = actor, now
        self.chosen_now: Mapping[str, Sequence[int]] = {}
        """Whom this very step picks for later nodes."""
        self.flush = flush
        """Writes what the step has gathered, before the past is read."""
        self.agreed: set[int] = set()
        self.departing = False
        self.looking = False
        """Whether somebody only wants to know: then nobody's turn is used up."""
        self._node = ""

    # ── values ────────────────────────────────────────────────────────────────────────────────────

    @property
    def record(self) -> RecordValues:
        """The record as it stands."""
        found = loader_for(self.session, self.app).related(self.instance.form, self.instance.record)
        if found is None:
            raise Invalid("not_found", both("记录已删除", "The record has been deleted"), at=str(self.instance.record))
        return found

    @property
    def values(self) -> Unread:
        """The record for rules, which is read when a rule first asks for a value of it."""
        return Unread(self)

    @cached_property
    def people(self) -> FlowPeople:
        return FlowPeople(directory(self.session), self)

    def context(self, *, assignee: int | None = None, arrived_at: datetime | None = None) -> StepContext:
        return context_for(
            self.session,
            self.app,
            actor=self.actor,
            now=self.now,
            initiator=self.instance.initiator,
            assignee=assignee,
            arrived_at=arrived_at,
            people=self.people,
        )

    # ── the past ──────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def votes(self) -> list[Vote]:
        """Everything that was answered, oldest first; what this step skips is added to it."""
        self.flush()
        return [Vote(*row) for row in _VOTES.rows(self.session, {"instance": self.instance.id})]

    @cached_property
    def chosen(self) -> Mapping[str, Sequence[int]]:
        """Whom somebody has picked for a node, the latest choice of each."""
        bodies = self.session.connection().execute(_CHOICES, {"instance": self.instance.id}).scalars()
        earlier = [json.loads(body)["chosen"] for body in bodies]
        return {node: members for choice in (*earlier, self.chosen_now) for node, members in choice.items()}

    def handlers(self, node_id: str) -> tuple[int, ...]:
        """Who answered in the node's last activation that anybody answered in; for the start its initiator."""
        voted = [vote for vote in self.votes if vote.node == node_id]
        if not voted:
            initiator = self.instance.initiator
            return (initiator,) if node_id == self.version.compiled.start and initiator is not None else ()
        last = voted[-1].activation
        return unique(vote.member for vote in voted if vote.activation == last)

    def _last_handlers(self, node: Node) -> tuple[int, ...]:
        """Every voter of the node's last activation; nobody when it ended in a return before all were asked."""
        handlers = self.handlers(node.id)
        unfinished = next((vote.outcome in RETURNS for vote in reversed(self.votes) if vote.node == node.id), False)
        return () if unfinished and node.pass_.mode is not PassMode.ANY else handlers

    def last_turn(self, key: str) -> int | None:
        return turns.last_turn(self.session, self.app.id, self.version.flow.id, self._node, key)

    def took_turn(self, key: str, member: int) -> None:
        if self.looking:
            return
        turns.took_turn(self.session, self.app.id, self.version.flow.id, self._node, key, member)

    def open_tasks(self, members: Collection[int]) -> Mapping[int, int]:
        self.flush()
        counted = (
            select(task.c.assignee, func.count())
            .where(task.c.assignee.in_(members), task.c.status == TaskStatus.OPEN)
            .group_by(task.c.assignee)
        )
        return {row[0]: row[1] for row in self.session.connection().execute(counted)}

    # ── the engine's questions ────────────────────────────────────────────────────────────────────

    def edge(self, edge: Edge, outcome: str) -> bool:
        self._node = edge.from_
        return self.version.rules.edge(edge, self.values.with_names(outcome=outcome), self.context())

    def decide(self, node: Node, seats: tuple[Seat, ...]) -> Literal["approve", "reject"] | None:
        return cast("Literal['approve', 'reject'] | None", self.decision(node, seats, None).verdict)

    def decision(self, node: Node, seats: Sequence[Seat], decision: str | None) -> Decision:
        """The node's `decide` block with these votes; `decision` is the act at hand, for its `require` lines."""
        self._node = node.id
        voted = [seat for seat in seats if seat.voted]
        self.agreed = {
            member for seat in voted if not seat.rejects for member in (seat.assignee, seat.on_behalf_of) if member
        }
        rejections = sum(seat.rejects for seat in voted)
        values = self.values.with_names(
            decision=decision,
            approvals=Decimal(len(voted) - rejections),
            rejections=Decimal(rejections),
        )
        return self.version.rules.decide(node, values, self.context())

    def seats(self, node: Node, *, returned: bool) -> Seating:
        self._node = node.id
        if node.type == "start":
            return self._initiator(node)
        if returned and node.reassign_on_return == "last":
            last = self.people.active(self._last_handlers(node))
            if last:
                return Seating(self._seated(last, node, "return", {}))
        people, agreeing = self._found(node)
        if not people:
            return self._nobody(node, policy(self.version.flow, node, "no_assignee"))
        people = distributed(people, node.distribute, "node", self, self._sticky(node, people))
        skipped = dict.fromkeys(agreeing, "auto_approve")
        if not returned:
            skipped |= dict.fromkeys(self._repeating(node, people), "skip_repeat")
        seats = self._seated(people, node, "rule", skipped)
        if skipped:
            self.votes.extend(
                Vote(node.id, 0, seat.assignee, seat.outcome or "", self.now)
                for seat in seats
                if seat.status is TaskStatus.SKIPPED
            )
        return Seating(seats)

    def replacements(self, node: Node) -> Seating:
        self._node = node.id
        if node.type == "start":
            return self._initiator(node)
        rule = policy(self.version.flow, node, "no_assignee")
        return self._nobody(node, "admin" if rule == "error" else rule)

    def readers(self, node: Node) -> tuple[int, ...]:
        self._node = node.id
        return self._assigned(node)

    def _assigned(self, node: Node) -> tuple[int, ...]:
        """The active members whom the node's rule finds; nobody where there is no rule."""
        if node.assign is None:
            return ()
        found = self.version.rules.assign(node, self.values, self.context())
        return self.people.active(unique(found.members))

    # ── people ────────────────────────────────────────────────────────────────────────────────────

    def _found(self, node: Node) -> tuple[tuple[int, ...], frozenset[int]]:
        """Whom the rule finds, and those of them who agree by themselves."""
        people = self._assigned(node)
        if node.four_eyes:
            seen = {vote.member for vote in self.votes if vote.node in node.four_eyes}
            if self.version.compiled.start in node.four_eyes:
                seen |= {self.instance.initiator or 0}
            people = tuple(each for each in people if each not in seen)
        if node.type != "approve":
            return people, frozenset()
        initiator = self.instance.initiator
        manager = self.people.manager(initiator) if initiator is not None else None
        active_manager = manager if manager is not None and self.people.is_active(manager) else None
        rule = policy(self.version.flow, node, "self_approval")
        return after_self_approval(people, initiator, rule, active_manager)

    def _seated(self, people: Sequence[int], node: Node, origin: str, skipped: Mapping[int, str]) -> tuple[Seat, ...]:
        day = self.now.astimezone(self.people.site.zone).date()
        return seated(
            people,
            node,
            origin=origin,
            stand_in=lambda member: self.people.proxy_for(member, self.version.flow.id, day),
            weight=lambda member: self.version.rules.weight(node, self.values, self.context(assignee=member)),
            skipped=skipped,
        )

    def _initiator(self, node: Node) -> Seating:
        initiator = self.instance.initiator
        if initiator is not None and self.people.is_active(initiator):
            return Seating(self._seated((initiator,), node, "initiator", {}))
        return Seating(self._seated(self._managers() or self.people.administrators()[:1], node, "admin", {}))

    def _managers(self) -> tuple[int, ...]:
        """The previous handler's manager, else the initiator's."""
        acting = None if self.departing else self.actor.id
        previous = acting if acting is not None else (self.votes[-1].member if self.votes else None)
        for member in (previous, self.instance.initiator):
            manager = self.people.manager(member) if member is not None else None
            if manager is not None and self.people.is_active(manager):
                return (manager,)
        return ()

    def _nobody(self, node: Node, rule: str) -> Seating:
        """What follows when no rule finds anybody."""
        if rule == "pass":
            return Seating(passed="skip_empty")
        stand_in: tuple[int, ...] = ()
        if rule == "manager_up":
            stand_in = self._managers() or (self.people.administrators() if self.departing else ())
        elif rule == "admin":
            stand_in = self.people.administrators()
        elif rule.startswith("member:"):
            named = self.people.member(rule.removeprefix("member:"))
            stand_in = self.people.active(() if named is None else (named,))
        if not stand_in:
            zh, en = show(node.name, "zh", node.id), show(node.name, "en", node.id)
            raise Invalid(
                "no_assignee",
                both(
                    f"“{zh}”没有找到负责人；请联系管理员检查该节点的负责人规则",
                    f'Nobody was found for "{en}"; ask an administrator to look at its assign rule',
                ),
                at=node.id,
            )
        return Seating(self._seated(stand_in, node, "admin", {}))

    def _sticky(self, node: Node, people: Sequence[int]) -> int | None:
        """Who had this node last for the same initiator."""
        if node.distribute != "sticky" or len(people) < 2:
            return None
        return turns.last_handler(self.session, self.app.id, self.version.flow.id, node.id, self.instance.initiator)

    def _repeating(self, node: Node, people: Sequence[int]) -> frozenset[int]:
        """Those who have agreed before and need not be asked again."""
        rule = policy(self.version.flow, node, "repeat")
        if rule == "off" or node.type != "approve":
            return frozenset()
        return frozenset(each for each in people if may_skip(self, node, each, rule))
