"""How findings name types and fields in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .errors import Finding, finding, nearest
from .tree import Span
from .types import Labels, ListOf, Type

_TYPES_ZH = {
    "text": "文本", "number": "数字", "boolean": "是否", "date": "日期", "datetime": "日期时间", "time": "时间",
    "duration": "时长", "member": "成员", "department": "部门", "role": "角色", "choice": "选项", "id": "编号",
    "any": "任意", "empty": "空", "date range": "日期范围", "record": "记录", "rows": "子表",
}  # fmt: skip


def type_name(type_: Type, language: str) -> str:
    """The name of a type for readers."""
    if language == "en":
        return str(type_)
    if isinstance(type_, ListOf):
        return f"{type_name(type_.element, language)}列表"
    word = str(type_).partition("(")[0]
    return _TYPES_ZH.get(word, word)


def mismatch(span: Span, actual: Type, expected: Type | str, suggestion: str | None = None) -> Finding:
    """`type_mismatch`: something of another type is needed here."""
    wanted = {
        language: expected if isinstance(expected, str) else type_name(expected, language) for language in ("zh", "en")
    }
    zh = f"这里要{wanted['zh']}，不是{type_name(actual, 'zh')}"
    en = f"This must be {wanted['en']}, it is {type_name(actual, 'en')}"
    if suggestion:
        zh, en = f"{zh}；试试 {suggestion}", f"{en}; try {suggestion}"
    return finding("type_mismatch", zh, en, span, suggestion)


def cannot(operator: str, left: Type, right: Type, span: Span, suggestion: str | None = None) -> Finding:
    """`type_mismatch`: an operator between two types that have nothing to do with each other."""
    zh = f"{type_name(left, 'zh')}和{type_name(right, 'zh')}之间不能用 {operator}"
    en = f"{operator} has no meaning between {type_name(left, 'en')} and {type_name(right, 'en')}"
    if suggestion:
        zh, en = f"{zh}；试试 {suggestion}", f"{en}; try {suggestion}"
    return finding("type_mismatch", zh, en, span, suggestion)


def unknown(
    code: str, what: tuple[str, str], word: str, known: Iterable[str], labels: Mapping[str, Labels], span: Span
) -> Finding:
    """`unknown_…`: there is no such thing; proposes the nearest id or label."""
    by_word: dict[str, str] = {}
    for id in known:
        by_word[id] = id
        for label in labels.get(id, {}).values():
            by_word.setdefault(label, id)
    near = nearest(word, by_word)
    zh, en = f'没有{what[0]} "{word}"', f'There is no {what[1]} "{word}"'
    if near is None:
        return finding(code, zh, f"{en}.", span)
    id = by_word[near]
    shown = {language: _with_label(id, labels.get(id, {}).get(language)) for language in ("zh", "en")}
    return finding(code, f'{zh}，是不是 "{shown["zh"]}"?', f'{en}. Did you mean "{shown["en"]}"?', span, id)


def _with_label(id: str, label: str | None) -> str:
    return f"{id} ({label})" if label and label != id else id
