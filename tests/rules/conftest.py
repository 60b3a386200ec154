"""A small sales company for the rules: its forms, its people, its calendar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest

from formwright_rules import (
    BOOLEAN,
    DATE,
    DATETIME,
    MEMBER,
    NUMBER,
    TEXT,
    Environment,
    PlainContext,
    PlainRecords,
    choice,
    list_of,
    record,
    rows,
)

ANN, BOB, CLEO, DAN, EVE = 1, 2, 3, 4, 5


class Company:
    """boss Ann; Bob heads sales, Cleo and Dan report to Bob; Eve is in finance and reports to Ann."""

    mails: ClassVar = {"ann@x": ANN, "bob@x": BOB, "cleo@x": CLEO, "dan@x": DAN, "eve@x": EVE}
    above: ClassVar = {BOB: ANN, CLEO: BOB, DAN: BOB, EVE: ANN}
    departments: ClassVar = {ANN: "company", BOB: "sales", CLEO: "east", DAN: "east", EVE: "finance"}
    parents: ClassVar = {"sales": "company", "east": "sales", "finance": "company"}
    heads: ClassVar = {"company": ANN, "sales": BOB, "finance": EVE}
    roles: ClassVar = {
        "director": (ANN,),
        "sales_manager": (BOB,),
        "sales_rep": (CLEO, DAN),
        "finance": (EVE,),
        "nobody": (),
    }
    approved = (BOB,)

    def __init__(self) -> None:
        self.turn = 0

    def member(self, email: str) -> int | None:
        return self.mails.get(email)

    def attribute(self, member: int, name: str) -> Any:
        if name == "department":
            return self.departments.get(member)
        if name == "manager":
            return self.above.get(member)
        mails: ClassVar = {id: mail for mail, id in self.mails.items()}
        return mails[member] if name == "email" else mails[member].partition("@")[0].title()

    def department_attribute(self, department: str, name: str) -> Any:
        return {"head": self.heads, "parent": self.parents}[name].get(department)

    def role(self, role: str) -> Sequence[int]:
        return self.roles[role]

    def departments_under(self, department: str) -> Sequence[str]:
        found = [department]
        for child, parent in self.parents.items():
            if parent in found:
                found.append(child)
        return found

    def department_members(self, department: str) -> Sequence[int]:
        under = self.departments_under(department)
        return [member for member, own in self.departments.items() if own in under]

    def members(self, department: str) -> Sequence[int]:
        return [member for member, own in self.departments.items() if own == department]

    def manager(self, member: int, level: int) -> int | None:
        found: int | None = member
        for _ in range(level):
            found = self.above.get(found) if found is not None else None
        return found

    def head(self, department: str, level: int) -> int | None:
        for _ in range(level - 1):
            department = self.parents.get(department, "")
        return self.heads.get(department)

    def subordinates(self, member: int) -> Sequence[int]:
        direct = [id for id, above in self.above.items() if above == member]
        return [*direct, *(id for each in direct for id in self.subordinates(each))]

    def handler(self, node: str) -> Sequence[int]:
        return (CLEO,) if node == "start" else ()

    def chosen(self, node: str) -> Sequence[int]:
        return (EVE,)

    def approved_by(self, members: Sequence[int]) -> bool:
        return any(each in self.approved for each in members)

    def round_robin(self, members: Sequence[int], key: str) -> Sequence[int]:
        if not members:
            return ()
        self.turn += 1
        return (members[(self.turn - 1) % len(members)],)

    def least_loaded(self, members: Sequence[int]) -> Sequence[int]:
        return members[-1:]


CUSTOMER = record(
    {"name": TEXT, "level": TEXT, "owner": MEMBER},
    "customer",
    {"level": {"zh": "等级", "en": "Level"}, "name": {"zh": "客户名", "en": "Customer name"}},
)
PRODUCT = record({"name": TEXT, "stock": NUMBER}, "product", {"stock": {"zh": "库存", "en": "Stock"}})
STAGES = record({"name": TEXT, "probability": NUMBER}, "stages")
PLANS = record(
    {"contract": record(lambda: QUOTE_FIELDS, "quote"), "amount": NUMBER, "received": NUMBER, "state": TEXT},
    "payment_plans",
)
STATUS = choice(
    [
        ("open", {"zh": "进行中", "en": "Open"}),
        ("won", {"zh": "赢单", "en": "Won"}),
        ("lost", {"zh": "丢单", "en": "Lost"}),
    ]
)
QUOTE_FIELDS = {
    "amount": NUMBER,
    "total": NUMBER,
    "discount_rate": NUMBER,
    "stage_name": TEXT,
    "region": choice([("east", {"zh": "华东", "en": "East"}), ("west", {"zh": "华西", "en": "West"})]),
    "status": STATUS,
    "tags": list_of(choice([("vip", {"zh": "贵宾"}), ("new", {"zh": "新"})])),
    "customer": CUSTOMER,
    "lines": rows(
        {"product": PRODUCT, "quantity": NUMBER, "price": NUMBER, "discount": NUMBER, "kind": TEXT},
        labels={"quantity": {"zh": "数量", "en": "Quantity"}, "price": {"zh": "单价", "en": "Price"}},
    ),
    "payments": rows({"paid": NUMBER}),
    "subject": TEXT,
    "phone": TEXT,
    "urgent": BOOLEAN,
    "due_date": DATE,
    "sent_at": DATETIME,
    "co_workers": list_of(MEMBER),
}
LABELS = {
    "amount": {"zh": "金额", "en": "Amount"},
    "region": {"zh": "地区", "en": "Region"},
    "customer": {"zh": "客户", "en": "Customer"},
    "status": {"zh": "状态", "en": "Status"},
    "subject": {"zh": "主题", "en": "Subject"},
    "discount_rate": {"zh": "折扣率", "en": "Discount rate"},
    "lines": {"zh": "明细", "en": "Lines"},
    "total": {"zh": "预计 金额", "en": "Expected total"},
    "urgent": {"zh": "是否加急", "en": "Urgent"},
}


def quote_environment(**more: Any) -> Environment:
    forms = {"stages": STAGES, "payment_plans": PLANS, "customer": CUSTOMER}
    settings: dict[str, Any] = {
        "labels": LABELS,
        "parameters": {"director_from": NUMBER},
        "forms": forms.get,
        "roles": frozenset(Company.roles),
        "nodes": frozenset({"start", "manager", "legal"}),
        "form": "quote",
    }
    return Environment(QUOTE_FIELDS, **{**settings, **more})


@pytest.fixture(scope="session")
def quote() -> Environment:
    return quote_environment()


@pytest.fixture
def values() -> Mapping[str, Any]:
    """A quote of Cleo's with two lines, its optional parts empty."""
    return {
        "id": 7,
        "owner": CLEO,
        "amount": Decimal(120000),
        "total": Decimal("5400.00"),
        "discount_rate": Decimal("0.10"),
        "stage_name": "Quote",
        "region": "east",
        "status": "open",
        "tags": ("vip",),
        "customer": {"id": 3, "name": "Acme", "level": "A", "owner": DAN},
        "lines": [
            {
                "product": {"id": 1, "name": "GTX", "stock": Decimal(5)},
                "quantity": Decimal(2),
                "price": Decimal(1000),
                "discount": Decimal("0.1"),
                "kind": "hw",
            },
            {
                "product": {"id": 2, "name": "MG", "stock": Decimal(1)},
                "quantity": Decimal(3),
                "price": Decimal(1200),
                "discount": Decimal(0),
                "kind": "sw",
            },
        ],
        "payments": [],
        "subject": "请加急处理",
        "phone": "",
        "urgent": None,
        "due_date": None,
        "sent_at": datetime(2026, 3, 6, 9, tzinfo=ZoneInfo("Asia/Shanghai")),
        "co_workers": (DAN, EVE),
    }


@pytest.fixture
def context() -> PlainContext:
    """Friday 6 March 2026, 17:00 in Shanghai; Cleo has submitted, Bob looks at it."""
    zone = ZoneInfo("Asia/Shanghai")
    stages = [
        {"id": 1, "name": "Lead", "probability": Decimal("0.1")},
        {"id": 2, "name": "Quote", "probability": Decimal("0.5")},
    ]
    plans = [
        {"id": 1, "contract": {"id": 7}, "amount": Decimal(100), "received": Decimal(40), "state": "open"},
        {"id": 2, "contract": {"id": 7}, "amount": Decimal(50), "received": Decimal(50), "state": "done"},
        {"id": 3, "contract": {"id": 8}, "amount": Decimal(900), "received": Decimal(0), "state": "open"},
    ]
    return PlainContext(
        now=datetime(2026, 3, 6, 17, tzinfo=zone),
        timezone=zone,
        me=BOB,
        initiator=CLEO,
        assignee=BOB,
        arrived_at=datetime(2026, 3, 6, 17, tzinfo=zone),
        people=Company(),
        records=PlainRecords({"stages": stages, "payment_plans": plans}),
        parameters={"director_from": Decimal(100000)},
    )
