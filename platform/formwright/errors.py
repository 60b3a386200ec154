"""Every way in which Formwright says no, with one HTTP status each; raised where known, shown in one place.

FormwrightError
├── Malformed     400  not even readable as a request
├── NotSignedIn   401  no token or session, or a bad one
├── NotAllowed    403  `not_allowed`, `not_assignee`, `field_forbidden`
├── Missing       404  not there, or not visible to the caller: the two look the same
├── Conflict      409  `stale`, `task_closed`, …; `current` holds the present state where that helps
├── TooLarge      413
├── Invalid       422  readable, but breaks a rule; usually one `Problem` for each place
└── TooMany       429
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from formwright.texts import Text, both, show


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where (JSON pointer or field id), a stable code, and a sentence in zh and en."""

    at: str
    code: str
    message: Text


class FormwrightError(Exception):
    """Base: `code` is the first problem's code, `problems` holds all of them (at least one)."""

    status = 500
    default_code = "error"
    title: Text = both("出错了", "Something went wrong")

    def __init__(
        self,
        code: str | None = None,
        message: Text | None = None,
        *,
        at: str = "",
        problems: Iterable[Problem] = (),
        current: Any = None,
    ) -> None:
        self.problems = tuple(problems) or (Problem(at, code or self.default_code, message or self.title),)
        self.code = code or self.problems[0].code
        self.current = current
        super().__init__(self.say("en"))

    def say(self, language: str) -> str:
        """All problems as sentences in `language`, one a line, each with its place."""
        return "\n".join(
            f"{problem.at}: {show(problem.message, language)}" if problem.at else show(problem.message, language)
            for problem in self.problems
        )


class Malformed(FormwrightError):
    status = 400
    default_code = "malformed"
    title = both("无法读懂这个请求", "The request cannot be read")


class NotSignedIn(FormwrightError):
    status = 401
    default_code = "not_signed_in"
    title = both("请先登录", "Please sign in")


class NotAllowed(FormwrightError):
    status = 403
    default_code = "not_allowed"
    title = both("没有权限", "Not allowed")


class Missing(FormwrightError):
    status = 404
    default_code = "not_found"
    title = both("没有找到", "Not found")


class Conflict(FormwrightError):
    status = 409
    default_code = "conflict"
    title = both("已被他人更改", "Changed in the meantime")


class TooLarge(FormwrightError):
    status = 413
    default_code = "too_large"
    title = both("内容过大", "Too large")


class Invalid(FormwrightError):
    status = 422
    default_code = "invalid"
    title = both("内容有误", "Not valid")


class TooMany(FormwrightError):
    status = 429
    default_code = "too_soon"
    title = both("操作过于频繁", "Too many requests")
