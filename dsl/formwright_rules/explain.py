"""Why: a rule with the values it read and what came of each part, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .check import check
from .context import Context
from .environment import Environment
from .format import format
from .parser import Start
from .targets.python import compile_expression, compile_python
from .tree import (
    Assign,
    Attribute,
    Call,
    Chain,
    Decide,
    Expression,
    Lambda,
    Literal,
    Name,
    Tree,
    Unary,
    children,
)
from .types import BOOLEAN, MEMBER, Choice, ListOf, Type
from .values import is_empty, number_text, to_text

_WORDS = {
    "zh": {True: "是", False: "否", "empty": "空", "result": "结果", "line": "第 {} 行", "colon": "：", "none": "没有一行成立"},
    "en": {True: "yes", False: "no", "empty": "empty", "result": "Result", "line": "line {}", "colon": ": ", "none": "no line holds"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One part: its text, its value and the (name, value) pairs that it read, all in the reader's words."""

    depth: int
    text: str
    value: str
    reads: tuple[tuple[str, str], ...]
    line: int

    def __str__(self) -> str:
        read = ", ".join(f"{name} = {value}" for name, value in self.reads)
        return f"{'  ' * self.depth}{self.text} → {self.value}" + (f" ({read})" if read else "")


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole: the result as a value and in words, and the steps that led to it; `str()` is the text to show."""

    value: Any
    result: str
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return "\n".join([self.result, *map(str, self.steps)])


def explain(
    rule: str | Tree,
    environment: Environment,
    values: Mapping[str, Any],
    context: Context | None = None,
    language: str = "zh",
    start: Start = "expression",
) -> Explanation:
    """Evaluate a rule once more and tell each part; raises RuleError as `compile_python` does."""
    tree = check(rule, environment, start).require().tree
    value = compile_python(tree, environment, start)(values, context)
    teller = _Teller(environment, values, context, language)
    words = teller.words
    if isinstance(tree, Assign | Decide):
        shown = teller.block(tree, value)
        return Explanation(value, f"{words['result']}{words['colon']}{shown}", tuple(teller.steps))
    if not isinstance(tree, Expression):
        return Explanation(value, f"{words['result']}{words['colon']}{to_text(value)}", ())
    teller.tell(tree, 0)
    shown = teller.shown(value, tree.type)
    return Explanation(value, f"{words['result']}{words['colon']}{shown}", tuple(teller.steps))


class _Teller:
    def __init__(
        self, environment: Environment, values: Mapping[str, Any], context: Context | None, language: str
    ) -> None:
        self.environment = environment
        self.values = values
        self.context = context
        self.language = language
        self.words: Mapping[Any, str] = _WORDS["zh" if language == "zh" else "en"]
        self.steps: list[Step] = []

    def value_of(self, node: Expression) -> Any:
        return compile_expression(node)(self.values, self.context)

    def tell(self, node: Expression, depth: int) -> Any:
        """Add the steps of a node; gives its value."""
        if isinstance(node, Call) and node.expansion is not None:
            value = self.step(node, depth)
            self.tell(node.expansion, depth + 1)
            return value
        if isinstance(node, Chain) and node.operators[0] in ("and", "or"):
            value = self.step(node, depth, read=False)
            for operand in node.operands:
                # What decided is told; what was not asked any more is not.
                if self.tell(operand, depth + 1) is (node.operators[0] == "or"):
                    break
            return value
        if isinstance(node, Unary) and node.operator == "not":
            value = self.step(node, depth, read=False)
            self.tell(node.operand, depth + 1)
            return value
        if isinstance(node, Call) and node.function in ("IF", "IFS", "FIRST_HIT") and not isinstance(node.type, ListOf):
            return self._branches(node, depth)
        return self.step(node, depth)

    def _branches(self, node: Call, depth: int) -> Any:
        value = self.value_of(node)
        arguments = node.arguments
        for index in range(0, len(arguments) - 1, 2):
            if self.tell(arguments[index], depth) is True:
                self.tell(arguments[index + 1], depth + 1)
                return value
            if node.function == "IF":
                break
        if node.function == "IF" and len(arguments) == 3:
            self.tell(arguments[2], depth + 1)
        return value

    def step(self, node: Expression, depth: int, *, read: bool = True) -> Any:
        value = self.value_of(node)
        if isinstance(node, Literal):
            return value
        reads = tuple(self._reads(node)) if read else ()
        self.steps.append(Step(depth, self.text(node), self.shown(value, node.type), reads, node.span.line))
        return value

    def text(self, node: Expression) -> str:
        return format(node, self.language, self.environment)

    def _reads(self, node: Expression) -> list[tuple[str, str]]:
        """The fields and people that a part read, each once."""
        found: dict[str, str] = {}
        waiting: list[Any] = [node]
        while waiting:
            each = waiting.pop()
            if isinstance(each, Lambda):
                continue
            if isinstance(each, Name | Attribute) and _rooted(each) and each is not node:
                if not isinstance(each.type, ListOf):
                    found.setdefault(self.text(each), self.shown(self.value_of(each), each.type))
                continue
            if isinstance(each, Call) and each.function in ("PARAM", "today", "now") and each is not node:
                found.setdefault(self.text(each), self.shown(self.value_of(each), each.type))
                continue
            waiting.extend(reversed(list(children(each))))
        return list(found.items())

    def shown(self, value: Any, type_: Type | None) -> str:
        """A value in the reader's words."""
        if isinstance(value, bool) or type_ == BOOLEAN:
            return self.words[value is True]
        if is_empty(value):
            return self.words["empty"]
        if isinstance(value, list | tuple):
            element = type_.element if isinstance(type_, ListOf) else None
            return ", ".join(self.shown(each, element) for each in value)
        if isinstance(type_, Choice):
            labels = next((dict(option.labels) for option in type_.options if option.id == value), {})
            return labels.get(self.language) or str(value)
        if type_ == MEMBER and isinstance(value, int) and self.context is not None and self.context.people is not None:
            return str(self.context.people.attribute(value, "name"))
        if isinstance(value, Decimal):
            return number_text(value)
        return to_text(value)

    def block(self, tree: Assign | Decide, value: Any) -> str:
        """Tell the conditions up to the deciding line; gives the result in words."""
        for line in tree.lines:
            if line.condition is not None:
                self.tell(line.condition, 0)
            if value.line == line.span.line:
                break
        result = self.shown(value.members, ListOf(MEMBER)) if isinstance(tree, Assign) else to_text(value.verdict)
        place = self.words["none"] if value.line is None else self.words["line"].format(value.line)
        because = value.because
        reason = because.get(self.language, "") if isinstance(because, Mapping) else because or ""
        shown = result or self.words["empty"]
        return f"{shown} ({place}" + (f", {reason}" if reason else "") + ")"


def _rooted(node: Expression) -> bool:
    """Whether a path begins at the record or the context (and not at the parameter of a lambda)."""
    while isinstance(node, Attribute):
        node = node.base
    return isinstance(node, Name) and node.scope in ("field", "context")
