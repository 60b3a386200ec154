"""When votes are a verdict."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formwright.flow.model import Pass, PassMode, Seat, TaskStatus
from formwright.flow.verdict import verdict


def seats(votes: str, weights: tuple[int, ...] = ()) -> tuple[Seat, ...]:
    """One letter a member: `a`pproved, `r`ejected, `-` still open, `x` cancelled, `s`kipped."""
    kinds = {
        "a": (TaskStatus.DONE, "approve"),
        "r": (TaskStatus.DONE, "reject"),
        "-": (TaskStatus.OPEN, None),
        "x": (TaskStatus.CANCELLED, None),
        "s": (TaskStatus.SKIPPED, "skip_repeat"),
    }
    return tuple(
        Seat(place, *kinds[vote], weight=Decimal(weights[place]) if weights else Decimal(1))
        for place, vote in enumerate(votes)
    )


@pytest.mark.parametrize(
    ("rule", "votes", "expected"),
    [
        (Pass(PassMode.ANY), "--", "open"),
        (Pass(PassMode.ANY), "a-", "approved"),
        (Pass(PassMode.ANY), "r-", "rejected"),
        (Pass(PassMode.ANY, collect=True), "r-", "open"),
        (Pass(PassMode.ANY, collect=True), "ra", "approved"),
        (Pass(PassMode.ANY, collect=True), "rr", "rejected"),
        (Pass(PassMode.ALL), "aa-", "open"),
        (Pass(PassMode.ALL), "r--", "rejected"),
        (Pass(PassMode.ALL), "aax", "approved"),
        (Pass(PassMode.ALL), "as", "approved"),
        (Pass(PassMode.ALL, collect=True), "r-a", "open"),
        (Pass(PassMode.ALL, collect=True), "raa", "rejected"),
        (Pass(PassMode.IN_ORDER), "a-", "open"),
        (Pass(PassMode.IN_ORDER), "ar-", "rejected"),
        (Pass(PassMode.IN_ORDER), "aa", "approved"),
        (Pass(PassMode.COUNT, need=2), "a--", "open"),
        (Pass(PassMode.COUNT, need=2), "aa-", "approved"),
        (Pass(PassMode.COUNT, need=2), "rr-", "rejected"),
        (Pass(PassMode.COUNT, need=2), "axx", "approved"),
        (Pass(PassMode.PERCENT, need=60), "aa-", "approved"),
        (Pass(PassMode.PERCENT, need=67), "aa-", "open"),
        (Pass(PassMode.PERCENT, need=67), "r--", "rejected"),
        (Pass(PassMode.PERCENT, need=50), "ar-", "open"),
    ],
)
def test_the_first_certain_answer_counts(rule: Pass, votes: str, expected: str) -> None:
    assert verdict(rule, seats(votes)) == expected


def test_weights_decide_where_they_are_given() -> None:
    rule = Pass(PassMode.WEIGHT, need=70)
    assert verdict(rule, seats("a--", (60, 20, 20))) == "open"
    assert verdict(rule, seats("aa-", (60, 20, 20))) == "approved"
    assert verdict(rule, seats("r--", (60, 20, 20))) == "rejected"
    assert verdict(rule, seats("-rr", (60, 20, 20))) == "rejected"


def test_nobody_having_voted_decides_nothing() -> None:
    for mode in PassMode:
        assert verdict(Pass(mode), seats("---")) == "open"
        assert verdict(Pass(mode), ()) == "open"


def test_advice_does_not_count() -> None:
    advice = Seat(9, TaskStatus.DONE, "reject", votes=False)
    assert verdict(Pass(PassMode.ALL), (*seats("a-"), advice)) == "open"


RULES = st.one_of(
    st.builds(Pass, st.sampled_from([PassMode.ANY, PassMode.ALL]), st.booleans()),
    st.builds(Pass, st.just(PassMode.IN_ORDER)),
    st.builds(Pass, st.just(PassMode.PERCENT), need=st.integers(1, 100)),
    st.builds(Pass, st.just(PassMode.COUNT), need=st.integers(1, 6)),
    st.builds(Pass, st.just(PassMode.WEIGHT), need=st.integers(1, 8)),
)


@given(RULES, st.text("arx-", min_size=1, max_size=5))
def test_a_verdict_is_certain_and_comes_at_once(rule: Pass, votes: str) -> None:
    """It equals the only answer that every way to fill the open votes gives; when both are possible it is open.

    (Where one vote decides at once, by the rule itself, later votes cannot change it: those are left aside.)
    """
    now = verdict(rule, seats(votes))
    open_ones = [place for place, vote in enumerate(votes) if vote == "-"]
    finals = set()
    for choice in product("ar", repeat=len(open_ones)):
        filled = list(votes)
        for place, vote in zip(open_ones, choice, strict=True):
            filled[place] = vote
        finals.add(verdict(rule, seats("".join(filled))))
    decides_at_once = rule.mode in (PassMode.ANY, PassMode.ALL, PassMode.IN_ORDER)
    if not any(vote in "ar" for vote in votes):
        assert now == "open"
    elif now != "open":
        assert decides_at_once or finals == {now}
    elif not rule.collect:
        assert len(finals) == 2
    if not open_ones and any(vote in "ar" for vote in votes):
        assert now != "open"
