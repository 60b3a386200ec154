"""How benchmarks are let in: tokens and sessions of members."""

from __future__ import annotations

from sqlalchemy.orm import Session

from formwright.accounts.directory import directory
from formwright.accounts.model import SYSTEM
from formwright.accounts.sign_in import open_session
from formwright.accounts.tokens import create_token
from formwright.product import Product


def token(product: Product, email: str) -> str:
    """A token of the API that acts as the member."""
    with product.database.write() as session:
        return create_token(session, member(session, email), "bench", actor=SYSTEM, now=product.clock.now())[1]


def session_key(product: Product, email: str) -> str:
    """The key of a browser's session of the member."""
    with product.database.write() as session:
        return open_session(session, member(session, email), address="", device="", now=product.clock.now())


def member(session: Session, email: str) -> int:
    found = directory(session).find(email)
    if found is None:
        raise SystemExit(f"there is no member {email}")
    return found
