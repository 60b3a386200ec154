"""Who acts, and what an organisation is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from formwright.texts import Text


@dataclass(frozen=True, slots=True)
class Member:
    """A person as shown: `M` of the API is `{id, email, name}`."""

    id: int
    email: str
    name: str


@dataclass(frozen=True, slots=True)
class Department:
    id: str
    name: Text
    parent: str | None = None
    head: int | None = None


@dataclass(frozen=True, slots=True)
class Role:
    id: str
    name: Text


@dataclass(frozen=True, slots=True)
class Profile:
    """A member with everything that administrators see; `language` is None when it is the site's."""

    id: int
    email: str
    name: str
    language: str | None
    manager: int | None
    admin: bool
    active: bool
    departments: tuple[str, ...]
    roles: tuple[str, ...]

    @property
    def member(self) -> Member:
        return Member(self.id, self.email, self.name)


@dataclass(frozen=True, slots=True)
class Proxy:
    """`proxy` stands in for `member` from `first` to `last`, both days included; no `flows` means all flows."""

    id: int
    member: int
    proxy: int
    first: date
    last: date
    flows: tuple[str, ...] = ()
    move_open: bool = False

    def covers(self, flow: str, day: date) -> bool:
        return self.first <= day <= self.last and (not self.flows or flow in self.flows)


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever does something, with everything that rights depend on; read anew in every transaction, never kept.

    `departments` lists the main one first; `roles` are role ids; `id` is None for the system itself.
    """

    id: int | None
    email: str = ""
    name: str = ""
    language: str = "zh"
    admin: bool = False
    manager: int | None = None
    departments: tuple[str, ...] = ()
    roles: frozenset[str] = frozenset()

    @property
    def department(self) -> str | None:
        return self.departments[0] if self.departments else None

    @property
    def is_system(self) -> bool:
        return self.id is None


SYSTEM = Actor(id=None, name="system")
"""Timers, automations and installation: bound by validation, not by grants."""
