"""Who acts, and what an organisation is made of."""

from __future__ import annotations

from dataclasses import dataclass

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
