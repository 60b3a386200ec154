"""The formats of TEXT: numbers like `#,##0.00` and `0%`, moments like `yyyy-MM-dd HH:mm`."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

_NUMBER = re.compile(r"[#0][#0,]*(?:\.[#0]*)?")
_MOMENT = re.compile(r"[yY]+|M+|[dD]+|H+|h+|m+|s+|E+|a{3,4}|'[^']*'")
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip


def format_number(value: Decimal, pattern: str) -> str:
    """Write a number: `0` a digit always, `#` when there, `,` thousands, `%` times 100; other text stays."""
    sections = pattern.split(";")
    if value < 0 and len(sections) > 1:
        return format_number(-value, sections[1])
    pattern = sections[0]
    found = _NUMBER.search(pattern)
    if found is None:
        return pattern
    if "%" in pattern:
        value = value * 100
    body = found.group()
    whole, _, decimals = body.partition(".")
    places = min(len(decimals), 30)
    rounded = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    written = f"{abs(rounded):,.{places}f}" if "," in whole else f"{abs(rounded):.{places}f}"
    head, _, tail = written.partition(".")
    missing = whole.replace(",", "").count("0") - len(head.replace(",", ""))
    head = "0" * max(missing, 0) + head
    if "0" not in whole and head == "0" and decimals:
        head = ""
    required = decimals.rstrip("#").count("0") if decimals else 0
    while len(tail) > required and tail.endswith("0"):
        tail = tail[:-1]
    sign = "-" if rounded < 0 else ""
    return pattern[: found.start()] + sign + head + (f".{tail}" if tail else "") + pattern[found.end() :]


def format_moment(value: datetime, pattern: str) -> str:
    """Write a moment: yyyy yy, M MM MMM MMMM, d dd, H HH h hh, m mm, s ss, EEE EEEE (English), aaa aaaa (Chinese day)."""
    after_hour = False
    written: list[str] = []
    position = 0
    for found in _MOMENT.finditer(pattern):
        written.append(pattern[position : found.start()])
        position = found.end()
        token = found.group()
        letter = token[0]
        if letter in "Hh":
            after_hour = True
        # As in Excel, `mm` is the month unless an hour stands before it.
        minute = letter == "m" and (after_hour or pattern[found.end() : found.end() + 2] == ":s")
        written.append(_part(value, token, minute=minute))
    return "".join(written) + pattern[position:]


def _part(value: datetime, token: str, *, minute: bool) -> str:
    letter, size = token[0], len(token)
    if letter == "'":
        return token[1:-1]
    if letter in "yY":
        return f"{value.year % 100:02d}" if size == 2 else f"{value.year:04d}"
    if letter == "E":
        return _WEEKDAYS[value.weekday()][: None if size > 3 else 3]
    if letter == "a":
        return ("星期" if size == 4 else "周") + "一二三四五六日"[value.weekday()]
    if letter in "mM" and not minute and size > 2:
        return _MONTHS[value.month - 1][: None if size > 3 else 3]
    number = {
        "M": value.month, "m": value.minute if minute else value.month, "d": value.day, "D": value.day,
        "H": value.hour, "h": value.hour, "s": value.second,
    }[letter]  # fmt: skip
    return f"{number:0{min(size, 2)}d}"


_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_SECTIONS = ("", "万", "亿", "万亿")


def _section(number: int) -> str:
    """Four digits in capital numerals, inner zeros written once."""
    written, gap = "", False
    for place, unit in ((1000, "仟"), (100, "佰"), (10, "拾"), (1, "")):
        digit = number // place % 10
        if digit:
            written += ("零" if gap else "") + _DIGITS[digit] + unit
        gap = not digit and bool(written)
    return written


def rmb_capitals(value: Decimal) -> str:
    """An amount below 10^15 yuan in Chinese capital numerals, to the cent."""
    cents = int((abs(value) * 100).to_integral_value(rounding=ROUND_HALF_UP))
    yuan, jiao, fen = cents // 100, cents // 10 % 10, cents % 10
    written, sections = "", []
    while yuan:
        sections.append(yuan % 10000)
        yuan //= 10000
    for index in range(len(sections) - 1, -1, -1):
        if not sections[index]:
            continue
        skipped = written and (sections[index] < 1000 or (index + 1 < len(sections) and not sections[index + 1]))
        written += ("零" if skipped else "") + _section(sections[index]) + _SECTIONS[index]
    if written:
        written += "元"
    if jiao:
        written += _DIGITS[jiao] + "角"
    elif fen and written:
        written += "零"
    if fen:
        written += _DIGITS[fen] + "分"
    elif not jiao:
        written = (written or "零元") + "整"
    return ("负" if value < 0 and cents else "") + written
