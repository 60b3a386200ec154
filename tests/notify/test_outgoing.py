"""Requests to other systems never reach inside, are signed, and take neither long nor much room."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Event, Thread
from typing import Any

import pytest

from formwright import notify
from formwright.clock import Clock
from formwright.database import Database
from formwright.jobs.model import State
from formwright.jobs.operations import job_for, next_due
from formwright.jobs.worker import Worker
from formwright.notify import outgoing
from formwright.notify.operations import request
from formwright.notify.outgoing import LONGEST, Refused, TooLong, is_public, send
from formwright.settings import Settings
from tests.accounts.stories import NOW

notify.connect()


class Receiver:
    """A neighbour on this machine: answers with the given statuses in turn, and keeps what it was told."""

    def __init__(self, port: int) -> None:
        self.place = f"127.0.0.1:{port}"
        self.statuses = [200]
        self.heard: list[tuple[str, dict[str, str], bytes]] = []
        self.answer = b"thank you"
        self.headers: dict[str, str] = {}
        self.may_answer = Event()
        self.may_answer.set()


@contextmanager
def listening() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            receiver.heard.append((self.path, dict(self.headers), body))
            status = receiver.statuses.pop(0) if len(receiver.statuses) > 1 else receiver.statuses[0]
            self.send_response(status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(receiver.answer[:1])
            receiver.may_answer.wait(10)
            try:
                self.wfile.write(receiver.answer[1:])
            except OSError:
                # The client had enough, which is what the test is about.
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """The test's output is not the place for it."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(server.server_port)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield receiver
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def neighbour() -> Iterator[Receiver]:
    with listening() as receiver:
        yield receiver


def post(neighbour: Receiver, path: str = "/hook?x=1") -> outgoing.Answer:
    return send("POST", f"http://{neighbour.place}{path}", {}, b"{}", allowed=[neighbour.place])


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.1", "224.0.0.1",
     "::1", "::", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
     "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "ff02::1"],
)  # fmt: skip
def test_addresses_inside_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"])
def test_addresses_out_on_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"])
def test_no_spelling_of_this_machine_is_reached_unless_it_is_allowed(neighbour: Receiver, host: str) -> None:
    port = neighbour.place.partition(":")[2]
    with pytest.raises((Refused, socket.gaierror)):
        send("POST", f"http://{host}:{port}/", {}, b"", allowed=["127.0.0.1:1", "other:80"])
    assert neighbour.heard == []


def test_a_name_is_resolved_once_and_what_was_checked_is_connected_to(
    neighbour: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    port = int(neighbour.place.partition(":")[2])

    def rebinding(host: str, *_: Any, **__: Any) -> list[Any]:
        if host == "rebinding.example.com":
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1" if len(asked) == 1 else "10.0.0.1", port))]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    url = f"http://rebinding.example.com:{port}/"
    assert send("POST", url, {}, b"", allowed=[f"rebinding.example.com:{port}"]).status == 200
    assert len(asked) == 1
    assert neighbour.heard[0][1]["Host"] == f"rebinding.example.com:{port}"
    with pytest.raises(Refused):
        send("POST", url, {}, b"")


@pytest.mark.parametrize(
    "url",
    ["ftp://example.com/", "file:///etc/passwd", "http://", "http://user:pw@example.com/", "http://example.com/\r\nX: 1",
     "http://example.com/a b", "http://exämple.com/", "http://example.com:99999/", "http://[::1", "example.com"],
)  # fmt: skip
def test_what_is_no_plain_address_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        send("POST", url, {})


def test_redirects_are_not_followed(neighbour: Receiver) -> None:
    neighbour.statuses = [302]
    neighbour.headers = {"Location": f"http://{neighbour.place}/elsewhere"}
    assert post(neighbour).status == 302
    assert [path for path, _, _ in neighbour.heard] == ["/hook?x=1"]


def test_an_endless_answer_is_cut_off(neighbour: Receiver) -> None:
    neighbour.answer = b"x" * LONGEST
    assert len(post(neighbour).body) == LONGEST
    neighbour.answer = b"x" * (LONGEST + 1)
    with pytest.raises(TooLong):
        post(neighbour)


def test_a_receiver_that_holds_the_line_is_hung_up_on(neighbour: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "TIMEOUT", 0.1)
    neighbour.may_answer.clear()
    try:
        with pytest.raises((TooLong, TimeoutError)):
            post(neighbour)
    finally:
        neighbour.may_answer.set()


@pytest.fixture
def outbox(site_of_its_own: Settings, neighbour: Receiver) -> Iterator[Database]:
    settings = replace(site_of_its_own, http_allow=(neighbour.place,))
    database = Database(settings.database_url, settings=settings)
    yield database
    database.dispose()


def ask(outbox: Database, url: str, **options: Any) -> int:
    with outbox.write() as session:
        return request(session, url, {"客户": "Acme"}, event="record.created", now=NOW, **options)


def test_a_request_is_signed_and_repeated_with_the_same_id_until_it_is_taken(
    outbox: Database, neighbour: Receiver
) -> None:
    neighbour.statuses = [500, 429, 204]
    id = ask(outbox, f"http://{neighbour.place}/hook", secret="s3cret")
    worker = Worker(outbox, Clock(Settings()))
    for _ in range(3):
        with outbox.read() as session:
            due = next_due(session)
        worker.run_due(now=due)
    with outbox.read() as session:
        assert job_for(session, id).state is State.DONE
    assert len({headers["Formwright-Delivery"] for _, headers, _ in neighbour.heard}) == 1
    for _, headers, body in neighbour.heard:
        assert headers["Formwright-Event"] == "record.created"
        assert json.loads(body) == {"客户": "Acme"}
        signed = f"{headers['Formwright-Delivery']}.{headers['Formwright-Time']}.".encode() + body
        expected = hmac.new(b"s3cret", signed, hashlib.sha256).hexdigest()
        assert headers["Formwright-Signature"] == f"v1={expected}"


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_receiver_that_does_not_want_it_is_left_alone(outbox: Database, neighbour: Receiver, status: int) -> None:
    neighbour.statuses = [status]
    id = ask(outbox, f"http://{neighbour.place}/hook")
    Worker(outbox, Clock(Settings())).run_due(now=NOW)
    with outbox.read() as session:
        job = job_for(session, id)
        assert (job.state, job.last_error) == (State.FAILED, f"GiveUp: the receiver answered {status}")


def test_a_request_to_the_inside_fails_for_good_and_says_why(outbox: Database) -> None:
    id = ask(outbox, "http://169.254.169.254/latest/meta-data")
    Worker(outbox, Clock(Settings())).run_due(now=NOW)
    with outbox.read() as session:
        job = job_for(session, id)
        assert job.state is State.FAILED
        assert "FORMWRIGHT_HTTP_ALLOW" in (job.last_error or "")
