"""A rule's truths in SQL, in the two-valued logic of the language.

NULL may stand for "false" only where SQL takes it so; below NOT, and where a truth is a value, it is made false first. A
column compared with a constant stays bare, so that indexes serve it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, func

from formwright.records.sql_dialects import Element, Value
from formwright.records.sql_fields import without_blank
from formwright.records.sql_people import person_attribute
from formwright.records.sql_values import ValueRenderer
from formwright_rules.functions.text import fold
from formwright_rules.targets import sql_tree as tree
from formwright_rules.targets.runtime import order
from formwright_rules.targets.sql_tree import Sql


class Renderer(ValueRenderer):
    """A whole rule."""

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
            zone = self.context.timezone
            mixed = {one.kind, other.kind} == {"date", "instant"}
            same = _day(one.fixed, zone) == _day(other.fixed, zone) if mixed else one.fixed == other.fixed
            return (sa.true() if same else sa.false()), False
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
        return without_blank(one).is_not_distinct_from(without_blank(other)), False

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
            days = (
                [_day(each.fixed, self.context.timezone) for each in (other, one)] if one.kind != other.kind else None
            )
            holds = order(_MIRRORED[operator], *(days or (other.fixed, one.fixed)))
            return sa.true() if holds else sa.false()
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


def _day(value: Any, zone: tzinfo) -> Any:
    """The calendar date of a constant moment."""
    return value.astimezone(zone).date() if isinstance(value, datetime) else value


_PYTHON: dict[str, type] = {"number": Decimal, "text": str, "date": date, "instant": datetime, "boolean": bool}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_TESTS: dict[str, Callable[[Renderer, tree.Operation], tuple[ColumnElement[bool], bool]]] = {
    "and": Renderer.conjunction,
    "or": Renderer.conjunction,
    "not": Renderer.negation,
    "xor": Renderer.parity,
    "truth": Renderer.as_truth,
    "empty": Renderer.emptiness,
    "equal": Renderer.equality,
    **dict.fromkeys(_MIRRORED, Renderer.ordering),
    "in": Renderer.membership,
    "contains": Renderer.contains,
    "starts_with": Renderer.affix,
    "ends_with": Renderer.affix,
}
