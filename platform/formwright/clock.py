"""What time it is: the machine's, or in a test environment the one in a file that the test writes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from formwright.errors import FormwrightError
from formwright.settings import Settings
from formwright.texts import both


class Clock:
    """Read at every step by the web, the worker and the command line; nothing below them asks for the time."""

    def __init__(self, settings: Settings) -> None:
        self._file: Path | None = settings.clock_file
        if self._file is not None and settings.environment != "test":
            raise FormwrightError(
                "clock_refused",
                both(
                    "FORMWRIGHT_CLOCK_FILE 只能与 FORMWRIGHT_ENV=test 一起使用",
                    "FORMWRIGHT_CLOCK_FILE needs FORMWRIGHT_ENV=test",
                ),
            )

    def now(self) -> datetime:
        """The present instant, in UTC."""
        if self._file is None:
            return datetime.now(UTC)
        return datetime.fromisoformat(self._file.read_text().strip()).astimezone(UTC)
