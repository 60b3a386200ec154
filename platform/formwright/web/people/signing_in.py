"""The sign-in page, signing out, the language switch, and the demo's "look as"."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from formwright.accounts.access import member_for
from formwright.accounts.operations import update_member
from formwright.accounts.sign_in import open_session, renew_session, sign_in, sign_out
from formwright.errors import FormwrightError, Missing
from formwright.packages.demo import demo_of
from formwright.texts import LANGUAGES
from formwright.web.gate import SESSION_COOKIE, Call, Policy, route
from formwright.web.language import LANGUAGE_COOKIE
from formwright.web.people import pages

YEAR = 365 * 24 * 3600
FORTNIGHT = 14 * 24 * 3600


@route(pages, "/sign-in", policy=Policy.PUBLIC)
def sign_in_page(call: Call) -> str:
    return _form(call, next=request.args.get("next", "/"))


@route(pages, "/sign-in", policy=Policy.PUBLIC, methods=("POST",), writes=False, token=False)
def sign_in_action(call: Call) -> Any:
    """Check `email` and `password`; `sign_in` opens its own transactions, so this view holds none."""
    email, next = request.form.get("email", ""), request.form.get("next", "/")
    try:
        _, key = sign_in(
            call.product.database,
            email,
            request.form.get("password", ""),
            address=request.remote_addr or "",
            device=request.user_agent.string,
            previous_key=request.cookies.get(SESSION_COOKIE),
            now=call.now,
        )
    except FormwrightError as error:
        return _form(call, email=email, next=next, problem=error.say(call.language)), error.status
    return _with_session(redirect(_inside(next)), key, call)


@route(pages, "/sign-out", policy=Policy.PUBLIC, methods=("POST",))
def sign_out_page(call: Call) -> Response:
    if key := request.cookies.get(SESSION_COOKIE):
        sign_out(call.session, key)
    response = redirect(url_for("people.sign_in_page"))
    response.delete_cookie(SESSION_COOKIE)
    return response


@route(pages, "/language", policy=Policy.PUBLIC, methods=("POST",))
def choose_language(call: Call) -> Response:
    """Kept with the member who is signed in, else in a cookie."""
    language = request.form.get("language", "")
    if language not in LANGUAGES:
        raise Missing
    if call.actor.id is not None:
        update_member(call.session, call.actor.id, {"language": language}, actor=call.actor, now=call.now)
    response = redirect(_inside(request.form.get("next", "/")))
    response.set_cookie(LANGUAGE_COOKIE, language, max_age=YEAR, samesite="Lax", secure=_secure(call))
    return response


@route(pages, "/view-as", policy=Policy.MEMBER, methods=("POST",))
def view_as(call: Call) -> Response:
    """On a demo site only: go on as another demo account, so that one person can play a whole approval."""
    demo = demo_of(call.session)
    email = request.form.get("email", "")
    if demo is None or email not in {account.email for account in demo.accounts}:
        raise Missing
    if key := request.cookies.get(SESSION_COOKIE):
        sign_out(call.session, key)
    member = member_for(call.session, email)
    key = open_session(
        call.session, member.id, address=request.remote_addr or "", device=request.user_agent.string, now=call.now
    )
    return _with_session(redirect(url_for("runtime.home")), key, call)


@route(pages, "/session", policy=Policy.MEMBER, methods=("POST",))
def keep_session(call: Call) -> tuple[str, int]:
    """A session in use lasts another fortnight."""
    if key := request.cookies.get(SESSION_COOKIE):
        renew_session(call.session, key, now=call.now)
    return "", 204


def _form(call: Call, *, email: str = "", next: str = "/", problem: str = "") -> str:
    demo = demo_of(call.session)
    return render_template(
        "people/sign_in.html",
        email=email,
        next=_inside(next),
        problem=problem,
        demo_accounts=demo.accounts if demo else (),
        demo_password=demo.password if demo else "",
    )


def _with_session(response: Response, key: str, call: Call) -> Response:
    response.set_cookie(SESSION_COOKIE, key, max_age=FORTNIGHT, httponly=True, samesite="Lax", secure=_secure(call))
    return response


def _secure(call: Call) -> bool:
    return call.product.settings.public_url.startswith("https://")


def _inside(address: str) -> str:
    """Only a path of this site: nobody is sent elsewhere after signing in."""
    parts = urlsplit(address.replace("\\", "/"))
    path = parts.path
    if parts.scheme or parts.netloc or not path.startswith("/") or path.startswith("//"):
        return "/"
    return path + (f"?{parts.query}" if parts.query else "")
