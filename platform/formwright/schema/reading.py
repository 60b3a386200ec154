"""Walks one JSON document and collects, at JSON pointers, everything that is wrong with it; never stops at the first mistake."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from formwright.registry import nearest
from formwright.schema.model import Finding
from formwright.texts import LANGUAGES, Text, both

ID = re.compile(r"[a-z][a-z0-9_]{0,39}")

RESERVED = frozenset(
    "and or not in between contains matches is empty changed when then otherwise because true false null me initiator "
    "assignee owner decision outcome approvals rejections today now "
    "id version department created_by created_at updated_by updated_at flow_status flow_node".split()
)
"""Never the id of a field, node or parameter: keywords and names of the rule language, and every system field."""

_MISSING: Any = object()

# What a YAML reader makes of the rest of an unquoted rule, e.g. `where: status in [a], b: c`.
_LOOKS_LIKE_RULE = re.compile(r"""[\s"'<>=()\[\]&*/%]|^(and|or|not|in|then|otherwise|is)$""")


def pointer(*steps: str | int) -> str:
    """A JSON pointer of `steps`, each escaped."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def is_id(text: object) -> bool:
    """Whether `text` has the form of an id; reserved words are another question."""
    return isinstance(text, str) and ID.fullmatch(text) is not None


def bad_text(text: str) -> bool:
    """Whether `text` holds what no database and no wire takes: NUL or a lone surrogate."""
    return "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text)


def constant_text(value: Any) -> str:
    """The rule that a constant in the place of a rule stands for: `true`, `5`, `null`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


class Reader:
    """One object of the document. Each question names a key and gives a typed value; keys that nobody asked for are unknown.

    A wrong value becomes a finding and the question's default is answered, so that reading goes on.
    """

    def __init__(self, value: Any, at: str, findings: list[Finding]) -> None:
        self.at = at
        self.findings = findings
        self._asked: dict[str, None] = {}
        self.value: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        if not isinstance(value, Mapping):
            self._wrong("", both("一组键值", "a mapping"))

    # ---- findings

    def error(self, code: str, message: Text, key: str | int = "") -> None:
        """Note an error at `key` of this object (at the object itself when empty)."""
        self.findings.append(Finding("error", code, self.place(key), message))

    def warning(self, code: str, message: Text, key: str | int = "") -> None:
        self.findings.append(Finding("warning", code, self.place(key), message))

    def place(self, *keys: str | int) -> str:
        """The JSON pointer of a key below this object."""
        return self.at + pointer(*(key for key in keys if key != ""))

    def _wrong(self, key: str, expected: Mapping[str, str]) -> None:
        self.error("wrong_type", both(f"这里应为{expected['zh']}", f"Expected {expected['en']} here"), key)

    # ---- questions

    def has(self, key: str) -> bool:
        """Whether the key is written; counts as asking for it."""
        self._asked[key] = None
        return key in self.value

    def raw(self, key: str, default: Any = None) -> Any:
        """The JSON value as it is."""
        self._asked[key] = None
        return self.value.get(key, default)

    def _get(self, key: str, *, required: bool = False) -> Any:
        self._asked[key] = None
        found = self.value.get(key, _MISSING)
        if found is None:
            found = _MISSING
        if found is _MISSING and required:
            self.error("missing_key", both(f"缺少“{key}”", f'"{key}" is missing'), key)
        return found

    def string(self, key: str, default: str = "", *, required: bool = False) -> str:
        found = self._get(key, required=required)
        if found is _MISSING:
            return default
        if isinstance(found, bool) or not isinstance(found, str | int | Decimal):
            self._wrong(key, both("文本", "a text"))
            return default
        text = found if isinstance(found, str) else constant_text(found)
        if bad_text(text):
            self.error("bad_text", both("文本中有不允许的字符", "The text holds characters that are not allowed"), key)
            return default
        return text

    def id(self, key: str = "id", *, default: str = "", reserved: Collection[str] = RESERVED) -> str:
        """An id: its pattern holds and it is no reserved word. `default` stands in when it is not written."""
        if not default and self._get(key, required=True) is _MISSING:
            return ""
        text = self.string(key, default)
        check_id(text, self.place(key), self.findings, reserved=reserved)
        return text

    def text(self, key: str, default: Text | None = None, *, required: bool = False) -> Text | None:
        """A text for people: one string, or `{zh, en}`; one language alone is a warning."""
        found = self._get(key, required=required)
        return default if found is _MISSING else read_text(found, self.place(key), self.findings, default)

    def texts(self, key: str) -> tuple[Text, ...]:
        """A list of texts for people."""
        read = (read_text(each, self.place(key, i), self.findings, None) for i, each in enumerate(self._list(key)))
        return tuple(text for text in read if text is not None)

    def rule(self, key: str, *, required: bool = False) -> str | None:
        """The text of a rule; a number, `true`, `false` or `null` is that constant."""
        self._asked[key] = None
        if key not in self.value:
            if required:
                self._get(key, required=True)
            return None
        return read_rule(self.value[key], self.place(key), self.findings)

    def rules(self, key: str) -> dict[str, str]:
        """A mapping of names to rules, as under `set` and `measures`."""
        found = self._mapping(key)
        read = {name: read_rule(rule, self.place(key, name), self.findings) for name, rule in found.items()}
        return {name: rule for name, rule in read.items() if rule is not None}

    def boolean(self, key: str, default: bool = False) -> bool:
        found = self._get(key)
        if found is _MISSING:
            return default
        if not isinstance(found, bool):
            self._wrong(key, both(" true 或 false", "true or false"))
            return default
        return found

    def integer(self, key: str, default: Any = None, *, min: int | None = None, max: int | None = None) -> Any:
        """An integer within `min` and `max`; `default` (any value) when it is not written."""
        found = self._get(key)
        if found is _MISSING:
            return default
        if isinstance(found, Decimal) and found == found.to_integral_value():
            found = int(found)
        if isinstance(found, bool) or not isinstance(found, int):
            self._wrong(key, both("整数", "an integer"))
            return default
        if (min is not None and found < min) or (max is not None and found > max):
            bounds = f"{'' if min is None else min}..{'' if max is None else max}"
            self.error("out_of_range", both(f"应在 {bounds} 之间", f"Must be within {bounds}"), key)
            return default
        return found

    def decimal(self, key: str, default: Decimal | None = None) -> Decimal | None:
        """An exact number."""
        found = self._get(key)
        if found is _MISSING:
            return default
        if isinstance(found, bool) or not isinstance(found, int | Decimal):
            self._wrong(key, both("数字", "a number"))
            return default
        return Decimal(found)

    def choice(self, key: str, allowed: Iterable[str], default: Any = None, *, required: bool = False) -> Any:
        """One of `allowed`; the finding names the nearest one."""
        found = self._get(key, required=required)
        if found is _MISSING:
            return default
        names = list(allowed)
        if found not in names:
            self._not_among(key, found, names)
            return default
        return found

    def strings(
        self, key: str, default: tuple[str, ...] = (), *, allowed: Collection[str] | None = None
    ) -> tuple[str, ...]:
        """A list of strings; with `allowed`, each one of them."""
        if self._get(key) is _MISSING:
            return default
        result = []
        for i, each in enumerate(self._list(key)):
            if isinstance(each, bool) or not isinstance(each, str | int | Decimal):
                self.findings.append(
                    Finding("error", "wrong_type", self.place(key, i), both("这里应为文本", "Expected a text here"))
                )
            elif allowed is not None and each not in allowed:
                self._not_among(key, each, list(allowed), i)
            else:
                result.append(each if isinstance(each, str) else constant_text(each))
        return tuple(result)

    def _not_among(self, key: str, found: Any, names: list[str], index: int | None = None) -> None:
        near = nearest(str(found), names)
        hint_zh, hint_en = (f"，是不是“{near}”？", f'. Did you mean "{near}"?') if near else ("", "")
        listed = ", ".join(names[:12])
        message = both(f"“{found}”不在可选值之内（{listed}）{hint_zh}", f'"{found}" is not one of {listed}{hint_en}')
        at = self.place(key) if index is None else self.place(key, index)
        self.findings.append(Finding("error", "unknown_value", at, message))

    def object(self, key: str) -> Reader | None:
        """The object under `key`, or None when it is not written."""
        found = self._get(key)
        return None if found is _MISSING else Reader(found, self.place(key), self.findings)

    def objects(self, key: str) -> list[Reader]:
        """A list of objects."""
        return [Reader(each, self.place(key, i), self.findings) for i, each in enumerate(self._list(key))]

    def entries(self, key: str | None = None) -> Iterator[tuple[str, Reader]]:
        """The members of a mapping of objects: under `key`, or of this object itself."""
        found = self.value if key is None else self._mapping(key)
        at = self.at if key is None else self.place(key)
        for name, value in found.items():
            self._asked[name] = None
            yield name, Reader(value, at + pointer(name), self.findings)

    def _list(self, key: str) -> list[Any]:
        found = self._get(key)
        if found is _MISSING:
            return []
        if not isinstance(found, list | tuple):
            self._wrong(key, both("列表", "a list"))
            return []
        return list(found)

    def _mapping(self, key: str) -> Mapping[str, Any]:
        found = self._get(key)
        if found is _MISSING:
            return {}
        if not isinstance(found, Mapping):
            self._wrong(key, both("一组键值", "a mapping"))
            return {}
        return found

    def at_key(self, key: str, known: Callable[[Reader], Any]) -> Any:
        """What `known` makes of the object under `key`, with its unknown keys reported; None when it is not written."""
        reader = self.object(key)
        if reader is None:
            return None
        result = known(reader)
        reader.finish()
        return result

    def finish(self) -> None:
        """Report every key that nobody asked for, with the nearest known name."""
        for key in self.value:
            if key not in self._asked:
                self.error("unknown_key", _unknown_key(key, self._asked), key)


def _unknown_key(key: str, known: Iterable[str]) -> Text:
    if _LOOKS_LIKE_RULE.search(key):
        return both(
            f"不认识的键“{key}”；它像是一条规则的后半段：请给规则加上引号",
            f'Unknown key "{key}"; it looks like the tail of a rule: put the rule in quotes',
        )
    near = nearest(key, list(known))
    if near:
        return both(f"不认识的键“{key}”，是不是“{near}”？", f'Unknown key "{key}". Did you mean "{near}"?')
    listed = ", ".join(sorted(known)[:20])
    return both(f"不认识的键“{key}”；这里可用：{listed}", f'Unknown key "{key}"; known here: {listed}')


def check_id(text: str, at: str, findings: list[Finding], *, reserved: Collection[str] = RESERVED) -> bool:
    """Note what is wrong with an id; True when nothing is."""
    if not is_id(text):
        message = both(
            f"“{text}”不能作 id：以小写字母开头，只用小写字母、数字和下划线，最多 40 个字符",
            f'"{text}" is no id: a lower-case letter, then lower-case letters, digits and _, at most 40 characters',
        )
        findings.append(Finding("error", "bad_id", at, message))
        return False
    if text in reserved:
        message = both(f"“{text}”是保留字，请换一个 id", f'"{text}" is a reserved word; choose another id')
        findings.append(Finding("error", "reserved_id", at, message))
        return False
    return True


def read_text(value: Any, at: str, findings: list[Finding], default: Text | None) -> Text | None:
    """A text for people from a JSON value: a string (numbers count), or a mapping of `zh` and `en`."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return constant_text(value)
    if isinstance(value, str):
        if not bad_text(value):
            return value
    elif isinstance(value, Mapping) and value and all(isinstance(each, str) for each in value.values()):
        unknown = [key for key in value if key not in LANGUAGES]
        for key in unknown:
            message = both(f"不支持语言“{key}”，只有 zh 和 en", f'No such language "{key}"; there are zh and en')
            findings.append(Finding("error", "unknown_key", at + pointer(key), message))
        missing = [language for language in LANGUAGES if not value.get(language)]
        if missing and not unknown:
            name = {"zh": both("中文", "Chinese"), "en": both("英文", "English")}[missing[0]]
            message = both(f"缺少{name['zh']}文字", f"The {name['en']} text is missing")
            findings.append(Finding("warning", "missing_language", at, message))
        if not any(bad_text(each) for each in value.values()):
            return dict(value)
    message = both("这里应为文字，或 {zh: …, en: …}", "Expected a text, or {zh: …, en: …}")
    findings.append(Finding("error", "wrong_type", at, message))
    return default


def read_rule(value: Any, at: str, findings: list[Finding]) -> str | None:
    """A rule from a JSON value: a text is a rule; a number, `true`, `false`, `null` is that constant."""
    if isinstance(value, str) and not bad_text(value):
        return value
    if value is None or isinstance(value, bool | int | Decimal):
        return constant_text(value)
    message = both("这里应为一条规则（文本），或一个常量", "Expected a rule (a text) or a constant here")
    findings.append(Finding("error", "wrong_type", at, message))
    return None
