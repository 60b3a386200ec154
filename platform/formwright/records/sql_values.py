"""A rule's values in SQL: arithmetic, texts, dates, choices, functions, and aggregates over rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy import ColumnElement, func

from formwright.records.sql_dialects import Dialects, Element, Value
from formwright.records.sql_fields import FieldRenderer, without_blank
from formwright_rules import Duration
from formwright_rules.errors import fail
from formwright_rules.targets import sql_tree as tree
from formwright_rules.targets.sql_tree import Sql

TRUTHS = frozenset((
    "and", "or", "not", "xor", "truth", "empty", "equal", "<", "<=", ">", ">=", "in", "contains", "starts_with", "ends_with",
))  # fmt: skip
"""Operations whose value is a truth."""


class ValueRenderer(FieldRenderer):
    """What has a value. Truths are rendered one floor up."""

    def strict(self, node: Sql) -> ColumnElement[bool]:
        """A condition that is never NULL."""
        raise NotImplementedError

    def is_empty(self, value: Value) -> ColumnElement[bool]:
        """Whether a value is empty."""
        raise NotImplementedError

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
        if isinstance(node, tree.Operation) and node.operator not in TRUTHS:
            return self.operation(node)
        return Value("boolean", self.strict(node))

    def plain(self, node: Sql) -> Value:
        """A value whose record, if it is one, exists."""
        value = self.value(node)
        if node.kind == "boolean":
            return Value("boolean", self.strict(node))
        return self.same_kind(value)

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
            return Value("number", self.dialect.arithmetic("-", zero, value))
        return Value("number", self.dialect.arithmetic("/", value, self.known("number", Decimal(100))))

    def arithmetic(self, node: tree.Operation) -> Value:
        left, right = (self.value(each) for each in node.operands)
        if left.kind == "number":
            return Value("number", self.dialect.arithmetic(node.operator, left, right))
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
        sign = -1 if node.operator == "-" else 1
        element = by.element
        if by.constant and isinstance(by.fixed, Duration):
            length = by.fixed
            if length.workdays or length.workhours or length.months != int(length.months):
                raise fail(
                    "not_in_sql", "列表条件里不能用：工作日", "Lists cannot be filtered by working time", node.span
                )
            moment = Value(moment.kind, self.dialect.months(moment, sign * int(length.months)))
            element = self.dialect.literal("duration", length.exact)
        shift = self.dialect.shift_date if moment.kind == "date" else self.dialect.shift_instant
        return Value(moment.kind, shift(moment.element, element, sign))

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
                return Value("number", self.dialect.least(name, values))
            raise fail("not_in_sql", "列表条件里只能取数字的最大最小值", "Only numbers have a smallest here", node.span)
        filled = [sa.case((self.is_empty(each), 0), else_=1) for each in values]
        count = sum(filled[1:], filled[0])
        counted = self.dialect.counted(count)
        if name == "count":
            return counted
        zero = self.known("number", Decimal(0))
        total = zero
        for each in values:
            element = func.coalesce(self.dialect.number(each), zero.element)
            total = Value("number", self.dialect.arithmetic("+", total, Value("number", element)))
        return total if name == "sum" else Value("number", self.dialect.arithmetic("/", total, counted))

    def reduction(self, node: tree.Reduction) -> Value:
        place, tests = self.enter(node.each)
        result = aggregate_of(self.dialect, node.aggregate, None if node.value is None else self.plain(node.value))
        found = sa.select(result.element).select_from(place.table).where(*tests).correlate_except(place.table)
        element: Element = sa.type_coerce(found.scalar_subquery(), result.element.type)
        if node.aggregate == "sum":
            element = func.coalesce(element, self.dialect.literal("number", Decimal(0)))
        return replace(result, element=element)


def aggregate_of(dialect: Dialects, aggregate: str, value: Value | None) -> Value:
    """An aggregate function over the rows of a query: sum, average, min, max, count, count_distinct; empties are skipped.

    `value` None counts the rows themselves.
    """
    if value is None:
        return dialect.counted(func.count())
    filled = replace(value, element=without_blank(value))
    if aggregate == "count":
        return dialect.counted(func.count(filled.element))
    if aggregate == "count_distinct":
        distinct = dialect.number(filled) if value.kind == "number" else filled.element
        return dialect.counted(func.count(sa.distinct(distinct)))
    if aggregate in ("min", "max"):
        return dialect.extreme(aggregate, filled)
    total = Value("number", dialect.sum(value))
    if aggregate == "sum":
        return total
    return Value("number", dialect.arithmetic("/", total, dialect.counted(func.count(value.element))))


_VALUES: dict[str, Callable[[ValueRenderer, tree.Operation], Value]] = {
    **dict.fromkeys("+-*/", ValueRenderer.arithmetic),
    "negate": ValueRenderer.negate,
    "percent": ValueRenderer.negate,
    "&": ValueRenderer.joined,
    "text_of": ValueRenderer.text_of,
    "blank": ValueRenderer.blank,
    "nothing": ValueRenderer.nothing,
    "choose": ValueRenderer.choose,
    "coalesce": ValueRenderer.coalesce,
    **dict.fromkeys(("sum_of", "count_of", "average_of", "min_of", "max_of"), ValueRenderer.scalar_aggregate),
}
