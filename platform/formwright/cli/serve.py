"""`serve` and `worker`: the web server and the one who does what is due."""

from __future__ import annotations

import multiprocessing
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from formwright.cli.site import Failed, language, product, reports
from formwright.settings import Settings, load
from formwright.texts import show

if TYPE_CHECKING:
    from flask import Flask

    from formwright.product import Product

THREADS = 128
VERSIONS = Path(__file__).parent.parent / "migrations" / "versions"


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Web processes.")
@click.option("--no-worker", is_flag=True, help="Leave jobs to `formwright worker`.")
@click.option("--demo", is_flag=True, help="On an empty site: install the CRM with sample data and demo accounts.")
@reports
def serve(host: str, port: int, workers: int, no_worker: bool, demo: bool) -> None:
    """Serve the product, and do what is due unless --no-worker."""
    # The process that only watches over the others stays small, and a site that is ready starts without delay:
    # whatever must be prepared is prepared by a process of its own.
    if not _is_ready(load(), demo=demo):
        failed = _in_a_process(_prepare, demo)
        if failed:
            raise Failed(failed)
    _run(host, port, workers, with_worker=not no_worker)


@click.command()
@click.option("--until-idle", is_flag=True, help="Run what is due now, and what that makes due, then exit.")
@reports
def worker(until_idle: bool) -> None:
    """Do what is due: timers, mail, automations."""
    site = product()
    if until_idle:
        done = site.worker().run_due()
        click.echo({"zh": f"完成 {done} 项", "en": f"{done} done"}[language()])
        return
    stop = threading.Event()
    try:
        site.worker().run_forever(stop)
    except KeyboardInterrupt:
        stop.set()


def _is_ready(settings: Settings, *, demo: bool) -> bool:
    """Whether an embedded database is current, seen without loading anything that only its users need."""
    file = settings.database_url.removeprefix("sqlite:///")
    if file == settings.database_url or not Path(file).is_file():
        return False
    newest = max(path.stem.partition("_")[0] for path in VERSIONS.glob("[0-9]*.py"))
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            versions = {row[0] for row in connection.execute("SELECT version_num FROM alembic_version")}
            apps = connection.execute("SELECT count(*) FROM app").fetchone()[0]
    except sqlite3.Error:
        return False
    return versions == {newest} and not (demo and apps == 0)


def _prepare(demo: bool, answer: Any) -> None:
    """Bring the database up to date and make the demo; what went wrong goes back as text."""
    from formwright.errors import FormwrightError
    from formwright.packages import demo as demonstration

    try:
        site = product()
        if demo and not demonstration.is_prepared(site.database):
            click.echo({"zh": "正在准备演示数据…", "en": "Preparing the demo data …"}[language()])
            demonstration.prepare(site.database, now=site.clock.now())
        site.database.dispose()
        answer.put("")
    except FormwrightError as error:
        answer.put(error.say(language()))
    except click.ClickException as error:
        answer.put(error.message)


def _greet(site: Product) -> None:
    """The demo accounts, where this is a demo."""
    from formwright.packages.demo import demo_of

    with site.database.read() as session:
        demo = demo_of(session)
    if demo is None:
        return
    zh = language() == "zh"
    click.echo("演示账户（密码都是 " + demo.password + "）：" if zh else f"Demo accounts (password {demo.password}):")
    for account in demo.accounts:
        click.echo(f"  {account.email:36} {show(account.part, language())}")


def _in_a_process(work: Any, *arguments: Any) -> str:
    context = multiprocessing.get_context("spawn")
    answer = context.Queue()
    process = context.Process(target=work, args=(*arguments, answer))
    process.start()
    process.join()
    if process.exitcode != 0:
        return f"exit {process.exitcode}"
    text: str = answer.get()
    return text


def _run(host: str, port: int, workers: int, *, with_worker: bool) -> None:
    from gunicorn.app.base import BaseApplication

    class Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
        """gunicorn with our settings; each web process builds the application for itself."""

        def load_config(self) -> None:
            settings = {
                "bind": f"{host}:{port}",
                "workers": workers,
                "worker_class": "gthread",
                "threads": THREADS,
                "keepalive": 15,
                "graceful_timeout": 3,
                "timeout": 120,
                "loglevel": "warning",
                "control_socket_disable": True,
                "post_worker_init": _say_where(host, port),
            }
            for name, value in settings.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> Flask:
            return _application(with_worker=with_worker)

    Server().run()


def _say_where(host: str, port: int) -> Any:
    def said(worker: Any) -> None:
        if worker.age == 1:
            _greet(worker.app.wsgi().extensions["formwright"])
            address = f"http://{host}:{port}"
            click.echo({"zh": f"表匠已就绪：{address}", "en": f"Formwright is ready: {address}"}[language()])

    return said


def _application(*, with_worker: bool) -> Flask:
    from formwright.product import Product
    from formwright.web.app import create_app

    site = Product()
    if with_worker:
        stop = threading.Event()
        threading.Thread(target=site.worker().run_forever, args=(stop,), name="jobs", daemon=True).start()
    return create_app(site)
