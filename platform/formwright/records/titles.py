"""How a record is called everywhere: what the form's `title` rule gives, else its first telling field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from formwright.records.rules import FormRules
from formwright.records.working import Working
from formwright.schema.model import Form
from formwright_rules.values import is_empty

LONGEST = 200

_TELLING = ("text", "serial", "email", "phone", "textarea", "url")
"""Types that call a record by themselves where the form has no `title` rule."""


def title_of(working: Working) -> str:
    """The title to keep with the record, one line; empty when nothing tells."""
    rule = working.rules.title
    if rule is None:
        values = (working.values.get(field_id) for field_id in telling_fields(working.form))
        value: Any = next((each for each in values if not is_empty(each)), None)
    else:
        value = rule(working.view, working.context)
    return " ".join(_text(value, working).split())[:LONGEST]


def telling_fields(form: Form) -> list[str]:
    return [field.id for field in form.fields if field.type in _TELLING]


def title_fields(rules: FormRules) -> frozenset[str]:
    """The fields that a title is made of."""
    return frozenset(path[0] for path in rules.title.reads) if rules.title else frozenset(telling_fields(rules.form))


def _text(value: Any, working: Working) -> str:
    if is_empty(value):
        return ""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, datetime):
        return value.astimezone(working.context.timezone).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, list | tuple):
        return ", ".join(_text(each, working) for each in value)
    if isinstance(value, Mapping):
        form_id, id = getattr(getattr(value, "form", None), "id", ""), value.get("id")
        related = working.context.loader.record(form_id, id) if form_id else None
        return related.title if related else ""
    return str(value)
