"""The catalogue as it first was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from formwright.database import BigId, Instant

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "activation",
        sa.Column("instance", BigId, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("entered_at", Instant(), nullable=False),
        sa.Column("left_at", Instant(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("instance", "number", name=op.f("pk_activation")),
    )
    op.create_table(
        "app",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("publication", sa.Integer(), nullable=False),
        sa.Column("installed_at", Instant(), nullable=False),
        sa.Column("deleted_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app")),
    )
    op.create_table(
        "audit",
        sa.Column("seq", BigId, autoincrement=False, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", BigId, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "effect",
        sa.Column("instance", BigId, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("activation", sa.Integer(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("instance", "number", name=op.f("pk_effect")),
    )
    op.create_table(
        "file",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("uploaded_by", sa.BigInteger(), nullable=True),
        sa.Column("uploaded_at", Instant(), nullable=False),
        sa.Column("app", sa.Text(), nullable=True),
        sa.Column("form", sa.Text(), nullable=True),
        sa.Column("record", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file")),
    )
    op.create_index("ix_file_record", "file", ["app", "form", "record"], unique=False)
    op.create_index("ix_file_uploaded", "file", ["uploaded_at"], unique=False)
    op.create_table(
        "flow_event",
        sa.Column("instance", BigId, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", BigId, nullable=True),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=True),
        sa.Column("task", BigId, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "seq", name=op.f("pk_flow_event")),
    )
    op.create_table(
        "flow_version",
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("app", "flow", "version", name=op.f("pk_flow_version")),
    )
    op.create_table(
        "job",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("run_at", Instant(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_index(
        "ix_job_done",
        "job",
        ["finished_at"],
        unique=False,
        sqlite_where=sa.text("state = 'done'"),
        postgresql_where=sa.text("state = 'done'"),
    )
    op.create_index(
        "ix_job_due",
        "job",
        ["run_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'due'"),
        postgresql_where=sa.text("state = 'due'"),
    )
    op.create_index(
        "ix_job_failed",
        "job",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 'failed'"),
        postgresql_where=sa.text("state = 'failed'"),
    )
    op.create_index(
        "ix_job_running",
        "job",
        ["lease_until"],
        unique=False,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_index(
        "uq_job_waiting_key",
        "job",
        ["key"],
        unique=True,
        sqlite_where=sa.text("state = 'due'"),
        postgresql_where=sa.text("state = 'due'"),
    )
    op.create_table(
        "login_attempt",
        sa.Column("id", BigId, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_attempt")),
    )
    op.create_index("ix_login_attempt_account_at", "login_attempt", ["account", "at"], unique=False)
    op.create_index("ix_login_attempt_address_at", "login_attempt", ["address", "at"], unique=False)
    op.create_index(op.f("ix_login_attempt_at"), "login_attempt", ["at"], unique=False)
    op.create_table(
        "member",
        sa.Column("id", BigId, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("manager", BigId, nullable=True),
        sa.Column("admin", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["manager"], ["member.id"], name=op.f("fk_member_manager"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        sa.UniqueConstraint("email", name=op.f("uq_member_email")),
    )
    op.create_index(op.f("ix_member_manager"), "member", ["manager"], unique=False)
    op.create_table(
        "participant",
        sa.Column("member", BigId, nullable=False),
        sa.Column("record", BigId, nullable=False),
        sa.Column("instance", BigId, nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("member", "record", "instance", "node", name=op.f("pk_participant")),
    )
    op.create_index("ix_participant_instance", "participant", ["instance"], unique=False)
    op.create_table(
        "record_comment",
        sa.Column("id", BigId, autoincrement=False, nullable=False),
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("record", sa.BigInteger(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("author", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("mentions", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_comment")),
    )
    op.create_index("ix_record_comment_record", "record_comment", ["app", "form", "record", "id"], unique=False)
    op.create_table(
        "record_event",
        sa.Column("id", BigId, autoincrement=False, nullable=False),
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("record", sa.BigInteger(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("by", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("diff", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_event")),
    )
    op.create_index("ix_record_event_record", "record_event", ["app", "form", "record", "rev"], unique=False)
    op.create_table(
        "role",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
    )
    op.create_table(
        "round_robin",
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("last", BigId, nullable=False),
        sa.PrimaryKeyConstraint("app", "flow", "node", "key", name=op.f("pk_round_robin")),
    )
    op.create_table(
        "schema_change",
        sa.Column("id", BigId, nullable=False),
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("from_publication", sa.Integer(), nullable=False),
        sa.Column("to_publication", sa.Integer(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schema_change")),
    )
    op.create_index(op.f("ix_schema_change_app"), "schema_change", ["app"], unique=False)
    op.create_table(
        "serial_counter",
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("app", "form", "field", "period", name=op.f("pk_serial_counter")),
    )
    op.create_table(
        "site_setting",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_setting")),
    )
    op.create_table(
        "storage_name",
        sa.Column("physical", sa.Text(), nullable=False),
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("hidden_at", Instant(), nullable=True),
        sa.Column("removed_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("physical", name=op.f("pk_storage_name")),
    )
    op.create_index(
        "ix_storage_name_living",
        "storage_name",
        ["app", "form", "path", "kind"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "worker_seen",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_worker_seen")),
    )
    op.create_table(
        "api_token",
        sa.Column("id", BigId, nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("member", BigId, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["member"], ["member.id"], name=op.f("fk_api_token_member"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    op.create_index(op.f("ix_api_token_member"), "api_token", ["member"], unique=False)
    op.create_table(
        "cc",
        sa.Column("id", BigId, autoincrement=False, nullable=False),
        sa.Column("instance", BigId, nullable=False),
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("record", BigId, nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("member", BigId, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("read_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["member"], ["member.id"], name=op.f("fk_cc_member"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cc")),
    )
    op.create_index(op.f("ix_cc_instance"), "cc", ["instance"], unique=False)
    op.create_index("ix_cc_member", "cc", ["member", "id"], unique=False)
    op.create_table(
        "department",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("head", BigId, nullable=True),
        sa.ForeignKeyConstraint(["head"], ["member.id"], name=op.f("fk_department_head"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["parent"], ["department.id"], name=op.f("fk_department_parent"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department")),
    )
    op.create_index(op.f("ix_department_parent"), "department", ["parent"], unique=False)
    op.create_table(
        "draft",
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("updated_by", BigId, nullable=True),
        sa.ForeignKeyConstraint(["app"], ["app.id"], name=op.f("fk_draft_app"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["updated_by"], ["member.id"], name=op.f("fk_draft_updated_by"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("app", name=op.f("pk_draft")),
    )
    op.create_index(op.f("ix_draft_updated_by"), "draft", ["updated_by"], unique=False)
    op.create_table(
        "idempotent_answer",
        sa.Column("member", BigId, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member"], ["member.id"], name=op.f("fk_idempotent_answer_member"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member", "key", name=op.f("pk_idempotent_answer")),
    )
    op.create_index("ix_idempotent_answer_created_at", "idempotent_answer", ["created_at"], unique=False)
    op.create_table(
        "instance",
        sa.Column("id", BigId, autoincrement=False, nullable=False),
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("record", BigId, nullable=False),
        sa.Column("initiator", BigId, nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("parent", BigId, nullable=True),
        sa.Column("parent_activation", sa.Integer(), nullable=True),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("suspended_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["initiator"], ["member.id"], name=op.f("fk_instance_initiator"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instance")),
    )
    op.create_index("ix_instance_flow", "instance", ["app", "flow", "status"], unique=False)
    op.create_index("ix_instance_initiator", "instance", ["initiator", "id"], unique=False)
    op.create_index("ix_instance_record", "instance", ["app", "form", "record"], unique=False)
    op.create_index(
        "uq_instance_live",
        "instance",
        ["record", "flow", "app"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "login_session",
        sa.Column("key_hash", sa.Text(), nullable=False),
        sa.Column("member", BigId, nullable=False),
        sa.Column("csrf", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["member.id"], name=op.f("fk_login_session_member"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_login_session")),
    )
    op.create_index(op.f("ix_login_session_expires_at"), "login_session", ["expires_at"], unique=False)
    op.create_index(op.f("ix_login_session_member"), "login_session", ["member"], unique=False)
    op.create_table(
        "member_role",
        sa.Column("member", BigId, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["member.id"], name=op.f("fk_member_role_member"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["role"], ["role.id"], name=op.f("fk_member_role_role"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("member", "role", name=op.f("pk_member_role")),
    )
    op.create_index(op.f("ix_member_role_role"), "member_role", ["role"], unique=False)
    op.create_table(
        "message",
        sa.Column("id", BigId, nullable=False),
        sa.Column("member", BigId, nullable=False),
        sa.Column("text", sa.JSON(), nullable=False),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("read_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["member"], ["member.id"], name=op.f("fk_message_member"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    op.create_index("ix_message_member_id", "message", ["member", "id"], unique=False)
    op.create_index(
        "ix_message_unread",
        "message",
        ["member"],
        unique=False,
        sqlite_where=sa.text("read_at IS NULL"),
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_table(
        "package_file",
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["app"], ["app.id"], name=op.f("fk_package_file_app"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("app", "path", name=op.f("pk_package_file")),
    )
    op.create_table(
        "proxy",
        sa.Column("id", BigId, nullable=False),
        sa.Column("member", BigId, nullable=False),
        sa.Column("proxy", BigId, nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("flows", sa.JSON(), nullable=False),
        sa.Column("move_open", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["member.id"], name=op.f("fk_proxy_member"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["proxy"], ["member.id"], name=op.f("fk_proxy_proxy"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proxy")),
    )
    op.create_index(op.f("ix_proxy_member"), "proxy", ["member"], unique=False)
    op.create_table(
        "publication",
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("created_by", BigId, nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["app"], ["app.id"], name=op.f("fk_publication_app"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["created_by"], ["member.id"], name=op.f("fk_publication_created_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("app", "number", name=op.f("pk_publication")),
    )
    op.create_index(op.f("ix_publication_created_by"), "publication", ["created_by"], unique=False)
    op.create_table(
        "sample_record",
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("record", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["app"], ["app.id"], name=op.f("fk_sample_record_app"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("app", "form", "record", name=op.f("pk_sample_record")),
    )
    op.create_table(
        "task",
        sa.Column("id", BigId, autoincrement=False, nullable=False),
        sa.Column("instance", BigId, nullable=False),
        sa.Column("activation", sa.Integer(), nullable=False),
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("record", BigId, nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("assignee", BigId, nullable=False),
        sa.Column("on_behalf_of", BigId, nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("parent", BigId, nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Text(), nullable=False),
        sa.Column("votes", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("opened_at", Instant(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("read_at", Instant(), nullable=True),
        sa.Column("due_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["assignee"], ["member.id"], name=op.f("fk_task_assignee"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["on_behalf_of"], ["member.id"], name=op.f("fk_task_on_behalf_of"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    op.create_index("ix_task_activation", "task", ["instance", "activation"], unique=False)
    op.create_index("ix_task_assignee", "task", ["assignee", "id"], unique=False)
    op.create_index(
        "ix_task_open",
        "task",
        ["assignee", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "department_closure",
        sa.Column("ancestor", sa.Text(), nullable=False),
        sa.Column("descendant", sa.Text(), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ancestor"], ["department.id"], name=op.f("fk_department_closure_ancestor"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["descendant"], ["department.id"], name=op.f("fk_department_closure_descendant"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ancestor", "descendant", name=op.f("pk_department_closure")),
    )
    op.create_index(op.f("ix_department_closure_descendant"), "department_closure", ["descendant"], unique=False)
    op.create_table(
        "membership",
        sa.Column("member", BigId, nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department"], ["department.id"], name=op.f("fk_membership_department"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["member"], ["member.id"], name=op.f("fk_membership_member"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("member", "department", name=op.f("pk_membership")),
    )
    op.create_index(op.f("ix_membership_department"), "membership", ["department"], unique=False)
