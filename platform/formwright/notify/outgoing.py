"""The one client for requests to other systems: public addresses only, no redirects, limits on time and size, signed.

An address is resolved once, checked, and then connected to, so that no second answer of a name server can lead inside.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import socket
import ssl
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from threading import Timer
from typing import Any
from urllib.parse import SplitResult, urlsplit

from formwright.jobs.handlers import delivers
from formwright.jobs.model import Delivery, GiveUp
from formwright.notify.operations import REQUEST

TIMEOUT = 10.0
"""Seconds for the whole exchange."""
LONGEST = 1024 * 1024
"""Bytes of an answer that are read at most."""
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
TRY_AGAIN = frozenset({408, 425, 429})

_NAT64 = IPv6Network("64:ff9b::/96")


class Refused(Exception):
    """The request is not made at all: a bad URL, or an address inside our own network."""


class TooLong(Exception):
    """The answer took longer or was larger than allowed."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = field(repr=False)


@delivers(REQUEST)
def deliver(delivery: Delivery) -> None:
    """Make one request of the outbox; an answer other than 2xx is tried again, a refusal by the receiver is not."""
    payload = delivery.payload
    body = json.dumps(payload["body"], ensure_ascii=False, separators=(",", ":")).encode() if "body" in payload else b""
    headers = {
        **payload.get("headers", {}),
        **signature(payload, f"{delivery.id}.{payload['nonce']}", body, now=delivery.now),
    }
    try:
        answer = send(
            payload.get("method", "POST"), payload["url"], headers, body, allowed=delivery.database.settings.http_allow
        )
    except Refused as refused:
        raise GiveUp(str(refused)) from refused
    if 400 <= answer.status < 500 and answer.status not in TRY_AGAIN:
        raise GiveUp(f"the receiver answered {answer.status}")
    if not 200 <= answer.status < 300:
        raise OSError(f"the receiver answered {answer.status}")


def signature(payload: Mapping[str, Any], delivery: str, body: bytes, *, now: datetime) -> dict[str, str]:
    """Headers by which the receiver knows the delivery, its event and, with a secret, that it comes from us."""
    moment = now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Formwright",
        "Formwright-Delivery": delivery,
        "Formwright-Time": moment,
    }
    if payload.get("event"):
        headers["Formwright-Event"] = payload["event"]
    if payload.get("secret"):
        signed = b".".join([delivery.encode(), moment.encode(), body])
        headers["Formwright-Signature"] = (
            "v1=" + hmac.new(payload["secret"].encode(), signed, hashlib.sha256).hexdigest()
        )
    return headers


def send(
    method: str, url: str, headers: Mapping[str, str], body: bytes = b"", *, allowed: Iterable[str] = ()
) -> Answer:
    """One exchange; redirects are not followed. `allowed` names private `host:port` that may be reached all the same.

    Raises Refused, TooLong, OSError or http.client.HTTPException.
    """
    parts = _checked(method, url, headers)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = parts.hostname or ""
    address = resolve(host, port, inside=f"{host}:{port}" in set(allowed))
    connection = _Connection(host, port, address, secure=parts.scheme == "https")
    # Timeouts of the socket bound each read; a receiver that dribbles is stopped by the alarm.
    alarm = Timer(TIMEOUT, connection.abort)
    alarm.start()
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body=body or None, headers=dict(headers))
        response = connection.getresponse()
        answer = Answer(response.status, response.read(LONGEST + 1))
    except (OSError, http.client.HTTPException) as error:
        if connection.aborted:
            raise TooLong(f"the answer took longer than {TIMEOUT:g} seconds") from error
        raise
    finally:
        alarm.cancel()
        connection.close()
    if connection.aborted:
        raise TooLong(f"the answer took longer than {TIMEOUT:g} seconds")
    if len(answer.body) > LONGEST:
        raise TooLong(f"the answer has more than {LONGEST} bytes")
    return answer


def resolve(host: str, port: int, *, inside: bool) -> str:
    """One address of the host. Raises Refused when any of its addresses is not public, unless `inside` allows them."""
    found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not inside and not all(is_public(address) for address in found):
        raise Refused(f"{host}:{port} lies in a private network; FORMWRIGHT_HTTP_ALLOW can allow it")
    return found[0]


def is_public(address: str) -> bool:
    """Whether an address is out on the internet, also when an IPv6 address only wraps an IPv4 one."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        inner: IPv4Address | None = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            inner = IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if found.teredo is not None:
            return False
    return found.is_global and not found.is_multicast


class _Connection(http.client.HTTPConnection):
    """Connects to the address that was checked, whatever the name resolves to by now."""

    def __init__(self, host: str, port: int, address: str, *, secure: bool) -> None:
        super().__init__(host, port, timeout=TIMEOUT)
        self._address = address
        self._secure = secure
        self.default_port = 443 if secure else 80
        self.aborted = False

    def abort(self) -> None:
        """End the exchange now, from another thread."""
        self.aborted = True
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


def _checked(method: str, url: str, headers: Mapping[str, str]) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise Refused(f"{url!r} is no address: {error}") from error
    if not usable or parts.username or parts.password or not url.isascii() or not url.isprintable() or " " in url:
        raise Refused(f"{url!r} is no http or https address")
    if method not in METHODS:
        raise Refused(f"{method!r} is no method: {' '.join(sorted(METHODS))}")
    if any(not f"{name}{value}".isprintable() for name, value in headers.items()):
        raise Refused("a header is one line of text")
    return parts
