"""Delivers mail: to an SMTP server, or as one file a mail into a folder; at least once, each time with the same Message-ID."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from formwright.jobs.handlers import delivers
from formwright.jobs.model import Delivery, GiveUp
from formwright.notify.operations import MAIL

TIMEOUT = 10
"""Seconds that a mail server has to answer."""


@delivers(MAIL)
def send(delivery: Delivery) -> None:
    """Send one mail as `FORMWRIGHT_MAIL_URL` says; without one, mail is switched off and nothing is sent."""
    settings = delivery.database.settings
    if not settings.mail_url:
        return
    site = urlsplit(settings.public_url).hostname or "localhost"
    url = urlsplit(settings.mail_url)
    sender = user if "@" in (user := unquote(url.username or "")) else f"formwright@{site}"
    # Job numbers begin at 1 in every database; the nonce tells one site's mail from another's.
    id = f"{delivery.id}.{delivery.payload['nonce']}"
    mail = compose(delivery.payload, sender=sender, message_id=f"<{id}@{site}>", now=delivery.now)
    if url.scheme == "file":
        _into_folder(mail, Path(unquote(url.path)), id)
    elif url.scheme in ("smtp", "smtps"):
        _to_server(mail, url)
    else:
        raise GiveUp("FORMWRIGHT_MAIL_URL begins with smtp://, smtps:// or file://")


def compose(payload: Mapping[str, Any], *, sender: str, message_id: str, now: datetime) -> EmailMessage:
    """The mail of one job. Raises GiveUp for an address that cannot be one."""
    mail = EmailMessage(policy=SMTP)
    try:
        mail["From"] = Address("Formwright", addr_spec=sender)
        mail["To"] = Address(_line(payload.get("name", "")), addr_spec=payload["to"])
        mail["Subject"] = _line(payload["subject"])
    except (ValueError, IndexError) as error:
        raise GiveUp(str(error)) from error
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(payload["body"])
    return mail


def _line(text: str) -> str:
    """One line of a header: whatever else is in it would begin another header."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _into_folder(mail: EmailMessage, folder: Path, id: str) -> None:
    """One `.eml` a mail; a repeated delivery overwrites its own file, and nobody ever sees half of one."""
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".{id}.part"
    unfinished.write_bytes(mail.as_bytes())
    unfinished.replace(folder / f"{id}.eml")


def _to_server(mail: EmailMessage, url: SplitResult) -> None:
    host, trusted = url.hostname or "localhost", ssl.create_default_context()
    if url.scheme == "smtps":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(host, url.port or 465, timeout=TIMEOUT, context=trusted)
    else:
        connection = smtplib.SMTP(host, url.port or 25, timeout=TIMEOUT)
    with connection as server:
        server.ehlo_or_helo_if_needed()
        if url.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=trusted)
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        try:
            server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as refused:
            if all(500 <= code < 600 for code, _ in refused.recipients.values()):
                raise GiveUp(f"the mail server refuses {mail['To']}") from refused
            raise
