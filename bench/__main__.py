"""Run every benchmark and print one table; the exit code says whether every bar is kept.

`python -m bench [--all] [NAME …]`: NAME is a part of a file's name (`flow`, `pages`); `--all` adds what takes minutes.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, report
from bench.stage import Stage, stage

SLOW = {"bench_install"}


def figures(stage: Stage, names: list[str]) -> Iterator[Figure]:
    for name in names:
        yield from importlib.import_module(f"bench.{name}").figures(stage)


def chosen(arguments: list[str]) -> list[str]:
    """The benchmarks to run, in the order of their names."""
    every = sorted(path.stem for path in Path(__file__).parent.glob("bench_*.py"))
    words = [word for word in arguments if word != "--all"]
    if words:
        return [name for name in every if any(word in name for word in words)]
    return [name for name in every if "--all" in arguments or name not in SLOW]


if __name__ == "__main__":
    with stage() as place:
        sys.exit(not report(figures(place, chosen(sys.argv[1:]))))
