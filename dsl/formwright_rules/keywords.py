"""The words of the language in English and Chinese: which terminal each makes, and how each is printed."""

from __future__ import annotations

import re

# terminal → (English, Chinese, other spellings…). Reserved ones may never be the id of a field, node or parameter;
# the others are words only at their place.
RESERVED_WORDS: dict[str, tuple[str, ...]] = {
    "OR": ("or", "或者", "或"),
    "AND": ("and", "并且", "且"),
    "NOT": ("not", "非"),
    "IN": ("in", "属于"),
    "NOT_IN": ("not in", "不属于"),
    "BETWEEN": ("between", "介于"),
    "CONTAINS": ("contains", "包含"),
    "STARTS_WITH": ("starts with", "开头是"),
    "ENDS_WITH": ("ends with", "结尾是"),
    "MATCHES": ("matches", "匹配"),
    "IS_EMPTY": ("is empty", "为空"),
    "IS_NOT_EMPTY": ("is not empty", "不为空"),
    "CHANGED": ("changed", "已变化"),
    "WHEN": ("when", "当"),
    "_THEN": ("then", "则"),
    "OTHERWISE": ("otherwise", "否则"),
    "ALSO": ("and also", "并加上"),
    "_BECAUSE": ("because", "因为"),
    "TRUE": ("true", "真"),
    "FALSE": ("false", "假"),
    "NULL": ("null", "空值"),
    "EQ": ("=", "等于"),
    "NE": ("!=", "不等于"),
    "GT": (">", "大于"),
    "GE": (">=", "大于等于", "不小于"),
    "LT": ("<", "小于"),
    "LE": ("<=", "小于等于", "不大于"),
}
PLACE_WORDS: dict[str, tuple[str, ...]] = {
    "APPROVE": ("approve", "同意"),
    "REJECT": ("reject", "拒绝"),
    "REQUIRE": ("require", "要求"),
    "DUE": ("due", "限期"),
    "REMIND": ("remind", "提醒"),
    "ESCALATE": ("escalate to", "升级给"),
    "ESCALATE_ADDING": ("escalate adding", "升级加签"),
    "CC": ("cc", "抄送"),
    "RETURN": ("return to", "退回到"),
    "TIMEOUT": ("timeout", "走超时"),
    "SET": ("set", "设置"),
    "BEFORE": ("before", "之前"),
    "AFTER": ("after", "之后"),
    "AT_DUE": ("at due", "到期时"),
    "EVERY": ("every", "每隔"),
    "_AT_MOST": ("at most", "最多"),
    "_TIMES": ("times", "次", "time"),
    "_DEFINE": ("define", "定义"),
    "_TABLE": ("table", "决策表"),
    "FIRST_HIT": ("first hit", "首个命中"),
    "UNIQUE": ("unique", "唯一命中"),
    "COLLECT": ("collect", "全部命中"),
    "UP_TO": ("up to", "直到"),
}
WORDS = RESERVED_WORDS | PLACE_WORDS

# Names that mean the same in every environment; a label of the form that reads alike wins over the Chinese word.
NAMES: dict[str, str] = {
    "me": "我",
    "initiator": "发起人",
    "assignee": "处理人",
    "owner": "负责人",
    "decision": "审批结果",
    "outcome": "节点结果",
    "approvals": "同意数",
    "rejections": "拒绝数",
    "today": "今天",
    "now": "现在",
}
RESERVED = frozenset(
    word
    for spellings in RESERVED_WORDS.values()
    for word in spellings[0].split()
    if word.isalpha() and word not in ("starts", "ends", "with", "also")
) | frozenset(NAMES)

# unit → (English, Chinese, pattern of the English spellings)
UNITS: dict[str, tuple[str, str]] = {
    "second": ("seconds", "秒"),
    "minute": ("minutes", "分钟"),
    "hour": ("hours", "小时"),
    "day": ("days", "天"),
    "week": ("weeks", "周"),
    "month": ("months", "个月"),
    "year": ("years", "年"),
    "workhour": ("workhours", "个工作小时"),
    "workday": ("workdays", "个工作日"),
}
_CHINESE_UNITS = {chinese: unit for unit, (_, chinese) in UNITS.items()} | {
    "工作小时": "workhour",
    "工作日": "workday",
    "个小时": "hour",
    "个星期": "week",
}
_UNIT_PATTERN = "(?:(" + "|".join(UNITS) + r")s?(?![A-Za-z0-9_])|("
_UNIT_PATTERN += "|".join(sorted(_CHINESE_UNITS, key=len, reverse=True)) + "))"
UNIT = re.compile(r"[ \t\u3000]*" + _UNIT_PATTERN, re.IGNORECASE)
CHINESE_QUANTITY = re.compile(r"\d+" + _UNIT_PATTERN, re.IGNORECASE)


def unit_of(match: re.Match[str]) -> str:
    """The unit that a match of `UNIT` found."""
    english, chinese = match.groups()
    return english.lower() if english else _CHINESE_UNITS[chinese]


# first word, lower case → [(pattern of the whole keyword, terminal)], longest first
BY_FIRST_WORD: dict[str, list[tuple[re.Pattern[str], str]]] = {}
CHINESE_WORDS: frozenset[str] = frozenset(
    word for spellings in WORDS.values() for word in spellings if not word.isascii()
) | frozenset(NAMES.values())


def _index() -> None:
    spelled = [(word, terminal) for terminal, spellings in WORDS.items() for word in spellings if word[0].isalpha()]
    for word, terminal in sorted(spelled, key=lambda pair: -len(pair[0])):
        pattern = r"\s+".join(map(re.escape, word.split())) + r"(?!\w)"
        BY_FIRST_WORD.setdefault(word.split()[0], []).append((re.compile(pattern, re.IGNORECASE), terminal))


_index()
ENGLISH = {terminal: spellings[0] for terminal, spellings in WORDS.items()}
CHINESE = {terminal: spellings[1] for terminal, spellings in WORDS.items()}
NAME_OF_CHINESE = {chinese: name for name, chinese in NAMES.items()}
