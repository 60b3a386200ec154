"""Two deciders at one task, at the same moment, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from threading import Barrier, Thread
from typing import Any
from urllib.parse import urlsplit

NO_HEADERS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Reply:
    """Status and document of an answer."""

    status: int
    document: Any


def call(
    site: str, token: str, method: str, path: str, body: Any = None, headers: Mapping[str, str] = NO_HEADERS
) -> Reply:
    """One request of the API to the site at this address, over a connection of its own."""
    place = urlsplit(site)
    connection = HTTPConnection(place.hostname or "", place.port, timeout=30)
    try:
        sent = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Connection": "close"}
        sent |= headers
        connection.request(method, f"/api/v1{path}", json.dumps(body) if body is not None else None, sent)
        answer = connection.getresponse()
        data = answer.read()
        return Reply(answer.status, json.loads(data) if data else None)
    finally:
        connection.close()


def at_once(asked: Sequence[tuple[Any, ...]]) -> list[Reply]:
    """All these calls (the arguments of `call`) begin at the same moment; their answers in the same order."""
    start = Barrier(len(asked))
    answers: list[Reply | None] = [None] * len(asked)

    def ask(place: int) -> None:
        start.wait(30)
        answers[place] = call(*asked[place])

    threads = [Thread(target=ask, args=(place,)) for place in range(len(asked))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answer for answer in answers if answer is not None]


def race(sites: Sequence[str], manager: str, rep: str, values: Any, tries: int) -> list[str]:
    """Submit quotes and let the manager decide each twice at the same moment; what went otherwise than one winner and one 409.

    The two deciders meet at `sites[0]` and `sites[-1]`.
    """
    odd = []
    records = "/apps/sales/forms/quote/records"
    for number in range(tries):
        quote = call(sites[0], rep, "POST", records, {"values": values}).document["id"]
        task = call(sites[0], manager, "GET", f"/tasks?record={quote}").document["items"][0]["id"]
        verdict = ("approve", "reject" if number % 2 else "approve")
        path = f"/tasks/{task}/actions"
        body = [{"action": each, "comment": "decided"} for each in verdict]
        both = at_once(
            [(site, manager, "POST", path, each) for site, each in zip((sites[0], sites[-1]), body, strict=True)]
        )
        statuses = sorted(each.status for each in both)
        codes = {each.document.get("code") for each in both if each.status == 409}
        flow = call(sites[0], manager, "GET", f"{records}/{quote}/flow").document
        decisions = [each for each in flow["log"] if each["act"] in ("approve", "reject") and each["node"] == "manager"]
        if statuses != [200, 409] or codes != {"task_closed"} or len(decisions) != 1 or flow["current"]:
            odd.append(f"{number}: {statuses} {codes} {len(decisions)} decisions, {flow['status']} {flow['current']}")
    return odd
