"""Which computed fields read which, over all forms of an app, and the rings in which a field would compute itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from formwright.schema.model import App, Field, Form

Place = tuple[str, ...]
"""A field anywhere in the app: `(form, field)`, or `(form, rows field, column)`."""

Reads = Mapping[Place, Collection[tuple[str, ...]]]
"""The paths that the `compute` rule of each computed field reads, as `formwright_rules.check` gives them."""


def rings(app: App, reads: Reads) -> list[tuple[Place, ...]]:
    """Every ring of computed fields that needs its own result, the first place repeated at the end."""
    graph = {
        place: {each for path in paths for each in touched(app, place, path) if each in reads}
        for place, paths in reads.items()
    }
    found: list[tuple[Place, ...]] = []
    while True:
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as problem:
            ring: tuple[Place, ...] = tuple(problem.args[1])
            found.append(tuple(reversed(ring)))
            # graphlib gives each place after the one that it needs: cut the ring there and look for others.
            graph[ring[1]].discard(ring[0])
            continue
        return found


def touched(app: App, place: Place, path: tuple[str, ...]) -> Iterator[Place]:
    """The fields that reading `path` from the rule of `place` depends on, through relations as far as they go."""
    form = app.forms[place[0]]
    rows = form.field(place[1]) if len(place) == 3 else None
    if path and path[0] == "record":
        yield from _from_form(app, form, path[1:])
    elif rows is not None and path and path[0] == "row":
        yield from _from_columns(app, form, rows, path[1:])
    elif rows is not None and path and rows.column(path[0]) is not None:
        yield from _from_columns(app, form, rows, path)
    else:
        yield from _from_form(app, form, path)


def _from_columns(app: App, form: Form, rows: Field, path: tuple[str, ...]) -> Iterator[Place]:
    if not path:
        yield from ((form.id, rows.id, column.id) for column in rows.fields)
        return
    column = rows.column(path[0])
    if column is not None:
        yield (form.id, rows.id, column.id)
        yield from _through_relation(app, column, path[1:])


def _from_form(app: App, form: Form, path: tuple[str, ...]) -> Iterator[Place]:
    field = form.field(path[0]) if path else None
    if field is None:
        return
    yield (form.id, field.id)
    if field.type == "rows":
        yield from _from_columns(app, form, field, path[1:])
    else:
        yield from _through_relation(app, field, path[1:])


def _through_relation(app: App, field: Field, path: tuple[str, ...]) -> Iterator[Place]:
    target = app.forms.get(field.settings.form) if field.type == "relation" else None
    if target is not None and path:
        yield from _from_form(app, target, path)
