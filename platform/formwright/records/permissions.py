"""Which rights the grants of a form give together: pure functions over rights, never over a whole form at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce

from formwright.records.model import ALL_RIGHTS, Record, Rights
from formwright.schema.model import RIGHTS, SYSTEM_FIELDS, FieldRights, Right, RowRights

_STRENGTH: dict[Right, int] = {right: strength for strength, right in enumerate(RIGHTS)}

NOTHING = FieldRights(rest="hidden")
VIEW_ONLY = FieldRights(rest="view")
LOCKED_BY_FLOW = frozenset({"edit", "delete"})
"""Actions that grants do not give while an instance is at work."""


def readable(right: Right) -> bool:
    """Whether the value itself may be read (a masked one may not)."""
    return _STRENGTH[right] >= _STRENGTH["view"]


def writable(right: Right) -> bool:
    return _STRENGTH[right] >= _STRENGTH["edit"]


def weaker(one: Right, other: Right) -> Right:
    return one if _STRENGTH[one] <= _STRENGTH[other] else other


def stronger(one: Right, other: Right) -> Right:
    return one if _STRENGTH[one] >= _STRENGTH[other] else other


def right_of(rights: FieldRights, path: Sequence[str]) -> Right:
    """The right on a field, or on a column of a rows field (never more than the right on the rows field itself).

    Who owns a record and when it was made goes with seeing it, where nothing else is said: `*` speaks of the form's fields.
    """
    if path[0] in SYSTEM_FIELDS and path[0] not in rights.by_field:
        return stronger(rights.rest, "view")
    right = rights.of(path[0])
    if len(path) == 1:
        return right
    return weaker(right, rows_of(rights, path[0]).fields.of(path[1]))


def rows_of(rights: FieldRights, field_id: str) -> RowRights:
    """What may be done with the rows of one field, its columns never above the right on the field itself."""
    right = rights.of(field_id)
    given = rights.rows.get(field_id)
    if not writable(right):
        columns = given.fields if given else FieldRights(rest=right)
        return RowRights(add=False, edit=False, delete=False, fields=capped(columns, right))
    return given or RowRights()


def capped(rights: FieldRights, most: Right) -> FieldRights:
    """The same rights, none above `most`."""
    return FieldRights(
        by_field={field_id: weaker(right, most) for field_id, right in rights.by_field.items()},
        rest=weaker(rights.rest, most),
        rows={
            field_id: RowRights(False, False, False, capped(rows.fields, most)) if not writable(most) else rows
            for field_id, rows in rights.rows.items()
        },
    )


def narrowed(rights: FieldRights, by: FieldRights) -> FieldRights:
    """The lesser right of the two, field by field."""
    return FieldRights(
        by_field={
            name: weaker(right_of(rights, (name,)), right_of(by, (name,)))
            for name in rights.by_field.keys() | by.by_field.keys()
        },
        rest=weaker(rights.rest, by.rest),
        rows={
            field_id: _narrow_rows(rows_of(rights, field_id), rows_of(by, field_id))
            for field_id in rights.rows.keys() | by.rows.keys()
        },
    )


def _narrow_rows(rows: RowRights, by: RowRights) -> RowRights:
    return RowRights(
        add=rows.add and by.add,
        edit=rows.edit and by.edit,
        delete=rows.delete and by.delete,
        fields=narrowed(rows.fields, by.fields),
    )


def united(several: Iterable[FieldRights]) -> FieldRights:
    """The greatest right that any of them gives, field by field; nothing at all: everything hidden."""
    return reduce(_unite, several, NOTHING)


def _unite(one: FieldRights, other: FieldRights) -> FieldRights:
    if one is NOTHING:
        return other
    named = one.by_field.keys() | other.by_field.keys()
    return FieldRights(
        by_field={name: stronger(right_of(one, (name,)), right_of(other, (name,))) for name in named},
        rest=stronger(one.rest, other.rest),
        rows={
            field_id: _unite_rows(rows_of(one, field_id), rows_of(other, field_id))
            for field_id in one.rows.keys() | other.rows.keys()
        },
    )


def _unite_rows(one: RowRights, other: RowRights) -> RowRights:
    return RowRights(
        add=one.add or other.add,
        edit=one.edit or other.edit,
        delete=one.delete or other.delete,
        fields=_unite(one.fields, other.fields),
    )


def record_rights(
    record: Record,
    holding: Sequence[Rights],
    participation: FieldRights | None,
    *,
    admin: bool,
    drafted_by_reader: bool,
) -> Rights | None:
    """What a reader may do with `record`, or None when it does not exist for them.

    `holding` are the rights of the grants that apply to the reader and whose `records` holds for this record;
    `participation` is what the reader sees as initiator, assignee or cc'd member of its flow. A draft is its creator's alone.
    """
    if record.draft and not drafted_by_reader:
        return None
    if admin:
        return ALL_RIGHTS
    actions = frozenset[str]().union(*(each.actions for each in holding))
    fields = united(each.fields for each in holding)
    if record.draft:
        return Rights(fields, actions | {"view", "edit", "delete"})
    if record.in_flow:
        actions -= LOCKED_BY_FLOW
        fields = capped(fields, "view")
    if "view" not in actions:
        fields = NOTHING
    if participation is not None:
        actions |= {"view", "comment", "print"}
        fields = united((fields, capped(participation, "view")))
    return Rights(fields, actions) if "view" in actions else None
