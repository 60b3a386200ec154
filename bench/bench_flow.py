"""How long one approval takes, the engine's whole step alone and through HTTP, beside four bare writes in one transaction.

A serial flow of eight approvals by role, its record without values; every approval closes a task, opens the next, adds to the
log and saves the instance. The floor does the same four writes by the driver alone.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator

import sqlalchemy as sa
from bench.figures import Figure, at_most, interleaved, times
from bench.people import token
from bench.stage import Stage
from flask.testing import FlaskClient
from tests.flow.office import Office, flow_of

from formwright.database import Database
from formwright.flow import operations
from formwright.flow.model import Act
from formwright.flow.standing import open_tasks_of
from formwright.product import Product
from formwright.records.model import Record
from formwright.web.app import create_app

APPROVER = "fin"
STEPS = 8
ROUNDS, WARM = 40 * STEPS, 5 * STEPS
MOST_TIMES = 2.0
MOST_MS = 0.6


def figures(stage: Stage) -> Iterator[Figure]:
    for kind in ("sqlite", "postgresql"):
        product = stage.site(kind)
        steps = Approvals(product)
        bare = BareWrites(product.database)
        took, floor = interleaved(steps.by_engine, bare.step, rounds=ROUNDS, warm=WARM, ready=steps.find)
        if kind == "sqlite":
            yield at_most("one approval, the engine alone, sqlite, in all", statistics.median(took), "ms", MOST_MS)
        yield _figure(f"one approval, the engine alone, {kind}", took, floor, kind)
        took, floor = interleaved(steps.by_http, bare.step, rounds=ROUNDS, warm=WARM, ready=steps.find)
        yield _figure(f"one approval, through HTTP, {kind}", took, floor, kind)
        bare.close()


def _figure(measure: str, took: list[float], floor: list[float], kind: str) -> Figure:
    """The bar stands on PostgreSQL, where the floor travels as well; an embedded database has next to none."""
    if kind == "postgresql":
        return times(measure, took, floor, most=MOST_TIMES)
    return Figure(measure, statistics.median(took), "ms", statistics.median(floor))


class Approvals:
    """One approval after the other, a new record whenever the last one has come to its end."""

    def __init__(self, product: Product) -> None:
        nodes = "\n".join(
            f"{{id: n{step}, type: approve, name: N, assign: 'role(\"finance\")'}}" for step in range(STEPS)
        )
        way = " > ".join(["start", *(f"n{step}" for step in range(STEPS)), "done"])
        self.office = Office.open(product.database, flow_of(nodes, way))
        self.client: FlaskClient = create_app(product).test_client()
        self.headers = {"Authorization": f"Bearer {token(product, f'{APPROVER}@example.com')}"}
        self.record: Record = self.office.submit("rep")
        self.task = 0

    def find(self) -> None:
        """Look for the next task, with a new record where there is none."""
        with self.office.database.read() as session:
            self.actor = self.office.actor(session, APPROVER)
            found = open_tasks_of(session, "office", "request", self.record.id)
        if not found:
            self.record = self.office.submit("rep")
            self.find()
        else:
            self.task = found[0].id

    def by_engine(self) -> None:
        with self.office.database.write() as session:
            operations.act(session, self.task, Act("approve"), actor=self.actor, now=self.office.now)

    def by_http(self) -> None:
        path = f"/api/v1/tasks/{self.task}/actions"
        response = self.client.post(path, json={"action": "approve"}, headers=self.headers)
        if response.status_code != 200:
            raise SystemExit(f"{path} answers {response.status_code}")


class BareWrites:
    """Four writes by the driver in one transaction: close a task, open one, an event, the instance."""

    def __init__(self, database: Database) -> None:
        self.embedded = database.kind == "sqlite"
        kind = "INTEGER" if self.embedded else "BIGINT"
        with database.write() as session:
            for table in ("bare_task", "bare_event", "bare_instance"):
                session.execute(sa.text(f"CREATE TABLE {table} (id {kind} PRIMARY KEY, status TEXT, body TEXT)"))
            session.execute(sa.text("INSERT INTO bare_instance VALUES (1, 'running', '')"))
            session.execute(sa.text("INSERT INTO bare_task VALUES (0, 'open', '')"))
        sign = "?" if self.embedded else "%s"
        self.close_task = f"UPDATE bare_task SET status = 'done' WHERE id = {sign} AND status = 'open'"  # noqa: S608 - own names
        self.open_task = f"INSERT INTO bare_task VALUES ({sign}, 'open', '')"  # noqa: S608 - own names
        self.add_event = f"INSERT INTO bare_event VALUES ({sign}, 'x', {sign})"  # noqa: S608 - own names
        self.save_instance = f"UPDATE bare_instance SET body = {sign} WHERE id = 1"  # noqa: S608 - own names
        self.connection = database.engine.raw_connection()
        self.cursor = self.connection.cursor()
        self.number = 0

    def step(self) -> None:
        self.number += 1
        if self.embedded:
            self.cursor.execute("BEGIN IMMEDIATE")
        self.cursor.execute(self.close_task, (self.number - 1,))
        self.cursor.execute(self.open_task, (self.number,))
        self.cursor.execute(self.add_event, (self.number, "b" * 200))
        self.cursor.execute(self.save_instance, ("s" * 200,))
        self.connection.commit()

    def close(self) -> None:
        self.connection.close()
