"""A quote's way through its flow, over HTTP alone."""

from __future__ import annotations

from tests.web.office import FORM, Office


def test_from_submission_over_a_return_to_the_end(office: Office) -> None:
    quote = office.quote()
    path = f"{FORM}/{quote['id']}"
    task = office.li_na.task("manager")

    shown = office.li_na.get(f"/tasks/{task['id']}").expect(200)
    assert {"approve", "reject", "return", "transfer"} <= set(shown["actions"])
    assert shown["return_to"] == [{"node": "start", "name": shown["return_to"][0]["name"]}]
    office.li_na.act("return", to="start", comment="why?").expect(200)

    flow = office.rep.get(f"{path}/flow").expect(200)
    assert (flow["status"], [each["node"] for each in flow["current"]]) == ("running", ["start"])
    office.rep.act("submit").expect(200)
    done = office.li_na.act("approve").expect(200)

    assert done["status"] == "approved"
    assert done["current"] == []
    assert office.rep.get(path).expect(200)["values"]["status"] == "accepted"


def test_a_task_is_closed_once(office: Office) -> None:
    office.quote()
    task = office.li_na.task()["id"]
    office.li_na.post(f"/tasks/{task}/actions", {"action": "approve"}).expect(200)

    again = office.li_na.post(f"/tasks/{task}/actions", {"action": "approve"})

    assert (again.status, again.code) == (409, "task_closed")


def test_another_members_task(office: Office) -> None:
    office.quote()
    task = office.li_na.task()["id"]

    seen = office.rep.post(f"/tasks/{task}/actions", {"action": "approve"})
    unseen = office.rep2.post(f"/tasks/{task}/actions", {"action": "approve"})

    assert (seen.status, seen.code) == (403, "not_assignee")
    assert (unseen.status, unseen.code) == (404, "not_found")


def test_a_large_quote_goes_to_legal_and_finance_together(office: Office) -> None:
    quote = office.quote(quantity=600)
    office.li_na.act("approve").expect(200)

    flow = office.rep.get(f"{FORM}/{quote['id']}/flow").expect(200)
    assert {each["node"] for each in flow["current"]} == {"legal", "money"}
    office.legal.act("approve").expect(200)
    refused = office.fin.act("return", to="start")
    assert (refused.status, refused.code) == (403, "not_allowed")
    assert office.fin.act("approve").expect(200)["status"] == "approved"


def test_withdrawn_until_the_next_task_is_handled(office: Office) -> None:
    quote = office.quote()
    path = f"{FORM}/{quote['id']}/flow/actions"

    assert office.rep.post(path, {"action": "withdraw"}).expect(200)["status"] == "withdrawn"
    assert office.rep.post(path, {"action": "submit"}).expect(200)["status"] == "running"
    office.li_na.act("approve").expect(200)
    late = office.rep.post(path, {"action": "withdraw"})
    assert (late.status, late.code) == (409, "already_handled")


def test_a_record_in_a_flow_is_locked(office: Office) -> None:
    quote = office.quote()

    refused = office.rep.patch(f"{FORM}/{quote['id']}", {"values": {"remark": "x"}})

    assert refused.status == 403


def test_why_did_i_get_this_task(office: Office) -> None:
    quote = office.quote()
    task = office.li_na.task()["id"]

    why = office.li_na.get(f"{FORM}/{quote['id']}/explain?what=task:{task}", Accept_Language="en").expect(200)

    assert "Discount rate" in why["text"]
    assert "5%" in why["rule"]
