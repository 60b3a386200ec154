"""What a rule may ask while it runs: the clock, the people, the calendar, other records, parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Any, Protocol

from .errors import Finding
from .workcalendar import PlainCalendar


class People(Protocol):
    """The organisation. Members are int ids, departments and roles text ids; sets are ordered, without doubles."""

    def member(self, email: str) -> int | None: ...
    def attribute(self, member: int, name: str) -> Any: ...
    def department_attribute(self, department: str, name: str) -> Any: ...
    def role(self, role: str) -> Sequence[int]: ...
    def department_members(self, department: str) -> Sequence[int]: ...
    def members(self, department: str) -> Sequence[int]: ...
    def manager(self, member: int, level: int) -> int | None: ...
    def head(self, department: str, level: int) -> int | None: ...
    def subordinates(self, member: int) -> Sequence[int]: ...
    def departments_under(self, department: str) -> Sequence[str]: ...
    def handler(self, node: str) -> Sequence[int]: ...
    def chosen(self, node: str) -> Sequence[int]: ...
    def approved_by(self, members: Sequence[int]) -> bool: ...
    def round_robin(self, members: Sequence[int], key: str) -> Sequence[int]: ...
    def least_loaded(self, members: Sequence[int]) -> Sequence[int]: ...


class Calendar(Protocol):
    """Working time; every method takes the zone in which the days are counted."""

    def add_workdays(self, start: datetime, days: Decimal, zone: tzinfo) -> datetime: ...
    def add_workhours(self, start: datetime, hours: Decimal, zone: tzinfo) -> datetime: ...
    def workhours(self, start: datetime, end: datetime, zone: tzinfo) -> Decimal: ...
    def networkdays(self, first: date, last: date) -> int: ...
    def workday(self, start: date, days: int) -> date: ...


class Records(Protocol):
    """Records of other forms, those that the reader of the rule may use."""

    def lookup(self, form: str) -> Iterable[Mapping[str, Any]]: ...
    def reverse(self, form: str, relation: str, record: Any) -> Iterable[Mapping[str, Any]]: ...


class Context(Protocol):
    """Everything outside the values. `previous` is the record before this change (None at its creation)."""

    @property
    def now(self) -> datetime: ...
    @property
    def timezone(self) -> tzinfo: ...
    @property
    def me(self) -> Any: ...
    @property
    def initiator(self) -> Any: ...
    @property
    def assignee(self) -> Any: ...
    @property
    def arrived_at(self) -> datetime | None: ...
    @property
    def people(self) -> People | None: ...
    @property
    def calendar(self) -> Calendar: ...
    @property
    def records(self) -> Records | None: ...
    @property
    def previous(self) -> Mapping[str, Any] | None: ...
    def parameter(self, name: str) -> Any: ...
    def warn(self, warning: Finding) -> None: ...


@dataclass
class PlainContext:
    """A context of plain values. `warnings` gathers what the rules warned of."""

    now: datetime
    timezone: tzinfo = timezone(timedelta(hours=8))
    me: Any = None
    initiator: Any = None
    assignee: Any = None
    arrived_at: datetime | None = None
    people: People | None = None
    calendar: Calendar = field(default_factory=PlainCalendar)
    records: Records | None = None
    previous: Mapping[str, Any] | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    warnings: list[Finding] = field(default_factory=list)

    def parameter(self, name: str) -> Any:
        """The value of an app parameter, None when it has none."""
        return self.parameters.get(name)

    def warn(self, warning: Finding) -> None:
        """Keep a warning."""
        self.warnings.append(warning)


@dataclass(frozen=True)
class PlainRecords:
    """Records of other forms held in memory: form id → records."""

    forms: Mapping[str, Sequence[Mapping[str, Any]]]

    def lookup(self, form: str) -> Iterable[Mapping[str, Any]]:
        """All records of the form."""
        return self.forms.get(form, ())

    def reverse(self, form: str, relation: str, record: Any) -> Iterable[Mapping[str, Any]]:
        """The records of `form` whose `relation` names the record with the id `record`."""
        return [each for each in self.lookup(form) if _id(each.get(relation)) == record and record is not None]


def _id(value: Any) -> Any:
    return value.get("id") if isinstance(value, Mapping) else value
