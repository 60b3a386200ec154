"""The door to layouts: where the records of a published form lie."""

from __future__ import annotations

from sqlalchemy.orm import Session

from formwright.database import database_of
from formwright.errors import Missing
from formwright.schema.model import App
from formwright.storage.layout import FormLayout, form_layout
from formwright.storage.names import names_of


def layout_for(session: Session, app: App, form_id: str) -> FormLayout:
    """The layout of a form as published; Missing when the app has no such form."""
    form = app.forms.get(form_id)
    if form is None:
        raise Missing(at=form_id)
    key = ("layout", app.id, app.publication, form_id)
    fresh: dict[tuple[str, str, int, str], FormLayout] = session.info.get("fresh_layouts", {})
    if key in fresh:
        return fresh[key]

    def make() -> FormLayout:
        names = {(name.path, name.kind): name.physical for name in names_of(session, app.id, form_id)}
        return form_layout(app.id, form, names)

    return database_of(session).cached(key, make)


def keep_fresh(session: Session, app: App, layout: FormLayout) -> None:
    """Use this layout within this transaction only: it must not outlive a publication that is rolled back."""
    session.info.setdefault("fresh_layouts", {})["layout", app.id, app.publication, layout.form.id] = layout
