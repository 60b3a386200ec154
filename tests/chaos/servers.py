"""Real server and worker processes, for tests that kill them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from formwright.settings import Settings

RUN = (sys.executable, "-c", "from formwright.cli import main; main()")


@dataclass(frozen=True, slots=True)
class Server:
    """One `formwright serve` with all its processes."""

    url: str
    process: subprocess.Popen[str]

    def kill(self) -> None:
        """As a power cut would: all its processes at once, without a word."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)


def environment(settings: Settings, **others: str) -> dict[str, str]:
    """What a process of its own needs to work on this site."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(sys.path),
        "LC_ALL": "C.UTF-8",
        "FORMWRIGHT_ENV": "test",
        "FORMWRIGHT_HOME": str(settings.home),
        "FORMWRIGHT_DATABASE_URL": settings.database_url,
        "FORMWRIGHT_SECRET_KEY": settings.secret_key,
        **others,
    }


@contextmanager
def serving(settings: Settings, *options: str, **others: str) -> Iterator[Server]:
    """Start a server on a free port and wait until it says that it is ready; it is gone at the end."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port: int = door.getsockname()[1]
    process = subprocess.Popen(
        [*RUN, "serve", "--port", str(port), *options],
        env=environment(settings, **others),
        cwd=settings.home,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    server = Server(f"http://127.0.0.1:{port}", process)
    try:
        assert process.stdout is not None
        assert any(server.url in line for line in process.stdout), "the server did not start"
        yield server
    finally:
        if process.poll() is None:
            server.kill()
        if process.stdout is not None:
            process.stdout.close()


def work_until_idle(settings: Settings, workers: int, **others: str) -> None:
    """That many workers, all at once, do what is due."""
    with ExitStack() as stack:
        started = [
            stack.enter_context(
                subprocess.Popen(
                    [*RUN, "worker", "--until-idle"], env=environment(settings, **others), cwd=settings.home
                )
            )
            for _ in range(workers)
        ]
        ended = [process.wait(120) for process in started]
    assert ended == [0] * workers
