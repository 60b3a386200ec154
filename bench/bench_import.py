"""How fast a real file comes in: the CRM's 8,800 opportunities with people, accounts, products and stages found by name.

The floor is the bare driver writing the very same rows and history without looking at them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from bench.figures import Figure, at_least
from bench.stage import Stage

from formwright.accounts.model import SYSTEM
from formwright.accounts.operations import ensure_roles, import_org
from formwright.database import Database
from formwright.packages.folder import read_folder
from formwright.records.importing import ImportReport, import_rows
from formwright.records.mapping import guess_map, read_map
from formwright.records.sheets import read_table
from formwright.records.tables import record_event
from formwright.schema.document import read_app
from formwright.schema.model import App
from formwright.storage import migrate
from formwright.storage.access import layout_for

CRM = Path(__file__).parent.parent / "app_templates" / "crm"
NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
BEFORE, MEASURED = ("stages", "products", "accounts"), "opportunities"
LEAST = 5000


def figures(stage: Stage) -> Iterator[Figure]:
    package = read_folder(CRM)
    app, _ = read_app(package.document, publication=1)
    for kind in ("sqlite", "postgresql"):
        database = stage.site(kind).database
        with database.write() as session:
            ensure_roles(session, app.roles, actor=SYSTEM, now=NOW)
            import_org(session, package.org, actor=SYSTEM, now=NOW)
            migrate.apply(session, migrate.plan(session, None, app), now=NOW)
        for form in BEFORE:
            bring(database, app, form, package.data[form], package.maps.get(form))
        started = time.perf_counter()
        report = bring(database, app, MEASURED, package.data[MEASURED], package.maps.get(MEASURED))
        seconds = time.perf_counter() - started
        if report.failed:
            raise SystemExit(f"{len(report.failed)} rows are refused, the first: {report.failed[0]}")
        rows, raw = bare(database, app, MEASURED)
        yield at_least(
            f"import of {report.inserted:,} opportunities, {kind}",
            report.inserted / seconds,
            "rows/s",
            LEAST,
            floor=rows / raw,
        )


def bring(database: Database, app: App, form: str, data: bytes, written: Any) -> ImportReport:
    with database.write() as session:
        header, rows = read_table(data, f"{form}.csv")
        mapping = read_map(written, app, form) if written else guess_map(header, app, form)
        return import_rows(session, app, form, rows, header=header, mapping=mapping, actor=SYSTEM, now=NOW)


def bare(database: Database, app: App, form: str) -> tuple[int, float]:
    """The same rows and events once more, written by the driver alone; seconds of the writing."""
    with database.write() as session:
        connection = session.connection()
        tables = [layout_for(session, app, form).table, record_event]
        texts = [f"SELECT * FROM {table.name}" for table in tables]  # noqa: S608 - own names
        content = [connection.exec_driver_sql(text).all() for text in texts]
        for table in reversed(tables):
            connection.execute(sa.delete(table))
        started = time.perf_counter()
        for table, rows in zip(tables, content, strict=True):
            write(connection, table, rows)
        seconds = time.perf_counter() - started
        session.commit()
    return len(content[0]), seconds


def write(connection: sa.Connection, table: sa.Table, rows: Any) -> None:
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(rows[0]))
        connection.exec_driver_sql(f"INSERT INTO {table.name} VALUES ({marks})", [tuple(row) for row in rows])  # noqa: S608
        return
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
