"""Who may design an app: administrators, and whom its `managers` rule names."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from formwright.accounts.model import Actor
from formwright.database import database_of
from formwright.errors import Missing
from formwright.records.context import context_for
from formwright.schema.access import app_for, draft_for
from formwright.schema.environment import people_environment
from formwright_rules import PEOPLE, compile_python


def may_design(session: Session, app_id: str, *, actor: Actor, now: datetime) -> bool:
    """Whether `actor` may change the app. Raises Missing when there is no such app."""
    if actor.admin or actor.is_system:
        draft_for(session, app_id)
        return True
    app = app_for(session, app_id)
    if app.managers is None:
        return False
    managers = app.managers
    rule = database_of(session).cached(
        ("managers", app.id, app.publication), lambda: compile_python(managers, people_environment(app), expect=PEOPLE)
    )
    return actor.id in (rule({}, context_for(session, app, actor=actor, now=now)) or ())


def require_designer(session: Session, app_id: str, *, actor: Actor, now: datetime) -> None:
    """Raises Missing for whoever may not design the app: that it exists is not theirs to know here."""
    if not may_design(session, app_id, actor=actor, now=now):
        raise Missing
