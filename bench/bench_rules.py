"""Compiled rules beside hand-written Python that answers the same, and how long a rule takes to parse, check and compile.

Bars: evaluation at most 1.5 times the hand-written function; parse, check and compile at most 1 ms.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from bench.figures import Figure, at_most
from bench.stage import Stage

from formwright_rules import (
    BOOLEAN,
    MEMBER,
    NUMBER,
    TEXT,
    Environment,
    choice,
    compile_python,
    record,
    rows,
)

Values = Mapping[str, Any]
MOST_TIMES, MOST_MS = 1.5, 1.0
ZERO, FIFTY = Decimal(0), Decimal(50000)
ENVIRONMENT = Environment(
    {
        "amount": NUMBER,
        "total": NUMBER,
        "rate": NUMBER,
        "customer": record({"level": TEXT, "name": TEXT}),
        "lines": rows({"quantity": NUMBER, "price": NUMBER, "discount": NUMBER, "product": record({"stock": NUMBER})}),
        "status": choice(["open", "won", "lost"]),
        "region": choice(["east", "west"]),
        "subject": TEXT,
        "phone": TEXT,
        "urgent": BOOLEAN,
        "owner": MEMBER,
        "seller": MEMBER,
    }
)
LINE = {"quantity": Decimal(2), "price": Decimal(1000), "discount": Decimal("0.1"), "product": {"stock": Decimal(5)}}
RECORD: Values = {
    "amount": Decimal(120000), "total": Decimal(5400), "rate": Decimal("0.1"), "customer": {"level": "A", "name": "Acme"},
    "lines": [LINE] * 6, "status": "open", "region": "east", "subject": "请加急", "phone": "", "urgent": False,
    "owner": 3, "seller": 3,
}  # fmt: skip


def margin(v: Values) -> Decimal:
    total = sum([line["price"] * line["quantity"] for line in v["lines"]], ZERO)
    return ZERO if total == ZERO else 1 - v["total"] / total


def title(v: Values) -> str:
    return "董事长" if v["amount"] >= 1000000 else "总监" if v["amount"] >= 100000 else "主管"


CASES: list[tuple[str, Callable[[Values], Any]]] = [
    (
        "SUM(lines.quantity * lines.price * (1 - lines.discount))",
        lambda v: sum([line["quantity"] * line["price"] * (1 - line["discount"]) for line in v["lines"]], ZERO),
    ),
    (
        'amount > 50000 and customer.level in ["A", "B"]',
        lambda v: v["amount"] > FIFTY and v["customer"]["level"] in ("A", "B"),
    ),
    ('IFS(amount >= 1000000, "董事长", amount >= 100000, "总监", true, "主管")', title),
    ('status != "lost" and amount > 0', lambda v: v["status"] != "lost" and v["amount"] > ZERO),
    ('subject contains "加急" or phone is empty', lambda v: "加急" in v["subject"].lower() or not v["phone"]),
    (
        "ALL(lines, row -> row.quantity <= row.product.stock)",
        lambda v: all(line["quantity"] <= line["product"]["stock"] for line in v["lines"]),
    ),
    ("IF(SUM(lines.price * lines.quantity) = 0, 0, 1 - total / SUM(lines.price * lines.quantity))", margin),
    ('subject & " " & customer.name', lambda v: v["subject"] + " " + v["customer"]["name"]),
    ("amount * (1 - rate) + total", lambda v: v["amount"] * (1 - v["rate"]) + v["total"]),
    ("rate > 15%", lambda v: v["rate"] > Decimal("0.15")),
    ("ROUND(amount, 2)", lambda v: v["amount"].quantize(Decimal("0.01"))),
    ("amount between 10 and 1000000", lambda v: 10 <= v["amount"] <= 1000000),
    (
        'region = "east" and status in ["open", "won"] and not urgent',
        lambda v: v["region"] == "east" and v["status"] in ("open", "won") and not v["urgent"],
    ),
    ("owner = seller", lambda v: v["owner"] == v["seller"]),
]


def figures(stage: Stage) -> Iterator[Figure]:
    slowest = 0.0
    for text, by_hand in CASES:
        rule = compile_python(text, ENVIRONMENT)
        if rule(RECORD) != by_hand(RECORD):
            raise SystemExit(f"the two do not answer alike: {text}")
        ours, theirs = best(rule, by_hand, times=2000)
        yield Figure(f"rule: {text[:50]}", ours, "us", theirs, "1.5 x floor", ours <= MOST_TIMES * theirs)
        slowest = max(slowest, best(lambda _, text=text: compile_python(text, ENVIRONMENT), times=50)[0])  # type: ignore[misc]
    yield at_most("rule: parse, check and compile, the slowest of these", slowest / 1000, "ms", MOST_MS)


def best(*runs: Callable[..., object], times: int) -> list[float]:
    """The shortest of nine measurements of each run over the record, in microseconds; they take turns."""
    taken = [float("inf")] * len(runs)
    for number in range(9):
        for which in range(len(runs)) if number % 2 else reversed(range(len(runs))):
            run = runs[which]
            started = time.perf_counter()
            for _ in range(times):
                run(RECORD)
            taken[which] = min(taken[which], (time.perf_counter() - started) / times * 1e6)
    return taken
