"""What a member may do next: the acts that a task offers, and those on a record's flow."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from formwright.accounts.model import Actor
from formwright.flow.acts import FITS
from formwright.flow.assignment import policy
from formwright.flow.instances import Instance, Task
from formwright.flow.model import LIVE, Node, Status, TaskStatus
from formwright.flow.returns import return_targets
from formwright.flow.tables import effect, task
from formwright.flow.versions import Version

ADMINISTRATION = ("cancel", "jump", "reassign", "suspend")


def task_actions(found: Task, node: Node, instance: Instance, version: Version) -> list[str]:
    """The acts that the task's owner may choose from, own outcomes apart."""
    if instance.status is Status.SUSPENDED:
        return []
    if found.status is TaskStatus.PENDING:
        return ["recall"] if node.actions.delegate else []
    if found.status is not TaskStatus.OPEN:
        return []
    actions = node.actions
    offered = [outcome for outcome, types in FITS.items() if node.type in types]
    if not found.votes:
        return offered
    offered.append("save")
    if return_targets(version.compiled, instance.state, node):
        offered.append("return")
    if actions.transfer:
        offered.append("transfer")
    if actions.delegate:
        offered.append("delegate")
    if actions.add_signer:
        offered += ["add_signer", "remove_signer"]
    if node.distribute == "claim":
        offered.append("claim")
    return [each for each in (*offered, "cc", "comment") if each not in actions.switched_off]


_HANDLED = select(task.c.node, task.c.activation, task.c.assignee).where(
    task.c.instance == bindparam("instance"), task.c.status == TaskStatus.DONE, task.c.votes == 1
)
_WRITTEN = select(effect.c.node).distinct().where(effect.c.instance == bindparam("instance"))


def flow_actions(session: Session, instance: Instance, version: Version, actor: Actor) -> list[str]:
    """The acts on the record's flow that `actor` may choose from."""
    mine = instance.initiator == actor.id
    if instance.status not in LIVE:
        again = ["submit"] if mine and instance.status in (Status.WITHDRAWN, Status.REJECTED) else []
        return [*again, "reactivate"] if actor.admin else again
    connection = session.connection()
    handled = [(row[0], row[1], row[2]) for row in connection.execute(_HANDLED, {"instance": instance.id})]
    offered: list[str] = []
    if mine and instance.status is not Status.SUSPENDED and _may_withdraw(session, instance, version, handled):
        offered.append("withdraw")
    if instance.status is not Status.SUSPENDED and (mine or actor.admin or any(row[2] == actor.id for row in handled)):
        offered.append("urge")
    if actor.admin:
        offered += ["resume", "cancel"] if instance.status is Status.SUSPENDED else ADMINISTRATION
    return offered


def _may_withdraw(session: Session, instance: Instance, version: Version, handled: list[tuple[str, int, int]]) -> bool:
    flow = version.compiled
    rules = {
        policy(flow.flow, flow.nodes[each.node], "withdraw") for each in instance.state.marking.tokens if each.active
    }
    if "never" in rules:
        return False
    submitted = max((number for node, number, _ in handled if node == flow.start), default=1)
    if "before_next_handled" in rules and any(number > submitted for _, number, _ in handled):
        return False
    written = session.connection().execute(_WRITTEN, {"instance": instance.id}).scalars()
    return all(flow.nodes[node].settings.get("undo") for node in written if node in flow.nodes)
