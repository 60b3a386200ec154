"""What commands share: the product, and errors as sentences on standard error with exit status 1."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from formwright.errors import FormwrightError
from formwright.texts import Text, show

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from formwright.product import Product

F = TypeVar("F", bound=Callable[..., Any])


def language() -> str:
    """What the shell speaks: zh or en."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if spoken.lower().startswith("zh") else "en"


def say(text: Text) -> None:
    """One line for the person at the terminal."""
    click.echo(show(text, language()))


class Failed(click.ClickException):
    """Done with, exit status 1."""

    exit_code = 1

    def show(self, file: Any = None) -> None:
        click.echo(self.message, err=True)


def reports(command: F) -> F:
    """Turn what the product refuses into a sentence and exit status 1."""

    @functools.wraps(command)
    def run(*arguments: Any, **options: Any) -> Any:
        try:
            return command(*arguments, **options)
        except FormwrightError as error:
            raise Failed(error.say(language())) from error

    return run  # type: ignore[return-value]


def opened() -> Product:
    """The product of this environment, whatever state its database is in; closed when the command ends."""
    from formwright.product import Product

    found = Product()
    context = click.get_current_context(silent=True)
    if context is not None:
        context.call_on_close(found.database.dispose)
    return found


def product() -> Product:
    """The product of this environment; on an embedded database brought up to date, else refused when migrations wait."""
    from formwright.database import is_current, upgrade

    found = opened()
    if found.database.kind == "sqlite":
        upgrade(found.database)
    elif not is_current(found.database):
        waiting = {"zh": "数据库需要升级：formwright db upgrade", "en": "The database needs: formwright db upgrade"}
        raise Failed(show(waiting, language()))
    return found


@contextmanager
def writing(site: Product | None = None) -> Iterator[tuple[Session, datetime]]:
    """One writing transaction and the time."""
    site = site or product()
    with site.database.write() as session:
        yield session, site.clock.now()


@contextmanager
def reading(site: Product | None = None) -> Iterator[tuple[Session, datetime]]:
    """One reading transaction and the time."""
    site = site or product()
    with site.database.read() as session:
        yield session, site.clock.now()
