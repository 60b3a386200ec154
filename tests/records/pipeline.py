"""A few lines of a sales pipeline as a csv, the form that takes them, and how its columns map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.records.office import field

# A few lines of a well-known public sample of sales opportunities.
PIPELINE = """\
opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value
1C1I7A6R,王伟 Wang Wei,GTX Plus Basic,Cancity,Won,10/20/2016,3/1/2017,1054
Z063OYW0,张敏 Zhang Min,GTXPro,Isdom,Won,10/25/2016,3/11/2017,4514
EC4QE1BX,王伟 Wang Wei,GTX Pro,Cancity,Lost,10/25/2016,,50
MV1LWRNH,王伟 Wang Wei,GTX Basic,,Won,10/25/2016,3/9/2017,588
""".encode()

DEAL = {
    "id": "deal",
    "name": "Deal",
    "title": 'code & " " & product.name',
    "fields": [
        field("code", "text", required=True, unique=True),
        field("product", "relation", form="product", required=True),
        field("account", "relation", form="customer"),
        field("stage", "select", options=[{"id": "won"}, {"id": "lost"}]),
        field("engaged_at", "date"),
        field("close_date", "date"),
        field("amount", "money", default=10),
        field("price", "money", fill="product.list_price"),
        field("margin", "money", compute="amount - price"),
        field("number", "serial", parts=["D", {"counter": 3, "reset": "never"}]),
        field("parent", "relation", form="deal"),
    ],
    "checks": [{"rule": "amount < 5000", "message": {"zh": "金额过大", "en": "Too large"}, "at": "amount"}],
    "grants": [
        {
            "role": "sales_rep",
            "records": "owner = me",
            "actions": ["view", "create", "edit"],
            "fields": {"*": "edit"},
        },
        {
            "role": "sales_manager",
            "records": "owner = me or owner in subordinates(me)",
            "actions": ["view", "create", "import"],
            "fields": {"price": "view", "*": "edit"},
        },
    ],
}

MAP: Mapping[str, Any] = {
    "columns": {
        "opportunity_id": {"field": "code"},
        "sales_agent": {"field": "owner"},
        "product": {"field": "product", "match": "name", "values": {"GTXPro": "GTX Pro"}},
        "account": {"field": "account", "match": "name"},
        "deal_stage": {"field": "stage", "values": {"Won": "won", "Lost": "lost"}},
        "engage_date": {"field": "engaged_at", "format": "M/d/yyyy"},
        "close_date": {"field": "close_date", "format": "M/d/yyyy"},
        "close_value": {"field": "amount"},
    },
    "key": ["code"],
}
