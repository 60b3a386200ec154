"""Puts the floors together: one database, one clock, the subscriptions between floors, and the worker."""

from __future__ import annotations

from formwright import flow, housekeeping, notify
from formwright.clock import Clock
from formwright.database import Database
from formwright.jobs.worker import Worker
from formwright.settings import Settings, load


class Product:
    """One running Formwright: what the web, the worker and the command line share."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or load()
        self.database = Database(self.settings.database_url, settings=self.settings)
        self.clock = Clock(self.settings)
        connect_floors()

    def worker(self) -> Worker:
        """A worker over this product's database; whoever asks for it runs it."""
        housekeeping.arrange(self.database, now=self.clock.now())
        return Worker(self.database, self.clock)


def connect_floors() -> None:
    """Subscriptions, job handlers and registered sections of every floor; doing it twice does nothing."""
    notify.connect()
    flow.connect()
