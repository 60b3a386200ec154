"""When somebody who has agreed already need not be asked again (`repeat`)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from formwright.flow.model import REJECTING, Node
from formwright.flow.returns import nearest
from formwright.records.permissions import readable
from formwright.records.tables import record_event
from formwright_rules.values import is_empty

if TYPE_CHECKING:
    from formwright.flow.world import World


def may_skip(world: World, node: Node, member: int, rule: str) -> bool:
    """Whether `member` has agreed before, by the `rule` adjacent or anywhere, and the node has nothing new for them.

    Never where the node wants something of its own (a comment, a signature, a checklist, an empty required field), nor
    when a field that the node shows has changed since.
    """
    if node.actions.comment == "required" or node.actions.signature or node.checklist:
        return False
    if any(right == "required" and is_empty(world.values.get(field)) for field, right in node.fields.by_field.items()):
        return False
    flow = world.version.compiled
    before = nearest(flow, node.id, {vote.node for vote in world.votes}) if rule == "adjacent" else None
    agreed = [
        vote.at
        for vote in world.votes
        if vote.member == member
        and vote.outcome not in REJECTING
        and vote.node in flow.nodes
        and flow.nodes[vote.node].type == "approve"
        and flow.below(node.id, vote.node)
        and (before is None or vote.node in before)
    ]
    return bool(agreed) and not _changed_since(world, node, agreed[-1])


def _changed_since(world: World, node: Node, at: datetime | None) -> bool:
    """Whether a field that the node shows was changed after `at`."""
    if at is None:
        return True
    instance = world.instance
    diffs = world.session.connection().execute(
        select(record_event.c.diff).where(
            record_event.c.app == instance.app,
            record_event.c.form == instance.form,
            record_event.c.record == instance.record,
            record_event.c.at > at,
        )
    )
    return any(readable(node.fields.of(field)) for (diff,) in diffs for field in json.loads(diff))
