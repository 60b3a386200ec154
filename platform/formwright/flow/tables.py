"""Tables of running flows: versions, instances with their marking, activations, tasks, and the log that replays to them.

Instances are never deleted, so what belongs to one needs no foreign key to it: each would be looked up at every step.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, or_

from formwright.database import BigId, Instant, metadata

flow_version = Table(
    "flow_version",
    metadata,
    Column("app", Text, primary_key=True),
    Column("flow", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)
"""Immutable: the flow's entry of the app document as JSON text. `version` is the publication that brought it."""

instance = Table(
    "instance",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),
    Column("app", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("flow", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("record", BigId, nullable=False),
    Column("initiator", BigId, ForeignKey("member.id", ondelete="RESTRICT")),
    Column("status", Text, nullable=False),
    Column("rev", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("head", Text, nullable=False),
    Column("parent", BigId),
    Column("parent_activation", Integer),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("suspended_at", Instant),
    Index("ix_instance_record", "app", "form", "record"),
    Index("ix_instance_initiator", "initiator", "id"),
    Index("ix_instance_flow", "app", "flow", "status"),
)
"""`state` is the engine's state as JSON text; `rev` the seq of the last event, `head` its hash. `initiator` is null for the system."""

Index(
    "uq_instance_live",
    instance.c.record,
    instance.c.flow,
    instance.c.app,
    unique=True,
    sqlite_where=instance.c.ended_at.is_(None),
    postgresql_where=instance.c.ended_at.is_(None),
)

activation = Table(
    "activation",
    metadata,
    Column("instance", BigId, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("node", Text, nullable=False),
    Column("visit", Integer, nullable=False),
    Column("entered_at", Instant, nullable=False),
    Column("left_at", Instant),
    Column("outcome", Text),
)
"""One arrival of an instance at a node; `number` counts the arrivals of the instance, `visit` those at this node."""

task = Table(
    "task",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),
    Column("instance", BigId, nullable=False),
    Column("activation", Integer, nullable=False),
    Column("app", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("flow", Text, nullable=False),
    Column("record", BigId, nullable=False),
    Column("node", Text, nullable=False),
    Column("assignee", BigId, ForeignKey("member.id", ondelete="RESTRICT"), nullable=False),
    Column("on_behalf_of", BigId, ForeignKey("member.id", ondelete="RESTRICT")),
    Column("origin", Text, nullable=False),
    Column("parent", BigId),
    Column("position", Integer, nullable=False),
    Column("weight", Text, nullable=False),
    Column("votes", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("outcome", Text),
    Column("comment", Text),
    Column("opened_at", Instant),
    Column("closed_at", Instant),
    Column("read_at", Instant),
    Column("due_at", Instant),
    Index("ix_task_activation", "instance", "activation"),
    Index("ix_task_assignee", "assignee", "id"),
)
"""`weight` is a decimal as text; `votes` 0 marks advice, which never counts; `parent` is the task that this one came from."""

Index(
    "ix_task_open",
    task.c.assignee,
    task.c.id,
    sqlite_where=task.c.status == "open",
    postgresql_where=task.c.status == "open",
)

flow_event = Table(
    "flow_event",
    metadata,
    Column("instance", BigId, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("actor", BigId),
    Column("act", Text, nullable=False),
    Column("node", Text),
    Column("task", BigId),
    Column("outcome", Text),
    Column("comment", Text),
    Column("body", Text, nullable=False),
    Column("hash", Text, nullable=False),
)
"""One act, by a member or (`actor` null) the system. `body` is JSON text: what it did to the marking, and whom it named.

Replaying the bodies from an empty state gives the stored one; each hash covers its row and the hash before it.
"""

effect = Table(
    "effect",
    metadata,
    Column("instance", BigId, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("activation", Integer, nullable=False),
    Column("node", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("undone_at", Instant),
)
"""What an action node wrote elsewhere, in order: form, record, the values before and after, as JSON text."""

cc = Table(
    "cc",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),
    Column("instance", BigId, nullable=False, index=True),
    Column("app", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("record", BigId, nullable=False),
    Column("node", Text, nullable=False),
    Column("member", BigId, ForeignKey("member.id", ondelete="RESTRICT"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("read_at", Instant),
    Index("ix_cc_member", "member", "id"),
)

participant = Table(
    "participant",
    metadata,
    Column("member", BigId, primary_key=True),
    Column("record", BigId, primary_key=True),
    Column("instance", BigId, primary_key=True),
    Column("node", Text, primary_key=True),
    Column("app", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("flow", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Index("ix_participant_instance", "instance"),
)
"""Who may see the record with which node's rights: the initiator, whoever has or had a task, who is in copy."""

round_robin = Table(
    "round_robin",
    metadata,
    Column("app", Text, primary_key=True),
    Column("flow", Text, primary_key=True),
    Column("node", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("last", BigId, nullable=False),
)
"""Whose turn it was last."""

UNFINISHED = or_(task.c.status == "open", task.c.status == "pending")
"""Tasks that are not over. Spelled out: a list of values is no parameter of a statement that runs for many rows at once."""
