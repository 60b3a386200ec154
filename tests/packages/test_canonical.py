"""Rules as they are stored: by ids, so that a new label breaks none of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.schema.apps import field_of, shop

from formwright.accounts.model import SYSTEM
from formwright.database import Database
from formwright.packages import operations
from formwright.packages.canonical import with_ids
from formwright.packages.folder import read_folder
from formwright.schema.document import errors, examine

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
QUOTE = Path(__file__).parent.parent / "apps" / "quote"


def note_visible_when(rule: str) -> dict[str, Any]:
    document = shop()
    field_of(document, "order", "note")["visible"] = rule
    return document


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ('总额>100并且客户.等级="a"', 'total > 100 and customer.level = "a"'),
        ("Total > 100", "total > 100"),
        ("total>100  # 大单", "total>100  # 大单"),
        ('customer.name = "总额"', 'customer.name = "总额"'),
        ("总额 > ", "总额 > "),
    ],
)
def test_a_rule_is_kept_by_ids_and_otherwise_as_typed(written: str, stored: str) -> None:
    kept = with_ids(note_visible_when(written))
    assert field_of(dict(kept), "order", "note")["visible"] == stored


def test_rules_of_flows_are_kept_by_ids_too() -> None:
    package = read_folder(QUOTE)
    assert with_ids(package.document) is package.document
    flow = dict(package.document["flows"]["quote_approval"])
    flow["edges"] = [{**edge, "when": "总额 > 100"} if edge.get("when") else edge for edge in flow["edges"]]
    kept = with_ids({**package.document, "flows": {"quote_approval": flow}})
    assert [edge["when"] for edge in kept["flows"]["quote_approval"]["edges"] if "when" in edge] == ["total > 100"]


def test_relabelling_a_field_breaks_no_rule() -> None:
    kept = dict(with_ids(note_visible_when("总额 > 100")))
    field_of(kept, "order", "total")["label"] = {"zh": "合计", "en": "Sum"}
    assert errors(examine(kept)[1]) == []


def test_nonsense_is_kept_as_it_is() -> None:
    for document in ({"forms": {"x": []}}, {"app": 5}, {}):
        assert with_ids(document) == document


def test_a_draft_is_kept_by_ids(database: Database) -> None:
    with database.write() as session:
        operations.new_app(session, "shop", "Shop", actor=SYSTEM, now=NOW)
        draft = operations.save_draft(
            session, "shop", note_visible_when("总额 > 100"), revision=1, actor=SYSTEM, now=NOW
        )
    assert field_of(dict(draft.document), "order", "note")["visible"] == "total > 100"
