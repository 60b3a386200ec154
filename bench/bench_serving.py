"""The demo site as it is really served: from nothing to its first answer, and the memory of all its processes."""

from __future__ import annotations

import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from bench.figures import Figure, at_most
from bench.people import token
from bench.stage import KEY, Stage

STARTS = 3
MOST_SECONDS, MOST_MEGABYTES = 2.0, 150.0
PATIENCE = 30.0
RECORDS = "/api/v1/apps/crm/forms/opportunities/records?limit=50"


def figures(stage: Stage) -> Iterator[Figure]:
    home = stage.demo.settings.home
    headers = {"Authorization": f"Bearer {token(stage.demo, 'sales.director@example.com')}"}
    took = []
    for _ in range(STARTS):
        with served(home) as (process, port, started):
            took.append(first_answer(port, started))
            for _ in range(50):
                asked(port, RECORDS, headers)
            memory = sum(proportional(each) for each in [process.pid, *descendants(process.pid)])
    yield at_most("cold start to the first answer", statistics.median(took), "s", MOST_SECONDS)
    yield at_most("memory of all processes after 50 lists (PSS)", memory / 2**20, "MB", MOST_MEGABYTES)


@contextmanager
def served(home: Path) -> Iterator[tuple[subprocess.Popen[bytes], int, float]]:
    """`formwright serve` over `home`: the process, its port and when it was started."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port: int = door.getsockname()[1]
    environment = {
        **os.environ,
        "FORMWRIGHT_HOME": str(home),
        "FORMWRIGHT_DATABASE_URL": f"sqlite:///{home / 'formwright.db'}",
        "FORMWRIGHT_SECRET_KEY": KEY,
    }
    command = [Path(sys.executable).with_name("formwright"), "serve", "--port", str(port)]
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=home, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield process, port, started
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def first_answer(port: int, started: float) -> float:
    """Seconds until the site answers 200."""
    while (spent := time.perf_counter() - started) < PATIENCE:
        try:
            if asked(port, "/health/live", {}) == 200:
                return time.perf_counter() - started
        except OSError:
            time.sleep(0.01)
    raise SystemExit(f"the site has not answered within {spent:.0f} s")


def asked(port: int, path: str, headers: dict[str, str]) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


def descendants(process: int) -> list[int]:
    """The processes below this one."""
    text = Path(f"/proc/{process}/task/{process}/children").read_text()
    children = [int(each) for each in text.split()]
    return [*children, *(below for child in children for below in descendants(child))]


def proportional(process: int) -> int:
    """Bytes of a process's memory, its share of what it has in common with others included."""
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise SystemExit(f"the system does not tell the memory of process {process}")
