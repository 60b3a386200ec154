"""The demo: the CRM with its sample people and records, accounts to try it with, and a little work in everybody's list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from formwright.accounts.directory import directory
from formwright.accounts.model import SYSTEM, Actor
from formwright.accounts.operations import create_member, update_member
from formwright.accounts.tables import site_setting
from formwright.database import Database
from formwright.flow.access import tasks
from formwright.flow.model import Act
from formwright.flow.operations import act
from formwright.packages.catalog import packaged
from formwright.packages.operations import install
from formwright.records.lists import ListQuery, list_records
from formwright.records.operations import create
from formwright.schema.access import app_for, apps
from formwright.texts import Text, both

PASSWORD = "formwright-demo"  # noqa: S105 - shown on the sign-in page of a demo site; no other site has these accounts
DEMO = "demo"

_PARTS: tuple[tuple[str, Text], ...] = (
    ("moses.frase@example.com", both("销售", "Sales rep")),
    ("dustin.brinkmann@example.com", both("销售主管", "Sales manager")),
    ("sales.director@example.com", both("销售总监", "Sales director")),
    ("finance@example.com", both("财务", "Finance")),
    ("legal@example.com", both("法务", "Legal")),
    ("general.manager@example.com", both("总经理", "General manager")),
    ("admin@example.com", both("管理员", "Administrator")),
)


@dataclass(frozen=True, slots=True)
class DemoAccount:
    email: str
    name: str
    part: Text


@dataclass(frozen=True, slots=True)
class Demo:
    """What the sign-in page of a demo site tells everyone."""

    password: str
    accounts: tuple[DemoAccount, ...]


def demo_of(session: Session) -> Demo | None:
    """The demo accounts when this site is a demo, else None."""
    kept = session.execute(select(site_setting.c.value).where(site_setting.c.id == DEMO)).scalar()
    if kept is None:
        return None
    accounts = tuple(DemoAccount(each["email"], each["name"], each["part"]) for each in kept["accounts"])
    return Demo(kept["password"], accounts)


def is_prepared(database: Database) -> bool:
    """Whether the site has apps already, so that nothing is to be prepared."""
    with database.read() as session:
        return bool(apps(session))


def prepare(database: Database, *, now: datetime) -> bool:
    """Make an empty site the demo, in one transaction; False when the site has apps already."""
    with database.write() as session:
        if apps(session):
            return False
        create_member(
            session,
            {"email": "admin@example.com", "name": "管理员 Admin", "language": "zh", "admin": True},
            actor=SYSTEM,
            now=now,
        )
        install(session, packaged("crm"), sample_data=True, actor=SYSTEM, now=now)
        people = directory(session)
        accounts = []
        for email, part in _PARTS:
            member = people.find(email)
            if member is None:
                continue
            update_member(session, member, {"password": PASSWORD}, actor=SYSTEM, now=now)
            accounts.append({"email": email, "name": people.show([member])[member].name, "part": part})
        session.execute(insert(site_setting).values(id=DEMO, value={"password": PASSWORD, "accounts": accounts}))
        _begin_work(session, now=now)
    return True


def _begin_work(session: Session, *, now: datetime) -> None:
    """Quotes at every station of their way, so that nobody's list is empty at the first look."""
    people = directory(session)
    app = app_for(session, "crm")
    rep = _actor(session, "moses.frase@example.com")
    opportunities = list_records(
        session,
        app,
        "opportunities",
        ListQuery(filter='status = "open" and account is not empty', limit=8),
        actor=rep,
        now=now,
    ).records
    products = {
        record.title: record.id
        for record in list_records(session, app, "products", ListQuery(limit=50), actor=SYSTEM, now=now).records
    }
    wanted: Sequence[tuple[str, int, str]] = (
        ("GTX Pro", 12, "0.10"),
        ("MG Advanced", 40, "0.22"),
        ("GTX Plus Pro", 8, "0.35"),
        ("GTX Basic", 25, "0.03"),
        ("MG Special", 300, "0.12"),
        ("GTX Plus Basic", 60, "0.08"),
        ("GTK 500", 2, "0.14"),
        ("GTX Pro", 30, "0.18"),
    )
    made = []
    for opportunity, (product, quantity, discount) in zip(opportunities, wanted, strict=False):
        values = {
            "opp": str(opportunity.id),
            "valid_until": (now + timedelta(days=30)).date().isoformat(),
            "lines": [{"product": str(products[product]), "qty": quantity, "discount": Decimal(discount)}],
        }
        made.append(create(session, app, "quotes", values, actor=rep, now=now))
    manager = _actor(session, "dustin.brinkmann@example.com")
    if manager.id is not None and people.is_active(manager.id):
        waiting = tasks(session, actor=manager, now=now)["items"]
        if waiting:
            back = Act("return", comment="请补充折扣理由 Please say why the discount is needed", node="start")
            act(session, int(waiting[-1]["id"]), back, actor=manager, now=now + timedelta(seconds=1))


def _actor(session: Session, email: str) -> Actor:
    people = directory(session)
    member = people.find(email)
    if member is None:
        raise LookupError(email)
    return people.actor(member)
