"""In which order computed fields are computed, and which of them a change reaches: pure, over paths of fields."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import TypeAlias

from formwright.schema.model import Form

Path: TypeAlias = tuple[str, ...]
"""`("total",)`, or `("lines", "amount")` for a column of rows."""


def dependency(form: Form, read: Path, rows_field: str | None = None) -> Path:
    """The field of this record that a path names: a relation itself, a column of rows, or a plain field.

    `rows_field` is where the rule stands when it is a column's: its bare names are columns first, `row.` and `record.` say which.
    """
    if rows_field is not None:
        if read[0] == "row":
            return (rows_field, *read[1:2])
        if read[0] == "record" and len(read) > 1:
            return dependency(form, read[1:])
        rows = form.field(rows_field)
        if rows is not None and rows.column(read[0]) is not None:
            return (rows_field, read[0])
    field = form.field(read[0])
    if field is not None and field.type == "rows" and len(read) > 1 and field.column(read[1]) is not None:
        return (read[0], read[1])
    return (read[0],)


def order(reads: Mapping[Path, Collection[Path]]) -> tuple[Path, ...]:
    """Computed fields so that each comes after those it reads; `reads` holds dependencies by computed path.

    Raises ValueError naming the ring when they read each other; the check before publication refuses such an app.
    """
    sorter: TopologicalSorter[Path] = TopologicalSorter()
    for path, read in reads.items():
        sorter.add(path, *(other for other in reads if other != path and any(touches(other, each) for each in read)))
        if path in read:
            raise ValueError(f"{'.'.join(path)} reads itself")
    try:
        return tuple(sorter.static_order())
    except CycleError as error:
        raise ValueError(" → ".join(".".join(path) for path in error.args[1])) from error


def reached(
    order_: Iterable[Path], reads: Mapping[Path, Collection[Path]], changed: Collection[Path]
) -> tuple[Path, ...]:
    """The computed fields, in order, that a change of `changed` reaches, directly or through others."""
    moved = set(changed)
    found: list[Path] = []
    for path in order_:
        if any(touches(other, read) for read in reads[path] for other in moved):
            moved.add(path)
            found.append(path)
    return tuple(found)


def touches(changed: Path, read: Path) -> bool:
    """Whether a change of one path can change what the other reads: rows as a whole include their columns."""
    shorter = min(len(changed), len(read))
    return changed[:shorter] == read[:shorter]
