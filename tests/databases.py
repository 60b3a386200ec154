"""Fresh, migrated databases for tests: made once as a template, then copied in milliseconds."""

from __future__ import annotations

import shutil
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Engine, create_engine, make_url, text

from formwright.database import Database, upgrade
from formwright.settings import Settings


def site_settings(url: str, home: Path, **others: Any) -> Settings:
    """The settings of a site in a test: quick rather than safe from power cuts, its files below `home`."""
    key = "a-key-that-only-tests-sign-with-0123456789"
    return Settings(home=home, database_url=url, secret_key=key, environment="test", sqlite_sync="off", **others)


class Databases(Protocol):
    """Hands out databases that nobody else uses."""

    def fresh(self) -> str:
        """The URL of a new database with the whole catalogue and nothing in it."""

    def drop(self, url: str) -> None:
        """Remove a database that `fresh` made."""


class SqliteDatabases:
    """Files below one folder."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._numbers = count(1)
        self._template = home / "template.db"
        url = f"sqlite:///{self._template}"
        database = Database(url, settings=site_settings(url, home))
        upgrade(database)
        # What is still in the write-ahead log would be missing from a copy of the file.
        with database.engine.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        database.dispose()

    def fresh(self) -> str:
        path = self._home / f"test-{next(self._numbers)}.db"
        shutil.copyfile(self._template, path)
        return f"sqlite:///{path}"

    def drop(self, url: str) -> None:
        path = Path(make_url(url).database or "")
        for file in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
            file.unlink(missing_ok=True)


class PostgresDatabases:
    """Databases of one server, which `maintenance_url` reaches."""

    def __init__(self, maintenance_url: str) -> None:
        self._url = make_url(maintenance_url).set(drivername="postgresql+psycopg")
        self._numbers = count(1)
        self._engine: Engine = create_engine(self._url, isolation_level="AUTOCOMMIT")
        self._execute("CREATE DATABASE template_formwright")
        database = Database(self._named("template_formwright"))
        upgrade(database)
        database.dispose()

    def fresh(self) -> str:
        name = f"test_{next(self._numbers)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE template_formwright STRATEGY file_copy")
        return self._named(name)

    def drop(self, url: str) -> None:
        self._execute(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def close(self) -> None:
        """Let go of the server."""
        self._engine.dispose()

    def _named(self, name: str) -> str:
        return self._url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)

    def _execute(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.execute(text(statement))
