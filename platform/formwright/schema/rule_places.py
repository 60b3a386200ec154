"""Every rule of the forms of an app: where it stands, what it may name there, and what it must give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from formwright.schema.environment import (
    candidate_environment,
    form_environment,
    people_environment,
    row_environment,
    types_of,
)
from formwright.schema.field_types.choices import ChoiceSettings
from formwright.schema.field_types.links import PeopleSettings, RelationSettings
from formwright.schema.model import App, Check, Field, Form
from formwright.schema.reading import pointer
from formwright_rules import BOOLEAN, PEOPLE, TEXT, Environment, Type

_VALUES = ("default", "compute", "fill")
_CONDITIONS = ("required", "visible", "editable")


@dataclass(frozen=True, slots=True)
class RulePlace:
    """One expression with its JSON pointer, its environment and the type it must give (None: any)."""

    at: str
    text: str
    environment: Environment
    expect: Type | None = None
    computes: tuple[str, ...] = ()
    """The field whose value it always is: `(form, field)` or `(form, rows field, column)`."""
    listed: str | None = None
    """The condition that lists of records make of it in the database; None where no list asks it."""


def form_rule_places(app: App) -> Iterator[RulePlace]:
    """All rules of all forms, and who manages the app, in the order of the document."""
    if app.managers is not None:
        yield RulePlace("/app/managers", app.managers, people_environment(app), PEOPLE)
    for form in app.forms.values():
        yield from _of_form(app, form)


def _of_form(app: App, form: Form) -> Iterator[RulePlace]:
    at = pointer("forms", form.id)
    environment = form_environment(app, form.id)
    if form.title is not None:
        yield RulePlace(at + "/title", form.title, environment)
    for i, field in enumerate(form.fields):
        yield from _of_field(app, form, field, None, environment, f"{at}/fields/{i}")
        inner = row_environment(app, form.id, field.id) if field.fields else environment
        for j, column in enumerate(field.fields):
            yield from _of_field(app, form, column, field.id, inner, f"{at}/fields/{i}/fields/{j}")
    yield from _of_checks(form.checks, environment, at + "/checks")
    for i, view in enumerate(form.views):
        if view.filter is not None:
            yield RulePlace(f"{at}/views/{i}/filter", view.filter, environment, BOOLEAN, listed=view.filter)
        if view.group_by is not None:
            yield RulePlace(f"{at}/views/{i}/group_by", view.group_by, environment)
    for i, grant in enumerate(form.grants):
        if grant.who == "rule":
            yield RulePlace(f"{at}/grants/{i}/rule", grant.value, environment, PEOPLE)
        listed = f"(me in ({grant.value})) and ({grant.records})" if grant.who == "rule" else grant.records
        yield RulePlace(f"{at}/grants/{i}/records", grant.records, environment, BOOLEAN, listed=listed)


def _of_field(
    app: App, form: Form, field: Field, rows_field: str | None, environment: Environment, at: str
) -> Iterator[RulePlace]:
    own_type = types_of(app).of(field)
    place = (form.id, field.id) if rows_field is None else (form.id, rows_field, field.id)
    for kind in (*_VALUES, *_CONDITIONS):
        text: str | None = getattr(field, kind)
        if text is not None:
            expect = BOOLEAN if kind in _CONDITIONS else own_type
            yield RulePlace(f"{at}/{kind}", text, environment, expect, place if kind == "compute" else ())
    yield from _of_checks(field.checks, environment, at + "/checks")
    settings = field.settings
    if isinstance(settings, RelationSettings) and settings.where is not None and settings.form in app.forms:
        candidates = candidate_environment(app, form.id, settings.form, rows_field=rows_field)
        yield RulePlace(at + "/where", settings.where, candidates, BOOLEAN)
    elif isinstance(settings, PeopleSettings) and settings.from_ is not None:
        # For departments no type says what a set of them is.
        yield RulePlace(at + "/from", settings.from_, environment, PEOPLE if field.type == "member" else None)
    elif isinstance(settings, ChoiceSettings) and settings.where is not None:
        names: Mapping[str, Type] = {"option": TEXT}
        offered = (
            form_environment(app, form.id, names=names)
            if rows_field is None
            else row_environment(app, form.id, rows_field, names=names)
        )
        yield RulePlace(at + "/where", settings.where, offered, BOOLEAN)


def _of_checks(checks: tuple[Check, ...], environment: Environment, at: str) -> Iterator[RulePlace]:
    for i, each in enumerate(checks):
        yield RulePlace(f"{at}/{i}/rule", each.rule, environment, BOOLEAN)
