"""The tree of departments as pairs: whatever its shape, exactly those above and below one another are in it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from formwright.accounts.directory import Directory
from formwright.accounts.model import Department
from formwright.accounts.organisation import Organisation
from formwright.accounts.writing import closure

PARENTS = st.lists(st.integers(-1, 30), min_size=1, max_size=30).map(
    # Each department lies below an earlier one, or is a root.
    lambda picks: {f"d{n}": f"d{pick % n}" if n and pick >= 0 else None for n, pick in enumerate(picks)}
)


@given(PARENTS)
def test_the_pairs_are_what_climbing_the_tree_finds(parents: dict[str, str | None]) -> None:
    known = Directory(Organisation({}, {id: Department(id, id, parent) for id, parent in parents.items()}, {}))
    rows = closure(parents)
    pairs = {(row["ancestor"], row["descendant"]) for row in rows}
    assert len(pairs) == len(rows)
    assert pairs == {(id, below) for id in parents for below in known.departments_under(id)}
    for row in rows:
        climbed: str | None = row["descendant"]
        for _ in range(row["depth"]):
            climbed = parents[climbed] if climbed else None
        assert climbed == row["ancestor"]
