"""A page of 50 of the CRM's 8,800 opportunities over HTTP, as four people see it, beside the bare query for the same page."""

from __future__ import annotations

import json
import sqlite3
import statistics
from collections.abc import Iterator
from typing import Any

from bench.figures import Figure, interleaved, within
from bench.people import member, session_key, token
from bench.stage import Stage
from flask.testing import FlaskClient

from formwright.accounts.directory import directory
from formwright.product import Product
from formwright.schema.access import app_for
from formwright.storage.access import layout_for
from formwright.web.app import create_app
from formwright.web.gate import SESSION_COOKIE

FORM = "/apps/crm/forms/opportunities"
RECORDS = f"/api/v1{FORM}/records?limit=50"
MORE = 5.0
ROUNDS = 60

READERS = (
    ("administrator", "admin@example.com", "1"),
    ("director, sees all", "sales.director@example.com", "1"),
    ("manager, sees her team's", "dustin.brinkmann@example.com", "owner IN ({team})"),
    ("rep, sees his own", "moses.frase@example.com", "owner = {me}"),
)


def figures(stage: Stage) -> Iterator[Figure]:
    product = stage.demo
    client = create_app(product).test_client(use_cookies=False)
    for name, email, whose in READERS:
        headers = {"Authorization": f"Bearer {token(product, email)}"}
        bare = BareList(product, email, whose)
        took, floor = interleaved(lambda h=headers: opened(client, RECORDS, h), bare.page, rounds=ROUNDS)  # type: ignore[misc]
        yield within(f"page of 50 by API: {name}", took, floor, more=MORE)
    yield from pages(product, client)


def pages(product: Product, client: FlaskClient) -> Iterator[Figure]:
    """HTML as a browser gets it; there is no bar, the figures are kept to be looked at."""
    email = "sales.director@example.com"
    bare = BareList(product, email, "1")
    headers = {"Cookie": f"{SESSION_COOKIE}={session_key(product, email)}"}
    found = json.loads(opened(client, RECORDS, {"Authorization": f"Bearer {token(product, email)}"}))
    paths = (("list of 50", FORM), ("one record", f"{FORM}/records/{found['items'][0]['id']}"), ("my work", "/"))
    for name, path in paths:
        took, floor = interleaved(lambda p=path: opened(client, p, headers), bare.page, rounds=ROUNDS // 2)  # type: ignore[misc]
        yield Figure(f"page of HTML: {name}", statistics.median(took), "ms", statistics.median(floor))


class BareList:
    """The same page by the driver alone: its 50 rows whole, newest first, and how many there are."""

    def __init__(self, product: Product, email: str, whose: str) -> None:
        with product.database.read() as session:
            me = member(session, email)
            layout = layout_for(session, app_for(session, "crm"), "opportunities")
            team = [me, *directory(session).subordinates(me)]
        condition = whose.format(me=me, team=", ".join(map(str, team)))
        here = f"FROM {layout.table.name} WHERE deleted_at IS NULL AND draft = 0 AND {condition}"
        self.rows = f"SELECT * {here} ORDER BY created_at DESC, id DESC LIMIT 51"
        self.count = f"SELECT count(*) FROM (SELECT 1 {here} LIMIT 10001)"  # noqa: S608 - own names
        self.connection = sqlite3.connect(product.database.url.database or "")

    def page(self) -> list[Any]:
        self.connection.execute("BEGIN")
        rows = self.connection.execute(self.rows).fetchall()
        rows += self.connection.execute(self.count).fetchall()
        self.connection.rollback()
        return rows


def opened(client: FlaskClient, path: str, headers: dict[str, str]) -> bytes:
    response = client.get(path, headers=headers)
    if response.status_code != 200:
        raise SystemExit(f"{path} answers {response.status_code}")
    return response.get_data()
