"""The Python target: a checked rule becomes a Python function, the server's truth.

Two bodies are made from one tree. The fast one uses Python's own operators and assumes that nothing it computes with is
empty; whatever raises there is asked of the second, empty-aware body, which is made when it is first needed. Fields
used twice become locals, constants are bound, and nothing of the rule's text is ever part of the code.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from decimal import getcontext, setcontext
from typing import Any, NoReturn

from ..check import check
from ..context import Context
from ..environment import CONTEXT_NAMES, Environment
from ..errors import EvaluationError
from ..functions.base import Evaluation, Nothing, TooLarge
from ..parser import Start
from ..tree import Call, Chain, Expression, Lambda, Name, Tree, walk
from ..types import Column, Type
from ..values import ARITHMETIC
from . import runtime, syntax
from .emission import Emitter
from .results import block

Values = Mapping[str, Any]
Rule = Callable[..., Any]
# Asking twice would count twice: these are never tried in the fast body.
_SUMS = frozenset(("SUM", "AVERAGE", "COUNT", "MIN", "MAX", "SUMPRODUCT"))
_DECIMAL_OPERATORS = frozenset("+-*/")
_EXACT_FUNCTIONS = frozenset(("IF", "IFS", "AND", "OR", "NOT", "ISEMPTY", "ROUND", "PARAM", "today", "now", "role"))
_FEW, _MANY = 4, 5
_WITH_EFFECT = frozenset(("round_robin", "UUID"))


def compile_python(
    rule: str | Tree, environment: Environment, start: Start = "expression", expect: Type | None = None
) -> Rule:
    """Compile a rule; raises RuleError with all findings.

    An expression gives `rule(values, context=None) -> value`; `assign`, `decide` and `deadline` give an `Assignment`,
    a `Decision`, a `DeadlinePlan` in the same way; `rules` gives a `RuleSet` at once.
    """
    checked = check(rule, environment, start, expect).require()
    if not isinstance(checked.tree, Expression):
        made: Rule = block(checked.tree, compile_expression)
        return made
    return compile_expression(checked.tree)


def compile_expression(tree: Expression) -> Rule:
    """Compile a typed expression."""
    slow = _SlowBody(tree)
    if any(isinstance(node, Call) and node.function in _WITH_EFFECT for node in _expanded(tree)):
        return slow
    emitter = Emitter(fast=True)
    prelude = _locals(emitter, tree)
    value = emitter.emit(tree)
    if emitter.uses_state:
        prelude.insert(0, syntax.assign("state", _new_state(emitter)))
    failing = syntax.give(syntax.call(emitter.bind(slow, "slow"), syntax.load("values"), syntax.load("context")))
    # What is too large is so in both bodies: asking the other one would only take the time twice.
    halt = syntax.give(syntax.call(emitter.bind(slow.halt, "halt"), syntax.load("error")))
    stopping = (emitter.bind(TooLarge, "TooLarge"), halt)
    body: list[ast.stmt] = [*prelude, syntax.give(value)]
    if emitter.uses_arithmetic and not emitter.by_methods:
        # Decimal keeps one context a thread; the rule's own is put in and taken out again.
        restore = syntax.statement(syntax.call(emitter.bind(setcontext, "setcontext"), syntax.load("saved")))
        inside = [
            syntax.statement(syntax.call(emitter.bind(setcontext, "setcontext"), emitter.bind(ARITHMETIC, "exact")))
        ]
        body = [
            syntax.assign("saved", syntax.call(emitter.bind(getcontext, "getcontext"))),
            syntax.guarded([*inside, *body], stopping, failing, [restore]),
        ]
    else:
        body = [syntax.guarded(body, stopping, failing, [])]
    return _function(syntax.module("rule", ["values", "context"], 1, body), emitter.constants)


class _SlowBody:
    """The empty-aware body, made at its first use; it also turns what stops an evaluation into an EvaluationError."""

    def __init__(self, tree: Expression) -> None:
        self.tree = tree
        self.body: Rule | None = None

    def __call__(self, values: Values, context: Context | None = None) -> Any:
        if self.body is None:
            self.body = self._made()
        saved = getcontext()
        setcontext(ARITHMETIC)
        try:
            state = Evaluation(values, context)
            result = self.body(values, context, state)
            if context is not None:
                for warning in state.warnings:
                    context.warn(warning)
            return result
        except Nothing as nothing:
            raise EvaluationError([runtime.stopped(nothing.code, nothing.zh, nothing.en, self.tree.span)]) from None
        except TooLarge as error:
            return self.halt(error)
        except ArithmeticError as error:
            zh, en = "数字超出范围", "The number is out of range"
            raise EvaluationError([runtime.stopped("overflow", zh, en, self.tree.span)]) from error
        except (TypeError, AttributeError, KeyError, ValueError) as error:
            zh, en = "值的类型和字段不符", "A value is not of the type of its field"
            raise EvaluationError([runtime.stopped("wrong_value", zh, en, self.tree.span)]) from error
        finally:
            setcontext(saved)

    def halt(self, error: TooLarge) -> NoReturn:
        """End the evaluation because of a limit."""
        raise EvaluationError([runtime.stopped("out_of_range", error.zh, error.en, self.tree.span)]) from None

    def _made(self) -> Rule:
        emitter = Emitter(fast=False)
        body: list[ast.stmt] = [syntax.give(emitter.emit(self.tree))]
        return _function(syntax.module("rule", ["values", "context", "state"], 0, body), emitter.constants)


def _function(module: ast.Module, names: dict[str, Any]) -> Rule:
    # The code holds only identifiers that the emitter made; the rule's own text is in the bound constants.
    exec(compile(module, "<rule>", "exec"), names)  # noqa: S102
    rule: Rule = names["rule"]
    return rule


def _new_state(emitter: Emitter) -> ast.expr:
    return syntax.call(emitter.bind(Evaluation, "Evaluation"), syntax.load("values"), syntax.load("context"))


def _expanded(tree: Expression) -> list[Any]:
    found: list[Any] = []
    waiting: list[Any] = [tree]
    while waiting:
        for node in walk(waiting.pop()):
            found.append(node)
            if isinstance(node, Call) and node.expansion is not None:
                waiting.append(node.expansion)
    return found


def _locals(emitter: Emitter, tree: Expression) -> list[ast.stmt]:
    """The statements before the result: fields that are read twice, the context's members, sums that stand twice."""
    counts: dict[str, int] = {}
    sums: list[Call] = []
    operations = loops = 0
    for node in _expanded(tree):
        if isinstance(node, Name):
            if node.scope in ("field", "context"):
                counts[node.id] = counts.get(node.id, 0) + (1 if node.scope == "field" else 2)
        elif isinstance(node, Chain):
            operations += len(node.operators) * (
                _MANY if node.operators[0] == "^" else node.operators[0] in _DECIMAL_OPERATORS
            )
        elif isinstance(node, Lambda) or isinstance(node.type, Column):
            loops += 1
        elif isinstance(node, Call) and node.expansion is None:
            operations += _MANY * (node.function not in _EXACT_FUNCTIONS)
            if node.function in _SUMS:
                sums.append(node)
    emitter.by_methods = operations <= _FEW and not loops
    prelude: list[ast.stmt] = []
    values, context = syntax.load("values"), syntax.load("context")
    for position, id in enumerate(id for id, count in counts.items() if count > 1):
        read = syntax.item(values, id)
        if id in CONTEXT_NAMES:
            given = syntax.compare(syntax.constant(id), ("in", values))
            read = syntax.choose(given, read, syntax.attribute(context, id))
        prelude.append(syntax.assign(f"field{position}", read))
        emitter.fields[id] = f"field{position}"
    for position, node in enumerate(_twice(sums)):
        prelude.append(syntax.assign(f"sum{position}", emitter.emit(node)))
        emitter.hoisted[node] = f"sum{position}"
    return prelude


def _twice(sums: list[Call]) -> list[Call]:
    """Aggregates that stand more than once and depend on nothing but the record."""
    if len(sums) < 2:
        return []
    counts: dict[Call, int] = {}
    for node in sums:
        if not any(isinstance(each, Name) and each.scope == "local" for each in walk(node)):
            counts[node] = counts.get(node, 0) + 1
    return [node for node, count in counts.items() if count > 1]
