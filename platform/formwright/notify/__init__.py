"""Telling people: inbox, mail."""

from __future__ import annotations

from importlib import import_module


def connect() -> None:
    """Register the job handler that delivers mail; doing it twice does nothing."""
    import_module("formwright.notify.mail")
