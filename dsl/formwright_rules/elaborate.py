"""Gives every node of an expression its type and turns labels into ids; gathers what is wrong instead of stopping."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from .calls import CallRules
from .comparing import CompareRules
from .environment import CONTEXT_NAMES, Environment, labels_to_ids
from .errors import Finding, finding
from .keywords import NAME_OF_CHINESE, NAMES
from .operators import arithmetic, column_rows, scalar
from .tree import (
    Attribute,
    Between,
    Call,
    Chain,
    Compare,
    Expression,
    Lambda,
    ListLiteral,
    Literal,
    Name,
    Scope,
    Span,
    Unary,
    UpTo,
)
from .types import (
    ANY,
    BOOLEAN,
    DATE,
    DATETIME,
    DEPARTMENT,
    DEPARTMENT_ATTRIBUTES,
    DEPARTMENT_WORDS,
    DURATION,
    MEMBER,
    MEMBER_ATTRIBUTES,
    MEMBER_WORDS,
    NULL,
    NUMBER,
    SYSTEM_FIELDS,
    SYSTEM_WORDS,
    TEXT,
    TIME,
    Choice,
    Column,
    Labels,
    ListOf,
    Record,
    Rows,
    Type,
    assignable,
    join,
    list_of,
)
from .wording import cannot, mismatch, unknown

MAX_EXPANDED = 20_000


class Elaborator(CallRules, CompareRules):
    """Walks one expression. `findings` grows; a node that is wrong gets the type `any`, so that one mistake is told once."""

    def __init__(self, environment: Environment, text: str = "") -> None:
        self.environment = environment
        self.text = text
        self.findings: list[Finding] = []
        self.locals: dict[str, Type] = {}
        self.arguments: dict[str, Expression] = {}
        self.renamed: dict[str, str] = {}
        self.expanding: tuple[str, ...] = ()
        self.nodes = 0

    # ---- entry ----

    def expression(self, node: Expression, expect: Type | None = None) -> Expression:
        """The typed node; with `expect`, a value of that type is asked for."""
        self.nodes += 1
        if self.nodes > MAX_EXPANDED:
            node = Literal(None, span=node.span)
            if self.nodes == MAX_EXPANDED + 1:
                self.report(
                    "too_complex", "引用的规则展开后太大", "The shared rules used here grow too large", node.span
                )
        typed = _ELABORATE[type(node)](self, node)
        if expect is not None:
            typed = self.fit(typed, expect)
        return typed

    def fit(self, typed: Expression, expect: Type) -> Expression:
        """Check a typed node against the type that is asked for; option labels become ids."""
        actual = self.type_of(typed)
        if isinstance(expect, Choice) or (isinstance(expect, ListOf) and isinstance(expect.element, Choice)):
            typed = self.options(typed, expect)
            actual = self.type_of(typed)
        if not assignable(actual, expect):
            hint = None
            if expect == BOOLEAN and isinstance(actual, ListOf) and actual.element == BOOLEAN:
                hint = "ANY(…)"
            elif expect == TEXT and actual == NUMBER:
                hint = "TEXT(…)"
            elif expect == NUMBER and actual == TEXT:
                hint = "VALUE(…)"
            self.findings.append(mismatch(typed.span, actual, expect, hint))
        return typed

    def type_of(self, node: Expression) -> Type:
        """The type of a typed node."""
        return node.type if node.type is not None else ANY

    def report(self, code: str, zh: str, en: str, span: Span, suggestion: str | None = None) -> None:
        """Note an error."""
        self.findings.append(finding(code, zh, en, span, suggestion))

    def warn(self, code: str, zh: str, en: str, span: Span, suggestion: str | None = None) -> None:
        """Note a warning."""
        self.findings.append(finding(code, zh, en, span, suggestion, "warning"))

    # ---- leaves ----

    def literal(self, node: Literal) -> Expression:
        return replace(node, type=literal_type(node))

    def name(self, node: Name) -> Expression:
        found = self.resolve(node)
        if found is not None:
            return found
        environment = self.environment
        if environment.form_type(node.id) is not None:
            zh, en = (
                f"表单 {node.id} 只能用在 LOOKUP 或 ROLLUP 里",
                f"The form {node.id} stands only in LOOKUP or ROLLUP",
            )
            self.report("form_not_value", zh, en, node.span)
        else:
            what = ("字段", "field")
            self.findings.append(
                unknown("unknown_field", what, node.id, environment.ids, environment.labels, node.span)
            )
        return replace(node, type=ANY)

    def resolve(self, node: Name) -> Expression | None:
        """The typed node that a bare name stands for, or None when nothing is called so."""
        environment, id = self.environment, node.id
        if id in self.arguments:
            return self.arguments[id]
        if id in self.locals:
            return Name(self.renamed.get(id, id), scope="local", type=self.locals[id], span=node.span)
        for candidate in (id, id.lower()):
            type_ = environment.type_of(candidate)
            if type_ is not None:
                return self._named(candidate, type_, node)
            if environment.rules is not None and environment.rules.parameters(candidate) == ():
                return self.expand(Call(candidate, (), span=node.span))
        ids = environment.by_label.get(id, ())
        if len(ids) > 1:
            zh, en = (
                f'有 {len(ids)} 个字段叫 "{id}": {", ".join(ids)}',
                f'"{id}" names {len(ids)} fields: {", ".join(ids)}',
            )
            self.report("ambiguous_name", zh, en, node.span, ids[0])
            return replace(node, type=ANY)
        if ids:
            return self._named(ids[0], environment.type_of(ids[0]) or ANY, node)
        known = NAME_OF_CHINESE.get(id) or SYSTEM_WORDS.get(id) or id.lower()
        if known in ("today", "now"):
            return self.call(Call(known, (), span=node.span))
        type_ = environment.type_of(known) if known in NAMES or id in SYSTEM_WORDS else None
        return None if type_ is None else self._named(known, type_, node)

    def _named(self, id: str, type_: Type, node: Name) -> Name:
        environment = self.environment
        own = id in environment.names or id in environment.fields
        scope: Scope = "context" if id in CONTEXT_NAMES and not own else "field"
        return Name(id, scope=scope, type=type_, span=node.span)

    def attribute(self, node: Attribute) -> Expression:
        base: Expression | None = None
        if isinstance(node.base, Name):
            base = self.resolve(node.base)
            if base is None and (form := self.environment.form_type(node.base.id)) is not None:
                return self._reverse(node, node.base, form)
        if base is None:
            base = self.expression(node.base)
        type_ = self.type_of(base)
        below = scalar(type_) if isinstance(type_, Column) else type_
        if isinstance(below, ListOf):
            if isinstance(type_, Column):
                self.report("nested_rows", "子表里不能再取子表", "Rows inside rows cannot be walked", node.span)
                return replace(node, base=base, type=ANY)
            rows = path_of(base)
            id, element = self._attribute_of(below.element, node)
            return replace(node, base=base, id=id, type=Column(element, rows))
        id, found = self._attribute_of(below, node)
        if isinstance(type_, Column):
            return replace(node, base=base, id=id, type=Column(found, type_.rows))
        return replace(node, base=base, id=id, type=found)

    def _attribute_of(self, base: Type, node: Attribute) -> tuple[str, Type]:
        fields: Mapping[str, Type]
        labels: Mapping[str, Labels] = {}
        if isinstance(base, Record):
            fields, labels, words = {**SYSTEM_FIELDS, **base.fields}, base.labels, SYSTEM_WORDS
        elif base == MEMBER:
            fields, words = MEMBER_ATTRIBUTES, MEMBER_WORDS
        elif base == DEPARTMENT:
            fields, words = DEPARTMENT_ATTRIBUTES, DEPARTMENT_WORDS
        elif base in (ANY, NULL):
            return node.id, ANY
        else:
            zh, en = f"{node.id} 前面的值没有下级字段", f"What stands before .{node.id} has no fields"
            self.report("unknown_field", zh, en, node.span)
            return node.id, ANY
        for candidate in (node.id, node.id.lower()):
            if candidate in fields:
                return candidate, fields[candidate]
        ids = labels_to_ids(labels).get(node.id, ())
        if len(ids) > 1:
            zh, en = f'有 {len(ids)} 个字段叫 "{node.id}"', f'"{node.id}" names {len(ids)} fields: {", ".join(ids)}'
            self.report("ambiguous_name", zh, en, node.span, ids[0])
            return node.id, ANY
        if ids:
            return ids[0], fields.get(ids[0], ANY)
        if node.id in words:
            return words[node.id], fields[words[node.id]]
        size = len(node.id) + 2 * node.quoted
        skipped = node.span.length - size
        tail = Span(node.span.line, node.span.column + skipped, node.span.start + skipped, size)
        self.findings.append(unknown("unknown_field", ("字段", "field"), node.id, fields, labels, tail))
        return node.id, ANY

    def _reverse(self, node: Attribute, base: Name, form: Record) -> Expression:
        id, found = self._attribute_of(form, node)
        own = scalar(found)
        element = own.element if isinstance(own, ListOf) else own
        if element != ANY and not isinstance(element, Record):
            zh, en = f"{base.id}.{id} 不是关联字段", f"{base.id}.{id} is not a relation"
            self.report("not_a_relation", zh, en, node.span)
        named = replace(base, scope="form", type=form)
        return replace(node, base=named, id=id, type=Rows(form))

    def list(self, node: ListLiteral) -> Expression:
        items = tuple(self.expression(item) for item in node.items)
        element: Type = NULL
        for item in items:
            joined = join(element, self.type_of(item))
            if joined is None:
                self.findings.append(cannot(",", element, self.type_of(item), item.span))
                joined = ANY
            element = joined
        return replace(node, items=items, type=list_of(element))

    # ---- operators ----

    def unary(self, node: Unary) -> Expression:
        operator = node.operator
        operand = self.expression(node.operand)
        type_ = self.type_of(operand)
        if operator == "not":
            operand = self.fit(operand, BOOLEAN)
            return replace(node, operand=operand, type=BOOLEAN)
        if operator in ("is empty", "is not empty"):
            return replace(node, operand=operand, type=BOOLEAN)
        if operator == "changed":
            self.field_only(operand)
            return replace(node, operand=operand, type=BOOLEAN)
        wanted = (NUMBER, DURATION, ANY, NULL) if operator == "-" else (NUMBER, ANY, NULL)
        if scalar(type_) not in wanted:
            self.findings.append(mismatch(operand.span, type_, NUMBER))
            type_ = NUMBER
        return replace(node, operand=operand, type=NUMBER if type_ in (ANY, NULL) and operator == "%" else type_)

    def chain(self, node: Chain) -> Expression:
        operands = tuple(self.expression(each) for each in node.operands)
        kind = node.operators[0]
        if kind in ("and", "or"):
            return replace(node, operands=tuple(self.fit(each, BOOLEAN) for each in operands), type=BOOLEAN)
        if kind == "&":
            return self._text_chain(node, operands)
        type_ = self.type_of(operands[0])
        for operator, operand in zip(node.operators, operands[1:], strict=True):
            right = self.type_of(operand)
            result = arithmetic(operator, type_, right)
            if result is None:
                self.findings.append(self._no_arithmetic(operator, type_, right, node, operand))
                return replace(node, operands=operands, type=ANY)
            type_ = result
        return replace(node, operands=operands, type=type_)

    def _no_arithmetic(self, operator: str, left: Type, right: Type, node: Chain, operand: Expression) -> Finding:
        if len(column_rows(left, right)) > 1:
            zh, en = "两个子表的列不能逐行计算", "Columns of different rows cannot be combined row by row"
            return finding("different_rows", zh, en, node.span)
        suggestion = None
        if operator == "+" and TEXT in (left, right):
            suggestion = "&"
        elif left in (DATE, DATETIME) and right == NUMBER and isinstance(operand, Literal):
            suggestion = f"{operand.value} days"
        return cannot(operator, left, right, node.span, suggestion)

    def _text_chain(self, node: Chain, operands: tuple[Expression, ...]) -> Expression:
        rows = column_rows(*(self.type_of(each) for each in operands))
        for each in operands:
            below = scalar(self.type_of(each))
            if isinstance(below, ListOf | Record):
                self.findings.append(mismatch(each.span, below, TEXT))
        if len(rows) > 1:
            self.report("different_rows", "两个子表的列不能逐行计算", "Columns of different rows", node.span)
        return replace(node, operands=operands, type=Column(TEXT, rows[0]) if rows else TEXT)

    def lambda_(self, node: Lambda) -> Expression:
        zh, en = "这里不能写 x -> …", "A lambda cannot stand here"
        self.report("type_mismatch", zh, en, node.span)
        return replace(node, type=ANY)

    def up_to(self, node: UpTo) -> Expression:
        self.report("syntax", "up to 只能用在 chain 里", "`up to` stands only in chain", node.span)
        return replace(node, type=ANY)


_ELABORATE: dict[type[Expression], Callable[[Elaborator, Any], Expression]] = {
    Literal: Elaborator.literal,
    Name: Elaborator.name,
    Attribute: Elaborator.attribute,
    ListLiteral: Elaborator.list,
    Unary: Elaborator.unary,
    Chain: Elaborator.chain,
    Compare: Elaborator.compare,
    Between: Elaborator.between,
    Call: Elaborator.call,
    Lambda: Elaborator.lambda_,
    UpTo: Elaborator.up_to,
}


def literal_type(node: Literal) -> Type:
    """The type of a constant."""
    for name, type_ in (("str", TEXT), ("Decimal", NUMBER), ("bool", BOOLEAN), ("datetime", DATETIME), ("date", DATE)):
        if type(node.value).__name__ == name:
            return type_
    if type(node.value).__name__ == "time":
        return TIME
    return NULL if node.value is None else DURATION


def path_of(node: Expression) -> tuple[str, ...]:
    """The path of names that a typed node walks, for telling rows apart."""
    if isinstance(node, Attribute):
        return (*path_of(node.base), node.id)
    return (node.id,) if isinstance(node, Name) else (f"@{node.span.start}",)
