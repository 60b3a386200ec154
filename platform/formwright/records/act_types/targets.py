"""The records that an act writes: which ones its `where` means, and the values that its `set` gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

from formwright.accounts.directory import directory
from formwright.errors import Invalid
from formwright.records.act_types.base import ActPlace, extended, rule_text
from formwright.records.model import Record
from formwright.records.stored import load_records
from formwright.records.values import LOOKUP_LIMIT
from formwright.records.working import fitted
from formwright.registry import nearest
from formwright.schema.environment import types_of
from formwright.schema.field_types.base import field_types
from formwright.schema.model import Field
from formwright.storage.access import layout_for
from formwright.storage.layout import FormLayout
from formwright.texts import both
from formwright_rules import Type, check
from formwright_rules.tree import Attribute, Chain, Compare, Expression, Name, walk
from formwright_rules.values import is_empty


def matching(form_id: str, where: Any, place: ActPlace) -> list[Record]:
    """The live records of a form for which `where` holds, oldest first, held until the transaction ends.

    Equalities (`target.id = item.id`) find them in the database; the rest of the rule is asked of each.
    """
    types = target_types(form_id, place)
    text = rule_text(True if where is None else where)
    layout = layout_for(place.session, place.app, form_id)
    table = layout.table
    statement = select(table.c.id).where(table.c.deleted_at.is_(None), ~table.c.draft)
    for column, other in _equalities(check(text, extended(place.app, place.environment, types)).require().tree, layout):
        value = place.ask(other)
        if is_empty(value) and column.name == "id":
            return []
        if is_empty(value):  # what is empty on both sides is equal: that is for the rule to find
            continue
        statement = statement.where(column == (value["id"] if isinstance(value, Mapping) else value))
    ids = list(place.session.connection().execute(statement.order_by(table.c.id).limit(LOOKUP_LIMIT)).scalars())
    found = load_records(place.session, place.app, form_id, ids, lock=True)
    loader = place.context.loader
    for record in found.values():
        loader.put(record)
    return [record for record in found.values() if place.ask(text, types=types, target=loader.of(record)) is True]


def target_types(form_id: str, place: ActPlace) -> dict[str, Type]:
    """`target` in the rules of an act on records of this form."""
    if form_id not in place.app.forms:
        raise Invalid("unknown_form", both(f"没有表单 {form_id!r}", f"There is no form {form_id!r}"))
    return {"target": types_of(place.app).record(form_id)}


def written_values(
    form_id: str, rules: Mapping[str, Any], place: ActPlace, types: Mapping[str, Type] | None = None, **names: Any
) -> dict[str, Any]:
    """What `set` gives the fields of a form, as JSON values for the one writing path; `names` are of the given types."""
    form = place.app.forms.get(form_id)
    if form is None:
        raise Invalid("unknown_form", both(f"没有表单 {form_id!r}", f"There is no form {form_id!r}"))
    values: dict[str, Any] = {}
    for field_id, rule in rules.items():
        value = place.ask(rule_text(rule), types=types, **names)
        if field_id in ("owner", "department"):
            values[field_id] = _person_or_unit(field_id, value, place)
            continue
        field = form.field(field_id)
        if field is None:
            meant = nearest(field_id, [each.id for each in form.fields])
            hint_zh, hint_en = (f"，是不是 {meant!r}？", f" Did you mean {meant!r}?") if meant else ("", "")
            message = both(
                f"{form_id} 没有字段 {field_id!r}{hint_zh}", f"{form_id} has no field {field_id!r}.{hint_en}"
            )
            raise Invalid("unknown_field", message, at=f"/set/{field_id}")
        values[field_id] = _as_json(value, field, place)
    return values


def _as_json(value: Any, field: Field, place: ActPlace) -> Any:
    at = f"/set/{field.id}"
    if field.type != "rows":
        return field_types[field.type].dump(fitted(value, field, place.context, at), field)
    rows: Sequence[Mapping[str, Any]] = () if is_empty(value) else value
    return [
        {
            column.id: field_types[column.type].dump(fitted(row[column.id], column, place.context, at), column)
            for column in field.fields
            if column.id in row and column.compute is None
        }
        for row in rows
    ]


def _person_or_unit(field_id: str, value: Any, place: ActPlace) -> str | None:
    if is_empty(value):
        return None
    if isinstance(value, list | tuple):
        value = directory(place.session).active(value)[:1] if field_id == "owner" else value[:1]
        value = value[0] if value else None
    return None if value is None else str(value)


def _equalities(tree: Any, layout: FormLayout) -> Iterator[tuple[ColumnElement[Any], Expression]]:
    """The parts `target.field = …` of a rule that must all hold, whose other side does not look at the target."""
    parts = tree.operands if isinstance(tree, Chain) and set(tree.operators) == {"and"} else (tree,)
    for part in parts:
        if not isinstance(part, Compare) or part.operator != "=":
            continue
        for one, other in ((part.left, part.right), (part.right, part.left)):
            if isinstance(one, Attribute) and isinstance(one.base, Name) and one.base.id == "target":
                column = layout.columns.get(one.id)
                if column is None:
                    column = layout.system(one.id)
                if column is not None and not _reads_target(other):
                    yield column, other
                    break


def _reads_target(tree: Expression) -> bool:
    return any(isinstance(node, Name) and node.id == "target" for node in walk(tree))
