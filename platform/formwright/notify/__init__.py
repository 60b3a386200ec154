"""Telling people and other systems: inbox, mail, requests."""

from __future__ import annotations

from importlib import import_module


def connect() -> None:
    """Register the job handlers that deliver mail and requests; doing it twice does nothing."""
    import_module("formwright.notify.mail")
    import_module("formwright.notify.outgoing")
