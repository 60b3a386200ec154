"""Mail leaves after the commit, in the reader's language, and a repeated delivery is recognisable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from formwright import notify
from formwright.accounts.model import SYSTEM
from formwright.accounts.operations import create_member, deactivate_member, update_member
from formwright.clock import Clock
from formwright.database import Database
from formwright.jobs.model import Delivery, GiveUp, State
from formwright.jobs.operations import jobs
from formwright.jobs.worker import Worker
from formwright.notify import mail as post
from formwright.notify.operations import mail
from formwright.settings import Settings
from formwright.texts import both
from tests.accounts.stories import NOW, settle, who

notify.connect()


@pytest.fixture
def letter_box(tmp_path: Path) -> Path:
    return tmp_path / "post"


@pytest.fixture
def office(site_of_its_own: Settings, letter_box: Path) -> Iterator[Database]:
    settings = replace(site_of_its_own, mail_url=letter_box.as_uri(), public_url="https://forms.example.com")
    database = Database(settings.database_url, settings=settings)
    with database.write() as session:
        settle(session)
    yield database
    database.dispose()


@pytest.fixture
def deliver(office: Database) -> Callable[[], int]:
    worker = Worker(office, Clock(Settings()))
    return lambda: worker.run_due(now=NOW)


def letters(box: Path) -> list[EmailMessage]:
    found = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in sorted(box.glob("*.eml"))]
    return [letter for letter in found if isinstance(letter, EmailMessage)]


def write(database: Database, *names: str, subject: Any = "Hello", body: Any = "Text") -> None:
    with database.write() as session:
        members = [who(session, name).id or 0 for name in names]
        mail(session, members, subject, body, now=NOW)


def test_everyone_reads_it_in_their_own_language(
    office: Database, letter_box: Path, deliver: Callable[[], int]
) -> None:
    with office.write() as session:
        update_member(session, "rep@example.com", {"language": "en"}, actor=SYSTEM, now=NOW)
        deactivate_member(session, "fin@example.com", actor=SYSTEM, now=NOW)
    write(office, "rep", "li.na", "fin", subject=both("待办", "To do"), body=both("请审批。\n", "Please approve.\n"))
    assert deliver() == 2
    english, chinese = letters(letter_box)
    assert (english["to"].addresses[0].addr_spec, english["subject"]) == ("rep@example.com", "To do")
    assert english.get_content().splitlines() == ["Please approve."]
    assert (str(chinese["to"]), chinese["subject"]) == ("李娜 Li Na <li.na@example.com>", "待办")
    assert chinese.get_content().splitlines() == ["请审批。"]
    assert english["from"].addresses[0].addr_spec == "formwright@forms.example.com"


def test_no_mail_for_what_was_rolled_back(office: Database, letter_box: Path, deliver: Callable[[], int]) -> None:
    def regret() -> None:
        with office.write() as session:
            mail(session, [who(session, "rep").id or 0], "s", "b", now=NOW)
            raise LookupError

    with pytest.raises(LookupError):
        regret()
    assert deliver() == 0
    assert letters(letter_box) == []


def test_a_repeated_delivery_has_the_same_message_id_and_is_one_file(office: Database, letter_box: Path) -> None:
    write(office, "rep", "rep2")
    with office.read() as session:
        waiting = jobs(session)
    for job in [*waiting, *waiting]:
        post.send(Delivery(job.id, job.payload, office, NOW))
    sent = letters(letter_box)
    assert len(sent) == 2
    assert len({letter["message-id"] for letter in sent}) == 2


def test_nothing_that_somebody_typed_becomes_another_header(
    office: Database, letter_box: Path, deliver: Callable[[], int]
) -> None:
    with office.write() as session:
        create_member(session, {"email": "x@example.com", "name": 'A "B" <c@d>, 中'}, actor=SYSTEM, now=NOW)
        member = who(session, "x").id or 0
        mail(session, [member], "Hi\r\nBcc: victim@example.com\x00", "b", now=NOW)
    assert deliver() == 1
    (letter,) = letters(letter_box)
    assert letter["bcc"] is None
    assert letter["subject"] == "Hi Bcc: victim@example.com"
    assert [address.addr_spec for address in letter["to"].addresses] == ["x@example.com"]


def test_an_address_that_cannot_be_one_fails_at_once(office: Database, deliver: Callable[[], int]) -> None:
    with office.write() as session:
        odd = create_member(session, {"email": "a<b>@c,d"}, actor=SYSTEM, now=NOW)
        mail(session, [odd.id], "s", "b", now=NOW)
    assert deliver() == 1
    with office.read() as session:
        (failed,) = jobs(session, state=State.FAILED)
        assert failed.attempts == 1


def test_without_a_mail_server_nothing_is_sent_and_nothing_piles_up(database: Database) -> None:
    with database.write() as session:
        settle(session)
        mail(session, [who(session, "rep").id or 0], "s", "b", now=NOW)
    Worker(database, Clock(Settings())).run_due(now=NOW)
    with database.read() as session:
        assert [job.state for job in jobs(session)] == [State.DONE]


class Server:
    """What stands in for a mail server: takes mails, or refuses their receiver."""

    def __init__(self, refusal: int | None = None) -> None:
        self.refusal = refusal
        self.did: list[str] = []

    def __call__(self, host: str, port: int, *, timeout: float) -> Server:
        self.did.append(f"{host}:{port}")
        return self

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.did.append("quit")

    def ehlo_or_helo_if_needed(self) -> None:
        self.did.append("ehlo")

    def has_extn(self, name: str) -> bool:
        return name == "starttls"

    def starttls(self, **_: object) -> None:
        self.did.append("starttls")

    def login(self, user: str, password: str) -> None:
        self.did.append(f"login {user} {password}")

    def send_message(self, letter: EmailMessage) -> None:
        if self.refusal:
            raise post.smtplib.SMTPRecipientsRefused({str(letter["to"]): (self.refusal, b"no")})
        self.did.append(f"send {letter['from']} {letter['to']}")


def by_smtp(office: Database, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    office.settings = replace(office.settings, mail_url="smtp://robot%40example.com:p%3Aw@mail.example.com:587")
    monkeypatch.setattr(post.smtplib, "SMTP", server)
    payload = {"to": "rep@example.com", "name": "", "subject": "s", "body": "b", "nonce": "n"}
    post.send(Delivery(1, payload, office, NOW))


def test_a_mail_server_is_greeted_encrypted_and_signed_in_to(office: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server()
    by_smtp(office, server, monkeypatch)
    assert server.did == [
        "mail.example.com:587",
        "ehlo",
        "starttls",
        "login robot@example.com p:w",
        "send Formwright <robot@example.com> rep@example.com",
        "quit",
    ]


@pytest.mark.parametrize(("code", "error"), [(550, GiveUp), (450, post.smtplib.SMTPRecipientsRefused)])
def test_a_receiver_refused_for_good_is_not_tried_again(
    office: Database, monkeypatch: pytest.MonkeyPatch, code: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        by_smtp(office, Server(code), monkeypatch)
