"""Flows: definition, proof, engine, tasks, deadlines."""

from __future__ import annotations

from importlib import import_module


def connect() -> None:
    """Flows start with the records' events, tasks follow their members, timers have their handler, participants may see.

    Doing it twice does nothing.
    """
    from formwright import events
    from formwright.accounts.events import MemberDeactivated, ProxySet
    from formwright.flow import dates, departures, participation, progress, start_act, starting
    from formwright.records.events import RecordCreated, RecordDeleted, RecordSubmitted, RecordUpdated

    import_module("formwright.flow.section")
    import_module("formwright.flow.timers")
    participation.register()
    progress.register()
    start_act.register()
    events.subscribe(RecordSubmitted, starting.on_submitted, cares=starting.starts_with("submit"))
    events.subscribe(RecordCreated, starting.on_created, cares=starting.starts_with("created"))
    events.subscribe(RecordUpdated, dates.on_updated)
    events.subscribe(RecordUpdated, starting.on_updated)
    events.subscribe(RecordDeleted, departures.on_deleted)
    events.subscribe(MemberDeactivated, departures.on_deactivated)
    events.subscribe(ProxySet, departures.on_proxy)
