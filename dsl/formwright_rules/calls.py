"""How calls are typed: ordinary functions by their signature, the special ones by name, shared rules by expansion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from .errors import Finding
from .functions import base, functions
from .operators import column_rows, comparable, scalar
from .tree import Call, Expression, Lambda, Literal, Name, UpTo
from .types import (
    ANY,
    BOOLEAN,
    DEPARTMENT,
    MEMBER,
    NULL,
    NUMBER,
    PEOPLE,
    TEXT,
    Column,
    ListOf,
    Rows,
    Type,
    join,
)
from .wording import mismatch, unknown

if TYPE_CHECKING:
    from .elaborate import Elaborator

AGGREGATES = ("sum", "count", "average", "min", "max")


class CallRules:
    """The part of the elaborator that types calls."""

    text: str
    nodes: int

    def call(self: Elaborator, node: Call) -> Expression:  # type: ignore[misc]
        shared = self.environment.rules
        if shared is not None and shared.parameters(node.function) is not None:
            return self.expand(node)
        function = functions.find(node.function)
        if function is None or (function.hidden and not self.expanding):
            known = [each.name for each in functions if not each.hidden]
            known += shared.names if shared is not None else ()
            self.findings.append(unknown("unknown_function", ("函数", "function"), node.function, known, {}, node.span))
            arguments = tuple(self.argument(each, {}) for each in node.arguments)
            return replace(node, arguments=arguments, type=ANY)
        node = replace(node, function=function.name)
        if not self.count_fits(node, function):
            return replace(node, arguments=tuple(self.argument(each, {}) for each in node.arguments), type=ANY)
        special = SPECIAL.get(function.name)
        if special is not None:
            return special(self, node)
        return self.ordinary(node, function)

    def count_fits(self: Elaborator, node: Call, function: base.Function) -> bool:  # type: ignore[misc]
        count = len(node.arguments)
        repeated = bool(function.parameters) and function.parameters[-1].repeated
        if function.least <= count and (repeated or count <= len(function.parameters)):
            return True
        zh, en = f"{function.signature} 的参数个数不对", f"Wrong number of arguments for {function.signature}"
        self.report("argument_count", zh, en, node.span, function.signature)
        return False

    def ordinary(self: Elaborator, node: Call, function: base.Function) -> Expression:  # type: ignore[misc]
        """Type the arguments by the signature; a column where one value is asked for makes the call go row by row."""
        arguments: list[Expression] = []
        types: list[Type] = []
        lifted: list[Type] = []
        for position, each in enumerate(node.arguments):
            parameter = function.parameter(position)
            if parameter is None:
                raise AssertionError("count_fits has checked the number of arguments")
            kind = parameter.kind
            if kind.startswith("->"):
                typed = self.lambda_over(each, types[0] if types else ANY, kind[2:])
            else:
                typed = self.expression(each)
                type_ = self.type_of(typed)
                if isinstance(type_, Column) and kind not in ("any", "list", "numbers", "people", "texts"):
                    lifted.append(type_)
                    type_ = type_.element
                if not base.accepts(kind, type_):
                    hints: dict[tuple[str, Type], str] = {("text", NUMBER): "TEXT(…)", ("number", TEXT): "VALUE(…)"}
                    wanted = base.NAMED_TYPES.get("number" if kind == "numbers" else kind, kind)
                    self.findings.append(mismatch(typed.span, type_, wanted, hints.get((kind, type_))))
                elif kind in ("literal", "role", "node"):
                    self.literal_only(typed)
            arguments.append(typed)
            types.append(
                scalar(self.type_of(typed)) if lifted and self.type_of(typed) in lifted else self.type_of(typed)
            )
        result = function.result(types) if callable(function.result) else function.result
        rows = column_rows(*lifted)
        if len(rows) > 1:
            self.report("different_rows", "两个子表的列不能逐行计算", "Columns of different rows", node.span)
        if rows:
            result = Column(result, rows[0])
        return replace(node, arguments=tuple(arguments), type=result)

    def argument(self: Elaborator, node: Expression, bound: Mapping[str, Type]) -> Expression:  # type: ignore[misc]
        """Type an argument of a call that is wrong anyway, so that its own mistakes are told too."""
        if isinstance(node, Lambda):
            return self.bound(node, ANY, None)
        return self.expression(node.limit if isinstance(node, UpTo) else node)

    def lambda_over(self: Elaborator, node: Expression, over: Type, kind: str) -> Expression:  # type: ignore[misc]
        """Type `x -> body` where x is one element of the list type `over` and the body must be of `kind`."""
        if not isinstance(node, Lambda):
            typed = self.expression(node)
            self.report("expected_lambda", "这里写成 x -> …", "Write x -> … here", node.span, "row -> …")
            return typed
        element = over.element if isinstance(over, ListOf) else ANY
        return self.bound(node, element, None if kind == "any" else base.NAMED_TYPES[kind])

    def bound(self: Elaborator, node: Lambda, element: Type, expect: Type | None) -> Expression:  # type: ignore[misc]
        """Type a lambda with its parameter bound to `element`."""
        name = node.parameter
        unique = f"{name}'{self.nodes}" if self.expanding else name
        before = self.locals, self.renamed, self.arguments
        self.locals = {**self.locals, name: element}
        self.renamed = {**self.renamed, name: unique}
        self.arguments = {key: value for key, value in self.arguments.items() if key != name}
        body = self.expression(node.body, expect)
        self.locals, self.renamed, self.arguments = before
        return replace(node, parameter=unique, body=body, type=self.type_of(body))

    def literal_only(self: Elaborator, node: Expression) -> str | None:  # type: ignore[misc]
        """The constant text that a node is; anything else is an error, since it must be known before the run."""
        if isinstance(node, Literal) and isinstance(node.value, str):
            return node.value
        if self.type_of(node) != ANY or not isinstance(node, Name):
            self.report("constant_needed", "这里要写成带引号的文本", "A quoted text is needed here", node.span)
        return None

    def field_only(self: Elaborator, node: Expression) -> None:  # type: ignore[misc]
        """Only a field of this record can have a previous value."""
        if not (isinstance(node, Name) and node.scope == "field") and self.type_of(node) != ANY:
            self.report("field_needed", "这里要写本表的一个字段", "A field of this record is needed here", node.span)

    def pattern(self: Elaborator, node: Literal) -> None:  # type: ignore[misc]
        """A constant pattern must be one that RE2 takes."""
        from .functions.text import compile_pattern

        try:
            compile_pattern(str(node.value))
        except base.Nothing as wrong:
            self.report("bad_pattern", wrong.zh, wrong.en, node.span)

    def expand(self: Elaborator, node: Call) -> Expression:  # type: ignore[misc]
        """A call of a shared rule: its body, typed here, with the typed arguments in place of the parameters."""
        shared = self.environment.rules
        parameters = shared.parameters(node.function) if shared is not None else None
        if shared is None or parameters is None:
            raise AssertionError("only called for shared rules")
        arguments = tuple(self.expression(each) for each in node.arguments)
        if len(arguments) != len(parameters):
            zh = f"{node.function} 要 {len(parameters)} 个参数"
            en = f"{node.function} takes {len(parameters)} arguments"
            self.report("argument_count", zh, en, node.span)
            return replace(node, arguments=arguments, type=ANY)
        if node.function in self.expanding:
            ring = " → ".join((*self.expanding, node.function))
            self.report(
                "rule_ring",
                f"规则互相引用成环: {ring}",
                f"Shared rules refer to each other in a ring: {ring}",
                node.span,
            )
            return replace(node, arguments=arguments, type=ANY)
        before = self.findings, self.locals, self.renamed, self.arguments, self.expanding, self.text
        inner: list[Finding] = []
        self.findings, self.locals, self.renamed = inner, {}, {}
        self.arguments = dict(zip(parameters, arguments, strict=True))
        self.expanding = (*self.expanding, node.function)
        self.text = ""
        body = self.expression(shared.body(node.function))
        self.findings, self.locals, self.renamed, self.arguments, self.expanding, self.text = before
        for each in inner:
            if each.severity == "error":
                zh, en = f"{node.function}: {each.message['zh']}", f"{node.function}: {each.message['en']}"
                self.report(each.code, zh, en, node.span, each.suggestion)
        return replace(node, arguments=arguments, expansion=body, type=self.type_of(body))


# ---- the special ones -----------------------------------------------------------------------------------------------


def _joined(self: Elaborator, nodes: list[Expression]) -> Type:
    result: Type = NULL
    for each in nodes:
        type_ = scalar(self.type_of(each))
        found = join(result, type_)
        if found is None:
            self.findings.append(mismatch(each.span, type_, result))
            return ANY
        result = found
    return result


def _lift(self: Elaborator, node: Call, arguments: list[Expression], result: Type) -> Expression:
    rows = column_rows(*(self.type_of(each) for each in arguments))
    if len(rows) > 1:
        self.report("different_rows", "两个子表的列不能逐行计算", "Columns of different rows", node.span)
    return replace(node, arguments=tuple(arguments), type=Column(result, rows[0]) if rows else result)


def _condition(self: Elaborator, node: Expression) -> Expression:
    typed = self.expression(node)
    type_ = scalar(self.type_of(typed))
    if type_ not in (BOOLEAN, ANY, NULL):
        self.findings.append(mismatch(typed.span, type_, BOOLEAN))
    return typed


def _if(self: Elaborator, node: Call) -> Expression:
    arguments = [_condition(self, node.arguments[0]), *(self.expression(each) for each in node.arguments[1:])]
    return _lift(self, node, arguments, _joined(self, arguments[1:]))


def _ifs(self: Elaborator, node: Call) -> Expression:
    if len(node.arguments) % 2:
        zh, en = (
            "条件和结果要成对；最后可以写 true, 结果",
            "Conditions and results come in pairs; end with true, result",
        )
        self.report("argument_count", zh, en, node.span)
    arguments = [
        self.expression(each) if index % 2 else _condition(self, each) for index, each in enumerate(node.arguments)
    ]
    return _lift(self, node, arguments, _joined(self, arguments[1::2]))


def _switch(self: Elaborator, node: Call) -> Expression:
    arguments = [self.expression(each) for each in node.arguments]
    subject = scalar(self.type_of(arguments[0]))
    last = len(arguments) - 1 if len(arguments) % 2 == 0 else None
    results = [each for index, each in enumerate(arguments) if index and (index % 2 == 0 or index == last)]
    for index in range(1, len(arguments) - 1, 2):
        arguments[index] = self.options(arguments[index], subject)
        if not comparable(subject, self.type_of(arguments[index])):
            self.findings.append(mismatch(arguments[index].span, self.type_of(arguments[index]), subject))
    return _lift(self, node, arguments, _joined(self, results))


def _any_of(self: Elaborator, node: Call) -> Expression:
    arguments = [self.expression(each) for each in node.arguments]
    return _lift(self, node, arguments, _joined(self, arguments))


def _collect(self: Elaborator, node: Call) -> Expression:
    typed = _ifs(self, node)
    element = self.type_of(typed)
    people = element in (MEMBER, PEOPLE)
    return replace(typed, type=PEOPLE if people else element if isinstance(element, ListOf) else ListOf(element))


def _param(self: Elaborator, node: Call) -> Expression:
    typed = self.expression(node.arguments[0])
    name = self.literal_only(typed)
    known = self.environment.parameters
    if name is not None and name not in known:
        self.findings.append(unknown("unknown_parameter", ("参数", "parameter"), name, known, {}, typed.span))
    return replace(node, arguments=(typed,), type=known.get(name or "", ANY))


def _prev(self: Elaborator, node: Call) -> Expression:
    typed = self.expression(node.arguments[0])
    self.field_only(typed)
    return replace(node, arguments=(typed,), type=self.type_of(typed))


def _changed(self: Elaborator, node: Call) -> Expression:
    arguments = tuple(self.expression(each) for each in node.arguments)
    for each in arguments:
        self.field_only(each)
    return replace(node, arguments=arguments, type=BOOLEAN)


def _source(self: Elaborator, node: Expression) -> tuple[Expression, Type]:
    """The records to look through: a form by its bare id, or any list; with the type of the whole."""
    form = self.environment.form_type(node.id) if isinstance(node, Name) else None
    if isinstance(node, Name) and form is not None and self.resolve(node) is None:
        return replace(node, scope="form", type=Rows(form)), Rows(form)
    if isinstance(node, Name) and form is None and self.resolve(node) is None:
        zh, en = f'没有表单 "{node.id}"', f'There is no form "{node.id}".'
        self.report("unknown_form", zh, en, node.span)
        return replace(node, type=ANY), ANY
    typed = self.expression(node)
    type_ = self.type_of(typed)
    if not isinstance(type_, ListOf) and type_ != ANY:
        self.report("form_needed", "这里要写表单名或列表", "The id of a form or a list is needed here", node.span)
        type_ = ANY
    return typed, type_


def _lookup(self: Elaborator, node: Call) -> Expression:
    source, over = _source(self, node.arguments[0])
    condition = self.lambda_over(node.arguments[1], over, "boolean")
    value = self.lambda_over(node.arguments[2], over, "any")
    rest = [self.expression(each) for each in node.arguments[3:]]
    result = join(self.type_of(value), self.type_of(rest[0])) if rest else self.type_of(value)
    if result is None:
        self.findings.append(mismatch(rest[0].span, self.type_of(rest[0]), self.type_of(value)))
    return replace(node, arguments=(source, condition, value, *rest), type=result or ANY)


def _rollup(self: Elaborator, node: Call) -> Expression:
    source, over = _source(self, node.arguments[0])
    aggregate = self.expression(node.arguments[1])
    name = self.literal_only(aggregate)
    if name is not None and name not in AGGREGATES:
        self.findings.append(
            unknown("unknown_aggregate", ("汇总方式", "aggregate"), name, AGGREGATES, {}, aggregate.span)
        )
    value = self.lambda_over(node.arguments[2], over, "any") if len(node.arguments) > 2 else None
    rest = [self.lambda_over(each, over, "boolean") for each in node.arguments[3:]]
    type_ = self.type_of(value) if value is not None else NUMBER
    if name in ("sum", "average") and type_ not in (NUMBER, ANY, NULL):
        self.findings.append(mismatch(node.arguments[2].span, type_, NUMBER))
    arguments = [source, aggregate, *([value] if value is not None else []), *rest]
    return replace(node, arguments=tuple(arguments), type=type_ if name in ("min", "max") else NUMBER)


def _role(self: Elaborator, node: Call) -> Expression:
    typed = self.expression(node.arguments[0])
    name = self.literal_only(typed)
    roles = self.environment.roles
    if name is not None and roles is not None and name not in roles:
        self.findings.append(unknown("unknown_role", ("角色", "role"), name, roles, {}, typed.span))
    return replace(node, arguments=(typed,), type=PEOPLE)


def _node(self: Elaborator, node: Call) -> Expression:
    typed = self.expression(node.arguments[0])
    name = self.literal_only(typed)
    nodes = self.environment.nodes
    if name is not None and nodes is not None and name not in nodes:
        self.findings.append(unknown("unknown_node", ("节点", "node"), name, nodes, {}, typed.span))
    return replace(node, arguments=(typed,), type=PEOPLE)


def _department(self: Elaborator, node: Call) -> Expression:
    typed = self.expression(node.arguments[0])
    type_ = self.type_of(typed)
    if type_ not in (MEMBER, DEPARTMENT, TEXT, ANY, NULL):
        self.findings.append(mismatch(typed.span, type_, MEMBER))
    return replace(node, arguments=(typed,), type=PEOPLE)


def _chain_of(self: Elaborator, node: Call) -> Expression:
    member = self.expression(node.arguments[0], MEMBER)
    limit = node.arguments[1]
    inner = self.expression(limit.limit if isinstance(limit, UpTo) else limit)
    type_ = self.type_of(inner)
    if type_ not in (NUMBER, ANY) and type_ not in (MEMBER, PEOPLE):
        self.findings.append(mismatch(inner.span, type_, NUMBER))
    return replace(node, arguments=(member, UpTo(inner, span=limit.span, type=type_)), type=PEOPLE)


def _quantified(self: Elaborator, node: Call) -> Expression:
    first = self.expression(node.arguments[0])
    type_ = self.type_of(first)
    if not isinstance(type_, ListOf) and type_ not in (ANY, NULL):
        self.findings.append(mismatch(first.span, type_, "列表 / a list"))
    rest = [self.lambda_over(each, type_, "boolean") for each in node.arguments[1:]]
    if not rest and isinstance(type_, ListOf) and type_.element not in (BOOLEAN, ANY, NULL):
        zh, en = "要写条件: x -> …", "A condition is missing: x -> …"
        self.report("expected_lambda", zh, en, node.span)
    return replace(node, arguments=(first, *rest), type=BOOLEAN)


SPECIAL: dict[str, Callable[[Elaborator, Call], Expression]] = {
    "IF": _if,
    "IFS": _ifs,
    "SWITCH": _switch,
    "COALESCE": _any_of,
    "IFERROR": _any_of,
    "FIRST_HIT": _ifs,
    "UNIQUE_HIT": _ifs,
    "COLLECT_HITS": _collect,
    "PARAM": _param,
    "PREV": _prev,
    "CHANGED": _changed,
    "LOOKUP": _lookup,
    "ROLLUP": _rollup,
    "role": _role,
    "handler": _node,
    "chosen": _node,
    "department": _department,
    "chain": _chain_of,
    "ANY": _quantified,
    "ALL": _quantified,
}
