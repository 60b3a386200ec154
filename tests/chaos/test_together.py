"""Several web processes and several workers on one database do each thing once."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func, select

from formwright.notify.tables import message
from tests.chaos.servers import serving, work_until_idle
from tests.sites import served
from tests.web.office import FORM, Office
from tests.web.races import call, race

TRIES = 100
QUOTES = 12


def token(office: Office, email: str) -> str:
    return office.program(email).headers["Authorization"].removeprefix("Bearer ")


def values(office: Office) -> dict[str, object]:
    return {"customer": office.customer(), "lines": [{"product": office.goods(), "quantity": 1}]}


def test_a_task_is_decided_once_in_a_hundred_races(office: Office) -> None:
    with served(office.product.settings) as site:
        odd = race(
            [site.url], token(office, "li.na@example.com"), token(office, "rep@example.com"), values(office), TRIES
        )

    assert odd == []


def test_a_task_is_decided_once_when_the_deciders_are_at_two_processes(office: Office) -> None:
    settings = office.product.settings
    with serving(settings, "--no-worker") as one, serving(settings, "--no-worker") as other:
        odd = race(
            [one.url, other.url],
            token(office, "li.na@example.com"),
            token(office, "rep@example.com"),
            values(office),
            TRIES,
        )

    assert odd == []


def test_two_web_processes_and_two_workers_tell_the_main_story_once(office: Office, tmp_path: Path) -> None:
    settings, sent = office.product.settings, values(office)
    rep, manager = token(office, "rep@example.com"), token(office, "li.na@example.com")
    clock = tmp_path / "now"
    # A Tuesday morning; the manager has two working days and is reminded four hours before.
    clock.write_text("2026-03-03T10:00:00+08:00")
    told = {"FORMWRIGHT_CLOCK_FILE": str(clock)}
    with serving(settings, "--no-worker", **told) as one, serving(settings, "--no-worker", **told) as other:
        sites = (one.url, other.url)
        quotes = [call(sites[place % 2], rep, "POST", FORM, {"values": sent}).document["id"] for place in range(QUOTES)]
        clock.write_text("2026-03-05T09:30:00+08:00")
        work_until_idle(settings, 2, **told)
        for place, quote in enumerate(quotes):
            task = call(sites[place % 2], manager, "GET", f"/tasks?record={quote}").document["items"][0]["id"]
            done = call(sites[1 - place % 2], manager, "POST", f"/tasks/{task}/actions", {"action": "approve"})
            assert (done.status, done.document["status"]) == (200, "approved")
        flows = [
            call(sites[place % 2], rep, "GET", f"{FORM}/{quote}/flow").document for place, quote in enumerate(quotes)
        ]

    assert {each["status"] for each in flows} == {"approved"}
    contracts = office.li_na.get("/apps/sales/forms/contract/records?count=exact").expect(200)
    assert contracts["count"]["value"] == QUOTES
    with office.product.database.read() as session:
        reminded = session.execute(select(message.c.link, func.count()).group_by(message.c.link)).all()
    assert sorted(link for link, _ in reminded) == sorted(f"{FORM}/{quote}" for quote in quotes)
    assert {times for _, times in reminded} == {1}
