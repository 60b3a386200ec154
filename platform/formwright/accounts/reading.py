"""Walks one entry of an organisation document and collects what is wrong with it, each at its JSON pointer."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from formwright.errors import Problem
from formwright.registry import nearest
from formwright.texts import LANGUAGES, Text, both

ID = re.compile("[a-z][a-z0-9_]{0,39}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
LONGEST = 200


class Entry:
    """One mapping of the document: typed reads with defaults; problems go to a list that all entries share."""

    def __init__(self, values: Mapping[str, Any], at: str, problems: list[Problem]) -> None:
        self.values = values
        self.at = at
        self.problems = problems

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def raw(self, key: str) -> Any:
        return self.values.get(key)

    def problem(self, key: str, code: str, zh: str, en: str) -> None:
        self.problems.append(Problem(f"{self.at}/{key}" if key else self.at, code, both(zh, en)))

    def only(self, *known: str) -> None:
        """Every other key is a problem that names the nearest known one."""
        for key in self.values:
            if key not in known:
                near = nearest(str(key), list(known))
                hint_zh, hint_en = (f"，是不是 {near!r}？", f" Did you mean {near!r}?") if near else ("", "")
                self.problem(str(key), "unknown_key", f"没有键 {key!r}{hint_zh}", f"There is no key {key!r}.{hint_en}")

    def text(self, key: str, default: str = "", *, required: bool = False) -> str:
        """A single-line text; empty is a problem when required."""
        value = self.values.get(key)
        if value is None or value == "":
            if required:
                self.problem(key, "required", f"缺少 {key}", f"{key} is missing")
            return default
        return value if self.is_text(key, value) else default

    def is_text(self, key: str, value: Any) -> bool:
        """Whether `value` is a text that every database can keep and every page can show."""
        if not isinstance(value, str):
            self.problem(key, "type_mismatch", "这里要写文字", "A text belongs here")
        elif len(value) > LONGEST:
            self.problem(key, "too_long", f"最多 {LONGEST} 个字", f"At most {LONGEST} characters")
        elif any(unicodedata.category(char) in ("Cc", "Cs") for char in value):
            self.problem(key, "bad_character", "文字中有不可用的字符", "The text holds characters that cannot be used")
        else:
            return True
        return False

    def choice(self, key: str, options: tuple[str, ...], default: str) -> str:
        value = self.values.get(key)
        return value if value is not None and self.among(key, value, options) else default

    def among(self, key: str, value: Any, options: Iterable[str]) -> bool:
        known = list(options)
        if value in known:
            return True
        listed = " ".join(known)
        self.problem(key, "unknown_option", f"只能是 {listed} 之一", f"This is one of: {listed}")
        return False

    def flag(self, key: str, default: bool) -> bool:
        value = self.values.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.problem(key, "type_mismatch", "这里写 true 或 false", "This is true or false")
            return default
        return value

    def name(self, default: Text) -> Text:
        """A text in one or both languages, under `name`."""
        value = self.values.get("name")
        if not isinstance(value, Mapping):
            return self.text("name") or default
        for language, text in value.items():
            if self.among(f"name/{language}", language, LANGUAGES):
                self.is_text(f"name/{language}", text)
        return {str(language): text for language, text in value.items()} or default

    def id(self) -> str:
        """A name that rules use: small letters, digits, underscores."""
        value = self.text("id", required=True)
        if value and not ID.fullmatch(value):
            self.problem(
                "id", "bad_id", "标识由小写字母、数字、下划线组成", "An id is small letters, digits and underscores"
            )
        return value

    def email(self, key: str, *, required: bool = False) -> str | None:
        """An e-mail address, in lower case."""
        value = self.text(key, required=required)
        if not value:
            return None
        if not _EMAIL.fullmatch(value):
            self.problem(key, "bad_email", f"{value!r} 不是邮箱地址", f"{value!r} is no e-mail address")
            return None
        return value.lower()

    def entry(self, key: str) -> Entry | None:
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            self.problem(key, "type_mismatch", "这里要写一组键值", "A mapping belongs here")
            return None
        return Entry(value, f"{self.at}/{key}", self.problems)

    def entries(self, key: str) -> list[Entry]:
        """The mappings of a list; other items are problems."""
        found: list[Entry] = []
        for index, value in enumerate(self.items(key)):
            if isinstance(value, Mapping):
                found.append(Entry(value, f"{self.at}/{key}/{index}", self.problems))
            else:
                self.problem(f"{key}/{index}", "type_mismatch", "这里要写一组键值", "A mapping belongs here")
        return found

    def items(self, key: str) -> list[Any]:
        value = self.values.get(key)
        if value is None:
            return []
        if not isinstance(value, list | tuple):
            self.problem(key, "type_mismatch", "这里要写列表", "A list belongs here")
            return []
        return list(value)

    def texts(self, key: str, default: list[str]) -> Iterator[tuple[int, str]]:
        """(index, text) of a list of texts."""
        values = self.items(key) if key in self.values else default
        return ((index, text) for index, text in enumerate(values) if self.is_text(f"{key}/{index}", text))

    def as_date(self, key: str, value: Any) -> date | None:
        """`value` as a calendar date: `2026-03-02`."""
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        try:
            if isinstance(value, str) and len(value) == 10:
                return date.fromisoformat(value)
        except ValueError:
            pass
        self.problem(key, "bad_date", "日期写成 2026-03-02", "Write a date as 2026-03-02")
        return None
