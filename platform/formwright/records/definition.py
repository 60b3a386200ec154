"""A form's definition as one actor may know it: the fields that they can read somewhere, and what they may do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from formwright.accounts.model import Actor
from formwright.errors import Missing
from formwright.records.model import ALL_RIGHTS
from formwright.records.permissions import right_of, united
from formwright.records.reader import FormReader, reader_for
from formwright.schema.model import ACTIONS, App, FieldRights

RULES = frozenset({"default", "compute", "fill", "visible", "editable", "checks", "where", "from", "value"})
"""Keys of a field that may name other fields; left out for those who do not see everything."""


def form_definition(session: Session, app: App, form_id: str, *, actor: Actor, now: datetime) -> dict[str, Any]:
    """`{id, name, title, fields, layout, views, can}`; each field has the caller's `right` at its best.

    Raises Missing where no grant of the form applies to the actor.
    """
    reader = reader_for(session, app, form_id, actor=actor, now=now)
    rights, actions = most_rights(reader)
    if "view" not in actions and "create" not in actions:
        raise Missing(at=form_id)
    document = app.document["forms"][form_id]
    whole = reader.unbounded
    shown: dict[str, Any] = {
        "id": form_id,
        "name": document.get("name"),
        "fields": _fields(document.get("fields") or (), rights, (), whole=whole),
        "layout": _layout(document.get("layout") or [], rights),
        "views": [_view(view, rights, whole=whole) for view in document.get("views") or ()],
        "can": [action for action in ACTIONS if action in actions],
    }
    if whole:
        shown["title"] = document.get("title")
    return shown


def most_rights(reader: FormReader) -> tuple[FieldRights, frozenset[str]]:
    """The greatest rights and all actions that the actor has on some record or other."""
    if reader.unbounded:
        return ALL_RIGHTS.fields, ALL_RIGHTS.actions
    grants = [each.rights for each in reader.grants]
    return united(each.fields for each in grants), frozenset[str]().union(*(each.actions for each in grants))


def _fields(
    fields: Sequence[Mapping[str, Any]], rights: FieldRights, above: tuple[str, ...], *, whole: bool
) -> list[dict[str, Any]]:
    shown = []
    for field in fields:
        path = (*above, field["id"])
        right = right_of(rights, path)
        if right == "hidden":
            continue
        known = {key: value for key, value in field.items() if whole or key not in RULES}
        if not whole and isinstance(known.get("required"), str):
            del known["required"]
        if "fields" in known:
            known["fields"] = _fields(field["fields"], rights, path, whole=whole)
        shown.append({**known, "right": right})
    return shown


def _layout(layout: Any, rights: FieldRights) -> Any:
    """The layout without the fields that are hidden; sections and tabs stay."""
    if isinstance(layout, list):
        return [_layout(each, rights) for each in layout if not isinstance(each, str) or rights.of(each) != "hidden"]
    if isinstance(layout, Mapping):
        return {key: _layout(value, rights) if key in ("rows", "tabs") else value for key, value in layout.items()}
    return layout


def _view(view: Mapping[str, Any], rights: FieldRights, *, whole: bool) -> dict[str, Any]:
    if whole:
        return dict(view)
    kept = {key: value for key, value in view.items() if key not in ("filter", "color")}
    for key in ("columns", "sort"):
        if key in kept:
            kept[key] = [each for each in kept[key] if rights.of(each.removeprefix("-")) != "hidden"]
    return kept
