"""Paths for the SQL target: from names to columns, related records, people and rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..elaborate import path_of
from ..tree import Attribute, Call, Expression, Lambda, Name, walk
from ..types import ANY, DEPARTMENT, MEMBER, ListOf, Record
from ..types import Column as ColumnType
from .sql_tree import Column, Each, Element, Here, Lines, PersonAttribute, Pointing, Records, Related, Source, Sql

if TYPE_CHECKING:
    from .sql import Compiler


class PathCompiler:
    """The part of the compiler that finds out where a value lies."""

    # ---- fields ----

    def name(self: Compiler, node: Name) -> Sql:  # type: ignore[misc]
        if node.scope == "local":
            return Column("key", self.element_of(node), "id", span=node.span)
        type_ = node.type
        form = type_.form if isinstance(type_, Record) else ""
        return Column(self.kind(node), Here(), node.id, form, span=node.span)

    def attribute(self: Compiler, node: Attribute) -> Sql:  # type: ignore[misc]
        base = node.base
        type_ = base.type if base.type is not None else ANY
        below = type_.element if isinstance(type_, ColumnType) else type_
        if below in (MEMBER, DEPARTMENT):
            return PersonAttribute(self.kind(node), self.value(base), node.id, below == DEPARTMENT, span=node.span)
        if isinstance(below, ListOf | Record):
            own = node.type.element if isinstance(node.type, ColumnType) else node.type
            form = own.form if isinstance(own, Record) else ""
            return Column(self.kind(node), self.source(base), node.id, form, span=node.span)
        raise self.refuse(node.span, "这个值的下级字段", "an attribute of this value")

    def source(self: Compiler, node: Expression) -> Source:  # type: ignore[misc]
        """The record that a node stands for."""
        if isinstance(node, Name) and node.scope == "local":
            return self.element_of(node)
        if isinstance(node.type, ListOf) and not isinstance(node.type, ColumnType):
            element = self.rows.get(path_of(node))
            if element is not None:
                return element
            raise self.refuse(node.span, "这个列表的下级字段", "an attribute of this list")
        relation = self.value(node)
        if not isinstance(relation, Column) or relation.kind != "record":
            raise self.refuse(node.span, "不是关联字段的下级字段", "an attribute of what is no relation")
        return Related(relation, relation.form)

    def element_of(self: Compiler, node: Name) -> Element:  # type: ignore[misc]
        element = self.locals.get(node.id)
        if element is None:
            raise self.refuse(node.span, node.id, node.id)
        return element

    # ---- rows ----

    def each(self: Compiler, node: Expression) -> Each:  # type: ignore[misc]
        """The rows that a list stands for."""
        if isinstance(node, Call) and node.expansion is not None:
            node = node.expansion
        if isinstance(node, Call) and node.function == "FILTER":
            inner = self.each(node.arguments[0])
            condition = self.inside(node.arguments[1], inner.element)
            return replace(inner, conditions=(*inner.conditions, condition))
        self.elements += 1
        element = Element(self.elements)
        if isinstance(node, Attribute) and isinstance(node.base, Name) and node.base.scope == "form":
            return Each(Pointing(node.base.id, node.id), element)
        if isinstance(node, Name) and node.scope == "form":
            return Each(Records(node.id), element)
        subform = isinstance(node.type, ListOf) and isinstance(node.type.element, Record) and not node.type.element.form
        if subform and isinstance(node, Name) and node.scope == "field":
            return Each(Lines(Here(), node.id), element)
        if subform and isinstance(node, Attribute):
            return Each(Lines(self.source(node.base), node.id), element)
        raise self.refuse(node.span, "这个列表", "this list")

    def inside(self: Compiler, node: Expression, element: Element) -> Sql:  # type: ignore[misc]
        """The body of a lambda whose parameter is `element`."""
        if not isinstance(node, Lambda):
            raise self.refuse(node.span, "这里不是 x -> … 的写法", "what is no lambda here")
        before = self.locals
        self.locals = {**before, node.parameter: element}
        body = self.emitted(node.body)
        self.locals = before
        return body

    def column(self: Compiler, node: Expression) -> tuple[Each, Sql]:  # type: ignore[misc]
        """A column as the rows it goes through and the value of each."""
        type_ = node.type
        if not isinstance(type_, ColumnType):
            raise AssertionError("only asked for columns")
        found = next(
            each.base
            for each in walk(node)
            if isinstance(each, Attribute) and isinstance(each.base.type, ListOf) and path_of(each.base) == type_.rows
        )
        each = self.each(found)
        before = self.rows
        self.rows = {**before, type_.rows: each.element}
        value = self.emitted(node)
        self.rows = before
        return each, value
