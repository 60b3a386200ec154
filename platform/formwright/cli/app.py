"""`app`: install, check, format, test and export apps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from formwright.cli.site import Failed, language, reading, reports, say, writing
from formwright.texts import both, show

if TYPE_CHECKING:
    from formwright.packages.folder import Package


@click.group()
def app() -> None:
    """Apps as folders of text."""


@app.command("list")
@reports
def list_() -> None:
    """The installed apps: id, version, publication, name."""
    from formwright.schema.access import apps

    with reading() as (session, _):
        for each in apps(session):
            click.echo(f"{each.id}\t{each.version}\t{each.publication}\t{show(each.name, language())}")


@app.command()
@reports
def catalog() -> None:
    """The packages that come with the product."""
    from formwright.packages.catalog import catalog as offers

    for offer in offers():
        click.echo(f"{offer.app.id}\t{offer.app.version}\t{show(offer.app.name, language())}")


@app.command()
@click.argument("package")
@click.option("--sample-data", is_flag=True, help="With the package's sample records and the people they name.")
@reports
def install(package: str, sample_data: bool) -> None:
    """Install PACKAGE: a name from the catalogue, a folder or a zip."""
    from formwright.accounts.model import SYSTEM
    from formwright.packages.operations import install as put_in

    found = _package(package)
    with writing() as (session, now):
        done = put_in(session, found, sample_data=sample_data, actor=SYSTEM, now=now)
    if not done.fresh:
        say(both(f"{done.app.id} {done.app.version} 已安装", f"{done.app.id} {done.app.version} is installed already"))
        return
    say(both(f"已安装 {done.app.id} {done.app.version}", f"Installed {done.app.id} {done.app.version}"))
    for each in done.samples:
        line = both(f"  {each.form}：{each.inserted} 条", f"  {each.form}: {each.inserted} records")
        say(line)
        for failed in each.failed:
            for problem in failed.errors:
                click.echo(f"  {each.form}.csv:{failed.row + 2}: {show(problem.message, language())}", err=True)


@app.command()
@click.argument("app_id", metavar="APP")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@reports
def export(app_id: str, directory: Path) -> None:
    """Write the published app as a folder of text; DIRECTORY must be empty or new."""
    from formwright.packages.folder import write_folder
    from formwright.packages.operations import export as take_out

    if directory.exists() and any(directory.iterdir()):
        raise Failed({"zh": f"{directory} 不是空文件夹", "en": f"{directory} is not empty"}[language()])
    with reading() as (session, _):
        write_folder(take_out(session, app_id), directory)
    say(both(f"已导出到 {directory}", f"Exported to {directory}"))


@app.command()
@click.argument("package")
@reports
def check(package: str) -> None:
    """Every finding on PACKAGE: a folder, a zip, or the draft of an installed app."""
    from formwright.packages.operations import check as look
    from formwright.schema.document import examine

    if _is_file(package):
        found = _package(package)
        findings = [(found.where(each.at), each) for each in examine(found.document)[1]]
    else:
        with reading() as (session, _):
            findings = [(each.at, each) for each in look(session, package)]
    for at, each in findings:
        click.echo(f"{at}: {each.severity} {each.code}: {show(each.message, language())}", err=each.severity == "error")
    wrong = sum(each.severity == "error" for _, each in findings)
    if wrong:
        raise Failed({"zh": f"{wrong} 个错误", "en": f"{wrong} errors"}[language()])
    say(both("没有错误", "No errors"))


@app.command("format")
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@reports
def format_(directory: Path) -> None:
    """Bring a hand-written folder to the form that export writes; comments are not kept."""
    from dataclasses import replace

    from formwright.packages.canonical import with_ids
    from formwright.packages.folder import files_of, read_folder

    package = read_folder(directory)
    changed = 0
    for path, content in files_of(replace(package, document=with_ids(package.document))):
        target = directory / path
        if not target.is_file() or target.read_bytes() != content:
            target.write_bytes(content)
            changed += 1
    say(both(f"{changed} 个文件已改写", f"{changed} files rewritten"))


@app.command()
@click.argument("package")
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), help="Also write the results as JUnit XML.")
@reports
def test(package: str, junit: Path | None) -> None:
    """Play the scenarios of PACKAGE (a folder or a zip) on a throw-away database."""
    from formwright.packages.scenarios import play

    report = play(_package(package))
    for line in report.lines(language()):
        click.echo(line)
    if junit is not None:
        junit.write_text(report.junit(), encoding="utf-8")
    if not report.ok:
        raise Failed("")


@app.command()
@click.argument("app_id", metavar="APP")
@click.argument("package")
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@reports
def upgrade(app_id: str, package: str, dry_run: bool) -> None:
    """Put another version of a package in the place of the installed one."""
    from formwright.accounts.model import SYSTEM
    from formwright.packages.operations import upgrade as put_in
    from formwright.packages.operations import upgrade_changes

    found = _package(package)
    if dry_run:
        with reading() as (session, _):
            changes = upgrade_changes(session, app_id, found)
    else:
        with writing() as (session, now):
            changes = put_in(session, app_id, found, actor=SYSTEM, now=now).changes
    for change in changes:
        click.echo(f"{change.at}: {show(change.message, language())}")


@app.command()
@click.argument("app_id", metavar="APP")
@click.option("--yes", is_flag=True, help="Really do it; the records go to the recycle bin.")
@reports
def uninstall(app_id: str, yes: bool) -> None:
    """Take an app away."""
    from formwright.accounts.model import SYSTEM
    from formwright.packages.operations import uninstall as take_away

    if not yes:
        raise click.UsageError({"zh": "需要 --yes", "en": "--yes is needed"}[language()])
    with writing() as (session, now):
        take_away(session, app_id, actor=SYSTEM, now=now)
    say(both(f"已卸载 {app_id}", f"Uninstalled {app_id}"))


def _is_file(package: str) -> bool:
    return package.endswith(".zip") or "/" in package or Path(package).exists()


def _package(package: str) -> Package:
    from formwright.packages.catalog import packaged
    from formwright.packages.folder import read_folder, read_zip

    path = Path(package)
    if path.is_dir():
        return read_folder(path)
    if path.is_file():
        return read_zip(path.read_bytes())
    if "/" in package or package.endswith(".zip"):
        raise Failed({"zh": f"没有 {package}", "en": f"There is no {package}"}[language()])
    return packaged(package)
