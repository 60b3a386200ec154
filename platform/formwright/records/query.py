"""Lists over the tables of a form: pages by keyset, capped counts, aggregates, and search by text."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from formwright.accounts.tables import member
from formwright.errors import Invalid
from formwright.records.cursors import read_cursor, write_cursor
from formwright.records.sql import expression
from formwright.records.sql_dialects import Value, dialect_for
from formwright.records.sql_fields import Columns
from formwright.records.sql_values import aggregate_of
from formwright.schema.model import App, Field
from formwright.storage.access import layout_for
from formwright.storage.layout import FormLayout
from formwright.storage.types import Choices, Json
from formwright.texts import both
from formwright_rules import Checked, Context
from formwright_rules.errors import fail
from formwright_rules.functions.text import fold
from formwright_rules.targets.sql_calls import AGGREGATES
from formwright_rules.tree import Call, Expression, ListLiteral

DEFAULT_SORT = ("-created_at",)
COUNTED = 10_000
_MEMBERS = ("owner", "created_by", "updated_by")
Where = ColumnElement[bool] | None


@dataclass(frozen=True, slots=True)
class SortKey:
    """One thing that a list is sorted by. Empties come last where it ascends, first where it descends."""

    element: ColumnElement[Any]
    descending: bool
    nullable: bool

    def ordered(self, *, filled: bool = False) -> ColumnElement[Any]:
        """Its place in ORDER BY; `filled` where no empties are left."""
        element = self.element.desc() if self.descending else self.element.asc()
        if not self.nullable or filled:
            return element
        return element.nulls_first() if self.descending else element.nulls_last()

    def behind(self, value: Any) -> ColumnElement[bool]:
        """What comes after `value`."""
        if value is None:
            return self.element.is_not(None) if self.descending else sa.false()
        bound = sa.literal(value, self.element.type)
        if self.descending:
            return self.element < bound
        later = self.element > bound
        return sa.or_(later, self.element.is_(None)) if self.nullable else later

    def same(self, value: Any) -> ColumnElement[bool]:
        return self.element.is_(None) if value is None else self.element == sa.literal(value, self.element.type)


def page(
    session: Session,
    app: App,
    layout: FormLayout,
    where: Where,
    *,
    sort: Sequence[str] = (),
    limit: int = 50,
    cursor: str | None = None,
    columns: Columns | None = None,
    deleted: bool = False,
) -> tuple[list[int], str | None]:
    """The ids of one page in order, and the cursor of the next (None: this is the last).

    `sort` holds field ids, `-` before one means descending; a relation sorts by the title of the other record, a member by
    name, a select in the order of its options; the id decides at last. `deleted` lists the recycle bin instead.
    Raises Invalid `unknown_field`, `not_sortable` (at `sort`) and `bad_cursor`.
    """
    sort = tuple(sort) or DEFAULT_SORT
    keys = [_sort_key(session, app, layout, each, columns) for each in sort]
    keys.append(SortKey(layout.table.c.id, keys[0].descending, nullable=False))
    after = None if cursor is None else read_cursor(cursor, sort, len(keys))
    found: list[Any] = []
    for part in _parts(keys[0], after):
        statement = _part(layout, where, keys, part, after if part.resumes else None, deleted=deleted)
        found += session.connection().execute(statement.limit(limit + 1 - len(found))).all()
        if len(found) > limit:
            break
    more = len(found) > limit
    found = found[:limit]
    following = write_cursor(sort, found[-1]) if more and found else None
    return [row[-1] for row in found], following


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of the list: the records whose first key is filled, or those where it is empty; each can use an index."""

    filled: bool | None
    resumes: bool


def _parts(first: SortKey, after: Sequence[Any] | None) -> list[_Part]:
    if not first.nullable:
        return [_Part(None, resumes=True)]
    order = (False, True) if first.descending else (True, False)
    if after is None:
        return [_Part(filled, resumes=False) for filled in order]
    at = order.index(after[0] is not None)
    return [_Part(filled, resumes=position == 0) for position, filled in enumerate(order[at:])]


def _part(
    layout: FormLayout,
    where: Where,
    keys: Sequence[SortKey],
    part: _Part,
    after: Sequence[Any] | None,
    *,
    deleted: bool,
) -> sa.Select[Any]:
    statement = sa.select(*(key.element for key in keys)).where(*_base(layout, where, deleted=deleted))
    first, *rest = keys
    if part.filled is not None:
        statement = statement.where(first.element.is_not(None) if part.filled else first.element.is_(None))
        first = SortKey(first.element, first.descending, nullable=False)
    if after is not None:
        statement = statement.where(_after([first, *rest], after))
    ordered = [key.ordered() for key in rest]
    return statement.order_by(*([] if part.filled is False else [first.ordered(filled=True)]), *ordered)


def _after(keys: Sequence[SortKey], values: Sequence[Any]) -> ColumnElement[bool]:
    """What comes after the record with these values: one comparison of rows where that is possible."""
    if len({key.descending for key in keys}) == 1 and not any(key.nullable for key in keys) and None not in values:
        one = sa.tuple_(*(key.element for key in keys))
        other = sa.tuple_(*(sa.literal(value, key.element.type) for key, value in zip(keys, values, strict=True)))
        return one < other if keys[0].descending else one > other
    later: ColumnElement[bool] = sa.false()
    for key, value in reversed(list(zip(keys, values, strict=True))):
        later = sa.or_(key.behind(value), sa.and_(key.same(value), later))
    return later


def _base(layout: FormLayout, where: Where, *, deleted: bool) -> list[ColumnElement[bool]]:
    """The predicate stands literally, or the partial indexes do not serve."""
    since: ColumnElement[Any] = layout.table.c.deleted_at
    kept: ColumnElement[bool] = since.is_not(None) if deleted else since.is_(None)
    return [kept] if where is None else [kept, where]


def _sort_key(session: Session, app: App, layout: FormLayout, name: str, columns: Columns | None) -> SortKey:
    descending, id = name.startswith("-"), name.removeprefix("-")
    field = layout.form.field(id)
    column = layout.columns.get(id) if field is not None else layout.system(id)
    if column is None and (field is None or field.type != "rows"):
        message = both(f"没有字段“{id}”", f'There is no field "{id}"')
        raise Invalid("unknown_field", message, at="sort")
    if column is None or isinstance(column.type, Choices | Json):
        raise Invalid("not_sortable", both(f"不能按“{id}”排序", f'Lists cannot be sorted by "{id}"'), at="sort")
    replaced = columns((id,), layout, layout.table) if columns is not None else None
    element: ColumnElement[Any] = column if replaced is None else sa.type_coerce(replaced, column.type)
    shown = _as_shown(session, app, field, id, element)
    nullable = bool(column.nullable) or replaced is not None or shown is not element
    if isinstance(shown.type, sa.Text) and session.get_bind().dialect.name != "sqlite":
        shown = sa.collate(shown, "C")
    return SortKey(shown, descending, nullable)


def _as_shown(
    session: Session, app: App, field: Field | None, id: str, element: ColumnElement[Any]
) -> ColumnElement[Any]:
    """What people see of a value that is only an id."""
    type_ = field.type if field is not None else "member" if id in _MEMBERS else ""
    if type_ == "member":
        people = member.alias()
        return sa.select(people.c.name).where(people.c.id == element).correlate_except(people).scalar_subquery()
    if type_ == "relation" and field is not None:
        other = layout_for(session, app, field.settings.form).table.alias()
        title = sa.select(other.c.title).where(other.c.id == element, other.c.deleted_at.is_(None))
        return title.correlate_except(other).scalar_subquery()
    options = getattr(field.settings, "options", ()) if field is not None and type_ == "select" else ()
    if options:
        positions: list[Any] = [
            (element == option.id, sa.literal_column(str(number))) for number, option in enumerate(options)
        ]
        others: Any = (element.is_not(None), sa.literal_column(str(len(options))))
        return sa.type_coerce(sa.case(*positions, others), sa.Integer())
    return element


# ---- counts and search ---------------------------------------------------------------------------------------------


def count(
    session: Session,
    layout: FormLayout,
    where: Where,
    cap: int | None = COUNTED,
    *,
    deleted: bool = False,
    parts: Sequence[ColumnElement[bool]] = (),
) -> tuple[int, bool]:
    """How many there are, and whether there are more than `cap`, at which counting stops (None: counts all).

    `parts` are conditions that no record meets twice: what meets none is not counted. Apart, each can use its index.
    """
    base = _base(layout, where, deleted=deleted)
    counted: list[sa.Select[Any]] = [
        sa.select(sa.literal_column("1")).select_from(layout.table).where(*base, part) for part in parts or [sa.true()]
    ]
    inner: sa.Select[Any] | sa.CompoundSelect[Any] = sa.union_all(*counted) if len(counted) > 1 else counted[0]
    if cap is not None:
        inner = inner.limit(cap + 1)
    found = session.connection().execute(sa.select(sa.func.count()).select_from(inner.subquery())).scalar_one()
    return (found, False) if cap is None or found <= cap else (cap, True)


_SEARCHED = ("text", "textarea", "email", "phone", "url", "serial")


def search(
    session: Session,
    layout: FormLayout,
    q: str,
    *,
    fields: Collection[str] | None = None,
    title: bool = True,
    columns: Columns | None = None,
) -> ColumnElement[bool]:
    """Whether every word of `q` stands in the title or one of the text fields, whatever its case and width.

    `fields` narrows the fields looked at (those that the reader may read), `title` says whether the title is one of them.
    """
    position = sa.func.instr if session.get_bind().dialect.name == "sqlite" else sa.func.strpos
    looked: list[ColumnElement[Any]] = [layout.table.c.title] if title else []
    for field in layout.form.fields:
        if field.type in _SEARCHED and (fields is None or field.id in fields):
            replaced = columns((field.id,), layout, layout.table) if columns is not None else None
            looked.append(layout.columns[field.id] if replaced is None else replaced)
    if not looked:
        return sa.false()
    whole: ColumnElement[Any] = sa.func.coalesce(looked[0], "", type_=sa.Text())
    for each in looked[1:]:
        whole = whole.concat("\n").concat(sa.func.coalesce(each, "", type_=sa.Text()))
    folded = sa.func.fw_fold(whole, type_=sa.Text())
    return sa.and_(sa.true(), *(position(folded, fold(word)) > 0 for word in q.split()))


# ---- figures -------------------------------------------------------------------------------------------------------

MOST_GROUPS = 10_000


@dataclass(frozen=True, slots=True)
class _Figure:
    """A measure: an aggregate function over `value` (None: over the records themselves)."""

    aggregate: str
    value: Value | None


def aggregate(
    session: Session,
    layout: FormLayout,
    where: Where,
    *,
    group_by: Sequence[Checked],
    measures: Mapping[str, Checked],
    app: App,
    context: Context,
    sort: Sequence[str] = (),
    limit: int = 1000,
    columns: Columns | None = None,
) -> list[dict[str, Any]]:
    """One row a group: its values under the texts of `group_by`, its figures under the names of `measures`.

    A measure is one of SUM, COUNT, COUNTDISTINCT, AVERAGE, MIN, MAX over an expression of a record (`COUNT()` counts the
    records). `sort` holds names of either, `-` before one means descending; without it the groups are in their order, empties
    last. Raises Invalid `bad_measure`, `unknown_field` (at `sort`), `too_many_groups`; RuleError `not_in_sql`.
    """
    dialect = dialect_for(session.get_bind().dialect.name, context.timezone)

    def value_of(rule: Checked | Expression) -> Value:
        return expression(rule, layout, app=app, session=session, context=context, columns=columns)

    groups = [value_of(rule) for rule in group_by]
    figures = {name: _figure(rule, name, value_of) for name, rule in measures.items()}
    # Grouping by a bound expression needs it to stand once only: the inner query names it.
    inner = [group.element.label(f"g{number}") for number, group in enumerate(groups)]
    arguments = [each.value for each in figures.values()]
    inner += [value.element.label(f"m{number}") for number, value in enumerate(arguments) if value is not None]
    rows = sa.select(*inner, layout.table.c.id).where(*_base(layout, where, deleted=False)).subquery()
    results = [
        aggregate_of(dialect, each.aggregate, None if each.value is None else _over(each.value, rows.c[f"m{number}"]))
        for number, each in enumerate(figures.values())
    ]
    keys = [rows.c[f"g{number}"] for number in range(len(groups))]
    statement = sa.select(*keys, *(result.element for result in results)).select_from(rows).group_by(*keys)
    found = session.connection().execute(statement.limit(MOST_GROUPS + 1)).all()
    if len(found) > MOST_GROUPS:
        message = both(
            f"分组超过 {MOST_GROUPS} 个，请缩小范围", f"There are more than {MOST_GROUPS} groups: narrow the filter"
        )
        raise Invalid("too_many_groups", message, at="group_by")
    names = [rule.text for rule in group_by] + list(figures)
    read = [
        {name: dialect.decode(value, raw) for name, value, raw in zip(names, (*groups, *results), row, strict=True)}
        for row in found
    ]
    return _in_order(read, tuple(sort) or tuple(names[: len(groups)]), names)[:limit]


def _figure(rule: Checked, name: str, value_of: Any) -> _Figure:
    call = rule.require().tree
    aggregate: str | None = AGGREGATES.get(call.function) if isinstance(call, Call) else None
    if isinstance(call, Call) and call.function == "COUNTDISTINCT":
        aggregate = "count_distinct"
    if (
        not isinstance(call, Call)
        or aggregate is None
        or len(call.arguments) > 1
        or (not call.arguments and aggregate != "count")
    ):
        message = both(
            "度量写成 SUM(金额)、COUNT()、AVERAGE、MIN、MAX 或 COUNTDISTINCT",
            "A measure is SUM(amount), COUNT(), AVERAGE, MIN, MAX or COUNTDISTINCT of one expression",
        )
        raise Invalid("bad_measure", message, at=f"/measures/{name}")
    if not call.arguments:
        return _Figure(aggregate, None)
    (argument,) = call.arguments
    if isinstance(argument, ListLiteral) and len(argument.items) == 1:
        (argument,) = argument.items  # `COUNTDISTINCT([seller])`: the function itself asks for a list
    value = value_of(argument)
    fits = {"sum": ("number",), "average": ("number",), "min": _ORDERED, "max": _ORDERED}.get(aggregate)
    if fits is not None and value.kind not in fits:
        raise fail("not_in_sql", f"{call.function} 不能用于这种值", f"{call.function} of such a value", call.span)
    return _Figure(aggregate, value)


_ORDERED = ("number", "date", "instant", "text", "time", "duration")


def _over(value: Value, column: ColumnElement[Any]) -> Value:
    """The same value where the inner query has named it."""
    return Value(value.kind, column, value.places)


def _in_order(rows: list[dict[str, Any]], sort: Sequence[str], names: Sequence[str]) -> list[dict[str, Any]]:
    for each in reversed(sort):
        descending, name = each.startswith("-"), each.removeprefix("-")
        if name not in names:
            message = both(f"没有分组或度量“{name}”", f'There is no group or measure "{name}"')
            raise Invalid("unknown_field", message, at="sort")
        filled = sorted((row for row in rows if row[name] is not None), key=lambda row: row[name], reverse=descending)
        empty = [row for row in rows if row[name] is None]
        rows = [*empty, *filled] if descending else [*filled, *empty]
    return rows
