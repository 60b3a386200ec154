"""How fast a real file comes in: the CRM's 8,800 opportunities with people, accounts, products and stages found by name.

Run `python -m bench.bench_import [sqlite|postgresql URL]`; prints rows a second of the whole import and, in the same run, of the
bare driver writing the very same rows and history without looking at them.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from formwright.accounts.model import SYSTEM
from formwright.accounts.operations import ensure_roles, import_org
from formwright.database import Database, upgrade
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
FORMS = ("stages", "products", "accounts", "opportunities")


def main(url: str) -> None:
    package = read_folder(CRM)
    app, _ = read_app(package.document, publication=1)
    database = Database(url)
    upgrade(database)
    with database.write() as session:
        ensure_roles(session, app.roles, actor=SYSTEM, now=NOW)
        import_org(session, package.org, actor=SYSTEM, now=NOW)
        migrate.apply(session, migrate.plan(session, None, app), now=NOW)
    for form in FORMS:
        started = time.perf_counter()
        report = bring(database, app, form, package.data[form], package.maps.get(form))
        seconds = time.perf_counter() - started
        print(
            f"{form:14} {report.inserted:6,} rows, {len(report.failed)} refused, {report.inserted / seconds:9,.0f} rows/s"
        )
        for failed in report.failed[:3]:
            print("   ", failed)
    rows, raw = bare(database, app, "opportunities")
    print(
        f"{'bare driver':14} {rows:6,} rows with history {rows / raw:27,.0f} rows/s; the import takes {seconds / raw:.1f} times as long"
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


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{folder}/bench.db")
