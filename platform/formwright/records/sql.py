"""Rules as SQL conditions and expressions over the tables of a form, for lists, permissions and statistics.

Two-valued logic is kept as the language has it: NULL may stand for "false" only where SQL takes it so; below NOT, and
where a truth is a value, it is made false first. A column compared with a constant stays bare, so that indexes serve it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause, func
from sqlalchemy.orm import Session

from formwright.records.sql_dialects import Element, Postgresql, Sqlite, Value, dialect_for, microseconds
from formwright.records.sql_people import person_attribute
from formwright.schema.model import App
from formwright.storage.access import layout_for
from formwright.storage.layout import FormLayout, RowsLayout
from formwright.storage.types import Choices, Scaled
from formwright_rules import Checked, Context, Duration
from formwright_rules.errors import fail
from formwright_rules.targets import sql_tree as tree
from formwright_rules.targets.sql import compile_sql
from formwright_rules.targets.sql_tree import Sql
from formwright_rules.tree import Expression

Path = tuple[str, ...]
Rule = Checked | Expression | Sql


class Columns(Protocol):
    """Lets permissions stand between a rule and a column."""

    def __call__(self, path: Path, layout: FormLayout, table: FromClause) -> ColumnElement[Any] | None:
        """What is read for the field at the end of `path` (from the form of the rule, `("customer", "level")`) instead of
        its column, `table` being where `layout` has the record at hand; None: the column itself.
        """
        ...


def condition(
    rule: Rule,
    layout: FormLayout,
    *,
    app: App,
    session: Session,
    context: Context,
    columns: Columns | None = None,
    table: FromClause | None = None,
    values: Mapping[str, Any] | None = None,
) -> ColumnElement[bool]:
    """Whether the rule holds for a record of `layout`, as a WHERE condition.

    `table` is an alias of the form's table where it has one; `values` are the names given beforehand (`record` in the
    `where` of a relation). Raises RuleError `not_in_sql` for what no database can answer.
    """
    renderer = _Renderer(layout, app, session, context, columns, table, values or {})
    return renderer.truth(_compiled(rule, values))


def expression(
    rule: Rule,
    layout: FormLayout,
    *,
    app: App,
    session: Session,
    context: Context,
    columns: Columns | None = None,
    table: FromClause | None = None,
) -> Value:
    """The value of the rule for a record of `layout`: `.element` in SQL, and how it lies there (`.kind`, `.places`)."""
    renderer = _Renderer(layout, app, session, context, columns, table, {})
    return renderer.plain(_compiled(rule, None))


def _compiled(rule: Rule, values: Mapping[str, Any] | None) -> Sql:
    if isinstance(rule, Checked):
        rule = rule.require().tree  # type: ignore[assignment]
    return rule if isinstance(rule, Sql) else compile_sql(rule, known=frozenset(values or ()))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a record, or a row, lies in the statement."""

    table: FromClause
    layout: FormLayout
    rows: RowsLayout | None = None
    path: Path = ()


class _Renderer:
    def __init__(
        self,
        layout: FormLayout,
        app: App,
        session: Session,
        context: Context,
        columns: Columns | None,
        table: FromClause | None,
        values: Mapping[str, Any],
    ) -> None:
        self.here = _Place(layout.table if table is None else table, layout)
        self.app = app
        self.session = session
        self.context = context
        self.columns = columns
        self.values = values
        self.elements: dict[int, _Place] = {}
        self.dialect: Sqlite | Postgresql = dialect_for(session.get_bind().dialect.name, context.timezone)

    # ---- truths ----

    def truth(self, node: Sql) -> ColumnElement[bool]:
        """A condition in which NULL may stand for false."""
        return self.test(node)[0]

    def strict(self, node: Sql) -> ColumnElement[bool]:
        """A condition that is never NULL."""
        element, nullable = self.test(node)
        return func.coalesce(element, sa.false(), type_=sa.Boolean()) if nullable else element

    def test(self, node: Sql) -> tuple[ColumnElement[bool], bool]:
        """A condition, and whether it may be NULL."""
        if isinstance(node, tree.Exists):
            return self.exists(node), False
        if isinstance(node, tree.Operation):
            found = _TESTS.get(node.operator)
            if found is not None:
                return found(self, node)
        value = self.value(node)
        if value.constant:
            return (sa.true() if value.fixed is True else sa.false()), False
        if value.kind != "boolean":
            return sa.false(), False
        return value.element, True

    def conjunction(self, node: tree.Operation) -> tuple[ColumnElement[bool], bool]:
        tests = [self.test(each) for each in node.operands]
        join = sa.and_ if node.operator == "and" else sa.or_
        neutral = sa.true() if node.operator == "and" else sa.false()
        return join(neutral, *(each for each, _ in tests)), any(nullable for _, nullable in tests)

    def negation(self, node: tree.Operation) -> tuple[ColumnElement[bool], bool]:
        return sa.not_(self.strict(node.operands[0])), False

    def parity(self, node: tree.Operation) -> tuple[ColumnElement[bool], bool]:
        total: Any = sum((sa.case((self.truth(each), 1), else_=0) for each in node.operands), sa.literal_column("0"))
        return total % 2 == 1, False

    def as_truth(self, node: tree.Operation) -> tuple[ColumnElement[bool], bool]:
        return self.test(node.operands[0])

    def emptiness(self, node: tree.Operation) -> tuple[ColumnElement[bool], bool]:
        return self.is_empty(self.value(node.operands[0])), False

    def is_empty(self, value: Value) -> ColumnElement[bool]:
        if value.constant:
            return sa.true() if value.fixed is None else sa.false()
        if value.stored in ("roles", "departments"):
            return sa.not_(self.any_item(value, None))
        if value.form:
            return sa.not_(self.alive(value))
        if value.kind == "text":
            return sa.or_(value.element.is_(None), value.element == "")
        return value.element.is_(None)

    def equality(self, node: tree.Operation) -> tuple[ColumnElement[bool], bool]:
        left, right = node.operands
        if left.kind == right.kind == "boolean":
            return self.strict(left) == self.strict(right), False
        one, other = self.value(left), self.value(right)
        if one.constant and other.constant:
            return (sa.true() if one.fixed == other.fixed else sa.false()), False
        if one.constant:
            one, other = other, one
        if other.constant:
            return self.equal_to(one, other)
        one, other = self.same_kind(one), self.same_kind(other)
        if {one.kind, other.kind} == {"date", "instant"}:
            one, other = self.as_date(one), self.as_date(other)
        if one.kind == other.kind == "number" or {one.kind, other.kind} == {"number", "key"}:
            if one.places is not None and one.places == other.places:
                return one.element.is_not_distinct_from(other.element), False
            return self.dialect.number(self.as_number(one)).is_not_distinct_from(
                self.dialect.number(self.as_number(other))
            ), False
        if {one.kind, other.kind} == {"key", "text"}:
            one, other = (
                Value("text", self.dialect.plain_text(each)) if each.kind == "key" else each for each in (one, other)
            )
        return self.filled(one).is_not_distinct_from(self.filled(other)), False

    def equal_to(self, value: Value, constant: Value) -> tuple[ColumnElement[bool], bool]:
        """A value equal to a constant: natively, so that an index can serve it."""
        fixed = constant.fixed
        if fixed is None:
            return self.is_empty(value), False
        if value.kind in ("key", "record"):
            key = as_key(fixed)
            if key is None:
                return sa.false(), False
            same = value.element == sa.literal(key, sa.BigInteger())
            return (sa.and_(same, self.alive(value)) if value.form else same), True
        if value.kind == "number":
            if not isinstance(fixed, Decimal):
                return sa.false(), False
            return self.dialect.compare("=", value, constant), True
        if value.kind == "text":
            return value.element == self.dialect.literal("text", str(fixed)), True
        if value.kind == "instant" and not isinstance(fixed, datetime):
            return self.on_days(value, fixed, fixed), True
        if value.kind == "date" and isinstance(fixed, datetime):
            fixed = fixed.astimezone(self.context.timezone).date()
        if value.kind == "boolean":
            return func.coalesce(value.element, sa.false(), type_=sa.Boolean()) == self.dialect.literal(
                "boolean", fixed
            ), False
        return value.element == self.dialect.literal(value.kind, fixed), True

    def ordering(self, node: tree.Operation) -> tuple[ColumnElement[bool], bool]:
        one, other = (self.value(each) for each in node.operands)
        return self.order(node.operator, one, other), True

    def order(self, operator: str, one: Value, other: Value) -> ColumnElement[bool]:
        if one.constant:
            one, other, operator = other, one, _MIRRORED[operator]
        if one.constant:
            raise AssertionError("two constants are worked out in Python")
        if other.constant and other.fixed is None:
            return sa.false()
        if one.kind == "number":
            return self.dialect.compare(operator, one, other)
        if {one.kind, other.kind} == {"date", "instant"}:
            return self.order_moments(operator, one, other)
        if one.kind == "text":
            return self.order_texts(operator, one, other)
        return one.element.op(operator, is_comparison=True)(other.element)

    def order_texts(self, operator: str, one: Value, other: Value) -> ColumnElement[bool]:
        compared = self.dialect.ordered(one.element).op(operator, is_comparison=True)(other.element)
        tests: list[ColumnElement[bool]] = [compared]
        if operator in ("<", "<=") or not other.constant:
            tests.append(one.element != "")
        if not other.constant:
            tests.append(other.element != "")
        return sa.and_(*tests)

    def order_moments(self, operator: str, one: Value, other: Value) -> ColumnElement[bool]:
        """A date with an instant, by the calendar date; a constant is moved instead of the column."""
        if not other.constant:
            return self.as_date(one).element.op(operator, is_comparison=True)(self.as_date(other).element)
        if one.kind == "date":
            return self.order(operator, one, self.known("date", other.fixed.astimezone(self.context.timezone).date()))
        day = other.fixed + timedelta(days=1) if operator in ("<=", ">") else other.fixed
        bound = self.dialect.midnight_of(day)
        return one.element < bound if operator in ("<", "<=") else one.element >= bound

    def on_days(self, value: Value, first: date | None, last: date | None) -> ColumnElement[bool]:
        """An instant, or a date, from the first to the last day."""
        tests: list[ColumnElement[bool]] = [value.element.is_not(None)]
        if first is not None:
            tests.append(self.order(">=", value, self.known("date", first)))
        if last is not None:
            tests.append(self.order("<=", value, self.known("date", last)))
        return sa.and_(*tests)

    def membership(self, node: tree.Operation) -> tuple[ColumnElement[bool], bool]:
        value, right = self.value(node.operands[0]), self.value(node.operands[1])
        fixed = right.fixed
        if value.constant or fixed is None:
            return sa.false(), False
        if right.kind == "range":
            return self.on_days(value, *fixed), True
        given = fixed if isinstance(fixed, list | tuple | frozenset) else (fixed,)
        items = [item for each in given if (item := _item(value.kind, each)) is not None]
        if not items:
            return sa.false(), False
        if value.kind == "boolean":
            return sa.or_(*(value.element == self.dialect.literal("boolean", each) for each in items)), True
        found = self.dialect.among(value, items)
        return (sa.and_(found, self.alive(value)) if value.form else found), True

    def contains(self, node: tree.Operation) -> tuple[ColumnElement[bool], bool]:
        text, part = (self.value(each) for each in node.operands)
        if text.kind == "list":
            if part.constant and part.fixed is None:
                return sa.false(), False
            return self.any_item(text, part), False
        if part.constant:
            if part.fixed is None:
                return sa.not_(self.is_empty(text)), False
            from formwright_rules.functions.text import fold

            folded: Element = sa.literal(fold(str(part.fixed)), sa.Text())
        else:
            folded = self.dialect.fold(func.coalesce(part.element, ""))
        found = self.dialect.position(self.dialect.fold(text.element), folded) > 0
        return (found if part.constant else sa.and_(text.element != "", found)), True

    def any_item(self, value: Value, item: Value | None) -> ColumnElement[bool]:
        """Whether a list holds an item (None: any)."""
        if value.stored in ("roles", "departments"):
            return person_attribute(value.element, value.stored, None if item is None else item.element)
        if item is None:
            return value.element.is_not(None)
        return func.coalesce(self.dialect.has_item(value, item.element), sa.false(), type_=sa.Boolean())

    def affix(self, node: tree.Operation) -> tuple[ColumnElement[bool], bool]:
        text, part = (self.value(each) for each in node.operands)
        return getattr(self.dialect, node.operator)(text.element, part.element), True

    def exists(self, node: tree.Exists) -> ColumnElement[bool]:
        place, tests = self.enter(node.each)
        return sa.exists(
            sa.select(sa.literal_column("1")).select_from(place.table).where(*tests).correlate_except(place.table)
        )

    # ---- values ----

    def plain(self, node: Sql) -> Value:
        """A value whose record, if it is one, exists."""
        value = self.value(node)
        if node.kind == "boolean":
            return Value("boolean", self.strict(node))
        return self.same_kind(value)

    def value(self, node: Sql) -> Value:
        """A value, NULL where it is empty."""
        if isinstance(node, tree.Known):
            return self.known(node.kind, node.rule(self.values, self.context))
        if isinstance(node, tree.Column):
            return self.column(node)
        if isinstance(node, tree.PersonAttribute):
            return self.attribute(node)
        if isinstance(node, tree.Reduction):
            return self.reduction(node)
        if isinstance(node, tree.Operation) and node.operator not in _TESTS:
            return self.operation(node)
        return Value("boolean", self.strict(node))

    def known(self, kind: tree.Kind, given: Any) -> Value:
        """A constant; empty is None."""
        if isinstance(given, Mapping):
            given = given.get("id")
        if given == "" or (isinstance(given, list | tuple) and not given):
            given = None
        if kind in ("list", "range", "null") or isinstance(given, list | tuple):
            return Value(kind, sa.null(), constant=True, fixed=given)
        if kind == "record":
            kind = "key"
        element = sa.null() if isinstance(given, Duration) else self.dialect.literal(kind, given)
        return Value(kind, element, constant=True, fixed=given)

    def column(self, node: tree.Column) -> Value:
        place = self.place(node.source)
        found = self.field(place, node)
        if isinstance(node.source, tree.Related):
            key = self.column(node.source.relation).element
            found_element = self.looked_up(place, key, found)
        else:
            found_element = found
        return self.read(node, found.type, found_element)

    def read(self, node: tree.Column, type_: Any, element: Element) -> Value:
        if node.kind == "duration":
            return Value("duration", sa.type_coerce(element, sa.BigInteger()) * sa.literal_column("1000000"))
        places = type_.places if isinstance(type_, Scaled) and self.dialect.sqlite else None
        if node.kind == "number" and places is None and self.dialect.sqlite:
            places = 0  # `version` and other whole numbers
        form = node.form if node.kind == "record" else ""
        stored = ("choices" if isinstance(type_, Choices) else "json") if node.kind == "list" else ""
        return Value(node.kind, element, places, form=form, stored=stored)

    def field(self, place: _Place, node: tree.Column) -> Element:
        """The column of a field, or what permissions put in its place."""
        if place.rows is not None:
            column = place.rows.table.c.id if node.name == "id" else place.rows.columns.get(node.name)
        else:
            column = place.layout.columns.get(node.name)
            if column is None:
                column = place.layout.system(node.name)
        if column is None:
            raise fail(
                "not_in_sql", f"列表条件里不能用：{node.name}", f"Lists cannot be filtered by {node.name}", node.span
            )
        replaced = (
            self.columns((*place.path, node.name), place.layout, place.table) if self.columns is not None else None
        )
        return place.table.c[column.name] if replaced is None else sa.type_coerce(replaced, column.type)

    def place(self, source: tree.Source) -> _Place:
        if isinstance(source, tree.Here):
            return self.here
        if isinstance(source, tree.Element):
            return self.elements[source.number]
        layout = layout_for(self.session, self.app, source.form)
        before = self.place(source.relation.source) if not isinstance(source.relation.source, tree.Related) else None
        path = before.path if before is not None else _path(source.relation.source)
        return _Place(layout.table.alias(), layout, path=(*path, source.relation.name))

    def looked_up(self, place: _Place, key: Element, wanted: Element) -> Element:
        """A field of a related record, as a sub-query; deleted records are not there."""
        table = place.table
        found = sa.select(wanted).where(table.c.id == key, table.c.deleted_at.is_(None))
        return found.correlate_except(table).scalar_subquery()

    def alive(self, value: Value) -> ColumnElement[bool]:
        """Whether the record that a relation holds is there."""
        table = layout_for(self.session, self.app, value.form).table.alias()
        found: sa.Select[Any] = sa.select(sa.literal_column("1")).where(table.c.id == value.element, table.c.deleted_at.is_(None))
        return sa.exists(found.correlate_except(table))

    def same_kind(self, value: Value) -> Value:
        """A record as its key, NULL when it was deleted."""
        if not value.form:
            return value
        table = layout_for(self.session, self.app, value.form).table.alias()
        found = sa.select(table.c.id).where(table.c.id == value.element, table.c.deleted_at.is_(None))
        return Value("key", found.correlate_except(table).scalar_subquery())

    def attribute(self, node: tree.PersonAttribute) -> Value:
        of = self.value(node.of)
        if node.name == "id":
            return of
        if node.kind == "list":
            return Value("list", of.element, stored=node.name)
        if node.department and node.name == "name":
            raise fail(
                "not_in_sql",
                "列表条件里不能用部门名称，用部门编号",
                "Filter by the department itself, not its name",
                node.span,
            )
        return Value(node.kind, person_attribute(of.element, node.name, None, department=node.department))

    def filled(self, value: Value) -> Element:
        """A value in which an empty text is NULL too."""
        return func.nullif(value.element, "", type_=sa.Text()) if value.kind == "text" else value.element

    def as_date(self, value: Value) -> Value:
        return Value("date", self.dialect.local_date(value.element)) if value.kind == "instant" else value

    def as_number(self, value: Value) -> Value:
        return replace(value, kind="number", places=0) if value.kind == "key" and self.dialect.sqlite else value

    def operation(self, node: tree.Operation) -> Value:
        found = _VALUES.get(node.operator)
        if found is not None:
            return found(self, node)
        values = [self.plain(each) for each in node.operands]
        return Value(node.kind, self.dialect.function(node.operator, node.kind, values))

    def blank(self, node: tree.Operation) -> Value:
        value = self.value(node.operands[0])
        return Value("text", func.coalesce(value.element, "", type_=sa.Text()))

    def text_of(self, node: tree.Operation) -> Value:
        return Value("text", self.dialect.text_of(self.value(node.operands[0])))

    def joined(self, node: tree.Operation) -> Value:
        parts = [func.coalesce(self.value(each).element, "", type_=sa.Text()) for each in node.operands]
        total: Element = parts[0]
        for part in parts[1:]:
            total = total.concat(part)
        return Value("text", total)

    def nothing(self, node: tree.Operation) -> Value:
        return Value(node.kind, sa.null(), constant=True)

    def negate(self, node: tree.Operation) -> Value:
        value = self.value(node.operands[0])
        if value.kind == "duration":
            return Value("duration", -value.element)
        zero = self.known("number", Decimal(0))
        if node.operator == "negate":
            return self.dialect.number_result(self.dialect.arithmetic("-", zero, value))
        return self.dialect.number_result(self.dialect.arithmetic("/", value, self.known("number", Decimal(100))))

    def arithmetic(self, node: tree.Operation) -> Value:
        left, right = (self.value(each) for each in node.operands)
        if left.kind == "number":
            return self.dialect.number_result(self.dialect.arithmetic(node.operator, left, right))
        if node.kind == "duration":
            return Value("duration", self.length(node.operator, left, right))
        return self.shifted(node, left, right)

    def length(self, operator: str, left: Value, right: Value) -> Element:
        if left.kind == "duration":
            return left.element + right.element if operator == "+" else left.element - right.element
        if left.kind == right.kind == "date":
            return self.dialect.days(left.element, right.element)
        one, other = (
            each.element if each.kind == "instant" else self.dialect.midnight(each.element) for each in (left, right)
        )
        return self.dialect.elapsed(one, other)

    def shifted(self, node: tree.Operation, moment: Value, by: Value) -> Value:
        """A date or an instant moved by a duration."""
        if by.constant and isinstance(by.fixed, Duration):
            months = -by.fixed.months if node.operator == "-" else by.fixed.months
            if by.fixed.workdays or by.fixed.workhours or months != int(months):
                raise fail(
                    "not_in_sql", "列表条件里不能用：工作日", "Lists cannot be filtered by working time", node.span
                )
            moment = Value(moment.kind, self.dialect.months(moment, int(months)))
            exact = -by.fixed.exact if node.operator == "-" else by.fixed.exact
            element: Element = sa.literal(microseconds(exact), sa.BigInteger())
        else:
            element = -by.element if node.operator == "-" else by.element
        shift = self.dialect.shift_date if moment.kind == "date" else self.dialect.shift_instant
        return Value(moment.kind, shift(moment.element, element))

    def choose(self, node: tree.Operation) -> Value:
        conditions = [self.truth(each) for each in node.operands[:-1:2]]
        results = [self.plain(each) for each in node.operands[1::2]]
        otherwise = self.plain(node.operands[-1]) if len(node.operands) % 2 else None
        kind, elements, places = self.unified(node.kind, [*results, *([otherwise] if otherwise else [])])
        pairs = list(zip(conditions, elements, strict=False))
        return Value(kind, sa.case(*pairs, else_=elements[-1] if otherwise else sa.null()), places)

    def coalesce(self, node: tree.Operation) -> Value:
        values = [self.plain(each) for each in node.operands]
        kind, elements, places = self.unified(node.kind, values)
        if kind == "text":
            elements = [func.nullif(each, "", type_=sa.Text()) for each in elements]
        return Value(kind, func.coalesce(*elements, sa.null()), places)

    def unified(self, kind: tree.Kind, values: list[Value]) -> tuple[tree.Kind, list[Element], int | None]:
        """The values in one form, so that a CASE may give any of them."""
        kind = "key" if kind == "record" else kind
        if kind != "number":
            return kind, [each.element for each in values], None
        places = {each.places for each in values}
        if self.dialect.sqlite and len(places) == 1 and None not in places:
            return kind, [each.element for each in values], places.pop()
        return kind, [each.element if each.constant else self.dialect.number(each) for each in values], None

    def scalar_aggregate(self, node: tree.Operation) -> Value:
        """SUM, COUNT, AVERAGE, MIN, MAX of some values; empties are skipped."""
        values = [self.plain(each) for each in node.operands]
        name = node.operator.removesuffix("_of")
        if name in ("min", "max"):
            if node.kind == "number":
                return self.dialect.number_result(self.dialect.least(name, values))
            raise fail("not_in_sql", "列表条件里只能取数字的最大最小值", "Only numbers have a smallest here", node.span)
        filled = [sa.case((self.is_empty(each), 0), else_=1) for each in values]
        count = sum(filled[1:], filled[0])
        counted = self.from_count(count)
        if name == "count":
            return counted
        zero = self.known("number", Decimal(0))
        total = zero
        for each in values:
            element = func.coalesce(self.dialect.number(each), zero.element)
            total = self.dialect.number_result(self.dialect.arithmetic("+", total, Value("number", element)))
        return total if name == "sum" else self.dialect.number_result(self.dialect.arithmetic("/", total, counted))

    def from_count(self, count: Element) -> Value:
        return Value("number", count, 0 if self.dialect.sqlite else None)

    # ---- rows ----

    def enter(self, each: tree.Each) -> tuple[_Place, list[ColumnElement[bool]]]:
        """The table of the rows, and the conditions that pick those of this record."""
        rows = each.rows
        tests: list[ColumnElement[bool]]
        if isinstance(rows, tree.Lines):
            owner = self.place(rows.source)
            layout = owner.layout.rows[rows.field]
            table = layout.table.alias()
            key: Element = owner.table.c.id
            if isinstance(rows.source, tree.Related):
                key = self.same_kind(self.column(rows.source.relation)).element
            place = _Place(table, owner.layout, layout, (*owner.path, rows.field))
            tests = [table.c.record_id == key]
        else:
            target = layout_for(self.session, self.app, rows.form)
            table = target.table.alias()
            place = _Place(table, target, path=(f"form:{rows.form}",))
            tests = [table.c.deleted_at.is_(None), sa.not_(table.c.draft)]
            if isinstance(rows, tree.Pointing):
                tests.insert(0, table.c[target.columns[rows.relation].name] == self.here.table.c.id)
        self.elements[each.element.number] = place
        return place, [*tests, *(self.truth(condition) for condition in each.conditions)]

    def reduction(self, node: tree.Reduction) -> Value:
        place, tests = self.enter(node.each)
        result = self.aggregated(node.aggregate, None if node.value is None else self.plain(node.value))
        found = sa.select(result.element).select_from(place.table).where(*tests).correlate_except(place.table)
        element: Element = sa.type_coerce(found.scalar_subquery(), result.element.type)
        if node.aggregate == "sum":
            element = func.coalesce(element, self.dialect.literal("number", Decimal(0)))
        return replace(result, element=element)

    def aggregated(self, aggregate: tree.Aggregate, value: Value | None) -> Value:
        """The aggregate function over the rows of a query."""
        if value is None:
            return self.from_count(func.count())
        if aggregate == "count":
            return self.from_count(func.count(self.filled(value)))
        if aggregate in ("min", "max"):
            return self.dialect.extreme(aggregate, replace(value, element=self.filled(value)))
        total = self.dialect.number_result(self.dialect.sum(value))
        if aggregate == "sum":
            return total
        return self.dialect.number_result(
            self.dialect.arithmetic("/", total, self.from_count(func.count(value.element)))
        )


def _path(source: tree.Source) -> Path:
    if isinstance(source, tree.Related):
        return (*_path(source.relation.source), source.relation.name)
    return ()


def as_key(value: Any) -> int | None:
    """The id that a constant stands for, or None when it can be none."""
    if isinstance(value, Mapping):
        value = value.get("id")
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() and str(int(value)) == value else None
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and abs(value) < 2**63 else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _item(kind: tree.Kind, value: Any) -> Any:
    """An item of a constant list as a value of that kind may equal it, or None when none can."""
    if kind in ("key", "record"):
        return as_key(value)
    wanted = _PYTHON.get(kind)
    if isinstance(value, Mapping) or value == "" or wanted is None or not isinstance(value, wanted):
        return None
    return None if kind == "date" and isinstance(value, datetime) else value


_PYTHON: dict[str, type] = {"number": Decimal, "text": str, "date": date, "instant": datetime, "boolean": bool}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_TESTS: dict[str, Callable[[_Renderer, tree.Operation], tuple[ColumnElement[bool], bool]]] = {
    "and": _Renderer.conjunction,
    "or": _Renderer.conjunction,
    "not": _Renderer.negation,
    "xor": _Renderer.parity,
    "truth": _Renderer.as_truth,
    "empty": _Renderer.emptiness,
    "equal": _Renderer.equality,
    **dict.fromkeys(_MIRRORED, _Renderer.ordering),
    "in": _Renderer.membership,
    "contains": _Renderer.contains,
    "starts_with": _Renderer.affix,
    "ends_with": _Renderer.affix,
}
_VALUES: dict[str, Callable[[_Renderer, tree.Operation], Value]] = {
    **dict.fromkeys("+-*/", _Renderer.arithmetic),
    "negate": _Renderer.negate,
    "percent": _Renderer.negate,
    "&": _Renderer.joined,
    "text_of": _Renderer.text_of,
    "blank": _Renderer.blank,
    "nothing": _Renderer.nothing,
    "choose": _Renderer.choose,
    "coalesce": _Renderer.coalesce,
    **dict.fromkeys(("sum_of", "count_of", "average_of", "min_of", "max_of"), _Renderer.scalar_aggregate),
}
