"""The engine's state as text in the database, and the log of its changes, which replays to it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from formwright.flow.effects import Effect, Entered, Left
from formwright.flow.model import Marking, State, Status, Token

EMPTY_HEAD = ""


def write_state(state: State) -> str:
    """The state as JSON text, the same text for the same state."""
    return json.dumps(
        {
            "tokens": [_write_token(token) for token in state.marking.tokens],
            "visits": dict(sorted(state.visits.items())),
            "entered": state.entered,
            "status": state.status,
            "ended": state.ended,
        },
        separators=(",", ":"),
    )


def read_state(text: str) -> State:
    """What `write_state` wrote."""
    found = json.loads(text)
    ended = found["ended"]
    return State(
        marking=Marking(tuple(_read_token(each) for each in found["tokens"])),
        visits=found["visits"],
        entered=found["entered"],
        status=Status(found["status"]),
        ended=None if ended is None else Status(ended),
    )


def _write_token(token: Token) -> list[Any]:
    return [
        token.node,
        int(token.active),
        token.activation,
        sorted(token.arrived),
        [sorted(each) for each in token.resume_to],
        int(token.returned),
    ]


def _read_token(found: list[Any]) -> Token:
    node, active, activation, arrived, resume_to, returned = found
    return Token(
        node,
        bool(active),
        activation,
        frozenset(arrived),
        tuple(frozenset(each) for each in resume_to),
        bool(returned),
    )


def change(before: State, after: State, effects: Iterable[Effect]) -> dict[str, Any]:
    """What led from one state to the other: nodes entered and left, tokens gone and put, and the status where it changed."""
    old, new = set(before.marking.tokens), set(after.marking.tokens)
    body: dict[str, Any] = {
        "entered": [[each.activation, each.node] for each in effects if isinstance(each, Entered)],
        "left": [[each.activation, each.outcome] for each in effects if isinstance(each, Left)],
        "gone": [_write_token(token) for token in before.marking.tokens if token not in new],
        "put": [_write_token(token) for token in after.marking.tokens if token not in old],
    }
    if before.status is not after.status:
        body["status"] = after.status
    if before.ended is not after.ended:
        body["ended"] = after.ended
    return {key: value for key, value in body.items() if value != []}


def replayed(bodies: Iterable[Mapping[str, Any]], order: Mapping[str, int]) -> State:
    """The state to which the bodies of a log lead, from nothing; `order` is the flow's topological one."""
    tokens: set[Token] = set()
    visits: dict[str, int] = {}
    entered = 0
    status, ended = Status.RUNNING, None
    for body in bodies:
        for _, node in body.get("entered", ()):
            visits[node] = visits.get(node, 0) + 1
            entered += 1
        tokens -= {_read_token(each) for each in body.get("gone", ())}
        tokens |= {_read_token(each) for each in body.get("put", ())}
        status = Status(body["status"]) if "status" in body else status
        ended = Status(body["ended"]) if "ended" in body else ended
    placed = sorted(tokens, key=lambda token: (order[token.node], not token.active))
    return State(Marking(tuple(placed)), visits, entered, status, ended)


def chained(head: str, seq: int, at: datetime, actor: int | None, act: str, rest: Iterable[Any], body: str) -> str:
    """The hash of one event: SHA-256 over the hash before it and everything in its row."""
    # Milliseconds: what both databases keep of an instant.
    moment = at.isoformat(timespec="milliseconds")
    text = json.dumps([head, seq, moment, actor, act, *rest, body], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
