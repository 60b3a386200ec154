"""What the blocks give: who gets the task, what is decided, when it is due and what happens then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from ..context import Context
from ..errors import EvaluationError, finding
from ..functions.base import Evaluation
from ..functions.dates import at_midnight
from ..functions.people import as_set
from ..ruleset import RuleSet, rule_set
from ..tree import Act, ActLine, Assign, Because, Deadline, Decide, DueLine, Expression, Literal, Rules, Tree
from ..values import Duration, is_empty
from .runtime import negate, shift

Values = Mapping[str, Any]
Rule = Callable[..., Any]
Compile = Callable[[Expression], Rule]
Reason = str | Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Assignment:
    """The members found, in order, without doubles; `line` is that of the deciding statement, None when none held."""

    members: tuple[int, ...]
    line: int | None = None
    because: Reason = None
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """`verdict` "approve", "reject" or None (the votes decide), its reason and line; `require` binds the act at hand."""

    verdict: str | None
    because: Reason = None
    line: int | None = None
    require: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DeadlineAct:
    """One act: at `when` (None while there is no due time), repeated `every` so long, `at_most` so many times.

    `people(values, context)` gives the set when the act fires; `value(values, context)` what `set` writes into `field`.
    """

    kind: Act
    when: datetime | None
    every: timedelta | Duration | None = None
    at_most: int | None = None
    people: Callable[..., tuple[int, ...]] | None = None
    node: str | None = None
    field: str | None = None
    value: Rule | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class DeadlinePlan:
    """When the task is due (None when the date it follows is empty) and the acts in the order of the text."""

    due: datetime | None
    acts: tuple[DeadlineAct, ...]


def block(tree: Tree, compile_expression: Compile) -> Any:
    """Compile an assign, decide, deadline or rules block."""
    if isinstance(tree, Assign):
        return _assign(tree, compile_expression)
    if isinstance(tree, Decide):
        return _decide(tree, compile_expression)
    if isinstance(tree, Deadline):
        return _deadline(tree, compile_expression)
    return rules(cast(Rules, tree))


def rules(tree: Rules) -> RuleSet:
    """The shared rules of one file."""
    return rule_set([tree])


def _reason(because: Because) -> Reason:
    return dict(because) if isinstance(because, tuple) else because


def _is_ordered(people: Expression) -> bool:
    """Whether the order of the set carries meaning: a chain of managers goes from the lowest up."""
    from ..tree import Call, walk

    return any(isinstance(node, Call) and node.function == "chain" for node in walk(people))


def _assign(tree: Assign, compile_expression: Compile) -> Callable[..., Assignment]:
    lines = [
        (
            line,
            compile_expression(line.condition) if line.condition is not None else None,
            compile_expression(line.people),
        )
        for line in tree.lines
    ]
    ordered = any(_is_ordered(line.people) for line in tree.lines)

    def assign(values: Values, context: Context | None = None) -> Assignment:
        found: dict[int, None] = {}
        decided: Any = None
        for line, condition, people in sorted(lines, key=lambda each: each[0].kind == "otherwise"):
            if line.kind == "also" or decided is not None:
                continue
            if condition is None or condition(values, context) is True:
                decided = line
                found.update(dict.fromkeys(as_set(people(values, context))))
        for line, condition, people in lines:
            if line.kind == "also" and (condition is None or condition(values, context) is True):
                found.update(dict.fromkeys(as_set(people(values, context))))
                decided = decided or line
        if decided is None:
            return Assignment((), None, None, ordered)
        return Assignment(tuple(found), decided.span.line, _reason(decided.because), ordered)

    return assign


def _decide(tree: Decide, compile_expression: Compile) -> Callable[..., Decision]:
    lines = [(line, compile_expression(line.condition) if line.condition is not None else None) for line in tree.lines]

    def decide(values: Values, context: Context | None = None) -> Decision:
        verdict: Any = None
        require: set[str] = set()
        for line, condition in lines:
            if line.verb != "require" and verdict is not None:
                continue
            if condition is None or condition(values, context) is True:
                if line.verb == "require":
                    require.update(line.requirements)
                else:
                    verdict = line
        if verdict is None:
            return Decision(None, None, None, frozenset(require))
        return Decision(verdict.verb, _reason(verdict.because), verdict.span.line, frozenset(require))

    return decide


def _people(rule: Rule) -> Callable[..., tuple[int, ...]]:
    def people(values: Values, context: Context | None = None) -> tuple[int, ...]:
        return as_set(rule(values, context))

    return people


def _length(literal: Literal | None) -> timedelta | Duration:
    return cast("timedelta | Duration", literal.value) if literal is not None else timedelta(0)


def _deadline(tree: Deadline, compile_expression: Compile) -> Callable[..., DeadlinePlan]:
    due_rule = next((compile_expression(line.due) for line in tree.lines if isinstance(line, DueLine)), None)
    lines = [
        (
            line,
            _people(compile_expression(line.people)) if line.people is not None else None,
            compile_expression(line.value) if line.value is not None else None,
        )
        for line in tree.lines
        if isinstance(line, ActLine)
    ]

    def deadline(values: Values, context: Context | None = None) -> DeadlinePlan:
        state = Evaluation(values, context)
        due = _due(state, due_rule(values, context) if due_rule is not None else None)
        return DeadlinePlan(due, tuple(_act(state, due, *line) for line in lines))

    return deadline


def _due(state: Evaluation, value: Any) -> datetime | None:
    """The due time: a duration counts from the arrival, a date is 00:00 in the zone of the app."""
    if is_empty(value):
        return None
    if isinstance(value, timedelta | Duration):
        arrived = state.context.arrived_at if state.context is not None else None
        if arrived is None:
            zh, en = "不知道什么时候到达", "The time of arrival is not known"
            raise EvaluationError([finding("no_context", zh, en, Literal(None).span)])
        return cast(datetime, shift(state, arrived, value))
    return at_midnight(state, cast(date, value))


def _act(
    state: Evaluation,
    due: datetime | None,
    line: ActLine,
    people: Callable[..., tuple[int, ...]] | None,
    value: Rule | None,
) -> DeadlineAct:
    timing = line.timing
    length = _length(timing.offset)
    when = due
    if due is not None and timing.kind != "due":
        when = shift(state, due, negate(length) if timing.kind == "before" else length)
    every = length if timing.kind == "every" else None
    target = line.target
    node, field = (target, None) if line.act == "return" else (None, target)
    return DeadlineAct(line.act, when, every, timing.at_most, people, node, field, value, line.span.line)
