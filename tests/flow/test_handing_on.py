"""A task changes hands: transfer, delegation, signers before, beside and after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.flow.office import Office, flow_of

from formwright.errors import Conflict, NotAllowed

Open = Callable[..., Office]

BOTH = 'assign: \'member("li.na@example.com") + member("fin@example.com") + member("boss@example.com")\''


def one(node: str, **keys: Any) -> dict[str, Any]:
    """start → a → done, where `node` is what `a` says besides."""
    return flow_of(f"{{id: a, type: approve, name: A, {node}}}", "start > a > done", **keys)


def test_a_transfer_closes_mine_and_opens_theirs(open_office: Open) -> None:
    office = open_office(one(f"{BOTH}, pass: all"))
    record = office.submit("rep")
    with pytest.raises(Conflict) as error:
        office.act("fin", "transfer", record, to="boss")
    assert error.value.code == "already_assignee"
    office.act("fin", "transfer", record, to="legal", comment="away")
    assert office.holders(record) == ["a:boss", "a:legal", "a:li.na"]
    for who in ("legal", "li.na", "boss"):
        office.act(who, "approve", record)
    assert office.status(record) == "approved"
    assert office.history(record)[1] == "fin:transfer@a"
    office.verify()


def test_a_delegate_advises_and_the_owner_decides(open_office: Open) -> None:
    office = open_office(one("assign: 'role(\"finance\")', actions: {delegate: true}"))
    record = office.submit("rep")
    office.act("fin", "delegate", record, to="legal")
    assert office.holders(record) == ["a:legal"]
    office.act("legal", "reject", record, comment="I would not")
    assert (office.status(record), office.holders(record)) == ("running", ["a:fin"])
    office.act("fin", "delegate", record, to="boss")
    office.act("fin", "recall", record)
    assert office.holders(record) == ["a:fin"]
    office.act("fin", "approve", record)
    assert office.status(record) == "approved"
    assert office.history(record) == [
        "rep:submit",
        "fin:delegate@a",
        "legal:reject@a",
        "fin:delegate@a",
        "fin:recall@a",
        "fin:approve@a",
    ]


def test_signers_before_beside_and_after(open_office: Open) -> None:
    flow = one("assign: 'role(\"finance\")', pass: all, actions: {add_signer: [before, after, parallel]}")
    office = open_office(flow)
    record = office.submit("rep")
    office.act("fin", "add_signer", record, when="before", to="legal")
    assert office.holders(record) == ["a:legal"]
    office.act("legal", "approve", record)
    assert office.holders(record) == ["a:fin"]
    office.act("fin", "add_signer", record, when="parallel", to="boss")
    office.act("fin", "add_signer", record, when="after", to="li.na")
    assert office.holders(record) == ["a:boss", "a:fin"]
    office.act("fin", "approve", record)
    assert office.holders(record) == ["a:boss", "a:li.na"]
    office.act("boss", "approve", record)
    assert office.holders(record) == ["a:li.na"]
    office.act("li.na", "approve", record)
    assert office.status(record) == "approved"
    office.verify()


def test_an_added_signer_can_be_taken_away_again(open_office: Open) -> None:
    office = open_office(one("assign: 'role(\"finance\")', pass: all, actions: {add_signer: [parallel, before]}"))
    record = office.submit("rep")
    office.act("fin", "add_signer", record, when="parallel", to=["boss", "legal"])
    office.act("fin", "remove_signer", record, to="boss")
    assert office.holders(record) == ["a:fin", "a:legal"]
    office.act("fin", "add_signer", record, when="before", to="boss")
    office.act("fin", "remove_signer", record, to="boss")
    assert office.holders(record) == ["a:fin", "a:legal"]
    with pytest.raises(NotAllowed):
        office.act("legal", "remove_signer", record, to="fin")
