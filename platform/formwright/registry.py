"""A registry is the one door through which kinds of things (field types, node types, functions …) come in, ours and others'."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Generic, TypeVar

T = TypeVar("T")


def nearest(name: str, names: Iterator[str] | list[str] | tuple[str, ...] | set[str] | frozenset[str]) -> str | None:
    """The known name that `name` was probably meant to be, or None."""
    found = get_close_matches(name, list(names), n=1, cutoff=0.6)
    return found[0] if found else None


class Registry(Generic[T]):
    """Things by name, in the order in which they registered."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._things: dict[str, T] = {}

    def add(self, name: str, thing: T) -> T:
        """Register `thing`; a second one of the same name is a programming error."""
        if name in self._things:
            raise ValueError(f"{self.kind} {name!r} is registered twice")
        self._things[name] = thing
        return thing

    def named(self, name: str) -> Callable[[T], T]:
        """A decorator that registers what it decorates under `name`."""
        return lambda thing: self.add(name, thing)

    def get(self, name: str) -> T | None:
        return self._things.get(name)

    def __getitem__(self, name: str) -> T:
        return self._things[name]

    def __contains__(self, name: object) -> bool:
        return name in self._things

    def __iter__(self) -> Iterator[str]:
        return iter(self._things)

    def __len__(self) -> int:
        return len(self._things)

    def items(self) -> Iterator[tuple[str, T]]:
        return iter(self._things.items())

    def values(self) -> Iterator[T]:
        return iter(self._things.values())

    def nearest(self, name: str) -> str | None:
        """The registered name that `name` was probably meant to be."""
        return nearest(name, list(self._things))
