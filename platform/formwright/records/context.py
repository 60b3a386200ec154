"""What rules may ask for besides the record: who acts, when it is, people, the calendar, parameters, other records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy.orm import Session

from formwright.accounts.calendar import WorkCalendar
from formwright.accounts.directory import Directory, directory
from formwright.accounts.model import Actor
from formwright.records.references import References
from formwright.records.values import Loader, loader_for
from formwright.schema.environment import parameter_field
from formwright.schema.field_types import field_types
from formwright.schema.model import App
from formwright_rules import Finding


@dataclass(frozen=True, slots=True)
class StepContext:
    """The rule language's Context for one step. `now` never moves within it, so that a step can be replayed."""

    now: datetime
    timezone: tzinfo
    people: Any
    calendar: WorkCalendar
    loader: Loader
    parameters: Mapping[str, Any]
    me: int | None = None
    initiator: int | None = None
    assignee: int | None = None
    arrived_at: datetime | None = None
    previous: Mapping[str, Any] | None = None
    warnings: list[Finding] = field(default_factory=list)

    @property
    def records(self) -> StepContext:
        """The Records protocol."""
        return self

    def parameter(self, name: str) -> Any:
        """The value of `PARAM(name)`; empty when the app has none of that name."""
        return self.parameters.get(name)

    def lookup(self, form: str) -> Iterable[Mapping[str, Any]]:
        """All live records of a form, for LOOKUP."""
        return self.loader.all(form)

    def reverse(self, form: str, relation: str, record: Any) -> Iterable[Mapping[str, Any]]:
        """The live records of a form whose relation holds the record of this id, for ROLLUP and `form.field`."""
        return () if record is None else self.loader.pointing(form, relation, record)

    def warn(self, warning: Finding) -> None:
        """Keep what a rule warned of (a division by zero that gave empty, say)."""
        self.warnings.append(warning)


def context_for(
    session: Session,
    app: App,
    *,
    actor: Actor,
    now: datetime,
    initiator: int | None = None,
    assignee: int | None = None,
    arrived_at: datetime | None = None,
    previous: Mapping[str, Any] | None = None,
    people: Any = None,
) -> StepContext:
    """The context of one step by `actor` at `now`; `people` replaces the directory where a flow knows more (handlers, chosen)."""
    known = directory(session)
    return StepContext(
        now=now,
        timezone=known.site.zone,
        people=known if people is None else people,
        calendar=known.calendar,
        loader=loader_for(session, app),
        parameters=_Parameters(app, known),
        me=actor.id,
        initiator=actor.id if initiator is None else initiator,
        assignee=assignee,
        arrived_at=arrived_at,
        previous=previous,
    )


class _Parameters(Mapping[str, Any]):
    """The app's parameters as values, each read when a rule first asks for it."""

    def __init__(self, app: App, directory: Directory) -> None:
        self._parameters = {parameter.id: parameter for parameter in app.parameters}
        self._references = References(directory)

    def __getitem__(self, name: str) -> Any:
        parameter = self._parameters[name]
        return field_types[parameter.type].parse(parameter.default, parameter_field(parameter), self._references)

    def __iter__(self) -> Iterator[str]:
        return iter(self._parameters)

    def __len__(self) -> int:
        return len(self._parameters)
