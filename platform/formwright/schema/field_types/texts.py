"""Types whose value is a text: text, textarea, e-mail, phone, link, serial."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import re2

from formwright.schema.field_types.base import (
    BadValue,
    ColumnSpec,
    FieldType,
    Lookup,
    Names,
    Types,
    field_types,
    is_empty,
)
from formwright.schema.model import Field
from formwright.schema.reading import Reader, bad_text
from formwright.texts import Text, both
from formwright_rules import types as rule_types

LONGEST = 65_536
"""Characters of any text: what the rule language takes as well."""

TextFormat = Literal["email", "phone", "url", "id_card", "postcode"]

_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,64}@[^\s@.<>]+(\.[^\s@.<>]+)+")
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{2,28}[0-9](\s*(x|ext\.?|转)\s*[0-9]{1,6})?", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s/?#]+[^\s]*", re.IGNORECASE)
_POSTCODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z -]{2,9}")
_ID_CARD = re.compile(r"[1-9][0-9]{5}(18|19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]")


@dataclass(frozen=True, slots=True)
class TextSettings:
    """`max` in characters; `pattern` an RE2 expression that the whole text must match."""

    max: int = LONGEST
    pattern: str | None = None
    format: TextFormat | None = None


def plain_text(raw: Any) -> str | None:
    """A JSON string (or number, boolean written as text by a csv) without what no database takes; None when empty."""
    if raw is None or raw == "":
        return None
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        raise BadValue("bad_text", both("应为文本", "Expected a text"))
    text = str(raw)
    if len(text) > LONGEST:
        raise BadValue("too_long", both(f"最多 {LONGEST} 个字符", f"At most {LONGEST} characters"))
    if bad_text(text):
        raise BadValue("bad_text", both("文本中有不允许的字符", "The text holds characters that are not allowed"))
    return text.replace("\r\n", "\n")


def has_format(text: str, format: TextFormat) -> bool:
    """Whether `text` looks like an e-mail address, phone number …; no network is asked."""
    if format == "email":
        return len(text) <= 254 and _EMAIL.fullmatch(text) is not None
    if format == "phone":
        return _PHONE.fullmatch(text) is not None
    if format == "url":
        return len(text) <= 2048 and _URL.fullmatch(text) is not None
    if format == "postcode":
        return _POSTCODE.fullmatch(text) is not None
    return _is_id_card(text)


def _is_id_card(text: str) -> bool:
    # GB 11643-1999: the last character is a weighted sum of the others, modulo 11.
    if _ID_CARD.fullmatch(text) is None:
        return False
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(d) * w for d, w in zip(text, weights, strict=False)) % 11] == text[-1].upper()


_FORMAT_NAMES: dict[str, dict[str, str]] = {
    "email": both("电子邮箱", "an e-mail address"),
    "phone": both("电话号码", "a phone number"),
    "url": both("以 http:// 或 https:// 开头的链接", "a link that begins with http:// or https://"),
    "id_card": both("身份证号", "a Chinese id card number"),
    "postcode": both("邮政编码", "a postcode"),
}


class _Textual(FieldType):
    """What the text types have in common."""

    fixed_format: ClassVar[TextFormat | None] = None

    def read_settings(self, reader: Reader) -> TextSettings:
        pattern = reader.string("pattern") or None
        if pattern is not None:
            try:
                re2.compile(pattern)
            except re2.error as problem:
                reader.error(
                    "bad_pattern", both(f"正则表达式有误：{problem}", f"Not a regular expression: {problem}"), "pattern"
                )
                pattern = None
        format = self.fixed_format or reader.choice("format", _FORMAT_NAMES)
        return TextSettings(reader.integer("max", LONGEST, min=1, max=LONGEST), pattern, format)

    def column(self, field: Field) -> ColumnSpec:
        return ColumnSpec("text")

    def parse(self, raw: Any, field: Field, lookup: Lookup) -> str | None:
        text = plain_text(raw)
        if text is None:
            return None
        settings: TextSettings = field.settings
        if settings.format:
            text = text.strip()
            if not text:
                return None
            if not has_format(text, settings.format):
                name = _FORMAT_NAMES[settings.format]
                raise BadValue("bad_format", both(f"应为{name['zh']}", f"Expected {name['en']}"))
        if len(text) > settings.max:
            raise BadValue("too_long", both(f"最多 {settings.max} 个字符", f"At most {settings.max} characters"))
        if settings.pattern is not None and re2.fullmatch(settings.pattern, text) is None:
            raise BadValue("pattern", both("格式不符合要求", "The text does not have the form asked for"))
        return text

    def dump(self, value: str | None, field: Field) -> str | None:
        return value

    def show(self, value: str | None, field: Field, language: str, names: Names) -> str:
        return value or ""

    def rule_type(self, field: Field, types: Types) -> rule_types.Type:
        return rule_types.TEXT


class TextType(_Textual):
    """单行文本: one line of text."""

    name = "text"
    label: ClassVar[Text] = both("单行文本", "Text")


class TextareaType(_Textual):
    """多行文本: several lines of plain text."""

    name = "textarea"
    label: ClassVar[Text] = both("多行文本", "Long text")


class EmailType(_Textual):
    """邮箱: an e-mail address."""

    name = "email"
    label: ClassVar[Text] = both("邮箱", "E-mail")
    fixed_format = "email"


class PhoneType(_Textual):
    """电话: a phone number as people write it."""

    name = "phone"
    label: ClassVar[Text] = both("电话", "Phone")
    fixed_format = "phone"


class UrlType(_Textual):
    """链接: a web address."""

    name = "url"
    label: ClassVar[Text] = both("链接", "Link")
    fixed_format = "url"


@dataclass(frozen=True, slots=True)
class SerialPart:
    """One part of a serial number: a fixed `text`, a `date` pattern, another field's value, or a counter of `digits`."""

    kind: Literal["text", "date", "field", "counter"]
    value: str = ""
    digits: int = 4
    reset: Literal["never", "day", "month", "year"] = "never"


@dataclass(frozen=True, slots=True)
class SerialSettings:
    parts: tuple[SerialPart, ...]
    gapless: bool = False


class SerialType(FieldType):
    """流水号: given by the system when the record is submitted; nobody writes it."""

    name = "serial"
    label: ClassVar[Text] = both("流水号", "Serial number")

    def read_settings(self, reader: Reader) -> SerialSettings:
        parts = []
        for i, part in enumerate(reader.raw("parts") or []):
            if isinstance(part, str | int) and not isinstance(part, bool):
                parts.append(SerialPart("text", str(part)))
                continue
            inner = Reader(part, reader.place("parts", i), reader.findings)
            parts.append(_serial_part(inner))
            inner.finish()
        if sum(part.kind == "counter" for part in parts) > 1:
            reader.error(
                "serial_counter", both("流水号最多有一个计数", "A serial number has at most one counter"), "parts"
            )
        if not any(part.kind == "counter" for part in parts):
            parts.append(SerialPart("counter"))
        return SerialSettings(tuple(parts), reader.boolean("gapless"))

    def column(self, field: Field) -> ColumnSpec:
        return ColumnSpec("text")

    def parse(self, raw: Any, field: Field, lookup: Lookup) -> str | None:
        return None if is_empty(raw) else plain_text(raw)

    def dump(self, value: str | None, field: Field) -> str | None:
        return value

    def show(self, value: str | None, field: Field, language: str, names: Names) -> str:
        return value or ""

    def rule_type(self, field: Field, types: Types) -> rule_types.Type:
        return rule_types.TEXT


def _serial_part(reader: Reader) -> SerialPart:
    if reader.has("date"):
        return SerialPart("date", reader.string("date"))
    if reader.has("field"):
        return SerialPart("field", reader.string("field"))
    digits = reader.integer("counter", 4, min=1, max=18)
    if not reader.has("counter"):
        reader.error(
            "serial_part",
            both("应为文本、{date}、{field} 或 {counter}", "Expected a text, {date}, {field} or {counter}"),
        )
    return SerialPart(
        "counter", digits=digits, reset=reader.choice("reset", ("never", "day", "month", "year"), "never")
    )


for _type in (TextType, TextareaType, EmailType, PhoneType, UrlType, SerialType):
    field_types.add(_type.name, _type())
