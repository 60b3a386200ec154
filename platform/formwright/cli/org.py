"""`org` and `token`: people, and tokens for programs that act as them."""

from __future__ import annotations

from pathlib import Path

import click

from formwright.cli.site import Failed, language, reading, reports, say, writing
from formwright.errors import Invalid, Problem
from formwright.texts import both


@click.group()
def org() -> None:
    """Members, departments, roles, proxies."""


@org.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@reports
def import_(file: Path) -> None:
    """Bring the organisation to what FILE says; importing twice changes nothing."""
    from formwright.accounts.model import SYSTEM
    from formwright.accounts.operations import import_org
    from formwright.packages.dialect import load

    document, positions = load(file.read_bytes(), file.name)
    with writing() as (session, now):
        try:
            done = import_org(session, document, actor=SYSTEM, now=now)
        except Invalid as error:
            raise Invalid(
                problems=[
                    Problem(f"{file.name}:{positions.line(each.at)}", each.code, each.message)
                    for each in error.problems
                ]
            ) from error
    listed = ", ".join(f"{part} {count}" for part, count in done.items())
    say(both(f"已导入：{listed}", f"Imported: {listed}"))


@org.command("export")
@reports
def export_() -> None:
    """Print the organisation, without passwords."""
    from formwright.accounts.operations import export_org
    from formwright.packages.dialect import dump
    from formwright.packages.layout import ORG

    with reading() as (session, _):
        click.echo(dump(export_org(session), ORG), nl=False)


@click.group()
def token() -> None:
    """Tokens for the API."""


@token.command("create")
@click.option("--email", required=True, help="The member as whom the token acts.")
@click.option("--name", default="", help="What the token is for.")
@reports
def create(email: str, name: str) -> None:
    """Print a new token, alone, on standard output."""
    from formwright.accounts.access import member_for
    from formwright.accounts.model import SYSTEM
    from formwright.accounts.tokens import create_token

    with writing() as (session, now):
        member = member_for(session, email)
        if not member.active:
            raise Failed({"zh": "成员已停用", "en": "The member is not active"}[language()])
        _, secret = create_token(session, member.id, name, actor=SYSTEM, now=now)
    click.echo(secret)
