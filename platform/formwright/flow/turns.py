"""Whose turn it was: round robin and sticky distribution remember across instances."""

from __future__ import annotations

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from formwright.flow.model import TaskStatus
from formwright.flow.tables import instance, round_robin, task

_MINE = (
    (round_robin.c.app == bindparam("_app"))
    & (round_robin.c.flow == bindparam("_flow"))
    & (round_robin.c.node == bindparam("_node"))
    & (round_robin.c.key == bindparam("_key"))
)
_LAST = select(round_robin.c.last).where(_MINE).with_for_update()
_SET = update(round_robin).where(_MINE)


def last_turn(session: Session, app: str, flow: str, node: str, key: str) -> int | None:
    """Who had the last turn; the row stays locked, so that two who come at once do not get the same one."""
    found: int | None = (
        session.connection().execute(_LAST, {"_app": app, "_flow": flow, "_node": node, "_key": key}).scalar()
    )
    return found


def took_turn(session: Session, app: str, flow: str, node: str, key: str, member: int) -> None:
    connection = session.connection()
    changed = connection.execute(_SET, {"_app": app, "_flow": flow, "_node": node, "_key": key, "last": member})
    if changed.rowcount == 0:
        connection.execute(insert(round_robin), {"app": app, "flow": flow, "node": node, "key": key, "last": member})


def last_handler(session: Session, app: str, flow: str, node: str, initiator: int | None) -> int | None:
    """Who answered this node last for the same initiator, in any instance."""
    found: int | None = (
        session.connection()
        .execute(
            select(task.c.assignee)
            .join(instance, instance.c.id == task.c.instance)
            .where(
                instance.c.app == app,
                instance.c.flow == flow,
                instance.c.initiator == initiator,
                task.c.node == node,
                task.c.status == TaskStatus.DONE,
            )
            .order_by(task.c.id.desc())
            .limit(1)
        )
        .scalar()
    )
    return found
