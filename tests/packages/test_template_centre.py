"""Every package that comes with the product: without findings, in canonical form, its own scenarios pass, its data fits."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from formwright import assets
from formwright.accounts.directory import directory
from formwright.accounts.model import SYSTEM
from formwright.database import Database
from formwright.packages.folder import Package, files_of, read_folder
from formwright.packages.operations import export, install
from formwright.packages.samples import remove_samples
from formwright.packages.scenarios import play
from formwright.records.lists import ListQuery, count_records, list_records
from formwright.schema.access import app_for
from formwright.schema.document import examine

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
FOLDERS = sorted(path.parent for path in assets.APP_TEMPLATES.glob("*/app.yaml"))


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def package(request: pytest.FixtureRequest) -> Package:
    return read_folder(request.param)


def test_it_has_no_findings(package: Package) -> None:
    _, findings = examine(package.document)

    assert [(each.code, each.at) for each in findings] == []


def test_it_is_written_as_export_writes_it(package: Package) -> None:
    folder = assets.APP_TEMPLATES / package.id

    for path, content in files_of(package):
        assert (folder / path).read_bytes() == content, path


def test_its_scenarios_pass(package: Package) -> None:
    report = play(package)

    assert report.ok, "\n".join(report.lines("en"))


def test_its_sample_data_is_taken_whole_and_can_be_removed(package: Package, database: Database) -> None:
    with database.write() as session:
        done = install(session, package, sample_data=True, actor=SYSTEM, now=NOW)
        assert {each.form: each.failed for each in done.samples if each.failed} == {}
        assert dict(files_of(export(session, package.id))) == dict(files_of(package))
    with database.write() as session:
        removed = remove_samples(session, package.id, actor=SYSTEM, now=NOW)
        assert removed == sum(each.inserted for each in done.samples)
        app = app_for(session, package.id)
        for each in done.samples:
            assert list_records(session, app, each.form, ListQuery(), actor=SYSTEM, now=NOW).records == ()


def test_the_sales_data_knows_its_accounts_products_agents_and_managers(database: Database) -> None:
    with database.write() as session:
        install(session, read_folder(assets.APP_TEMPLATES / "crm"), sample_data=True, actor=SYSTEM, now=NOW)
        app, people = app_for(session, "crm"), directory(session)

        def count(filter: str) -> int:
            return count_records(
                session, app, "opportunities", ListQuery(filter=filter, count="exact"), actor=SYSTEM, now=NOW
            ).value

        assert count("true") == 8800
        assert count("account is empty") == 1425
        assert count('product.name = "GTX Pro"') == 1480
        assert count("product is empty or owner is empty or manager is empty or stage is empty") == 0
        assert count('manager = member("dustin.brinkmann@example.com")') == 1583
        assert count('account.industry = "technology" and status = "won"') > 0
        anna = people.find("anna.snelling@example.com")
        assert count('owner = member("anna.snelling@example.com") and stage.code = "won"') == 208
        assert anna is not None
