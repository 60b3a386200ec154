"""Rules about deals, one a line, that Python and both databases must answer alike."""

from __future__ import annotations

CONDITIONS = """
amount > 1000
amount >= 1000
amount = 1000
amount = 999.999
amount != 1000
amount < 999.995
amount <= 999.985
amount > 1000.5 or amount < 5
not (amount > 1000)
not (amount > 1000 or cost is empty)
amount = cost
amount != cost
not (amount = cost)
amount > cost
amount >= cost
amount = quantity
amount between 0 and 1000
amount between cost and 10000
amount in [1000, 999.99, 0]
amount not in [1000, 0]
cost in [0.0001, 333.3333, 1.00001]
amount in [cost, quantity]
amount > 99999999999999999999
amount < 99999999999999999999
amount > PARAM("limit")
amount >= PARAM("limit") * 0.5
amount < PARAM("floor")
amount = PARAM("floor")
quantity = 7 or quantity = -3
amount is empty
amount is not empty
subject is empty
subject is not empty
note is empty and subject is empty
stage = "new"
stage != "lost"
not (stage = "lost")
stage in ["new", "won"]
stage not in ["new", "won"]
stage is empty
stage = subject
stage = note
subject = note
subject != note
subject = "won"
subject = ""
subject < "c"
subject >= "c"
subject < note
subject contains "pump"
subject contains "加急"
subject contains "ＰＵＭＰ"
subject contains ""
not (subject contains "pump")
note contains subject
subject contains note
subject starts with "Big"
subject starts with ""
subject ends with "急"
note ends with subject
urgent
not urgent
urgent = true
urgent = false
urgent != checked
urgent = checked
urgent is empty
urgent and checked
urgent or checked
(amount > 500) = urgent
(amount > 500) != checked
not (amount > 500) = (quantity > 1)
tags contains "vip"
tags contains "old" or tags is empty
"new" in tags
stage in tags
tags is empty
papers is empty
due = 2026-03-02
due < 2026-03-03
due <= today()
due > today()
due - today() < 3 days
due - signed > 30 days
due - signed = 32 days
today() - due >= 60 days
due + 1 day > signed
due + 1 month > 2026-04-01
due - 1 year < 2025-03-03
due = signed
due != signed
due is empty
due between 2026-01-01 and 2026-03-02
met = 2026-03-02
met > 2026-03-01
met >= 2026-03-02
met < 2026-03-02
met <= 2026-03-01
met between 2026-03-02 and 2026-03-02
met <= now()
met < now()
met = now()
met > 2026-03-01T23:00
met = due
met >= due
left_at - met > 12 hours
left_at - met < 1 day
left_at - due > 10 hours
left_at + 1 day > now()
left_at + 2 months > 2026-04-30
now() - met > 0 days
at < TIME(12, 0)
at = TIME(9, 30)
at is empty
wait > 1 day
wait = 36 hours
wait + 1 day > 2 days
wait is empty
customer is empty
customer is not empty
customer = other
customer != other
customer.level = "A"
customer.level != "A"
customer.level in ["A", "B"]
customer.level is empty
customer.credit > 100
customer.credit < amount
customer.active
not customer.active
customer.name contains "acme"
customer.name contains "ärger WIDE"
customer.parent is empty
customer.parent.level = "A"
customer.parent.parent.name = "Acme"
customer.parent.parent.level != "A"
customer.since < 2021-01-01
customer.owner = owner
customer.keeper = me
customer.keeper.department = "east"
customer.keeper.manager = helper
other.parent = customer
seller = me
seller != me
owner = me or owner in subordinates(me)
seller in [owner, helper]
seller in role("sales_rep")
seller not in role("sales_rep")
seller is empty
seller = helper
seller.department = team
seller.department = department
seller.department in departments_under("sales")
seller.manager = helper
manager(seller) = helper
seller.email starts with "rep"
seller.name contains "WEI"
"sales_manager" in seller.roles
"east" in seller.departments
seller.department.parent = "sales"
seller.department.head = helper
team = "east"
team in departments_under(me.department)
department in me.departments
me in [seller, helper]
me = seller.manager
flow_status = "running"
flow_status != "approved"
flow_node contains "sign"
created_by = me
created_at <= now()
version = 1
lines is empty
lines is not empty
COUNT(lines) > 1
COUNT(lines.product) = 2
SUM(lines.quantity) > 4
SUM(lines.price) = 141.10
SUM(lines.quantity * lines.price) > 250
SUM(lines.quantity * lines.price * (1 - lines.discount)) > 100
AVERAGE(lines.price) > 40
MAX(lines.price) = 100
MIN(lines.day) < 2026-01-01
MAX(lines.quantity) is empty
ANY(lines, row -> row.quantity > 2)
ALL(lines, row -> row.quantity > 0)
ALL(lines, row -> row.ready)
ANY(lines, row -> row.ready and row.price > 50)
ANY(lines, row -> row.vendor.level = "A")
ALL(lines, row -> row.vendor is empty or row.vendor.active)
ANY(lines, row -> row.price * 10 > amount)
ANY(lines.ready)
ALL(lines.price > 5)
ANY(lines.product = "Pump")
COUNT(FILTER(lines, row -> row.ready)) = 1
SUM(MAP(lines, row -> row.quantity * row.price)) > 200
SUM(MAP(FILTER(lines, row -> row.ready), row -> row.price)) >= 100
COUNT(lines.vendor) = 1
COUNT(customer.contacts) = 2
SUM(customer.contacts.age) = 30
COUNT(payment.deal) = 3
SUM(payment.deal.amount) > 100
ANY(payment.deal, p -> p.state = "open")
ROLLUP(payment.deal, "sum", p -> p.amount, p -> p.state = "done") >= 100
ROLLUP(payment.deal, "sum", p -> p.amount) >= amount
ROLLUP(payment.deal, "max", p -> p.paid) = 2026-02-01
ROLLUP(payment.deal, "count") = 0
ROLLUP(payment, "count", p -> p.amount, p -> p.amount > quantity) > 1
amount * rate > 150
amount - cost > 600
amount * rate + cost > 400
amount / quantity > 100
amount / 0 > 1 or amount / 0 is empty
-amount < 0
rate > 15%
cost% > 3
amount - 1000 = 0
1000 / quantity = 1000 / 7
amount * quantity * quantity > 1
ROUND(amount * rate, 1) = 155
ROUND(cost) = 333
MOD(quantity, 4) = 3
ABS(amount) > 1000
INT(cost) = -1
IF(urgent, amount, cost) > 500
IF(amount > 500, "big", "small") = "big"
IFS(amount >= 1000, "gold", amount >= 500, "silver", true, "none") != "none"
SWITCH(stage, "new", 1, "won", 2, 9) = 9
COALESCE(cost, amount, 0) > 100
COALESCE(subject, note, "?") = "?"
AND(urgent, amount > 1) or NOT(checked)
XOR(urgent, checked, amount > 1)
subject & "-" & stage = "won-won"
"" & quantity = "7"
LEN(subject) > 5
LEFT(subject, 3) = "Big"
RIGHT(subject, 1) = "急"
MID(subject, 5, 4) = "Pump"
LOWER(subject) = "big pump 加急"
UPPER(note) = "CALL BACK"
YEAR(due) = 2026 and MONTH(due) = 3
YEAR(met) = 2026
DAY(met) = 2
HOUR(left_at) = 23
WEEKDAY(due, 2) = 3
DATE(2026, MONTH(due), 1) = 2026-03-01
EDATE(signed, 1) = 2026-02-28
EOMONTH(due, 0) = 2026-03-31
DAYS(due, signed) = 32
STARTOF(due, "month") = 2026-03-01
STARTOF(met, "day") <= met
SUM(amount, cost) > 1300
MAX(amount, cost, quantity) = 1000
MIN(amount, cost) < 0
COUNT(amount, cost, rate) = 3
AVERAGE(amount, cost) > 600
(seller = me and amount > 10) or customer.level = "B"
not (seller = me and amount > 10)
not (customer.level = "A" or tags contains "vip")
""".strip().splitlines()

EXPRESSIONS = """
amount
amount + cost
amount - cost
amount * rate
amount * cost * quantity
amount / quantity
amount / cost
cost / 3
quantity / 7
-amount
rate%
(amount + cost) * (rate - 1) / quantity
SUM(lines.price)
SUM(lines.quantity * lines.price * (1 - lines.discount))
AVERAGE(lines.price)
AVERAGE(lines.discount)
COUNT(lines)
MIN(lines.price)
MAX(lines.discount)
MAX(lines.day)
MIN(lines.quantity * lines.price)
SUM(payment.deal.amount)
ROLLUP(payment.deal, "average", p -> p.amount)
ROUND(amount / quantity, 2)
ROUND(cost, -2)
ROUNDUP(cost, 1)
ROUNDDOWN(cost, 2)
TRUNC(amount)
INT(amount)
MOD(amount, 7)
MOD(amount, -7)
ABS(cost)
SIGN(amount)
CEILING(amount, 30)
FLOOR(cost, 0.5)
due
due + 10 days
due - 3 months
met
met + 36 hours
met - 1 month
left_at - met
due - signed
met - due
customer.credit
customer.parent.credit
customer.name
customer.owner
seller.department
seller.manager
seller.name
department
stage
subject & note
subject & ":" & amount & ":" & due & ":" & urgent
IF(urgent, amount, quantity)
IF(checked, amount, cost * 2)
IFS(amount > 100, due, urgent, signed)
COALESCE(note, subject)
COALESCE(rate, cost, quantity)
SWITCH(stage, "new", amount, "won", 1)
LEN(subject)
LEFT(subject, quantity)
REPLACE(subject, 2, 3, "…")
FIND("p", note)
YEAR(due)
MONTH(met)
MINUTE(at)
WEEKDAY(met)
ISOWEEKNUM(due)
STARTOF(due, "week")
STARTOF(due, "quarter")
STARTOF(met, "month")
EOMONTH(met, 1)
EDATE(due, 12)
DATE(2024, quantity, 31)
amount > 10
urgent
flow_status
version
""".strip().splitlines()
