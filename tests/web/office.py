"""A small company that sells by quotes, spoken to over HTTP as programs and browsers do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from formwright.accounts.directory import directory
from formwright.accounts.model import SYSTEM
from formwright.accounts.operations import import_org
from formwright.accounts.tokens import create_token
from formwright.packages.dialect import load
from formwright.packages.folder import read_folder
from formwright.packages.operations import install
from formwright.product import Product
from formwright.settings import Settings
from formwright.web.app import create_app

HERE = Path(__file__).parent.parent
QUOTES = HERE / "apps" / "quote"
STANDARD_ORG = HERE / "standard-org.yaml"
FORM = "/apps/sales/forms/quote/records"


class Office:
    """One site with the standard organisation and the quote app; `office.rep.get("/me")` is a call of the API."""

    def __init__(self, settings: Settings) -> None:
        self.product = Product(settings)
        self.now = self.product.clock.now()
        with self.product.database.write() as session:
            import_org(session, load(STANDARD_ORG.read_bytes(), "org.yaml")[0], actor=SYSTEM, now=self.now)
            install(session, read_folder(QUOTES), actor=SYSTEM, now=self.now)
        self.app: Flask = create_app(self.product)
        self._programs: dict[str, Program] = {}
        self._known: dict[tuple[str, str], str] = {}

    def __getattr__(self, name: str) -> Program:
        email = name.replace("_", ".") + "@example.com"
        return self.program(email)

    def program(self, email: str) -> Program:
        """A program that acts as this member, by a token of its own."""
        if email not in self._programs:
            with self.product.database.write() as session:
                member = directory(session).find(email)
                assert member is not None, email
                _, token = create_token(session, member, "test", actor=SYSTEM, now=self.now)
            self._programs[email] = Program(self.app.test_client(), token)
        return self._programs[email]

    @property
    def stranger(self) -> Program:
        return Program(self.app.test_client(), "")

    def customer(self, name: str = "Acme", **values: Any) -> str:
        """The id of the one customer of this name."""
        return self._only("customer", {"name": name, **values})

    def goods(self, name: str = "Widget", price: str = "100") -> str:
        """The id of the one product of this name."""
        return self._only("product", {"name": name, "list_price": price})

    def _only(self, form: str, values: dict[str, Any]) -> str:
        key = (form, values["name"])
        if key not in self._known:
            made = self.admin.post(f"/apps/sales/forms/{form}/records", {"values": values}).expect(201)
            self._known[key] = made["id"]
        return self._known[key]

    def quote(self, by: Program | None = None, *, quantity: int = 1, discount: str = "0", **values: Any) -> Any:
        """A submitted quote over one line; the record as its creator sees it."""
        lines = [{"product": self.goods(), "quantity": quantity, "discount": discount}]
        body = {"values": {"customer": self.customer(), "lines": lines, **values}}
        return (by or self.rep).post(FORM, body).expect(201)


class Program:
    """Calls the API as one member."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return Answer(self.client.open(f"/api/v1{path}", method=method, json=body, headers={**self.headers, **names}))

    def get(self, path: str, **headers: str) -> Answer:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.call("POST", path, {} if body is None else body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Answer:
        return self.call("PATCH", path, body, **headers)

    def put(self, path: str, body: Any, **headers: str) -> Answer:
        return self.call("PUT", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Answer:
        return self.call("DELETE", path, **headers)

    def task(self, node: str | None = None) -> Any:
        """My open task at `node`, or the only one."""
        items = [each for each in self.get("/tasks").json["items"] if node in (None, each["node"]["id"])]
        assert len(items) == 1, items
        return items[0]

    def act(self, action: str, node: str | None = None, **keys: Any) -> Answer:
        """Do something with my open task."""
        return self.post(f"/tasks/{self.task(node)['id']}/actions", {"action": action, **keys})


class Answer:
    """What came back."""

    def __init__(self, response: TestResponse) -> None:
        self.response = response
        self.status = response.status_code
        self.headers = response.headers

    @property
    def json(self) -> Any:
        return self.response.get_json(force=True)

    @property
    def code(self) -> str:
        """The code of the problem; empty for an answer without one."""
        return str(self.json.get("code", "")) if self.response.is_json or "json" in self.response.content_type else ""

    def expect(self, status: int) -> Any:
        """The JSON of an answer with this status; the whole answer in the failure otherwise."""
        assert self.status == status, (self.status, self.response.get_data(as_text=True)[:2000])
        return self.json if self.response.get_data() else None
