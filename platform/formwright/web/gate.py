"""The one way into every view: who calls, in which transaction, and by which policy.

A view is registered through `route` with a policy and gets a `Call`. GET runs in a reading transaction and cannot change
anything; every other method runs in one writing transaction that commits when the view returns.
"""

from __future__ import annotations

import functools
import hmac
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, g, make_response, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from formwright.accounts.model import SYSTEM, Actor
from formwright.accounts.sign_in import session_actor
from formwright.accounts.tokens import token_actor
from formwright.errors import Missing, NotAllowed, NotSignedIn
from formwright.packages.access import require_designer
from formwright.product import Product
from formwright.schema.reading import bad_text
from formwright.texts import both
from formwright.web.language import chosen_language

SESSION_COOKIE = "formwright_session"
TRIES = 3
TRY_AGAIN = frozenset({"40001", "40P01"})
"""Serialization failure and deadlock: PostgreSQL took everything of the transaction back, so it may simply run again."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Policy(StrEnum):
    """Who may reach a view at all; rows and fields behind it are the record gate's affair."""

    PUBLIC = "public"
    MEMBER = "member"
    DESIGNER = "designer"
    """Administrators and those whom the app's `managers` rule names; the view's `app` is the app's id."""
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Call:
    """What a view works with. `actor` is the system's for a visitor who is not signed in (public views only)."""

    session: Session
    actor: Actor
    now: datetime
    product: Product
    language: str
    by_token: bool = False


@dataclass(frozen=True, slots=True)
class _Caller:
    actor: Actor | None
    by_token: bool = False
    csrf: str = ""


View = Callable[..., Any]


def route(
    blueprint: Blueprint,
    rule: str,
    *,
    policy: Policy,
    methods: tuple[str, ...] = ("GET",),
    writes: bool | None = None,
    token: bool = True,
) -> Callable[[View], View]:
    """Register `view(call, **parameters)` at `rule`; `writes` forces or spares the writing transaction.

    `token` False asks for no CSRF token where there is nothing to protect: whoever signs in proves who they are.
    """

    def register(view: View) -> View:
        @functools.wraps(view)
        def endpoint(**parameters: Any) -> Response:
            for _ in range(TRIES - 1):
                try:
                    return _run(view, policy, parameters, writes=writes, token=token)
                except DBAPIError as error:
                    if getattr(error.orig, "sqlstate", None) not in TRY_AGAIN:
                        raise
                    _rewind_files()
            return _run(view, policy, parameters, writes=writes, token=token)

        endpoint.policy = policy  # type: ignore[attr-defined]
        blueprint.add_url_rule(rule, view_func=endpoint, methods=list(methods), endpoint=view.__name__)
        return view

    return register


def product() -> Product:
    found: Product = current_app.extensions["formwright"]
    return found


def _run(view: View, policy: Policy, parameters: dict[str, Any], *, writes: bool | None, token: bool) -> Response:
    site = product()
    now = site.clock.now()
    unsafe = request.method not in SAFE_METHODS
    # A slow sender must not hold the database while it sends.
    _receive_body()
    with _transaction(site, writing=unsafe if writes is None else writes) as session:
        caller = _identify(session, now)
        g.csrf = caller.csrf
        g.actor = caller.actor
        language = g.language = chosen_language(caller.actor)
        if unsafe:
            _refuse_foreign_sites()
            if token and caller.actor is not None and not caller.by_token:
                _check_csrf(caller.csrf)
        if policy is not Policy.PUBLIC and caller.actor is None:
            raise NotSignedIn
        # No database takes such a text, so nothing can be called by it.
        if any(isinstance(given, str) and bad_text(given) for given in parameters.values()):
            raise Missing
        call = Call(session, caller.actor or SYSTEM, now, site, language, caller.by_token)
        if policy is Policy.ADMIN and not call.actor.admin:
            raise NotAllowed
        if policy is Policy.DESIGNER:
            require_designer(session, parameters["app"], actor=call.actor, now=now)
        return make_response(view(call, **parameters))


def _transaction(site: Product, *, writing: bool) -> AbstractContextManager[Session]:
    return site.database.write() if writing else site.database.read()


def _rewind_files() -> None:
    for file in request.files.values():
        file.stream.seek(0)


def _receive_body() -> None:
    if request.mimetype in ("multipart/form-data", "application/x-www-form-urlencoded"):
        _ = request.form
    elif request.method not in SAFE_METHODS:
        request.get_data()


def _identify(session: Session, now: datetime) -> _Caller:
    header = request.headers.get("Authorization", "")
    if header:
        scheme, _, token = header.partition(" ")
        actor = token_actor(session, token.strip(), now) if scheme.lower() == "bearer" else None
        if actor is None:
            raise NotSignedIn("bad_token", both("令牌无效", "The token is not valid"))
        return _Caller(actor, by_token=True)
    key = request.cookies.get(SESSION_COOKIE)
    signed_in = session_actor(session, key, now) if key else None
    return _Caller(signed_in.actor, csrf=signed_in.csrf) if signed_in else _Caller(None)


def _check_csrf(expected: str) -> None:
    given = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token", "")
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise NotAllowed("csrf", both("页面已过期，请刷新后再试", "This page is out of date; reload it and try again"))


def _refuse_foreign_sites() -> None:
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin")
    foreign = site not in ("same-origin", "none") or (origin is not None and urlsplit(origin).netloc != request.host)
    if foreign and origin != product().settings.public_url:
        raise NotAllowed("csrf", both("请求来自其他网站", "The request comes from another site"))
