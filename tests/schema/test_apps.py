"""Apps in the database: publications that never change, drafts that do, and what is in force."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from tests.schema.apps import shop

from formwright.accounts.model import SYSTEM
from formwright.database import Database
from formwright.errors import Conflict, Invalid, Missing
from formwright.schema.access import app_for, apps, draft_for, publication_of
from formwright.schema.json_text import from_json, to_json
from formwright.schema.operations import add_publication, new_app, remove_app, save_draft

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def publish(database: Database, document: dict[str, Any]) -> int:
    with database.write() as session:
        return add_publication(session, "shop", document, actor=SYSTEM, now=NOW).publication


def test_the_newest_publication_is_in_force(database: Database) -> None:
    document = shop()
    assert publish(database, document) == 1
    document["app"]["version"] = "2.0.0"
    assert publish(database, document) == 2
    with database.read() as session:
        assert app_for(session, "shop").version == "2.0.0"
        assert publication_of(session, "shop", 1).version == "1.0.0"
        assert [(app.id, app.version, app.publication) for app in apps(session)] == [("shop", "2.0.0", 2)]


def test_an_app_is_read_once_for_each_publication(database: Database) -> None:
    publish(database, shop())
    with database.read() as session:
        app = app_for(session, "shop")
    with database.read() as session:
        assert app_for(session, "shop") is app


def test_a_publication_is_in_force_in_its_own_transaction_at_once(database: Database) -> None:
    with database.write() as session, pytest.raises(Missing):
        app_for(session, "shop")
    with database.write() as session:
        with pytest.raises(Missing):
            app_for(session, "shop")
        add_publication(session, "shop", shop(), actor=SYSTEM, now=NOW)
        assert app_for(session, "shop").publication == 1


def test_what_was_rolled_back_is_never_found_again(database: Database) -> None:
    class StopHereError(Exception):
        pass

    wrong = shop()
    wrong["app"]["name"] = "Wrong"

    def publish_and_stop() -> None:
        with database.write() as session:
            assert add_publication(session, "shop", wrong, actor=SYSTEM, now=NOW).name == "Wrong"
            raise StopHereError

    with pytest.raises(StopHereError):
        publish_and_stop()
    publish(database, shop())
    with database.read() as session:
        assert app_for(session, "shop").name == {"zh": "商店", "en": "Shop"}


def test_a_removed_app_is_missing_and_may_come_back(database: Database) -> None:
    publish(database, shop())
    with database.write() as session:
        remove_app(session, "shop", now=NOW)
    with database.read() as session:
        assert apps(session) == []
        with pytest.raises(Missing):
            app_for(session, "shop")
    assert publish(database, shop()) == 2


def test_decimals_come_back_digit_by_digit(database: Database) -> None:
    document = shop()
    document["app"]["parameters"][0]["default"] = Decimal("0.10")
    publish(database, document)
    with database.read() as session:
        written = app_for(session, "shop").document["app"]["parameters"][0]["default"]
    assert str(written) == "0.10"
    text = to_json({"a": [Decimal("12345678901234567.8"), 1, True, None, "é\n"], "b": Decimal(5)})
    assert text == '{"a": [12345678901234567.8, 1, true, null, "é\\n"], "b": 5.0}'
    assert from_json(text)["a"][0] == Decimal("12345678901234567.8")


def test_saving_over_somebody_elses_draft_is_refused(database: Database) -> None:
    with database.write() as session:
        draft = new_app(session, "shop", "Shop", actor=SYSTEM, now=NOW)
        assert draft.revision == 1
        saved = save_draft(session, "shop", {"app": {}, "revision": 1}, actor=SYSTEM, now=NOW, revision=1)
        assert saved.revision == 2
        assert saved.document == {"app": {}}
        with pytest.raises(Conflict) as caught:
            save_draft(session, "shop", {}, actor=SYSTEM, now=NOW, revision=1)
        assert caught.value.code == "stale"
        assert caught.value.current == {"revision": 2}
    with database.read() as session:
        assert draft_for(session, "shop").revision == 2
        with pytest.raises(Missing):
            draft_for(session, "other")


def test_an_app_id_is_taken_once(database: Database) -> None:
    with database.write() as session:
        new_app(session, "shop", "Shop", actor=SYSTEM, now=NOW)
        with pytest.raises(Conflict) as caught:
            new_app(session, "shop", "Shop", actor=SYSTEM, now=NOW)
        assert caught.value.code == "installed"
        with pytest.raises(Invalid):
            new_app(session, "My shop", "Shop", actor=SYSTEM, now=NOW)


def test_a_document_that_no_file_could_hold_is_refused(database: Database) -> None:
    deep: Any = []
    for _ in range(5000):
        deep = [deep]
    with database.write() as session:
        new_app(session, "shop", "Shop", actor=SYSTEM, now=NOW)
        for document, code in (({"x": deep}, "too_deep"), ({"x": "\ud800"}, "bad_text")):
            with pytest.raises(Invalid) as caught:
                save_draft(session, "shop", document, actor=SYSTEM, now=NOW)
            assert caught.value.code == code
