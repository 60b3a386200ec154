"""What a benchmark says: our time beside the floor's in the same run, the bar, and whether it is kept."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

Run = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table; `floor` None where nothing bare does the same, `ok` None where there is no bar."""

    measure: str
    ours: float
    unit: str
    floor: float | None = None
    bar: str = ""
    ok: bool | None = None

    @property
    def ratio(self) -> float | None:
        return None if not self.floor else self.ours / self.floor


def interleaved(
    ours: Run, floor: Run, *, rounds: int, warm: int = 5, ready: Run | None = None
) -> tuple[list[float], list[float]]:
    """The milliseconds of each round of both, one beside the other and each first in every second round.

    `ready` prepares a round and is not measured.
    """
    took: tuple[list[float], list[float]] = ([], [])
    for number in range(warm + rounds):
        if number == warm:
            took = ([], [])
            gc.collect()
        if ready is not None:
            ready()
        for which in (0, 1) if number % 2 else (1, 0):
            took[which].append(milliseconds((ours, floor)[which]))
    return took


def milliseconds(run: Run) -> float:
    started = time.perf_counter()
    run()
    return (time.perf_counter() - started) * 1000


def within(measure: str, took: Sequence[float], bare: Sequence[float], *, more: float) -> Figure:
    """A figure whose bar is so many milliseconds above the floor; medians."""
    ours, floor = statistics.median(took), statistics.median(bare)
    return Figure(measure, ours, "ms", floor, f"floor + {more:g} ms", ours <= floor + more)


def times(measure: str, took: Sequence[float], bare: Sequence[float], *, most: float) -> Figure:
    """A figure whose bar is so many times the floor; medians."""
    ours, floor = statistics.median(took), statistics.median(bare)
    return Figure(measure, ours, "ms", floor, f"{most:g} x floor", ours <= most * floor)


def at_most(measure: str, ours: float, unit: str, most: float) -> Figure:
    return Figure(measure, ours, unit, None, f"{most:g} {unit}", ours <= most)


def at_least(measure: str, ours: float, unit: str, least: float, *, floor: float | None = None) -> Figure:
    return Figure(measure, ours, unit, floor, f"at least {least:,g}", ours >= least)


HEADER = f"{'measure':58} {'ours':>14} {'floor':>10} {'ratio':>7}  {'bar':16} ok"


def show(figure: Figure) -> str:
    """The figure as a line of the table."""
    floor = "" if figure.floor is None else _number(figure.floor)
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    verdict = {True: "yes", False: "NO", None: ""}[figure.ok]
    ours = f"{_number(figure.ours)} {figure.unit}"
    return f"{figure.measure:58} {ours:>14} {floor:>10} {ratio:>7}  {figure.bar:16} {verdict}"


def report(figures: Iterable[Figure]) -> bool:
    """Print the figures as they come; whether every bar is kept."""
    print(HEADER)
    good = True
    for figure in figures:
        print(show(figure), flush=True)
        good = good and figure.ok is not False
    return good


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"
