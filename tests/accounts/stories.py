"""The standard organisation and the moment at which the stories of these tests begin."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.orm import Session

from formwright.accounts.access import actor_for, member_for
from formwright.accounts.model import SYSTEM, Actor
from formwright.accounts.operations import import_org

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
STANDARD = Path(__file__).parent.parent / "standard-org.yaml"


def standard_org() -> Any:
    """The document, as the product's own dialect would read it (dates stay text there; this one has none)."""
    return yaml.safe_load(STANDARD.read_text(encoding="utf-8"))


def settle(session: Session) -> None:
    """Bring the standard organisation into an empty database."""
    import_org(session, standard_org(), actor=SYSTEM, now=NOW)


def who(session: Session, name: str) -> Actor:
    """The member of the standard organisation with this name before the @."""
    return actor_for(session, member_for(session, f"{name}@example.com").id)
