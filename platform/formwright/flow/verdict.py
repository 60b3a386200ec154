"""When the votes of a node are a verdict: a pure function, asked again after every act that may have changed the answer."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from formwright.flow.model import Pass, PassMode, Seat

Verdict = Literal["open", "approved", "rejected"]


def verdict(rule: Pass, seats: Sequence[Seat]) -> Verdict:
    """What `seats` have decided, as early as it is certain.

    The base is every seat that counts: added signers enlarge it, cancelled ones shrink it. `count` and `weight` never ask
    for more than the whole base can give: two of three, where only one could be found, is that one.
    Before the first vote it is `open`: nobody has decided anything.
    """
    base = [seat for seat in seats if seat.counts]
    if not any(seat.voted for seat in base):
        return "open"
    result = _counted(rule, base)
    # A signer who was added to come afterwards has a say even where the vote is already won.
    held = any(seat.origin == "after" and not seat.voted for seat in base)
    return "open" if result == "approved" and held else result


def _counted(rule: Pass, base: Sequence[Seat]) -> Verdict:
    rejections = sum(seat.voted and seat.rejects for seat in base)
    approvals = sum(seat.voted and not seat.rejects for seat in base)
    size = len(base)
    match rule.mode:
        case PassMode.ANY:
            if approvals:
                return "approved"
            return "rejected" if rejections >= (size if rule.collect else 1) else "open"
        case PassMode.ALL | PassMode.IN_ORDER:
            if rejections and not rule.collect:
                return "rejected"
            if approvals + rejections < size:
                return "open"
            return "rejected" if rejections else "approved"
        case PassMode.PERCENT:
            return _reached(approvals, size - rejections, max(1, -(-rule.need * size // 100)))
        case PassMode.COUNT:
            return _reached(approvals, size - rejections, max(1, min(rule.need, size)))
        case PassMode.WEIGHT:
            total = _weight(base)
            if total <= 0:
                return _reached(approvals, size - rejections, size)
            for_it = _weight([seat for seat in base if seat.voted and not seat.rejects])
            against = _weight([seat for seat in base if seat.voted and seat.rejects])
            return _reached(for_it, total - against, min(Decimal(rule.need), total))


def _reached(have: Decimal | int, possible: Decimal | int, need: Decimal | int) -> Verdict:
    if have >= need:
        return "approved"
    return "rejected" if possible < need else "open"


def _weight(seats: Sequence[Seat]) -> Decimal:
    return sum((seat.weight for seat in seats), Decimal(0))
