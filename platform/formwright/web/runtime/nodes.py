"""What a task's node lets its assignee see and write."""

from __future__ import annotations

from formwright.errors import Missing, NotAllowed
from formwright.flow.instances import Task, instance_by_id, task_by_id
from formwright.flow.model import Node, TaskStatus
from formwright.flow.versions import version_of
from formwright.records.permissions import capped
from formwright.schema.access import app_for
from formwright.schema.model import FieldRights
from formwright.web.gate import Call


def task_and_node(call: Call, task_id: str) -> tuple[Task, Node]:
    """A task with the node where it waits. Raises Missing; whose task it is `flow.access.task_for` says."""
    found = (
        task_by_id(call.session, int(task_id))
        if task_id.isascii() and task_id.isdigit() and len(task_id) < 19
        else None
    )
    instance = instance_by_id(call.session, found.instance) if found else None
    if found is None or instance is None:
        raise Missing(at=task_id[:40])
    version = version_of(call.session, app_for(call.session, found.app), instance.flow, instance.version)
    return found, version.compiled.nodes[found.node]


def node_rights(call: Call, task_id: str) -> FieldRights:
    """The rights of my open task's node. Raises NotAllowed where the task is somebody else's."""
    found, node = task_and_node(call, task_id)
    if found.assignee != call.actor.id:
        raise NotAllowed("not_assignee")
    return node.fields if found.status is TaskStatus.OPEN else capped(node.fields, "view")
