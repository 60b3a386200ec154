"""Text: positions count code points from 1; patterns are RE2, which cannot hang."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from ..values import ZERO, is_empty, number_text, to_text
from .base import MAX_LIST, MAX_TEXT, Evaluation, Nothing, TooLarge, function
from .formats import format_moment, format_number, rmb_capitals

D = Decimal
ONE = Decimal(1)


def limited(text: str) -> str:
    """The text, unless it is longer than a rule may make."""
    if len(text) > MAX_TEXT:
        raise TooLarge("文本超过 64 KiB", "The text grows beyond 64 KiB")
    return text


def _count(value: Decimal) -> int:
    if value < 0:
        raise Nothing("out_of_range", "个数不能是负数", "A count cannot be negative")
    return int(value) if value < MAX_TEXT else MAX_TEXT


def _position(value: Decimal) -> int:
    if value < 1:
        raise Nothing("out_of_range", "位置从 1 开始", "Positions count from 1")
    return int(value) - 1 if value < MAX_TEXT else MAX_TEXT


@lru_cache(maxsize=512)
def compile_pattern(pattern: str) -> Any:
    """An RE2 pattern; raises Nothing when it is none, or is larger than a pattern may be."""
    import re2

    options = re2.Options()
    options.max_mem = 1 << 20
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error:
        raise Nothing("bad_pattern", "这不是有效的正则表达式", "This is no valid pattern") from None


def fold(text: str) -> str:
    """How `contains` sees a text: without case and width."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()


@function(
    "CONCATENATE(*values: any)", "text", "连接文本", "Texts joined", ('CONCATENATE("a", 1, null)', "a1"), empty="pass"
)
def concatenate(*values: Any) -> str:
    return limited("".join(to_text(value) for value in values))


@function(
    "CONCAT(*values: any)",
    "text",
    "连接文本，列表展开",
    "Texts joined, lists opened",
    ('CONCAT("a", ["b", "c"])', "abc"),
    empty="pass",
)
def concat(*values: Any) -> str:
    return limited(
        "".join(to_text(each) for value in values for each in (value if isinstance(value, list | tuple) else (value,)))
    )


@function("TEXTJOIN(separator: text, skip_empty: boolean, *values: any)", "text", "用分隔符连接", "Joined with a separator",
          ('TEXTJOIN("-", true, "a", "", ["b", "c"])', "a-b-c"), ('TEXTJOIN("-", false, "a", "", "b")', "a--b"), empty="pass")  # fmt: skip
def textjoin(separator: str | None, skip_empty: bool | None, *values: Any) -> str:
    parts = [to_text(each) for value in values for each in (value if isinstance(value, list | tuple) else (value,))]
    if skip_empty:
        parts = [part for part in parts if part]
    if sum(map(len, parts)) + len(separator or "") * len(parts) > MAX_TEXT:
        limited(" " * (MAX_TEXT + 1))
    return (separator or "").join(parts)


@function(
    "LEFT(text: text, count?: number)",
    "text",
    "左边几个字",
    "The first characters",
    ('LEFT("表匠网", 2)', "表匠"),
    ('LEFT("ab")', "a"),
)
def left(text: str, count: Decimal = ONE) -> str:
    return text[: _count(count)]


@function(
    "RIGHT(text: text, count?: number)",
    "text",
    "右边几个字",
    "The last characters",
    ('RIGHT("表匠网", 2)', "匠网"),
    ('RIGHT("ab", 0)', ""),
)
def right(text: str, count: Decimal = ONE) -> str:
    number = _count(count)
    return text[-number:] if number else ""


@function(
    "MID(text: text, start: number, count: number)",
    "text",
    "中间几个字",
    "Characters from the middle",
    ('MID("abcdef", 2, 3)', "bcd"),
)
def mid(text: str, start: Decimal, count: Decimal) -> str:
    begin = _position(start)
    return text[begin : begin + _count(count)]


@function("LEN(text: text)", "number", "字数", "How many characters", ('LEN("表匠")', D(2)), ("LEN(null)", D(0)))
def len_(text: str) -> Decimal:
    return Decimal(len(text))


@function("LOWER(text: text)", "text", "小写", "In lower case", ('LOWER("AbC")', "abc"))
def lower(text: str) -> str:
    return text.lower()


@function("UPPER(text: text)", "text", "大写", "In upper case", ('UPPER("AbC")', "ABC"))
def upper(text: str) -> str:
    return limited(text.upper())


@function("PROPER(text: text)", "text", "首字母大写", "Each word with a capital", ('PROPER("li na")', "Li Na"))
def proper(text: str) -> str:
    return limited(text.title())


@function(
    "TRIM(text: text)",
    "text",
    "去掉首尾空格，中间只留一个",
    "Blanks at the ends gone, one between words",
    ('TRIM("  a　 b ")', "a b"),
)
def trim(text: str) -> str:
    return " ".join(part for part in re.split(r"[ \u3000\u00a0]+", text) if part)


@function("FIND(find: text, text: text, start?: number)", "number", "第一次出现的位置，没有是 0（区分大小写）",
          "Where it first stands, 0 if nowhere (case matters)", ('FIND("b", "abc")', D(2)), ('FIND("B", "abc")', D(0)))  # fmt: skip
def find(needle: str, text: str, start: Decimal = ONE) -> Decimal:
    return Decimal(text.find(needle, _position(start)) + 1)


@function("SEARCH(find: text, text: text, start?: number)", "number", "第一次出现的位置，没有是 0（不分大小写）",
          "Where it first stands, 0 if nowhere (whatever the case)", ('SEARCH("B", "abc")', D(2)), ('SEARCH("x", "abc")', D(0)))  # fmt: skip
def search(needle: str, text: str, start: Decimal = ONE) -> Decimal:
    return Decimal(text.lower().find(needle.lower(), _position(start)) + 1)


@function("REPLACE(text: text, start: number, count: number, new: text)", "text", "按位置替换", "Characters replaced by position",
          ('REPLACE("abcdef", 2, 3, "X")', "aXef"))  # fmt: skip
def replace(text: str, start: Decimal, count: Decimal, new: str) -> str:
    begin = _position(start)
    return limited(text[:begin] + new + text[begin + _count(count) :])


@function("SUBSTITUTE(text: text, old: text, new: text, nth?: number)", "text", "替换文字（可指定第几个）", "A text replaced, all or the n-th",
          ('SUBSTITUTE("a-b-c", "-", "+")', "a+b+c"), ('SUBSTITUTE("a-b-c", "-", "+", 2)', "a-b+c"))  # fmt: skip
def substitute(text: str, old: str, new: str, nth: Decimal | None = None) -> str:
    if not old:
        return text
    if nth is None:
        if len(text) + text.count(old) * (len(new) - len(old)) > MAX_TEXT:
            limited(" " * (MAX_TEXT + 1))
        return text.replace(old, new)
    parts = text.split(old)
    index = _position(nth) + 1
    if index >= len(parts):
        return text
    return limited(old.join(parts[:index]) + new + old.join(parts[index:]))


@function("REPT(text: text, count: number)", "text", "重复", "Repeated", ('REPT("ab", 3)', "ababab"))
def rept(text: str, count: Decimal) -> str:
    if count > 1000:
        raise Nothing("out_of_range", "最多重复 1000 次", "At most 1,000 times")
    if len(text) * _count(count) > MAX_TEXT:
        limited(" " * (MAX_TEXT + 1))
    return text * _count(count)


@function(
    "EXACT(one: text, other: text)",
    "boolean",
    "完全相同",
    "Exactly alike",
    ('EXACT("a", "A")', False),
    ('EXACT("a", "a")', True),
)
def exact(one: str, other: str) -> bool:
    return one == other


@function("TEXT(value: any, format?: text)", "text", "按格式写成文本", "Written in a format",
          ('TEXT(1234.5, "#,##0.00")', "1,234.50"), ('TEXT(0.153, "0%")', "15%"), ('TEXT(2026-01-31, "yyyy年M月d日")', "2026年1月31日"),
          state=True, empty="pass")  # fmt: skip
def text_(state: Evaluation, value: Any, format: str = "") -> str:
    if is_empty(value):
        return ""
    if not format:
        return to_text(value)
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return limited(format_number(Decimal(value), format))
    if isinstance(value, datetime):
        zone = state.context.timezone if state.context is not None else value.tzinfo
        return limited(format_moment(value.astimezone(zone), format))
    if isinstance(value, date):
        return limited(format_moment(datetime(value.year, value.month, value.day), format))  # noqa: DTZ001
    return to_text(value)


@function(
    "VALUE(text: text)",
    "number",
    "文本变数字",
    "A text as a number",
    ('VALUE("1,234.5")', D("1234.5")),
    ('VALUE("15%")', D("0.15")),
)
def value_(text: str) -> Decimal:
    plain = unicodedata.normalize("NFKC", text).strip().lstrip("¥$€£").replace(",", "").strip()
    percent = plain.endswith("%")
    if not re.fullmatch(r"[-+]?\d{1,60}(\.\d{1,40})?", plain.rstrip("%").strip(), re.ASCII):
        raise Nothing("not_a_number", f"{text[:40]!r} 不是数字", f"{text[:40]!r} is no number")
    number = Decimal(plain.rstrip("%").strip())
    return number / 100 if percent else number


@function("FIXED(value: number, digits?: number, plain?: boolean)", "text", "固定小数位的文本", "Text with fixed decimals",
          ("FIXED(1234.567, 1)", "1,234.6"), ("FIXED(1234.567, 1, true)", "1234.6"))  # fmt: skip
def fixed(value: Decimal, digits: Decimal = Decimal(2), plain: bool = False) -> str:
    places = int(digits) if 0 <= digits <= 30 else 2
    rounded = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return f"{rounded:.{places}f}" if plain else f"{rounded:,.{places}f}"


@function(
    "CHAR(code: number)",
    "text",
    "编码对应的字符",
    "The character with this code",
    ("CHAR(65)", "A"),
    ("CHAR(34920)", "表"),
)
def char(code: Decimal) -> str:
    if not 1 <= code <= 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise Nothing("out_of_range", "没有这个字符", "There is no such character")
    return chr(int(code))


@function("CODE(text: text)", "number", "第一个字符的编码", "The code of the first character", ('CODE("A")', D(65)))
def code(text: str) -> Decimal:
    if not text:
        raise Nothing("not_found", "文本是空的", "The text is empty")
    return Decimal(ord(text[0]))


@function("REGEXMATCH(text: text, pattern: text)", "boolean", "是否符合正则表达式", "Whether a pattern is found in it",
          ('REGEXMATCH("AB-12", "^[A-Z]+-\\d+$")', True), ('REGEXMATCH("x", "y")', False))  # fmt: skip
def regexmatch(text: str, pattern: str) -> bool:
    return compile_pattern(pattern).search(text) is not None


@function("REGEXEXTRACT(text: text, pattern: text)", "text", "取出符合正则表达式的部分", "The part that a pattern finds (its first group)",
          ('REGEXEXTRACT("No. 42!", "\\d+")', "42"), ('REGEXEXTRACT("k=v", "k=(.)")', "v"))  # fmt: skip
def regexextract(text: str, pattern: str) -> str:
    found = compile_pattern(pattern).search(text)
    if found is None:
        raise Nothing("not_found", "没有找到", "Nothing was found")
    return (found.group(1) if found.re.groups else found.group(0)) or ""


@function(
    "SPLIT(text: text, separator: text)",
    "texts",
    "按分隔符拆开",
    "Cut at a separator",
    ('SPLIT("a,b", ",")', ("a", "b")),
)
def split(text: str, separator: str) -> tuple[str, ...]:
    if not text:
        return ()
    if not separator:
        return tuple(text[:MAX_LIST])
    return tuple(text.split(separator, MAX_LIST - 1))


@function(
    "JOIN(values: list, separator?: text)",
    "text",
    "用分隔符连接列表",
    "A list joined with a separator",
    ('JOIN(["a", "b"], "/")', "a/b"),
    empty="pass",
)
def join_(values: Sequence[Any], separator: str | None = ", ") -> str:
    return textjoin(separator, True, values)


@function("PINYIN(text: text, initials?: boolean)", "text", "拼音（或首字母）", "Pinyin, or its initials",
          ('PINYIN("表匠")', "biaojiang"), ('PINYIN("表匠", true)', "bj"))  # fmt: skip
def pinyin(text: str, initials: bool = False) -> str:
    from pypinyin import Style, lazy_pinyin

    return limited("".join(lazy_pinyin(text[:1000], style=Style.FIRST_LETTER if initials else Style.NORMAL)))


@function("MASK(text: text, head: number, tail: number)", "text", "中间用 * 遮住", "The middle hidden by *",
          ('MASK("13812345678", 3, 4)', "138****5678"), ('MASK("ab", 3, 4)', "**"))  # fmt: skip
def mask(text: str, head: Decimal, tail: Decimal) -> str:
    first, last = _count(head), _count(tail)
    if first + last >= len(text):
        return "*" * len(text)
    return text[:first] + "*" * (len(text) - first - last) + (text[-last:] if last else "")


@function("RMBCAP(value: number)", "text", "人民币大写", "An amount in Chinese capital numerals",
          ("RMBCAP(12090.2)", "壹万贰仟零玖拾元贰角"), ("RMBCAP(100)", "壹佰元整"), ("RMBCAP(-0.05)", "负伍分"))  # fmt: skip
def rmbcap(value: Decimal) -> str:
    if abs(value) >= Decimal(10) ** 15:
        raise Nothing("out_of_range", "金额太大", "The amount is too large")
    return rmb_capitals(value)


_COMPANY = re.compile(
    r"(股份有限公司|有限责任公司|有限公司|集团|公司|co\.?,? ?ltd\.?|ltd\.?|inc\.?|llc|gmbh|corp\.?)+$"
)


@function("NORMALIZE_COMPANY(name: text)", "text", "去掉公司后缀、括号、空格和全半角差别，用于查重", "A company name for finding doubles",
          ('NORMALIZE_COMPANY("表匠（上海）科技有限公司")', "表匠上海科技"), ('NORMALIZE_COMPANY("Acme Co., Ltd.")', "acme"))  # fmt: skip
def normalize_company(name: str) -> str:
    plain = unicodedata.normalize("NFKC", name).casefold().strip()
    plain = _COMPANY.sub("", plain)
    return re.sub(r"[\s()\[\]【】·.,'\"-]+", "", plain)


def as_words(value: Any) -> str:
    """A value as an explanation writes it."""
    return (
        f'"{value}"' if isinstance(value, str) else number_text(value) if isinstance(value, Decimal) else to_text(value)
    )


__all__ = ["ZERO", "as_words", "compile_pattern", "fold", "limited"]
