"""The tables of durable work: jobs, and when each worker was last seen."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ColumnElement, Index, Integer, Table, Text, literal_column, text

from formwright.database import BigId, Instant, metadata
from formwright.jobs.model import State

job = Table(
    "job",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("name", Text, nullable=False),
    Column("payload", JSON, nullable=False),
    # Compared bytewise, so that a prefix of keys is a range of the index in every locale.
    Column("key", Text().with_variant(Text(collation="C"), "postgresql")),
    Column("run_at", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lease_until", Instant),
    Column("last_error", Text),
    Column("finished_at", Instant),
    Index(
        "uq_job_waiting_key",
        "key",
        unique=True,
        sqlite_where=text("state = 'due'"),
        postgresql_where=text("state = 'due'"),
    ),
    Index(
        "ix_job_due",
        "run_at",
        "id",
        sqlite_where=text("state = 'due'"),
        postgresql_where=text("state = 'due'"),
    ),
    Index(
        "ix_job_running",
        "lease_until",
        sqlite_where=text("state = 'running'"),
        postgresql_where=text("state = 'running'"),
    ),
    Index(
        "ix_job_done",
        "finished_at",
        sqlite_where=text("state = 'done'"),
        postgresql_where=text("state = 'done'"),
    ),
    Index(
        "ix_job_failed",
        "id",
        sqlite_where=text("state = 'failed'"),
        postgresql_where=text("state = 'failed'"),
    ),
)
"""`state` is one of model.State; `lease_until` is set while a delivery is under way."""


def is_in(state: State) -> ColumnElement[bool]:
    """Jobs of one state; written out, not bound: a partial index serves only a condition that the planner can read."""
    return job.c.state == literal_column(f"'{state}'")


worker_seen = Table(
    "worker_seen",
    metadata,
    Column("name", Text, primary_key=True),
    Column("at", Instant, nullable=False),
)
