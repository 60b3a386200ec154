"""An accepted submission exists exactly once, whatever happens to the server that accepted it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from threading import Lock

from tests.chaos.servers import serving
from tests.web.office import FORM, Office
from tests.web.races import Reply, call

SUBMISSIONS = 50
KILLED_AFTER = 20


def test_what_was_accepted_before_a_kill_exists_once_and_a_retry_gets_the_same_answer(office: Office) -> None:
    token = office.rep.headers["Authorization"].removeprefix("Bearer ")
    customer, goods = office.customer(), office.goods()
    accepted: dict[int, Reply] = {}
    counting = Lock()

    def submit(url: str, number: int) -> Reply:
        # Every quote has a quantity of its own, by which it is known again.
        values = {"customer": customer, "lines": [{"product": goods, "quantity": number}]}
        return call(url, token, "POST", FORM, {"values": values}, {"Idempotency-Key": f"quote-{number}"})

    settings = office.product.settings
    with serving(settings) as server, ThreadPoolExecutor(8) as people:

        def submit_and_perhaps_kill(number: int) -> None:
            try:
                reply = submit(server.url, number)
            except (OSError, HTTPException):
                return
            with counting:
                accepted[number] = reply
                if len(accepted) == KILLED_AFTER:
                    server.kill()

        list(people.map(submit_and_perhaps_kill, range(1, SUBMISSIONS + 1)))
    with serving(settings) as server:
        again = {number: submit(server.url, number) for number in range(1, SUBMISSIONS + 1)}

    assert KILLED_AFTER <= len(accepted) < SUBMISSIONS
    assert {reply.status for reply in [*accepted.values(), *again.values()]} == {201}
    assert {number: again[number].document for number in accepted} == {
        number: reply.document for number, reply in accepted.items()
    }
    kept = office.li_na.get(f"{FORM}?limit=200").expect(200)["items"]
    assert sorted(each["values"]["lines"][0]["quantity"] for each in kept) == list(range(1, SUBMISSIONS + 1))
    assert {each["id"] for each in kept} == {reply.document["id"] for reply in again.values()}
    assert len({each["values"]["number"] for each in kept}) == SUBMISSIONS
    tasks = office.li_na.get("/tasks?limit=200").expect(200)["items"]
    assert sorted(each["record"]["id"] for each in tasks) == sorted(each["id"] for each in kept)
