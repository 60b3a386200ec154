"""`db`: the database itself."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import click

from formwright.cli.site import Failed, language, opened, product, reading, reports, say
from formwright.texts import both

if TYPE_CHECKING:
    from formwright.product import Product


@click.group()
def db() -> None:
    """Upgrade, check, back up and restore the database."""


@db.command()
@reports
def upgrade() -> None:
    """Bring the catalogue to the newest version."""
    from formwright.database import upgrade as bring_up

    bring_up(opened().database)
    say(both("数据库已是最新", "The database is up to date"))


@db.command()
@reports
def check() -> None:
    """Compare what the published apps need with what the database has."""
    from formwright.schema.access import app_for, apps
    from formwright.storage.migrate import check as differences

    with reading() as (session, _):
        found = [
            f"{each.id}: {line}"
            for each in apps(session)
            if each.publication
            for line in differences(session, app_for(session, each.id))
        ]
    if found:
        raise Failed("\n".join(found))
    say(both("数据库与应用一致", "The database matches the apps"))


@db.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@reports
def backup(file: Path) -> None:
    """Copy the database to FILE while it is in use."""
    site = product()
    if site.database.kind == "sqlite":
        part = file.with_name(file.name + ".part")
        part.unlink(missing_ok=True)
        with sqlite3.connect(str(site.database.url.database)) as source, sqlite3.connect(part) as target:
            source.backup(target)
        part.replace(file)
    else:
        _postgresql("pg_dump", "--format=custom", f"--file={file}", _address(site))
    say(both(f"已备份到 {file}", f"Backed up to {file}"))


@db.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@reports
def restore(file: Path) -> None:
    """Put a backup in the place of the database; the server must be stopped."""
    site = opened()
    if site.database.kind == "sqlite":
        kept = Path(str(site.database.url.database))
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as source:
            if source.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
                raise Failed({"zh": "备份文件已损坏", "en": "The backup is damaged"}[language()])
        site.database.dispose()
        for ending in ("-wal", "-shm"):
            Path(f"{kept}{ending}").unlink(missing_ok=True)
        part = kept.with_name(kept.name + ".part")
        shutil.copyfile(file, part)
        part.replace(kept)
    else:
        _postgresql(
            "pg_restore", "--clean", "--if-exists", "--single-transaction", f"--dbname={_address(site)}", str(file)
        )
    say(both("已恢复", "Restored"))


def _address(site: Product) -> str:
    return site.database.url.set(drivername="postgresql").render_as_string(hide_password=False)


def _postgresql(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        missing = {"zh": f"需要 {command[0]}（PostgreSQL 客户端）", "en": f"{command[0]} (PostgreSQL client) is needed"}
        raise Failed(missing[language()]) from None
    if done.returncode:
        raise Failed(done.stderr.strip())
