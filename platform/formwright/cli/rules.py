"""`rules`: try the rule language."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import click

from formwright.cli.site import Failed, language, reports
from formwright.texts import both, show


@click.group()
def rules() -> None:
    """Evaluate, check and explain rules; no database is needed."""


@rules.command("eval")
@click.argument("expression")
@click.option("--values", default="{}", help="The values that it reads, as JSON.")
@reports
def eval_(expression: str, values: str) -> None:
    """Print the value of EXPRESSION as JSON."""
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    from formwright.records.evaluation import RuleRefused, evaluate
    from formwright.schema.json_text import to_json

    try:
        given = json.loads(values, parse_float=Decimal)
    except ValueError:
        raise click.BadParameter(show(both("不是有效的 JSON", "not readable JSON"), language())) from None
    try:
        answer = evaluate(expression, given, now=datetime.now(UTC), timezone=ZoneInfo("Asia/Shanghai"))
    except RuleRefused as refused:
        raise Failed(str(refused.rule)) from refused
    click.echo(to_json(answer["value"]))


@rules.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@reports
def check(file: Path) -> None:
    """Check a .rules file: named rules and decision tables."""
    from formwright_rules import Environment, RuleError
    from formwright_rules import check as look

    text = file.read_text(encoding="utf-8")
    try:
        checked = look(text, Environment({}), start="rules")
        if not checked.ok:
            raise RuleError(checked.findings, text)
    except RuleError as error:
        lines = [
            f"{file.name}:{each.line}:{each.column}: {each.code}: {each.message[language()]}" for each in error.findings
        ]
        raise Failed("\n".join(lines)) from error


@rules.command()
@click.argument("expression")
@click.option("--values", default="{}", help="The values that it reads, as JSON.")
@reports
def explain(expression: str, values: str) -> None:
    """Say in words how EXPRESSION comes to its value."""
    from datetime import UTC, datetime

    from formwright.records.evaluation import read_json
    from formwright_rules import PlainContext, RuleError, infer
    from formwright_rules import explain as tell

    given = read_json(json.loads(values, parse_float=Decimal), "/values")
    try:
        click.echo(str(tell(expression, infer(given), given, PlainContext(now=datetime.now(UTC)), language())))
    except RuleError as error:
        raise Failed(str(error)) from error
