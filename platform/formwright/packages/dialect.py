"""The YAML of packages: a strict reader that knows the line of every value, and a writer with one way to write everything.

YAML 1.2 with fewer surprises: only `true`, `false`, `null` (or nothing), integers and decimals are not text; decimals are
exact. Duplicate keys, anchors, aliases, tags, merge keys, tabs, directives, further documents and files over 1 MiB are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml

from formwright.errors import Invalid
from formwright.packages.layout import FREE, Shape
from formwright.schema.reading import bad_text, pointer
from formwright.texts import both

LARGEST = 1_048_576
"""Bytes of one file."""

DEEPEST = 64
WIDEST = 120
"""Columns of a line beyond which a flow collection is written as a block."""

MOST_DIGITS = 100

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+")
_CONSTANTS: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True, slots=True)
class Positions:
    """Where the values of one file stand: line (from 1) by JSON pointer."""

    file: str
    lines: Mapping[str, int] = field(default_factory=dict)

    def line(self, at: str) -> int:
        """The line of the value at a JSON pointer, or of the nearest value around it."""
        while at not in self.lines and at:
            at = at.rpartition("/")[0]
        return self.lines.get(at, 1)


def load(text: str | bytes, file: str) -> tuple[Any, Positions]:
    """The value of one file and where its parts stand. Raises Invalid with `at` = `file:line`."""
    text = _decoded(text, file)
    tab = text.find("\t")
    if tab >= 0:
        raise _refused("tab", both("不能用制表符，请用空格", "No tabs: use spaces"), file, text.count("\n", 0, tab) + 1)
    try:
        return _Building(file).build(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        # The mark of a file that ends too early may stand behind its last line.
        line = min(mark.line, text.rstrip().count("\n")) + 1 if mark else 1
        raise _refused("bad_yaml", _explained(problem), file, line) from None
    except yaml.YAMLError as problem:
        raise _refused("bad_yaml", both(f"不是有效的 YAML：{problem}", f"Not valid YAML: {problem}"), file, 1) from None


# The parser in C where it is there; both give the same events, and everything that decides is made from events here.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _decoded(text: str | bytes, file: str) -> str:
    try:
        data = text if isinstance(text, bytes) else text.encode()
        text = data.decode().removeprefix("\ufeff")
    except UnicodeError:
        raise _refused("not_utf8", both("文件不是 UTF-8 编码", "The file is not UTF-8"), file, 1) from None
    if len(data) > LARGEST:
        raise _refused("too_large", both("文件超过 1 MiB", "The file is over 1 MiB"), file, 1)
    return text


def _explained(problem: yaml.MarkedYAMLError) -> dict[str, str]:
    said = " ".join(part for part in (problem.context, problem.problem) if part)
    in_flow = "flow" in said or "mapping values are not allowed" in said or "cannot start any token" in said
    hint_zh, hint_en = (
        ("；如果这里是一条规则，请加上引号", "; if this is a rule, put the rule in quotes") if in_flow else ("", "")
    )
    return both(f"不是有效的 YAML（{said}）{hint_zh}", f"Not valid YAML ({said}){hint_en}")


def _refused(code: str, message: Mapping[str, str], file: str, line: int) -> Invalid:
    return Invalid(code, message, at=f"{file}:{line}")


class _Building:
    """Builds values from parser events without recursion."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[str, int] = {}
        self.root: Any = None
        # Open collections, outermost first: container, pointer, waiting key (for mappings).
        self.open: list[tuple[Any, str]] = []
        self.keys: list[str | None] = []

    def build(self, events: Iterator[Any]) -> tuple[Any, Positions]:
        documents = 0
        for event in events:
            line = event.start_mark.line + 1
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self.refused(
                        "several_documents", both("一个文件只能有一个文档", "One file is one document"), line
                    )
                if event.version or event.tags:
                    raise self.refused("directive", both("不能用 % 指令", "No % directives"), line)
            elif isinstance(event, yaml.NodeEvent):
                self.node(event, line)
            elif isinstance(event, yaml.CollectionEndEvent):
                self.open.pop()
                self.keys.pop()
        return self.root, Positions(self.file, self.lines)

    def refused(self, code: str, message: Mapping[str, str], line: int) -> Invalid:
        return _refused(code, message, self.file, line)

    def node(self, event: Any, line: int) -> None:
        if isinstance(event, yaml.AliasEvent):
            raise self.refused("alias", both("不能用别名（*）", "No aliases (*)"), line)
        if event.anchor is not None:
            raise self.refused("anchor", both("不能用锚点（&）", "No anchors (&)"), line)
        if event.tag is not None:
            raise self.refused("tag", both("不能用标签（!）", "No tags (!)"), line)
        container, at = self.open[-1] if self.open else (None, "")
        if isinstance(container, dict) and self.keys[-1] is None:
            self.key(event, container, line)
            return
        value = self.value(event, line)
        if isinstance(container, dict):
            key = self.keys[-1] or ""
            here = at + pointer(key[1:])
            container[key[1:]] = value
            self.keys[-1] = None
        elif isinstance(container, list):
            here = f"{at}/{len(container)}"
            container.append(value)
        else:
            here = ""
            self.root = value
        # A mapping key's own line is the better answer for a value that begins on the next.
        self.lines.setdefault(here, line)
        if not isinstance(event, yaml.ScalarEvent):
            if len(self.open) >= DEEPEST:
                raise self.refused("too_deep", both(f"嵌套超过 {DEEPEST} 层", f"Nested deeper than {DEEPEST}"), line)
            self.open.append((value, here))
            self.keys.append(None)

    def key(self, event: Any, container: dict[str, Any], line: int) -> None:
        if not isinstance(event, yaml.ScalarEvent):
            raise self.refused("bad_key", both("键必须是文本", "A key is a text"), line)
        key, plain = event.value, event.implicit[0]
        if plain and key == "<<":
            raise self.refused("merge_key", both("不能用合并键（<<）", "No merge keys (<<)"), line)
        if plain and key == "":
            raise self.refused("bad_key", both("缺少键", "A key is missing"), line)
        if bad_text(key):
            raise self.refused(
                "bad_text", both("文本中有不允许的字符", "The text holds characters that are not allowed"), line
            )
        if key in container:
            raise self.refused("duplicate_key", both(f"键“{key}”重复", f'The key "{key}" is there twice'), line)
        self.keys[-1] = "=" + key  # never None, also for the empty key
        self.lines[self.open[-1][1] + pointer(key)] = line

    def value(self, event: Any, line: int) -> Any:
        if isinstance(event, yaml.MappingStartEvent):
            return {}
        if isinstance(event, yaml.SequenceStartEvent):
            return []
        text = event.value
        if bad_text(text):
            raise self.refused(
                "bad_text", both("文本中有不允许的字符", "The text holds characters that are not allowed"), line
            )
        if not event.implicit[0]:
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if _INTEGER.fullmatch(text) or _DECIMAL.fullmatch(text):
            if len(text) > MOST_DIGITS:
                raise self.refused("out_of_range", both("数字过长", "The number is too long"), line)
            return Decimal(text) if "." in text else int(text)
        return text


# ---- writing


def dump(document: Any, shape: Shape = FREE) -> str:
    """The canonical text of a document; `shape` says which keys come in which order, and which hold rules.

    `load` gives the document back, and writing that again gives the same text.
    """
    return "\n".join(_block(document, shape, 0)) + "\n"


def _block(value: Any, shape: Shape, indent: int) -> list[str]:
    """The lines of a value that stands alone, each indented."""
    pad = " " * indent
    if isinstance(value, Mapping) and value:
        lines: list[str] = []
        for key, inner, inner_shape in shape.ordered(value):
            lines += _entry(pad + _key(key) + ":", inner, inner_shape, indent, shape)
        return lines
    if isinstance(value, list | tuple) and value:
        lines = []
        for each in value:
            item = _item(each, shape.item, indent)
            lines += item
        return lines
    return [pad + _flow(value, shape)]


def _entry(head: str, value: Any, shape: Shape, indent: int, parent: Shape) -> list[str]:
    """`key: value` on one line where that fits, else the value below it."""
    if isinstance(value, str) and (literal := _literal(value, shape, indent + 2)) is not None:
        return [f"{head} {literal[0]}", *literal[1:]]
    if _is_flat(value, shape):
        line = f"{head} {_flow(value, shape)}"
        if len(line) <= WIDEST or not isinstance(value, Mapping | list | tuple) or not value:
            return [line]
    return [head, *_block(value, shape, indent + 2)]


def _item(value: Any, shape: Shape, indent: int) -> list[str]:
    """`- value`; a mapping that does not fit on the line begins on it."""
    pad = " " * indent
    if isinstance(value, str) and (literal := _literal(value, shape, indent + 2)) is not None:
        return [f"{pad}- {literal[0]}", *literal[1:]]
    if _is_flat(value, shape):
        line = f"{pad}- {_flow(value, shape)}"
        if len(line) <= WIDEST or not isinstance(value, Mapping | list | tuple) or not value:
            return [line]
    lines = _block(value, shape, indent + 2)
    return [f"{pad}- {lines[0].lstrip(' ')}", *lines[1:]]


def _is_flat(value: Any, shape: Shape) -> bool:
    """Whether a value may be written in flow style: nothing in it needs several lines or is wanted as a block."""
    if isinstance(value, Mapping):
        return not (shape.block and value) and all(_is_flat(inner, s) for _, inner, s in shape.ordered(value))
    if isinstance(value, list | tuple):
        return not (shape.block and value) and all(_is_flat(each, shape.item) for each in value)
    return not (isinstance(value, str) and _literal(value, shape, 2) is not None)


def _literal(text: str, shape: Shape, indent: int) -> list[str] | None:
    """The `|` block of a text of several lines, or None when it is not one, or a block could not hold it exactly."""
    if "\n" not in text or not _PRINTABLE.fullmatch(text) or text[0] in " \n":
        return None
    body = text.rstrip("\n")
    trailing = len(text) - len(body)
    if not body or any(line != line.rstrip(" ") for line in body.split("\n")):
        return None
    chomp = {0: "|-", 1: "|"}.get(trailing, "|+")
    pad = " " * indent
    lines = [pad + line if line else "" for line in body.split("\n")]
    return [chomp, *lines, *[""] * (trailing - 1)]


# What stands in a block or between quotes as itself; everything else is escaped.
_PRINTABLE = re.compile("[\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*")


def _key(key: str) -> str:
    return key if _plain(key, key=True) else _quoted(key)


def _flow(value: Any, shape: Shape) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)}: {_flow(inner, s)}" for key, inner, s in shape.ordered(value)) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(each, shape.item) for each in value) + "]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return _decimal(value)
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} is no JSON value")
    return value if not shape.rule and _plain(value) else _quoted(value)


def _decimal(value: Decimal) -> str:
    text = format(value, "f")
    return text if "." in text else text + ".0"


_PLAIN_START = re.compile(
    r"[0-9A-Za-z_$/\u00a1-\u1fff\u3003-\u3007\u3021-\ud7ff\uf900-\ufdff\U00010000-\U0010ffff]|-[A-Za-z]"
)
_PLAIN = re.compile(
    r"[0-9A-Za-z_$/.+*()<>=%@~;!&|^'\\\-: \u00a1-\u1fff\u3001-\ud7ff\uf900-\ufdff\uff01-\uff5e\U00010000-\U0010ffff]+"
)
# What is no text here, or would be none for a YAML 1.1 reader.
_NOT_TEXT = re.compile(
    r"[-+]?[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?|0[xob][0-9A-Fa-f_]+|y|n|yes|no|on|off|true|false|null",
    re.IGNORECASE,
)


def _plain(text: str, *, key: bool = False) -> bool:
    """Whether the text needs no quotes: it reads as itself here, and as a text in other YAML readers."""
    if len(text) > WIDEST or text != text.strip() or not _PLAIN_START.match(text) or not _PLAIN.fullmatch(text):
        return False
    if ": " in text or text.endswith(":"):
        return False
    return key or not _NOT_TEXT.fullmatch(text)


_ESCAPES = {
    '"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\x85": "\\N", "\u2028": "\\L", "\u2029": "\\P",
}  # fmt: skip


def _quoted(text: str) -> str:
    """The text in double quotes on one line."""
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if _PRINTABLE.fullmatch(character):
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
