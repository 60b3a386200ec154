"""What a package holds beside its document, kept so that export gives it back byte for byte."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, LargeBinary, Table, Text

from formwright.database import metadata

package_file = Table(
    "package_file",
    metadata,
    Column("app", Text, ForeignKey("app.id", ondelete="CASCADE"), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
"""`data/…`, `assets/…` and `tests/overlays/…` of the installed package."""

sample_record = Table(
    "sample_record",
    metadata,
    Column("app", Text, ForeignKey("app.id", ondelete="CASCADE"), primary_key=True),
    Column("form", Text, primary_key=True),
    Column("record", BigInteger, primary_key=True, autoincrement=False),
)
"""Which records came as sample data, so that they can be removed as a set."""
