"""Tables of the organisation and of everything by which somebody proves who they are."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Index, Integer, Table, Text

from formwright.database import BigId, Instant, metadata

member = Table(
    "member",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("email", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("language", Text),
    Column("manager", BigId, ForeignKey("member.id", ondelete="RESTRICT"), index=True),
    Column("admin", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("password", Text),
    Column("created_at", Instant, nullable=False),
)
"""`email` is kept in lower case; `language` null means the site's; `password` is an argon2id hash, null until one is set."""

department = Table(
    "department",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", JSON, nullable=False),
    Column("parent", Text, ForeignKey("department.id", ondelete="RESTRICT"), index=True),
    Column("head", BigId, ForeignKey("member.id", ondelete="RESTRICT")),
)

department_closure = Table(
    "department_closure",
    metadata,
    Column("ancestor", Text, ForeignKey("department.id", ondelete="CASCADE"), primary_key=True),
    Column("descendant", Text, ForeignKey("department.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("depth", Integer, nullable=False),
)
"""Every department under every other, itself at depth 0."""

membership = Table(
    "membership",
    metadata,
    Column("member", BigId, ForeignKey("member.id", ondelete="CASCADE"), primary_key=True),
    Column("department", Text, ForeignKey("department.id", ondelete="RESTRICT"), primary_key=True, index=True),
    Column("position", Integer, nullable=False),
)
"""`position` 0 is the member's main department."""

role = Table(
    "role",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", JSON, nullable=False),
)

member_role = Table(
    "member_role",
    metadata,
    Column("member", BigId, ForeignKey("member.id", ondelete="CASCADE"), primary_key=True),
    Column("role", Text, ForeignKey("role.id", ondelete="RESTRICT"), primary_key=True, index=True),
)

proxy = Table(
    "proxy",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("member", BigId, ForeignKey("member.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("proxy", BigId, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("first", Date, nullable=False),
    Column("last", Date, nullable=False),
    Column("flows", JSON, nullable=False),
    Column("move_open", Boolean, nullable=False),
)
"""Who stands in for whom, both days included; `flows` lists flow ids, an empty list means all."""

site_setting = Table(
    "site_setting",
    metadata,
    Column("id", Text, primary_key=True),
    Column("value", JSON, nullable=False),
)
"""Settings that administrators change at run time, and the organisation's revision."""

login_session = Table(
    "login_session",
    metadata,
    Column("key_hash", Text, primary_key=True),
    Column("member", BigId, ForeignKey("member.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("csrf", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)
"""One row a device; only the SHA-256 of the key is kept, so that a copy of the database opens no session."""

api_token = Table(
    "api_token",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("member", BigId, ForeignKey("member.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
)

login_attempt = Table(
    "login_attempt",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("account", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("at", Instant, nullable=False, index=True),
    Index("ix_login_attempt_account_at", "account", "at"),
    Index("ix_login_attempt_address_at", "address", "at"),
)
"""Attempts to sign in that did not succeed (yet); kept for an hour."""

audit = Table(
    "audit",
    metadata,
    Column("seq", BigId, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("hash", Text, nullable=False),
)
"""Append-only; each hash covers its row and the hash before it. `body` is canonical JSON text."""

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigId, nullable=False),
    Column("hash", Text, nullable=False),
)
"""One row: where the log ends, so that a cut tail is noticed; locked while an entry is appended."""
