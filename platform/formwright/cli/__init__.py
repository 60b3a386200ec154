"""The command line: `formwright`, one command a module, each imported only when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

COMMANDS = {
    "serve": "formwright.cli.serve:serve",
    "worker": "formwright.cli.serve:worker",
    "db": "formwright.cli.db:db",
    "org": "formwright.cli.org:org",
    "token": "formwright.cli.org:token",
    "app": "formwright.cli.app:app",
    "records": "formwright.cli.records:records",
    "rules": "formwright.cli.rules:rules",
    "audit": "formwright.cli.verify:audit",
    "flow": "formwright.cli.verify:flow",
}


class _Lazy(click.Group):
    """Looks a command up when it is asked for: `formwright --help` imports neither the web nor the database."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command: Any = getattr(import_module(module), name)
        return command if isinstance(command, click.Command) else None


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="formwright", prog_name="formwright")
def main() -> None:
    """Formwright 表匠: forms, approval flows and whole apps, self-hosted."""
