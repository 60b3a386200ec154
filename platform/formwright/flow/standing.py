"""How a record stands in its flow and what has happened to it, in the words of scenarios; for tests and rehearsal, not for readers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from formwright.accounts.directory import directory
from formwright.flow.instances import Instance, Task, instance_from, select_instances, select_tasks, task_from
from formwright.flow.model import Status, TaskStatus
from formwright.flow.tables import cc, flow_event, instance, task

LISTED = frozenset(
    "submit approve reject return transfer delegate confirm object take_back recall auto_approve auto_reject auto_return "
    "skip_repeat skip_empty withdraw suspend resume cancel jump reassign reactivate".split()
)
"""Acts that the history of a record names; own outcomes beside them."""

WITHOUT_NODE = frozenset({"withdraw", "suspend", "resume", "cancel"})


@dataclass(frozen=True, slots=True)
class OpenTask:
    """People by e-mail."""

    node: str
    member: str
    on_behalf_of: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """`at` are the nodes with a token or an open task; `history` are lines `member:act@node`, the oldest first."""

    status: Status
    at: tuple[str, ...]
    tasks: tuple[OpenTask, ...]
    cc: tuple[tuple[str, str], ...]
    history: tuple[str, ...]


def standing(session: Session, app: str, form: str, record: int, *, flow: str | None = None) -> Standing | None:
    """Of all instances of the record, or those of one `flow`: None when there is none.

    Status and place are those of the newest one that runs, else of the newest; the history is that of all of them.
    """
    found = _instances(session, app, form, record, flow)
    if not found:
        return None
    chosen = next((each for each in reversed(found) if each.ended_at is None), found[-1])
    people = directory(session)

    def email(member: int | None) -> str:
        profile = people.profile(member) if member is not None else None
        return profile.email if profile else ""

    ids = [each.id for each in found]
    open_tasks = [each for each in _tasks(session, ids) if each.status is TaskStatus.OPEN]
    nodes = [*chosen.state.marking.nodes, *(each.node for each in open_tasks if each.instance == chosen.id)]
    copies = session.execute(select(cc.c.node, cc.c.member).where(cc.c.instance.in_(ids)).order_by(cc.c.id))
    return Standing(
        status=chosen.status,
        at=tuple(dict.fromkeys(nodes)),
        tasks=tuple(OpenTask(each.node, email(each.assignee), email(each.on_behalf_of) or None) for each in open_tasks),
        cc=tuple((node, email(member)) for node, member in copies),
        history=tuple(line for each in ids for line in _history(session, each, email_of=email)),
    )


def task_of(
    session: Session, app: str, form: str, record: int, member: int, *, node: str | None = None, pending: bool = False
) -> Task | None:
    """The open task of a member on a record, else the one that they had last; None for whoever never had one.

    `pending` also takes a task that waits for its turn, such as one whose owner asked somebody for advice.
    """
    live = (TaskStatus.OPEN, TaskStatus.PENDING) if pending else (TaskStatus.OPEN,)
    ids = [each.id for each in _instances(session, app, form, record, None)]
    mine = [each for each in _tasks(session, ids) if each.assignee == member and node in (None, each.node)]
    current = [each for each in mine if each.status in live]
    past = [each for each in mine if each.status not in (TaskStatus.OPEN, TaskStatus.PENDING)]
    if current:
        return current[0]
    return past[-1] if past else None


def open_tasks_of(session: Session, app: str, form: str, record: int) -> list[Task]:
    """Every open task on a record."""
    ids = [each.id for each in _instances(session, app, form, record, None)]
    return [each for each in _tasks(session, ids) if each.status is TaskStatus.OPEN]


def _instances(session: Session, app: str, form: str, record: int, flow: str | None) -> list[Instance]:
    columns = instance.c
    statement = select_instances().where(columns.app == app, columns.form == form, columns.record == record)
    if flow is not None:
        statement = statement.where(columns.flow == flow)
    rows = session.connection().execute(statement.order_by(columns.started_at, columns.id))
    return [instance_from(row) for row in rows]


def _tasks(session: Session, instances: list[int]) -> list[Task]:
    statement = select_tasks().where(task.c.instance.in_(instances)).order_by(task.c.id)
    return [task_from(row) for row in session.connection().execute(statement)]


def _history(session: Session, instance_id: int, *, email_of: Callable[[int], str]) -> list[str]:
    columns = flow_event.c
    events = session.connection().execute(
        select(columns.actor, columns.act, columns.node, columns.outcome)
        .where(columns.instance == instance_id)
        .order_by(columns.seq)
    )
    lines = []
    for actor, act, node, outcome in events:
        if act not in LISTED and act != outcome:
            continue
        who = email_of(actor).partition("@")[0] if actor is not None else "system"
        lines.append(f"{who}:{act}@{node}" if node and act not in WITHOUT_NODE else f"{who}:{act}")
    return lines
