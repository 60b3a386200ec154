"""Every setting of a Formwright process, read once from the environment (`FORMWRIGHT_*`) and an optional `.env`."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dotenv import dotenv_values

from formwright.errors import FormwrightError
from formwright.texts import both

MOST_BYTES = 20 * 1024 * 1024
WEAK_KEYS = frozenset({"secret", "changeme", "change-me", "dev", "development", "password"})


@dataclass(frozen=True, slots=True)
class Settings:
    """One field a setting; `SETTINGS` in the documentation lists the environment variables."""

    home: Path = Path("var")
    """FORMWRIGHT_HOME: where the embedded database, uploaded files and the secret key live."""
    database_url: str = ""
    """FORMWRIGHT_DATABASE_URL: default is SQLite in `home`; postgresql://user@host/name for PostgreSQL."""
    secret_key: str = field(default="", repr=False)
    """FORMWRIGHT_SECRET_KEY: signs cookies; made at the first start and kept in `home`/secret-key (mode 0600)."""
    public_url: str = "http://127.0.0.1:8000"
    """FORMWRIGHT_PUBLIC_URL: how people reach this site; used in mails and for the origin check."""
    environment: str = "production"
    """FORMWRIGHT_ENV: production | development | test."""
    clock_file: Path | None = None
    """FORMWRIGHT_CLOCK_FILE: tests only; a file with an RFC 3339 time that is 'now'."""
    sqlite_sync: str = "full"
    """FORMWRIGHT_SQLITE_SYNC: full (default) | normal; normal may lose the last commits at a power cut."""
    mail_url: str = ""
    """FORMWRIGHT_MAIL_URL: smtp://user:password@host:587 or file:///directory (one .eml a mail); empty: no mail."""
    http_allow: tuple[str, ...] = ()
    """FORMWRIGHT_HTTP_ALLOW: private host:port addresses that outgoing requests may reach, separated by commas."""
    max_body: int = MOST_BYTES
    """FORMWRIGHT_MAX_BODY: largest request body in bytes."""
    max_file: int = MOST_BYTES
    """FORMWRIGHT_MAX_FILE: largest uploaded file in bytes."""

    @property
    def files(self) -> Path:
        return self.home / "files"


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment over `.env`; creates `home` and the secret key when they are missing."""
    values = {
        **{k: v for k, v in dotenv_values(".env").items() if v is not None},
        **(os.environ if environ is None else environ),
    }

    def get(name: str, default: str = "") -> str:
        return values.get(f"FORMWRIGHT_{name}", default)

    def number(name: str, default: int) -> int:
        text = get(name)
        if text and not text.isdigit():
            raise FormwrightError(
                "bad_setting",
                both(
                    f"FORMWRIGHT_{name} 必须是整数，不是 {text!r}",
                    f"FORMWRIGHT_{name} must be a whole number, not {text!r}",
                ),
            )
        return int(text) if text else default

    home = Path(get("HOME", "var")).resolve()
    home.mkdir(parents=True, exist_ok=True)
    sync = get("SQLITE_SYNC", "full").lower()
    if sync not in ("full", "normal"):
        raise FormwrightError(
            "bad_setting",
            both("FORMWRIGHT_SQLITE_SYNC 只能是 full 或 normal", "FORMWRIGHT_SQLITE_SYNC is either full or normal"),
        )
    clock_file = get("CLOCK_FILE")
    return Settings(
        home=home,
        database_url=get("DATABASE_URL") or f"sqlite:///{home / 'formwright.db'}",
        secret_key=_secret_key(get("SECRET_KEY"), home),
        public_url=get("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/"),
        environment=get("ENV", "production"),
        clock_file=Path(clock_file) if clock_file else None,
        sqlite_sync=sync,
        mail_url=get("MAIL_URL"),
        http_allow=tuple(part.strip() for part in get("HTTP_ALLOW").split(",") if part.strip()),
        max_body=number("MAX_BODY", MOST_BYTES),
        max_file=number("MAX_FILE", MOST_BYTES),
    )


def _secret_key(given: str, home: Path) -> str:
    if given:
        if len(given) < 32 or given.lower() in WEAK_KEYS or len(set(given)) < 8:
            raise FormwrightError(
                "weak_secret_key",
                both(
                    "FORMWRIGHT_SECRET_KEY 太弱：至少 32 个随机字符",
                    "FORMWRIGHT_SECRET_KEY is too weak: use at least 32 random characters",
                ),
            )
        return given
    path = home / "secret-key"
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(key := secrets.token_urlsafe(48))
    return key
