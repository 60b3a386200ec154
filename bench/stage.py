"""Where benchmarks run: databases of their own on SQLite and PostgreSQL, and the demo site with its 8,800 opportunities."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path

import sqlalchemy as sa
from tests.postgres import cluster

from formwright.database import upgrade
from formwright.packages.demo import prepare
from formwright.product import Product
from formwright.settings import Settings

KEY = "a-key-that-only-benchmarks-sign-with-0123456789"


class Stage:
    """Hands out sites; all of them are gone at the end. SQLite runs with `synchronous=NORMAL`."""

    def __init__(self, home: Path, stack: ExitStack) -> None:
        self.home = home
        self._stack = stack
        self._numbers = itertools.count(1)

    def site(self, kind: str) -> Product:
        """A new, empty site on `sqlite` or `postgresql`."""
        name = f"bench_{next(self._numbers)}"
        home = self.home / name
        home.mkdir()
        if kind == "sqlite":
            url = f"sqlite:///{home / 'formwright.db'}"
        else:
            url = self._postgresql_database(name)
        product = Product(
            Settings(home=home, database_url=url, secret_key=KEY, environment="test", sqlite_sync="normal")
        )
        upgrade(product.database)
        self._stack.callback(product.database.dispose)
        return product

    @cached_property
    def demo(self) -> Product:
        """The demo site on SQLite; benchmarks only read it."""
        product = self.site("sqlite")
        prepare(product.database, now=product.clock.now())
        return product

    @cached_property
    def _server(self) -> str:
        return self._stack.enter_context(cluster())

    def _postgresql_database(self, name: str) -> str:
        url = sa.make_url(self._server).set(drivername="postgresql+psycopg")
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)


@contextmanager
def stage() -> Iterator[Stage]:
    with tempfile.TemporaryDirectory(prefix="fw-bench-") as home, ExitStack() as stack:
        yield Stage(Path(home), stack)
