"""The one database: connections, transactions, the catalogue's metadata and its migrations; SQLite and PostgreSQL alike."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from sqlalchemy import BigInteger, DateTime, Engine, Integer, MetaData, create_engine, event, make_url
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator, TypeEngine

from formwright.settings import Settings
from formwright_rules.targets.sqlite import register

T = TypeVar("T")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Tables of our own catalogue; the tables of forms live in `storage` and never here."""


class Instant(TypeDecorator[datetime]):
    """An instant: aware UTC `datetime` in Python, milliseconds since 1970 on SQLite, timestamptz on PostgreSQL."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return instant_to_milliseconds(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return milliseconds_to_instant(value) if dialect.name == "sqlite" else value.astimezone(UTC)


def instant_to_milliseconds(value: datetime) -> int:
    since = value.astimezone(UTC) - _EPOCH
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000


def milliseconds_to_instant(value: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=value)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

BigId = BigInteger().with_variant(Integer(), "sqlite")
"""A 64-bit key; INTEGER on SQLite, where only that spelling is the rowid and counts by itself."""


class Database:
    """One database of one installation: a pool, transactions, and caches of what is immutable by version."""

    def __init__(self, url: str, *, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.url = make_url(url)
        if self.url.drivername in ("postgresql", "postgres"):
            self.url = self.url.set(drivername="postgresql+psycopg")
        self.kind = "sqlite" if self.url.get_backend_name() == "sqlite" else "postgresql"
        self.engine = self._sqlite(self.settings.sqlite_sync) if self.kind == "sqlite" else self._postgresql()
        self._cache: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def _sqlite(self, sync: str) -> Engine:
        if self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        # The driver must not open transactions of its own: it would commit DDL behind our back.
        engine = create_engine(
            self.url,
            connect_args={"isolation_level": None, "check_same_thread": False, "timeout": 15},
            pool_size=20,
            max_overflow=20,
            pool_timeout=30,
            query_cache_size=5000,
        )

        @event.listens_for(engine, "connect")
        def connected(connection: sqlite3.Connection, _record: Any) -> None:
            for pragma in (
                "journal_mode=WAL",
                f"synchronous={sync.upper()}",
                "foreign_keys=ON",
                "temp_store=MEMORY",
                "cache_size=-16000",
            ):
                connection.execute(f"PRAGMA {pragma}")
            register(connection)

        @event.listens_for(engine, "begin")
        def begun(connection: Connection) -> None:
            # A deferred transaction that reads first and writes later fails at once with "database is locked".
            writes = connection.get_execution_options().get("writes", False)
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

        return engine

    def _postgresql(self) -> Engine:
        return create_engine(
            self.url,
            pool_size=20,
            max_overflow=20,
            pool_timeout=30,
            pool_recycle=3600,
            pool_pre_ping=False,
            query_cache_size=5000,
            connect_args={"options": "-c timezone=UTC -c idle_in_transaction_session_timeout=60000"},
        )

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One writing transaction: commits at the end, rolls back on any exception."""
        with self._session(writes=True) as session:
            try:
                yield session
                session.commit()
            except BaseException:
                if session.info.get("made_a_version"):
                    # The next version may get the same number: nothing may be found under it that was never committed.
                    with self._lock:
                        self._cache.clear()
                raise

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One reading transaction: one consistent view, never a lock on writers; what is written in it is rolled back."""
        with self._session(writes=False) as session:
            yield session

    @contextmanager
    def _session(self, *, writes: bool) -> Iterator[Session]:
        with self.engine.connect().execution_options(writes=writes) as connection:
            session = Session(bind=connection, autoflush=False, expire_on_commit=False)
            session.info["database"] = self
            try:
                yield session
            finally:
                session.close()

    def cached(self, key: Hashable, make: Callable[[], T], *, size: int = 2000) -> T:
        """What `make` gave for `key` in this process; keys name a version, so that nothing cached can be stale."""
        with self._lock:
            if key in self._cache:
                self._cache.move_to_end(key)
                return self._cache[key]  # type: ignore[no-any-return]
        made = make()
        with self._lock:
            self._cache[key] = made
            while len(self._cache) > size:
                self._cache.popitem(last=False)
        return made

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def database_of(session: Session) -> Database:
    """The database that `session` works on."""
    found: Database = session.info["database"]
    return found


def per_transaction(session: Session, key: Hashable, make: Callable[[], T]) -> T:
    """What `make` gave for `key` within this transaction; gone with it, so that rights are never cached across requests."""
    cache: dict[Hashable, Any] = session.info.setdefault("per_transaction", {})
    if key not in cache:
        cache[key] = make()
    found: T = cache[key]
    return found


def made_a_version(session: Session, key: Hashable) -> None:
    """Say that this transaction puts a new version in force: forget what `per_transaction` holds under `key`, and should
    the transaction fail, everything that was cached meanwhile.
    """
    session.info["made_a_version"] = True
    session.info.get("per_transaction", {}).pop(key, None)


def upgrade(database: Database) -> None:
    """Bring the catalogue to the newest version; does nothing when it is current."""
    from alembic import command

    with database.engine.connect().execution_options(writes=True) as connection, connection.begin():
        command.upgrade(_alembic(connection), "head")


def is_current(database: Database) -> bool:
    """Whether every migration of the catalogue has been applied."""
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with database.engine.connect() as connection:
        config = _alembic(connection)
        heads = set(ScriptDirectory.from_config(config).get_heads())
        return set(MigrationContext.configure(connection).get_current_heads()) == heads


def _alembic(connection: Connection) -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config
