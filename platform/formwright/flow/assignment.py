"""Who gets a task: from the people that a rule found to seats, by the node's policies; pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Protocol

from formwright.flow.model import Flow, Node, PassMode, Seat, TaskStatus


def policy(flow: Flow, node: Node, name: str) -> str:
    """`withdraw`, `repeat`, `self_approval` or `no_assignee`: the node's own, else the flow's."""
    own: str | None = getattr(node, name)
    shared: str = getattr(flow, name)
    return shared if own is None else own


def unique(people: Iterable[int]) -> tuple[int, ...]:
    """Each once, in the order of the first occurrence."""
    return tuple(dict.fromkeys(people))


def after_self_approval(
    people: Sequence[int], initiator: int | None, rule: str, manager: int | None
) -> tuple[tuple[int, ...], frozenset[int]]:
    """The people, and those among them who agree by themselves, where the initiator is one of them.

    `manager`: the initiator's manager stands in, and nobody where there is none.
    """
    if initiator is None or initiator not in people or rule == "keep":
        return tuple(people), frozenset()
    if rule == "pass":
        return tuple(people), frozenset({initiator})
    if rule == "remove":
        return tuple(each for each in people if each != initiator), frozenset()
    stand_in = () if manager is None else (manager,)
    return unique(other for each in people for other in (stand_in if each == initiator else (each,))), frozenset()


class Load(Protocol):
    """What distribution asks about the past."""

    def last_turn(self, key: str) -> int | None:
        """Who had the last turn of a round robin."""
        ...

    def took_turn(self, key: str, member: int) -> None: ...

    def open_tasks(self, members: Collection[int]) -> Mapping[int, int]:
        """How many tasks each has open."""
        ...


def next_in_turn(members: Sequence[int], last: int | None) -> int:
    """The one after `last` in a ring of ids, so that members who come and go do not disturb the turn."""
    ring = sorted(members)
    return next((each for each in ring if last is not None and each > last), ring[0])


def least_loaded(members: Sequence[int], load: Mapping[int, int]) -> int:
    """The one with the least open tasks; of several the first."""
    return min(members, key=lambda each: load.get(each, 0))


def distributed(people: tuple[int, ...], how: str, key: str, load: Load, before: int | None = None) -> tuple[int, ...]:
    """Those of `people` who get a task: all, or the one whose turn it is. `before` is who had this record's kind last."""
    if len(people) < 2 or how in ("everyone", "claim"):
        return people
    if how == "sticky" and before in people and before is not None:
        return (before,)
    if how == "least_loaded":
        return (least_loaded(people, load.open_tasks(people)),)
    chosen = next_in_turn(people, load.last_turn(key))
    load.took_turn(key, chosen)
    return (chosen,)


def seated(
    people: Iterable[int],
    node: Node,
    *,
    origin: str,
    stand_in: Callable[[int], int | None],
    weight: Callable[[int], Decimal],
    skipped: Mapping[int, str] | None = None,
) -> tuple[Seat, ...]:
    """The seats of a node, in order. Stand-ins come last: who is skipped or weighs what is asked of the member proper.

    `skipped` maps members who need not be asked to the outcome that stands for their agreement.
    """
    seats: list[Seat] = []
    for place, member in enumerate(unique(people)):
        proxy = stand_in(member)
        outcome = (skipped or {}).get(member)
        seats.append(
            Seat(
                assignee=member if proxy is None else proxy,
                on_behalf_of=None if proxy is None else member,
                status=TaskStatus.OPEN if outcome is None else TaskStatus.SKIPPED,
                outcome=outcome,
                order=place,
                weight=weight(member) if node.pass_.mode is PassMode.WEIGHT else Decimal(1),
                origin=origin,
            )
        )
    return one_at_a_time(seats) if node.pass_.mode is PassMode.IN_ORDER else tuple(seats)


def one_at_a_time(seats: Iterable[Seat]) -> tuple[Seat, ...]:
    """Only the first open seat stays open."""
    found: list[Seat] = []
    opened = False
    for seat in seats:
        if seat.status is TaskStatus.OPEN:
            found.append(replace(seat, status=TaskStatus.PENDING) if opened else seat)
            opened = True
        else:
            found.append(seat)
    return tuple(found)
