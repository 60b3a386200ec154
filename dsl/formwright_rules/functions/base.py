"""What a rule function is, and the one register of them; built-ins and plug-ins come in by the same `function`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import Finding
from ..types import (
    ANY,
    BOOLEAN,
    DATE,
    DATETIME,
    DEPARTMENT,
    DURATION,
    IDENTITY,
    MEMBER,
    NULL,
    NUMBER,
    PEOPLE,
    TEXT,
    TIME,
    Choice,
    ListOf,
    Type,
    assignable,
)

if TYPE_CHECKING:
    from ..context import Context

Evaluate = TypeVar("Evaluate", bound=Callable[..., Any])
MAX_TEXT = 64 * 1024
MAX_LIST = 10_000
MAX_STEPS = 50_000  # list items looked at in one evaluation: about 50 ms


class Nothing(Exception):
    """A function has no answer (Excel's #N/A, #VALUE!): the result is empty and the place is warned of."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(code)
        self.code, self.zh, self.en = code, zh, en


class TooLarge(Exception):
    """A text, list or number that is beyond the limits: the whole evaluation ends."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. Kinds: a type's name; `moment` (date or datetime), `numbers` (number or list of numbers), `any`,
    `list`, `people` (a member or a set), `literal` (a constant text); `-> kind` is a lambda over the first list."""

    name: str
    kind: str
    optional: bool = False
    repeated: bool = False


@dataclass(frozen=True, eq=False)
class Function:
    """One function: its signature, what it does, help in both languages, examples that every target must agree on.

    `empty` is "propagate" (an empty argument that is no text and no list makes the result empty; an empty text is "")
    or "pass" (the function sees the empties). `state`: the first argument is the evaluation (context, values, …).
    """

    name: str
    parameters: tuple[Parameter, ...]
    result: Type | Callable[[Sequence[Type]], Type]
    evaluate: Callable[..., Any]
    help: Mapping[str, str]
    examples: tuple[tuple[str, object], ...]
    concern: str
    empty: str = "propagate"
    state: bool = False
    hidden: bool = False
    special: bool = False

    @property
    def signature(self) -> str:
        """How help and completion show it."""
        shown = []
        for each in self.parameters:
            text = f"{each.name}…" if each.repeated else each.name
            shown.append(f"[{text}]" if each.optional else text)
        return f"{self.name}({', '.join(shown)})"

    @property
    def least(self) -> int:
        """The fewest arguments."""
        return sum(not (each.optional or each.repeated) for each in self.parameters)

    def parameter(self, position: int) -> Parameter | None:
        """The parameter that the argument at `position` (from 0) belongs to."""
        if position < len(self.parameters):
            return self.parameters[position]
        last = self.parameters[-1] if self.parameters else None
        return last if last is not None and last.repeated else None


class Register:
    """All functions by name, whatever its case."""

    def __init__(self) -> None:
        self._by_name: dict[str, Function] = {}

    def add(self, function: Function) -> None:
        """Register a function; a name can be taken once."""
        key = function.name.lower()
        if key in self._by_name:
            raise ValueError(f"function {function.name} is registered twice")
        self._by_name[key] = function

    def find(self, name: str) -> Function | None:
        """The function of that name, or None."""
        return self._by_name.get(name.lower())

    def __iter__(self) -> Iterator[Function]:
        return iter(self._by_name.values())


functions = Register()
_PARAMETER = re.compile(r"(\*?)(\w+)(\??):\s*((?:->\s*)?\w+)")
NAMED_TYPES: dict[str, Type] = {
    "number": NUMBER, "text": TEXT, "boolean": BOOLEAN, "date": DATE, "datetime": DATETIME, "time": TIME,
    "duration": DURATION, "member": MEMBER, "department": DEPARTMENT, "people": PEOPLE, "any": ANY,
    "numbers": ListOf(NUMBER), "texts": ListOf(TEXT), "departments": ListOf(DEPARTMENT),
}  # fmt: skip


def function(
    signature: str,
    result: str | Callable[[Sequence[Type]], Type],
    zh: str,
    en: str,
    *examples: tuple[str, object],
    empty: str = "propagate",
    state: bool = False,
    hidden: bool = False,
    special: bool = False,
) -> Callable[[Evaluate], Evaluate]:
    """Register the decorated function, e.g. `"ROUND(value: number, digits?: number)"`, `"number"`.

    `*name` repeats, `name?` may be left out. `special`: the checker and the targets know this one by name.
    """
    name, _, rest = signature.partition("(")
    parameters = tuple(
        Parameter(each[2], each[4].replace(" ", ""), bool(each[3]), bool(each[1])) for each in _PARAMETER.finditer(rest)
    )

    def register(evaluate: Evaluate) -> Evaluate:
        concern = evaluate.__module__.rpartition(".")[2]
        type_ = NAMED_TYPES[result] if isinstance(result, str) else result
        functions.add(
            Function(
                name,
                parameters,
                type_,
                evaluate,
                {"zh": zh, "en": en},
                examples,
                concern,
                empty,
                state,
                hidden,
                special,
            )
        )
        return evaluate

    return register


def accepts(kind: str, type_: Type) -> bool:
    """Whether an argument of type `type_` fits a parameter of `kind` as it is (columns are lifted by the checker)."""
    if kind == "any" or type_ in (ANY, NULL):
        return True
    if kind == "moment":
        return type_ in (DATE, DATETIME)
    if kind == "numbers":
        return type_ == NUMBER or (isinstance(type_, ListOf) and type_.element in (NUMBER, ANY, NULL))
    if kind == "list":
        return isinstance(type_, ListOf)
    if kind == "people":
        return type_ == MEMBER or (isinstance(type_, ListOf) and type_.element in (MEMBER, ANY, NULL))
    if kind == "text":
        return type_ == TEXT or isinstance(type_, Choice)
    if kind == "identity":
        return assignable(type_, IDENTITY)
    if kind in ("literal", "role", "node"):
        return type_ == TEXT
    if kind == "department" and type_ == TEXT:
        return True
    return type_ == NAMED_TYPES[kind]


class Evaluation:
    """One evaluation of one rule: its values, its context, and how much work it may still do."""

    __slots__ = ("budget", "context", "values", "warnings")

    def __init__(self, values: Mapping[str, Any], context: Context | None) -> None:
        self.values = values
        self.context = context
        self.warnings: list[Finding] = []
        self.budget = MAX_STEPS

    @property
    def around(self) -> Context:
        """The context; Nothing when the rule needs one and got none."""
        if self.context is None:
            raise Nothing("no_context", "这里没有时间和人员", "There is no clock and no organisation here")
        return self.context

    def spend(self, steps: int) -> None:
        """Count work; raises TooLarge when the budget of the evaluation is used up."""
        self.budget -= steps
        if self.budget < 0:
            raise TooLarge("计算量太大", "The rule does too much work")
