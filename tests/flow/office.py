"""A site with the standard organisation and one small form, on whose flows stories are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from formwright import flow as flows
from formwright.accounts.directory import directory
from formwright.accounts.model import SYSTEM, Actor
from formwright.accounts.operations import import_org
from formwright.clock import Clock
from formwright.database import Database
from formwright.flow import operations
from formwright.flow.definition import compiled
from formwright.flow.instances import Instance
from formwright.flow.model import Act
from formwright.flow.standing import Standing, standing, task_of
from formwright.flow.state import chained, replayed, write_state
from formwright.flow.tables import flow_event, instance, task
from formwright.flow.versions import publish_flows, version_of
from formwright.jobs.operations import next_due
from formwright.jobs.worker import Worker
from formwright.records import operations as records
from formwright.records.access import record_for
from formwright.records.model import Record
from formwright.schema import operations as schema_operations
from formwright.schema.access import app_for
from formwright.schema.document import errors, examine
from formwright.settings import load
from formwright.storage import migrate

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""Nine in the morning in Shanghai."""

ORG = Path(__file__).parent.parent / "standard-org.yaml"

APP = """
app:
  format: 1
  id: office
  version: 1.0.0
  name: Office
  roles: [{id: sales_rep, name: Rep}, {id: sales_manager, name: M}, {id: finance, name: F}, {id: legal, name: L}]
forms:
  item:
    id: item
    name: Item
    title: name
    fields:
      - {id: name, type: text, label: Name}
      - {id: stock, type: number, places: 0, label: Stock, default: 0}
    checks: [{rule: stock >= 0, message: The stock cannot be negative, at: stock}]
    grants: [{everyone: true, records: true, actions: [view, create, edit], fields: {"*": edit}}]
  request:
    id: request
    name: Request
    title: subject
    fields:
      - {id: subject, type: text, label: Subject}
      - {id: amount, type: money, label: Amount}
      - {id: secret, type: text, label: Secret}
      - {id: note, type: textarea, label: Note}
      - {id: wanted, type: date, label: Wanted}
      - {id: buyer, type: member, label: Buyer}
      - {id: item, type: relation, form: item, label: Item}
      - {id: state, type: select, label: State, options: [{id: new, label: New}, {id: done, label: Done}], default: '"new"'}
    grants:
      - {everyone: true, records: owner = me, actions: [view, create, edit, delete], fields: {"*": edit}}
"""

START = "{id: start, type: start, name: Start}"
DONE = "{id: done, type: end, name: Done, status: approved}"


def flow_of(nodes: str, edges: str, *more: str, **keys: Any) -> dict[str, Any]:
    """A flow from a list of nodes (YAML lines) and a picture of edges: `"start > a > done"`; `more` are further edges."""
    drawn: list[Any] = []
    for chain in filter(None, (each.strip() for each in edges.split(","))):
        stops = [stop.strip() for stop in chain.split(">")]
        drawn += [{"from": before, "to": after} for before, after in pairwise(stops)]
    lines = [START, *(line.strip() for line in nodes.strip().splitlines()), DONE]
    return {
        "id": "approval",
        "form": "request",
        "name": "Approval",
        "nodes": [yaml.safe_load(line) for line in lines if line],
        "edges": [*(yaml.safe_load(each) for each in more), *drawn],
        **keys,
    }


@dataclass(slots=True)
class Office:
    """People act by the part of their e-mail address before the @; `now` moves only when a story says so."""

    database: Database
    now: datetime = MONDAY
    document: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def open(cls, database: Database, *defined: Mapping[str, Any]) -> Office:
        flows.connect()
        office = cls(database)
        with database.write() as session:
            import_org(session, yaml.safe_load(ORG.read_text()), actor=SYSTEM, now=office.now)
        office.publish(*defined)
        return office

    def publish(self, *defined: Mapping[str, Any], document: Mapping[str, Any] | None = None) -> None:
        """Put the app in force with these flows."""
        new = {**(document or yaml.safe_load(APP)), "flows": {each["id"]: dict(each) for each in defined}}
        _, findings = examine(new)
        assert errors(findings) == []
        with self.database.write() as session:
            old = app_for(session, "office") if self.document else None
            app = schema_operations.add_publication(session, "office", new, actor=SYSTEM, now=self.now, note="")
            migrate.apply(session, migrate.plan(session, old, app), now=self.now)
            publish_flows(session, old, app, now=self.now)
        self.document = new

    # ── people and time ───────────────────────────────────────────────────────────────────────────

    def member(self, session: Session, who: str) -> int:
        found = directory(session).find(f"{who}@example.com")
        assert found is not None
        return found

    def actor(self, session: Session, who: str) -> Actor:
        return directory(session).actor(self.member(session, who))

    def wait(self, **time: float) -> None:
        """Time passes; whatever is due on the way happens in order, each at its own time."""
        until = self.now + timedelta(**time)
        worker = Worker(self.database, Clock(load({})))
        while (upcoming := self._next_due()) is not None and upcoming <= until:
            self.now = max(self.now, upcoming)
            worker.run_due(self.now)
        self.now = until

    def _next_due(self) -> datetime | None:
        with self.database.read() as session:
            return next_due(session)

    # ── records ───────────────────────────────────────────────────────────────────────────────────

    def submit(self, who: str, values: Mapping[str, Any] | None = None, **more: Any) -> Record:
        with self.database.write() as session:
            app = app_for(session, "office")
            given = {"subject": "A request", **(values or {})}
            return records.create(session, app, "request", given, actor=self.actor(session, who), now=self.now, **more)

    def item(self, name: str, stock: int) -> Record:
        with self.database.write() as session:
            app = app_for(session, "office")
            given = {"name": name, "stock": stock}
            return records.create(session, app, "item", given, actor=self.actor(session, "rep"), now=self.now)

    def read(self, record: Record) -> Record:
        """The record as it now stands."""
        with self.database.read() as session:
            app = app_for(session, "office")
            return record_for(session, app, record.form, record.id, actor=SYSTEM, now=self.now)[0]

    def edit(self, who: str, record: Record, values: Mapping[str, Any]) -> Record:
        with self.database.write() as session:
            app = app_for(session, "office")
            actor = self.actor(session, who)
            return records.update(session, app, record.form, record.id, values, actor=actor, now=self.now)

    # ── flow ──────────────────────────────────────────────────────────────────────────────────────

    def act(self, who: str, action: str, record: Record, *, at: str | None = None, **more: Any) -> Instance:
        """`who` does something with their task on the record (at node `at` where they have several)."""
        if "to" in more and action != "return":
            to = more["to"]
            more["to"] = tuple(f"{each}@example.com" for each in ([to] if isinstance(to, str) else to))
        with self.database.write() as session:
            member = self.member(session, who)
            waiting = action in ("recall", "remove_signer")
            found = task_of(session, "office", record.form, record.id, member, node=at, pending=waiting)
            assert found is not None, f"{who} has no task"
            act = Act(action=action, **more)
            return operations.act(session, found.id, act, actor=self.actor(session, who), now=self.now)

    def order(self, who: str, action: str, record: Record, **more: Any) -> Instance:
        """An act on the record's flow."""
        with self.database.write() as session:
            app = app_for(session, "office")
            actor = self.actor(session, who)
            return operations.record_act(
                session, app, record.form, record.id, action, actor=actor, now=self.now, **more
            )

    def standing(self, record: Record) -> Standing:
        with self.database.read() as session:
            found = standing(session, "office", record.form, record.id)
            assert found is not None
            return found

    def at(self, record: Record) -> list[str]:
        return sorted(self.standing(record).at)

    def holders(self, record: Record) -> list[str]:
        """`node:member` of every open task."""
        return sorted(f"{each.node}:{each.member.split('@')[0]}" for each in self.standing(record).tasks)

    def status(self, record: Record) -> str:
        return self.standing(record).status.value

    def history(self, record: Record) -> list[str]:
        return list(self.standing(record).history)

    def open_task(self, who: str, record: Record) -> int:
        with self.database.read() as session:
            found = task_of(session, "office", record.form, record.id, self.member(session, who))
            assert found is not None
            return found.id

    def verify(self) -> None:
        """Every log replays to the stored state, its chain is whole, and no task of an ended step is open."""
        with self.database.read() as session:
            for row in session.execute(select(instance)).mappings():
                events = list(
                    session.execute(
                        select(flow_event).where(flow_event.c.instance == row["id"]).order_by(flow_event.c.seq)
                    ).mappings()
                )
                app = app_for(session, row["app"])
                shape = compiled(version_of(session, app, row["flow"], row["version"]).flow)
                bodies = [yaml.safe_load(each["body"]) for each in events]
                assert write_state(replayed(bodies, shape.index)) == row["state"]
                head = ""
                for number, each in enumerate(events, 1):
                    rest = (each["node"], each["task"], each["outcome"], each["comment"])
                    head = chained(head, number, each["at"], each["actor"], each["act"], rest, each["body"])
                    assert (each["seq"], each["hash"]) == (number, head)
                assert (row["rev"], row["head"]) == (len(events), head)
                live = {t[2] for t in yaml.safe_load(row["state"])["tokens"] if t[1]}
                unfinished = session.execute(
                    select(task.c.activation).where(
                        task.c.instance == row["id"], task.c.status.in_(("open", "pending"))
                    )
                ).scalars()
                assert set(unfinished) <= live
