"""Types with a fixed set of values: boolean, select, multiselect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

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
from formwright.schema.field_types.texts import plain_text
from formwright.schema.model import Field
from formwright.schema.reading import Reader
from formwright.texts import LANGUAGES, Text, both, show
from formwright_rules import types as rule_types

_TRUE = frozenset(("true", "yes", "y", "1", "on", "是", "对", "√"))
_FALSE = frozenset(("false", "no", "n", "0", "off", "否", "错", "×"))


@dataclass(frozen=True, slots=True)
class BooleanSettings:
    """How the two values are called, e.g. 已寄出 and 未寄出."""

    yes: Text = field(default_factory=lambda: both("是", "Yes"))
    no: Text = field(default_factory=lambda: both("否", "No"))


class BooleanType(FieldType):
    """是/否: true, false, or not said (which rules take as false)."""

    name = "boolean"
    label: ClassVar[Text] = both("是/否", "Yes/No")

    def read_settings(self, reader: Reader) -> BooleanSettings:
        standard = BooleanSettings()
        return BooleanSettings(
            reader.text("yes", standard.yes) or standard.yes, reader.text("no", standard.no) or standard.no
        )

    def column(self, field: Field) -> ColumnSpec:
        return ColumnSpec("boolean")

    def parse(self, raw: Any, field: Field, lookup: Lookup) -> bool | None:
        if is_empty(raw):
            return None
        if isinstance(raw, bool):
            return raw
        if isinstance(raw, str):
            word = raw.strip().lower()
            settings: BooleanSettings = field.settings
            if word in _TRUE or raw.strip() in _wordings(settings.yes):
                return True
            if word in _FALSE or raw.strip() in _wordings(settings.no):
                return False
        raise BadValue("bad_boolean", both("应为是或否（true 或 false）", "Expected yes or no (true or false)"))

    def dump(self, value: bool | None, field: Field) -> bool | None:
        return value

    def show(self, value: bool | None, field: Field, language: str, names: Names) -> str:
        return "" if value is None else show(field.settings.yes if value else field.settings.no, language)

    def rule_type(self, field: Field, types: Types) -> rule_types.Type:
        return rule_types.BOOLEAN


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a select. Its id is what rules, records and packages hold."""

    id: str
    label: Text
    color: str = ""


@dataclass(frozen=True, slots=True)
class ChoiceSettings:
    """`other` lets people type a value of their own; `where` is a rule over `option` that narrows what is offered."""

    options: tuple[Option, ...]
    other: bool = False
    where: str | None = None
    by_word: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """Option id by id and by every wording that only one option has."""


def _wordings(text: Text) -> set[str]:
    return {text} if isinstance(text, str) else {each for each in text.values() if each}


def read_choice_settings(reader: Reader) -> ChoiceSettings:
    """`options` (each `{id, label, color}` or the bare id), `other`, `where`."""
    options: list[Option] = []
    seen: set[str] = set()
    raw = reader.raw("options")
    if not isinstance(raw, list | tuple):
        if raw is not None:
            reader.error("wrong_type", both("这里应为选项列表", "Expected a list of options"), "options")
        raw = ()
    for i, each in enumerate(raw):
        if isinstance(each, str | int | Decimal) and not isinstance(each, bool):
            each = {"id": str(each)}
        inner = Reader(each, reader.place("options", i), reader.findings)
        # Option ids are the author's: any short text (A, 3C, …), not only an identifier.
        option_id = inner.string("id", required=True)
        if len(option_id) > 100:
            inner.error("bad_id", both("选项 id 最多 100 个字符", "An option id has at most 100 characters"), "id")
        if option_id in seen:
            inner.error("duplicate_id", both(f"选项“{option_id}”重复", f'Option "{option_id}" is there twice'), "id")
        seen.add(option_id)
        options.append(Option(option_id, inner.text("label", option_id) or option_id, inner.string("color")))
        inner.finish()
    other = reader.boolean("other")
    if not options and not other:
        reader.error("no_options", both("至少要有一个选项", "There must be at least one option"), "options")
    return ChoiceSettings(tuple(options), other, reader.rule("where"), _by_word(options))


def _by_word(options: list[Option]) -> dict[str, str]:
    by_word: dict[str, str | None] = {}
    for option in options:
        for word in _wordings(option.label):
            by_word[word] = option.id if by_word.get(word, option.id) == option.id else None
    found = {word: option for word, option in by_word.items() if option is not None}
    return found | {option.id: option.id for option in options}


def _parse_option(raw: Any, settings: ChoiceSettings) -> str:
    if isinstance(raw, Decimal | int) and not isinstance(raw, bool):
        raw = str(raw)
    if isinstance(raw, str):
        word = raw.strip()
        if (option := settings.by_word.get(word)) is not None:
            return option
        if settings.other and (text := plain_text(word)) is not None:
            return text
    known = ", ".join(option.id for option in settings.options[:12])
    shown = raw if isinstance(raw, str) and len(raw) <= 100 else "…"
    raise BadValue(
        "unknown_option", both(f"没有选项“{shown}”（可选：{known}）", f'There is no option "{shown}" (known: {known})')
    )


def option_label(settings: ChoiceSettings, option_id: str, language: str) -> str:
    """How an option is called; the id itself when it is a text of one's own or a removed option."""
    return next(
        (show(option.label, language, option.id) for option in settings.options if option.id == option_id), option_id
    )


def choice_rule_type(settings: ChoiceSettings) -> rule_types.Type:
    """The options with their labels; with `other` any text."""
    if settings.other:
        return rule_types.TEXT
    return rule_types.choice((option.id, _labels(option.label)) for option in settings.options)


def _labels(label: Text) -> Mapping[str, str]:
    return dict.fromkeys(LANGUAGES, label) if isinstance(label, str) else label


class SelectType(FieldType):
    """单选: one of a fixed set of options."""

    name = "select"
    label: ClassVar[Text] = both("单选", "Choice")

    def read_settings(self, reader: Reader) -> ChoiceSettings:
        return read_choice_settings(reader)

    def column(self, field: Field) -> ColumnSpec:
        return ColumnSpec("text")

    def parse(self, raw: Any, field: Field, lookup: Lookup) -> str | None:
        return None if is_empty(raw) else _parse_option(raw, field.settings)

    def dump(self, value: str | None, field: Field) -> str | None:
        return value

    def show(self, value: str | None, field: Field, language: str, names: Names) -> str:
        return option_label(field.settings, value, language) if value else ""

    def rule_type(self, field: Field, types: Types) -> rule_types.Type:
        return choice_rule_type(field.settings)


class MultiselectType(FieldType):
    """多选: any of a fixed set of options, each once, in the order of the options."""

    name = "multiselect"
    label: ClassVar[Text] = both("多选", "Multiple choice")

    def read_settings(self, reader: Reader) -> ChoiceSettings:
        return read_choice_settings(reader)

    def column(self, field: Field) -> ColumnSpec:
        return ColumnSpec("choices")

    def parse(self, raw: Any, field: Field, lookup: Lookup) -> tuple[str, ...]:
        if is_empty(raw):
            return ()
        settings: ChoiceSettings = field.settings
        found = dict.fromkeys(_parse_option(each, settings) for each in split_list(raw))
        ordered = [option.id for option in settings.options if option.id in found]
        return (*ordered, *(each for each in found if each not in set(ordered)))

    def dump(self, value: tuple[str, ...], field: Field) -> list[str]:
        return list(value or ())

    def show(self, value: tuple[str, ...], field: Field, language: str, names: Names) -> str:
        separator = "、" if language == "zh" else ", "
        return separator.join(option_label(field.settings, each, language) for each in value or ())

    def rule_type(self, field: Field, types: Types) -> rule_types.Type:
        return rule_types.list_of(choice_rule_type(field.settings))


def split_list(raw: Any) -> list[Any]:
    """The items of a JSON list, or of a csv cell (`a, b` `a；b` `a、b`)."""
    if isinstance(raw, list | tuple):
        if len(raw) > 1000:
            raise BadValue("too_many", both("最多 1000 项", "At most 1000 items"))
        return [each for each in raw if not is_empty(each)]
    if not isinstance(raw, str):
        return [raw]
    for separator in "，；;、\n":
        raw = raw.replace(separator, ",")
    return [part.strip() for part in raw.split(",") if part.strip()]


for _type in (BooleanType, SelectType, MultiselectType):
    field_types.add(_type.name, _type())
