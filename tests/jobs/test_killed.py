"""A worker that is killed in the middle of a job has done nothing, and the next one does all of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from formwright.database import Database
from formwright.jobs.worker import Worker
from tests.jobs.stage import later, lines

DOOMED = """
import sys
from threading import Event
from formwright.clock import Clock
from formwright.database import Database
from formwright.jobs.handlers import handler
from formwright.jobs.worker import Worker
from formwright.settings import Settings
from tests.jobs.stage import NOW, write_line

@handler("line")
def never_ends(session, payload, *, now):
    write_line(session, "half")
    print("in the middle", flush=True)
    Event().wait()

Worker(Database(sys.argv[1]), Clock(Settings())).run_due(now=NOW)
"""


def test_a_killed_worker_leaves_no_half_job(workshop: Database, at_work: Worker) -> None:
    later(workshop, "line", line="whole")
    url = workshop.url.render_as_string(hide_password=False)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen(
        [sys.executable, "-c", DOOMED, url], stdout=subprocess.PIPE, text=True, env=environment
    ) as doomed:
        assert doomed.stdout is not None
        assert doomed.stdout.readline() == "in the middle\n"
        doomed.send_signal(signal.SIGKILL)
    assert lines(workshop) == []
    # PostgreSQL lets go of a dead client's job a moment after the death.
    assert any(at_work.run_due() for _ in range(2000))
    assert lines(workshop) == ["whole@0"]
