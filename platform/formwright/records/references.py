"""What a value may point at without looking at records: the people and departments of the site."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

from formwright.accounts.directory import Directory


class References:
    """The field types' `Lookup` for values that name no records and no files."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory

    @property
    def timezone(self) -> tzinfo:
        return self.directory.site.zone

    def member(self, text: str) -> int | None:
        return self.directory.find(text)

    def department(self, text: str) -> str | None:
        found = self.directory.department(text)
        return None if found is None else found.id

    def record(self, form: str, reference: str | Mapping[str, Any]) -> int | None:
        return None

    def file(self, text: str) -> str | None:
        return None
