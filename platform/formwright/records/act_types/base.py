"""What an act of `do:` is, the registry through which acts come in, and how a list of them runs within a step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, Literal

from sqlalchemy.orm import Session

from formwright.accounts.model import Actor
from formwright.errors import FormwrightError, Invalid
from formwright.records.context import StepContext
from formwright.records.model import Record
from formwright.records.values import RecordValues
from formwright.registry import Registry
from formwright.schema.model import App
from formwright.schema.reading import constant_text
from formwright.texts import Text, both
from formwright_rules import Environment, RuleError, Type, check, compile_python
from formwright_rules.tree import Expression

DEEPEST = 5
"""Acts that set off acts that set off acts …: here it stops (`trigger_depth`)."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What an act did to a record, enough to take it back: `before` is None for one that it created."""

    kind: Literal["created", "updated", "deleted"]
    before: Record | None
    after: Record


@dataclass(frozen=True, slots=True)
class ActPlace:
    """Where an act runs: the record whose flow or automation it is, what its rules may name, and who stands for it.

    `actor` is whoever is written down as having done it; acts are bound by validation, never by that member's grants.
    `environment` types the bare names (the form's, and whatever the flow adds); `names` are their further values (`row`).
    """

    session: Session
    app: App
    record: Record
    environment: Environment
    context: StepContext
    actor: Actor
    now: datetime
    names: Mapping[str, Any] = field(default_factory=dict)

    @property
    def acting(self) -> Actor:
        return self.actor if self.actor.is_system else replace(self.actor, admin=True)

    def values(self, **more: Any) -> RecordValues:
        """What the act's rules read: the record as it now stands, with the names of this place."""
        record = self.context.loader.record(self.record.form, self.record.id) or self.record
        return self.context.loader.of(record).with_names(**self.names, **more)

    def with_names(self, types: Mapping[str, Type], values: Mapping[str, Any]) -> ActPlace:
        """The same place where rules may name more."""
        environment = extended(self.app, self.environment, types)
        return replace(self, environment=environment, names={**self.names, **values})

    def ask(self, rule: str | Expression, *, types: Mapping[str, Type] | None = None, **names: Any) -> Any:
        """The value of one rule (its text, or a checked part of one), `names` being further values of the given types."""
        environment = extended(self.app, self.environment, types or {})
        key = ("records.act rule", environment, rule)
        run = self.app.derived.get(key)
        if run is None:
            tree = check(rule, environment).require().tree if isinstance(rule, str) else rule
            run = self.app.derived[key] = compile_python(tree, environment)
        try:
            return run(self.values(**names), self.context)
        except RuleError as error:
            raise Invalid("rule_error", error.findings[0].message) from error


class ActType(ABC):
    """One kind of act: the first key of an item of `do:` names it."""

    name: ClassVar[str]
    label: ClassVar[Text]
    """In the designer's palette."""
    keys: ClassVar[frozenset[str]] = frozenset()
    """The keys that may stand beside its name."""

    @abstractmethod
    def run(self, act: Mapping[str, Any], place: ActPlace) -> list[Effect]:
        """Do it, in the caller's transaction. Raises what refuses the whole step."""


act_types: Registry[ActType] = Registry("act type")


def rule_text(rule: Any) -> str:
    """The rule that stands in a document: its text, or the constant written in its place."""
    return rule if isinstance(rule, str) else constant_text(rule)


def extended(app: App, environment: Environment, types: Mapping[str, Type]) -> Environment:
    """The environment with more names, the same object for the same names."""
    if not types:
        return environment
    key = ("records.act environment", environment, frozenset(types.items()))
    found = app.derived.get(key)
    if not isinstance(found, Environment):
        found = app.derived[key] = replace(environment, names={**environment.names, **types})
    return found


def kind_of(act: Mapping[str, Any]) -> ActType | None:
    """The type of an act: `set` beside another name only says what that act writes."""
    names = [name for name in act if name in act_types]
    return act_types[next((name for name in names if name != "set"), "set")] if names else None


def run_acts(acts: Sequence[Mapping[str, Any]], place: ActPlace) -> list[Effect]:
    """Run acts in order; the effects in order. What fails refuses everything: `data_action_failed` at the act's place."""
    effects: list[Effect] = []
    with _one_deeper(place.session):
        for number, act in enumerate(acts):
            effects += _run(act, place, f"/do/{number}")
    return effects


def _run(act: Mapping[str, Any], place: ActPlace, at: str) -> list[Effect]:
    kind = kind_of(act)
    if kind is None:
        raise Invalid("data_action_failed", both("没有这种动作", "There is no such act"), at=at)
    try:
        return kind.run(act, place)
    except FormwrightError as error:
        if error.code in ("data_action_failed", "trigger_depth"):
            raise
        said = error.problems[0]
        what = both(f"{said.at}: {error.say('zh')}", f"{said.at}: {error.say('en')}")
        raise Invalid("data_action_failed", what, at=at) from error


@contextmanager
def _one_deeper(session: Session) -> Iterator[None]:
    depth = session.info.get("records.act_depth", 0)
    if depth >= DEEPEST:
        raise Invalid(
            "trigger_depth",
            both(f"动作互相触发超过 {DEEPEST} 层", f"Acts set each other off more than {DEEPEST} deep"),
        )
    session.info["records.act_depth"] = depth + 1
    try:
        yield
    finally:
        session.info["records.act_depth"] = depth
