"""The Flask application: blueprints, headers, and the one place where errors are shown."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, g, redirect, render_template, request, url_for
from htmx_flask import Htmx
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from formwright import assets
from formwright.errors import FormwrightError, Malformed, Missing, NotSignedIn, TooLarge
from formwright.product import Product
from formwright.texts import both
from formwright.web import api, designer, health, people, rendering, runtime
from formwright.web.api.problems import problem_document
from formwright.web.language import chosen_language

log = logging.getLogger("formwright.web")

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "manifest-src 'self'",
    )
)


def create_app(product: Product) -> Flask:
    """The WSGI application of one product."""
    app = Flask(
        "formwright", static_folder=str(assets.STATIC), static_url_path="/static", template_folder=str(assets.TEMPLATES)
    )
    app.extensions["formwright"] = product
    app.config.update(
        SECRET_KEY=product.settings.secret_key,
        MAX_CONTENT_LENGTH=product.settings.max_body,
        MAX_FORM_MEMORY_SIZE=product.settings.max_body,
        SEND_FILE_MAX_AGE_DEFAULT=31_536_000,
    )
    Htmx(app)
    rendering.set_up(app)
    for blueprint in (health.pages, people.pages, runtime.pages, designer.pages, api.pages):
        app.register_blueprint(blueprint)
    app.after_request(_headers)
    app.register_error_handler(FormwrightError, _show_error)
    app.register_error_handler(HTTPException, _show_http_error)
    app.register_error_handler(Exception, _show_accident)
    return app


def _headers(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
        response.vary.update(("HX-Request", "Cookie", "Accept-Language"))
    return response


def _show_error(error: FormwrightError) -> Any:
    if "language" not in g:
        g.language = chosen_language(g.get("actor"))
    if request.path.startswith("/api/"):
        return problem_document(error, g.language)
    if isinstance(error, NotSignedIn) and request.method == "GET":
        return redirect(url_for("people.sign_in_page", next=request.full_path.rstrip("?")))
    partial = bool(request.htmx)  # type: ignore[attr-defined]
    return render_template("layout/error.html", error=error, partial=partial), error.status


def _show_http_error(error: HTTPException) -> Any:
    code = error.code or 500
    if code < 400:
        return error
    if isinstance(error, RequestEntityTooLarge):
        return _show_error(TooLarge())
    if code in (404, 405):
        shown: FormwrightError = Missing()
        shown.status = code
        return _show_error(shown)
    shown = Malformed("malformed", both("请求无法处理", error.description or "The request cannot be handled"))
    shown.status = code
    return _show_error(shown)


def _show_accident(error: Exception) -> Any:
    log.error("%s %s", request.method, request.path, exc_info=error)
    return _show_error(FormwrightError())
