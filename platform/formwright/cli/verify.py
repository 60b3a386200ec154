"""`audit verify` and `flow verify`: whether the logs tell the truth."""

from __future__ import annotations

import click

from formwright.cli.site import Failed, language, reading, reports, say
from formwright.texts import both


@click.group()
def audit() -> None:
    """The tamper-evident log."""


@audit.command("verify")
@reports
def verify_audit() -> None:
    """Walk the hash chain; exit status 1 where an entry was changed, removed or cut off."""
    from formwright.accounts.audit import verify
    from formwright.errors import Invalid

    with reading() as (session, _):
        problems = verify(session)
    if problems:
        raise Failed(Invalid(problems=problems).say(language()))
    say(both("日志完整", "The log is whole"))


@click.group()
def flow() -> None:
    """Running flows."""


@flow.command("verify")
@reports
def verify_flows() -> None:
    """Replay every instance's log and compare with what is stored."""
    from formwright.flow.replay import verify

    with reading() as (session, _):
        problems = verify(session)
    if problems:
        raise Failed("\n".join(problems))
    say(both("流程日志与状态一致", "The logs replay to the stored states"))
