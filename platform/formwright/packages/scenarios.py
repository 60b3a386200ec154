"""Plays the scenarios of a package: each on a throw-away site with a fake clock, in well under a second."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any
from xml.etree import ElementTree

from formwright import flow, notify
from formwright.accounts.model import SYSTEM
from formwright.accounts.operations import ensure_roles, import_org
from formwright.assets import STANDARD_ORG
from formwright.database import Database
from formwright.database import upgrade as upgrade_catalogue
from formwright.errors import FormwrightError
from formwright.packages.dialect import load
from formwright.packages.folder import Package
from formwright.packages.operations import install
from formwright.packages.scenario_stage import Stage, StepFailed
from formwright.schema.document import read_app
from formwright.schema.model import Finding
from formwright.schema.reading import Reader, pointer
from formwright.schema.scenario_script import STANDARD, Scenario, read_scenario
from formwright.settings import Settings
from formwright.texts import Text, both, show


@dataclass(frozen=True, slots=True)
class Result:
    """One scenario as played; `failure` says what went wrong and `at`, a JSON pointer, where."""

    id: str
    name: Text
    seconds: float
    failure: Text | None = None
    at: str = ""
    where: str = ""
    """File and line of `at`."""

    @property
    def passed(self) -> bool:
        return self.failure is None


@dataclass(frozen=True, slots=True)
class Report:
    """All scenarios of a package, in the order of their files."""

    app: str
    results: tuple[Result, ...] = field(default=())

    @property
    def ok(self) -> bool:
        return all(result.passed for result in self.results)

    def lines(self, language: str) -> Iterator[str]:
        """What a person reads in a terminal."""
        for result in self.results:
            sign = "✓" if result.passed else "✗"
            yield f"{sign} {show(result.name, language, result.id)} ({result.seconds:.2f} s)"
            if result.failure is not None:
                yield f"  {result.where}" if result.where else f"  {result.at}"
                yield from (f"    {line}" for line in show(result.failure, language).splitlines())
        failed = sum(not result.passed for result in self.results)
        count = len(self.results)
        if language == "zh":
            yield f"{count} 个场景，{failed} 个失败" if failed else f"{count} 个场景，全部通过"
        else:
            yield f"{count} scenarios, {failed} failed" if failed else f"{count} scenarios, all passed"

    def junit(self, language: str = "en") -> str:
        """The report as JUnit XML, for build servers."""
        suite = ElementTree.Element(
            "testsuite",
            name=self.app,
            tests=str(len(self.results)),
            failures=str(sum(not result.passed for result in self.results)),
            time=f"{sum(result.seconds for result in self.results):.3f}",
        )
        for result in self.results:
            case = ElementTree.SubElement(
                suite,
                "testcase",
                classname=self.app,
                name=show(result.name, language, result.id),
                time=f"{result.seconds:.3f}",
            )
            if result.failure is not None:
                said = show(result.failure, language)
                failure = ElementTree.SubElement(case, "failure", message=said.splitlines()[0] if said else "")
                failure.text = f"{result.where or result.at}\n{said}"
        return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def play(package: Package, *, only: Collection[str] | None = None, org: Any = None) -> Report:
    """Play the scenarios of a package, or those named by `only`; `org` stands in for each scenario's organisation."""
    connect_floors()
    scenarios = package.document.get("tests")
    documents = scenarios if isinstance(scenarios, Mapping) else {}
    with TemporaryDirectory(prefix="formwright-scenarios-") as folder:
        theatre = _Theatre(package, Path(folder))
        results = [
            theatre.play(
                name, {**document, "org": org} if org is not None and isinstance(document, Mapping) else document
            )
            for name, document in sorted(documents.items())
            if only is None or name in only
        ]
    return Report(package.id, tuple(results))


def connect_floors() -> None:
    """What a scenario needs of the floors below; connecting twice does nothing."""
    notify.connect()
    flow.connect()


class _Theatre:
    """Makes a site for each scenario: one copy of a site that has the organisation and the app already."""

    def __init__(self, package: Package, folder: Path) -> None:
        self.package = package
        self.folder = folder
        self._sites: dict[str, Path | FormwrightError] = {}

    def play(self, name: str, document: Any) -> Result:
        began = perf_counter()
        findings: list[Finding] = []
        scenario = read_scenario(Reader(document, pointer("tests", name), findings), name)
        errors = [finding for finding in findings if finding.severity == "error"]
        if errors:
            said = both(*("\n".join(show(each.message, language) for each in errors) for language in ("zh", "en")))
            return self._failed(scenario, began, said, errors[0].at)
        try:
            with self._site(scenario) as database:
                Stage(database, self.package, scenario).play()
        except StepFailed as failure:
            return self._failed(scenario, began, failure.message, failure.step.at)
        except FormwrightError as error:
            said = both(f"应用无法安装：{error.say('zh')}", f"The app cannot be installed: {error.say('en')}")
            return self._failed(scenario, began, said, f"/tests/{name}")
        return Result(name, scenario.name, perf_counter() - began)

    def _failed(self, scenario: Scenario, began: float, message: Text, at: str) -> Result:
        place = Finding("error", "scenario", at, message)
        where = self.package.where(place.at)
        return Result(scenario.id, scenario.name, perf_counter() - began, message, at, where)

    def _site(self, scenario: Scenario) -> AbstractContextManager[Database]:
        key = json.dumps([scenario.org, scenario.sample_data, str(scenario.now)], sort_keys=True, default=str)
        if key not in self._sites:
            self._sites[key] = self._template(scenario, self.folder / f"{len(self._sites)}.db")
        template = self._sites[key]
        if isinstance(template, FormwrightError):
            raise template
        return _opened(Path(shutil.copy(template, self.folder / "stage.db")))

    def _template(self, scenario: Scenario, path: Path) -> Path | FormwrightError:
        """A site with the organisation and the app, or why there is none."""
        shutil.copy(self._empty(), path)
        try:
            with _opened(path) as database, database.write() as session:
                # The app's roles and the organisation's are one set: members may hold those of the app.
                ensure_roles(session, read_app(self.package.document)[0].roles, actor=SYSTEM, now=scenario.now)
                import_org(session, _organisation(scenario.org), actor=SYSTEM, now=scenario.now)
                install(session, self.package, sample_data=scenario.sample_data, actor=SYSTEM, now=scenario.now)
        except FormwrightError as error:
            return error
        return path

    def _empty(self) -> Path:
        path = self.folder / "empty.db"
        if not path.exists():
            with _opened(path) as database:
                upgrade_catalogue(database)
        return path


@contextmanager
def _opened(path: Path) -> Iterator[Database]:
    settings = Settings(home=path.parent, database_url=f"sqlite:///{path}", environment="test", sqlite_sync="normal")
    database = Database(settings.database_url, settings=settings)
    try:
        yield database
    finally:
        database.dispose()


def _organisation(written: Any) -> Any:
    if written != STANDARD:
        return written
    found, _ = load(STANDARD_ORG.read_bytes(), "standard-org.yaml")
    return found
