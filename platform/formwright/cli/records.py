"""`records`: in from csv or xlsx, out to csv."""

from __future__ import annotations

import csv
from pathlib import Path

import click

from formwright.cli.site import Failed, language, reading, reports, say, writing
from formwright.texts import both, show


@click.group()
def records() -> None:
    """Records in and out of files."""


@records.command("import")
@click.argument("app_id", metavar="APP")
@click.argument("form")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map", "map_file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="How columns map."
)
@click.option("--key", "key", multiple=True, help="Update the records with the same values here instead of adding.")
@reports
def import_(app_id: str, form: str, file: Path, map_file: Path | None, key: tuple[str, ...]) -> None:
    """Bring FILE into FORM; every row that cannot be taken is said, none is dropped silently."""
    from formwright.accounts.model import SYSTEM
    from formwright.packages.dialect import load
    from formwright.records.importing import import_rows
    from formwright.records.mapping import guess_map, read_map
    from formwright.records.sheets import read_table
    from formwright.schema.access import app_for

    header, rows = read_table(file.read_bytes(), file.name)
    with writing() as (session, now):
        app = app_for(session, app_id)
        if form not in app.forms:
            raise Failed({"zh": f"没有表单 {form}", "en": f"There is no form {form}"}[language()])
        if map_file is None:
            mapping = guess_map(header, app, form)
        else:
            mapping = read_map(load(map_file.read_bytes(), map_file.name)[0], app, form)
        keys = key or mapping.key
        report = import_rows(
            session, app, form, rows, mode="upsert" if keys else "insert", key=keys,
            mapping=mapping, header=header, actor=SYSTEM, now=now,
        )  # fmt: skip
    for failed in report.failed:
        for problem in failed.errors:
            click.echo(f"{file.name}:{failed.row + 2}: {problem.at} {show(problem.message, language())}", err=True)
    say(
        both(
            f"新增 {report.inserted}，更新 {report.updated}，未导入 {len(report.failed)}",
            f"{report.inserted} inserted, {report.updated} updated, {len(report.failed)} not taken",
        )
    )
    if report.failed:
        raise Failed("")


@records.command("export")
@click.argument("app_id", metavar="APP")
@click.argument("form")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@reports
def export(app_id: str, form: str, file: Path) -> None:
    """Write every record of FORM to a csv as people read it."""
    from formwright.accounts.model import SYSTEM
    from formwright.records.export import export_rows
    from formwright.schema.access import app_for

    with reading() as (session, now):
        app = app_for(session, app_id)
        if form not in app.forms:
            raise Failed({"zh": f"没有表单 {form}", "en": f"There is no form {form}"}[language()])
        with file.open("w", encoding="utf-8-sig", newline="") as target:
            writer = csv.writer(target)
            count = -1
            for row in export_rows(session, app, form, actor=SYSTEM, now=now, language=language()):
                writer.writerow(row)
                count += 1
    say(both(f"已导出 {count} 条", f"{count} records exported"))
