"""A decision is taken once, also when it is sent twice at the same moment (tests/chaos has the long version)."""

from __future__ import annotations

from tests.sites import served
from tests.web.office import Office
from tests.web.races import at_once, call, race


def token(office: Office, email: str) -> str:
    return office.program(email).headers["Authorization"].removeprefix("Bearer ")


def values(office: Office) -> dict[str, object]:
    return {"customer": office.customer(), "lines": [{"product": office.goods(), "quantity": 1}]}


def test_of_two_deciders_at_the_same_moment_one_wins(office: Office) -> None:
    with served(office.product.settings) as site:
        odd = race(
            [site.url], token(office, "li.na@example.com"), token(office, "rep@example.com"), values(office), tries=10
        )

    assert odd == []


def test_a_unique_value_taken_twice_at_the_same_moment_has_one_winner(office: Office) -> None:
    rep = token(office, "rep@example.com")
    path, body = "/apps/sales/forms/customer/records", {"values": {"name": "Twice"}}
    with served(office.product.settings) as site:
        answers = at_once([(site.url, rep, "POST", path, body)] * 2)
        kept = call(site.url, rep, "GET", f"{path}?q=Twice&count=exact").document

    assert sorted(each.status for each in answers) == [201, 422]
    assert kept["count"]["value"] == 1


def test_the_same_version_changed_twice_at_the_same_moment_has_one_winner(office: Office) -> None:
    rep = token(office, "rep@example.com")
    path = f"/apps/sales/forms/customer/records/{office.customer()}"
    version = office.rep.get(path).json["version"]
    with served(office.product.settings) as site:
        answers = at_once(
            [
                (site.url, rep, "PATCH", path, {"values": {"email": f"{each}@example.com"}}, {"If-Match": str(version)})
                for each in "ab"
            ]
        )

    assert sorted(each.status for each in answers) == [200, 409]
