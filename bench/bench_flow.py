"""How long one approval takes: the engine's whole step, and in the same run four bare writes in one transaction.

Run `python -m bench.bench_flow [sqlite|postgresql URL]`: a serial flow of eight approvals by role, its record without values.
SQLite runs with `synchronous=NORMAL`.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa
from tests.flow.office import Office, flow_of

from formwright.database import Database, upgrade
from formwright.flow import operations
from formwright.flow.model import Act
from formwright.flow.standing import task_of
from formwright.records.model import Record
from formwright.settings import Settings

STEPS = 8
WARM, RECORDS = 10, 60


def main(url: str) -> None:
    database = Database(url, settings=replace(Settings(), sqlite_sync="normal"))
    upgrade(database)
    nodes = "\n".join(f"{{id: n{i}, type: approve, name: N, assign: 'role(\"finance\")'}}" for i in range(STEPS))
    office = Office.open(database, flow_of(nodes, " > ".join(["start", *(f"n{i}" for i in range(STEPS)), "done"])))
    records = [office.submit("rep") for _ in range(WARM + RECORDS)]
    for record in records[:WARM]:
        approve(office, record)
    took = [seconds for record in records[WARM:] for seconds in approve(office, record)]
    bare = raw(database, len(took))
    print(f"{'one approval':24} {show(took)}")
    print(f"{'four bare writes':24} {show(bare)}   ratio {statistics.median(took) / statistics.median(bare):.1f}")
    database.dispose()


def approve(office: Office, record: Record) -> list[float]:
    """The seconds of each approval on the record's way to its end."""
    took = []
    for _ in range(STEPS):
        with office.database.read() as session:
            actor = office.actor(session, "fin")
            found = task_of(session, "office", "request", record.id, office.member(session, "fin"))
        assert found is not None  # noqa: S101
        started = time.perf_counter()
        with office.database.write() as session:
            operations.act(session, found.id, Act("approve"), actor=actor, now=office.now)
        took.append(time.perf_counter() - started)
    return took


def raw(database: Database, times: int) -> list[float]:
    """Four writes by the bare driver in one transaction: close a task, open one, an event, the instance."""
    kind = "INTEGER" if database.kind == "sqlite" else "BIGINT"
    with database.write() as session:
        for table in ("bare_task", "bare_event", "bare_instance"):
            session.execute(sa.text(f"CREATE TABLE {table} (id {kind} PRIMARY KEY, status TEXT, body TEXT)"))
        session.execute(sa.text("INSERT INTO bare_instance VALUES (1, 'running', '')"))
        session.execute(sa.text("INSERT INTO bare_task VALUES (0, 'open', '')"))
    sign = "?" if database.kind == "sqlite" else "%s"
    took = []
    connection = database.engine.raw_connection()
    cursor = connection.cursor()
    for number in range(1, times + 1):
        started = time.perf_counter()
        if database.kind == "sqlite":
            cursor.execute("BEGIN IMMEDIATE")
        cursor.execute(f"UPDATE bare_task SET status = 'done' WHERE id = {sign} AND status = 'open'", (number - 1,))  # noqa: S608
        cursor.execute(f"INSERT INTO bare_task VALUES ({sign}, 'open', '')", (number,))  # noqa: S608
        cursor.execute(f"INSERT INTO bare_event VALUES ({sign}, 'x', {sign})", (number, "b" * 200))  # noqa: S608
        cursor.execute(f"UPDATE bare_instance SET body = {sign} WHERE id = 1", ("s" * 200,))  # noqa: S608
        connection.commit()
        took.append(time.perf_counter() - started)
    connection.close()
    return took


def show(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    p90 = ordered[int(len(ordered) * 0.9)]
    return (
        f"p50 {statistics.median(ordered) * 1000:6.3f} ms   p90 {p90 * 1000:6.3f} ms   best {ordered[0] * 1000:6.3f} ms"
    )


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] != "sqlite":
        main(sys.argv[1])
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(f"sqlite:///{Path(folder) / 'bench.db'}")
