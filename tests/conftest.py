"""What every test may ask for: a fresh database on SQLite or PostgreSQL, and pages of a real browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from formwright.database import Database
from formwright.settings import Settings
from tests.databases import Databases, PostgresDatabases, SqliteDatabases, site_settings
from tests.postgres import cluster

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.sites import Site

DESKTOP = (1440, 900)
PHONE = (390, 844)
FAILED = pytest.StashKey[bool]()

# The same examples everywhere and always: a red run on the merge gate is red at home as well, however slow the machine.
hypothesis.settings.register_profile(
    "house", deadline=None, derandomize=True, database=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("house")

# As root there is no sandbox to be had; the others keep Chromium from talking to anybody but us.
CHROMIUM_FLAGS = [
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=["sqlite", "postgres"],
        default="sqlite",
        help="what the database fixtures run on; with postgres, only the tests that use them are run",
    )


def pytest_configure() -> None:
    # What the developer's own installation is set to must not reach the tests.
    for name in [name for name in os.environ if name.startswith("FORMWRIGHT_") and "_TEST_" not in name]:
        del os.environ[name]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("database") != "postgres":
        return
    uses = [item for item in items if "databases" in getattr(item, "fixturenames", ())]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(uses)])
    items[:] = uses


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    # So that a fixture can see at its end whether its test failed.
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


# ── databases ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """The maker of databases, on the backend that `--database` names."""
    if request.config.getoption("database") == "sqlite":
        yield SqliteDatabases(tmp_path_factory.mktemp("databases"))
        return
    with cluster() as url:
        made = PostgresDatabases(url)
        yield made
        made.close()


@pytest.fixture
def new_database_url(databases: Databases) -> Iterator[Callable[[], str]]:
    """Call it for the URL of one more fresh database; all are dropped after the test."""
    urls: list[str] = []

    def make() -> str:
        urls.append(databases.fresh())
        return urls[-1]

    yield make
    for url in urls:
        databases.drop(url)


@pytest.fixture
def database_url(new_database_url: Callable[[], str]) -> str:
    """The URL of a fresh, migrated, empty database."""
    return new_database_url()


@pytest.fixture
def site_of_its_own(database_url: str, tmp_path: Path) -> Settings:
    """The settings of a site over `database_url` whose files lie below the test's own folder."""
    home = tmp_path / "site"
    home.mkdir()
    return site_settings(database_url, home)


@pytest.fixture
def database(site_of_its_own: Settings) -> Iterator[Database]:
    """A fresh, migrated, empty database: the one that `database_url` names."""
    made = Database(site_of_its_own.database_url, settings=site_of_its_own)
    yield made
    made.dispose()


@pytest.fixture
def clean_database(new_database_url: Callable[[], str], tmp_path: Path) -> Iterator[Callable[[], Database]]:
    """Call it for one more fresh database, as for a second site that an app is carried to."""
    made: list[Database] = []

    def make() -> Database:
        url, home = new_database_url(), tmp_path / f"other-site-{len(made) + 1}"
        home.mkdir()
        made.append(Database(url, settings=site_settings(url, home)))
        return made[-1]

    yield make
    for database in made:
        database.dispose()


@pytest.fixture
def site(site_of_its_own: Settings) -> Iterator[Site]:
    """A served Formwright over the same database as `database`: `site.url`, `site.product`."""
    from tests.sites import served

    with served(site_of_its_own) as running:
        yield running


# ── browser ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium: FORMWRIGHT_TEST_CHROMIUM, else the one on the PATH, else playwright's own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("FORMWRIGHT_TEST_CHROMIUM") or shutil.which("chromium"),
            args=CHROMIUM_FLAGS,
        )
        yield browser
        browser.close()


@pytest.fixture
def new_page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """`new_page(size=DESKTOP, locale="zh-CN", **context options)`: a page with its own cookies.

    An error of the page's own scripts fails the test; a failed test leaves pictures in test-results/.
    """
    pages: list[Page] = []
    errors: list[str] = []

    def make(size: tuple[int, int] = DESKTOP, locale: str = "zh-CN", **options: Any) -> Page:
        width, height = size
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale=locale, timezone_id="Asia/Shanghai", **options
        )
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
        pages.append(page)
        return page

    yield make
    if request.node.stash.get(FAILED, False):
        folder = Path(request.config.rootpath) / "test-results"
        folder.mkdir(exist_ok=True)
        for number, page in enumerate(pages, 1):
            page.screenshot(path=folder / f"{request.node.name}-{number}.png")
    for page in pages:
        page.context.close()
    assert errors == []


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A page on a laptop, 1440 × 900, in Chinese."""
    return new_page(DESKTOP)


@pytest.fixture
def phone(new_page: Callable[..., Page]) -> Page:
    """A page on a phone, 390 × 844 with touch, in Chinese."""
    return new_page(PHONE, device_scale_factor=2, is_mobile=True, has_touch=True)
