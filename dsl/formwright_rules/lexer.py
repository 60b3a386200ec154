"""Cuts the text of a rule into lexemes: full-width punctuation, Chinese runs, units, lines and their indentation.

What is a keyword depends on the place, so the lexer asks the parser which terminals it would take next.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator

from .errors import Finding, RuleError, finding
from .keywords import BY_FIRST_WORD, CHINESE_QUANTITY, CHINESE_WORDS, UNIT, unit_of
from .tree import Span

MAX_BYTES = 8 * 1024
MAX_NESTING = 64
MAX_NODES = 2_000

_TOKEN = re.compile(
    r"""(?P<blank>(?:[ \t\r\f\v\u3000\u00a0\ufeff]|(?:\#|//)[^\n]*)+)
    |(?P<newline>\n)
    |(?P<string>"(?:[^"]|"")*"|'(?:[^']|'')*'|“[^”]*”|‘[^’]*’)
    |(?P<quoted>`(?:[^`]|``)+`)
    |(?P<datetime>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})?)
    |(?P<date>\d{4}-\d{1,2}-\d{1,2}(?!\d))
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<word>[^\W\d_]\w*)
    |(?P<operator>->|==|!=|<>|<=|>=|\.\.|!＝|＜＝|＞＝|＝＝|＜＞|[-+*/^%&=<>()\[\]{},.:|;≥≤≠（），；：＝＞＜％＋－＊／＆｛｝［］、×÷])
    """,
    re.VERBOSE,
)
_OPERATORS = {
    "->": "_ARROW", "=": "EQ", "==": "EQ", "!=": "NE", "<>": "NE", "<": "LT", "<=": "LE", ">": "GT", ">=": "GE",
    "..": "_RANGE", "+": "PLUS", "-": "MINUS", "*": "STAR", "/": "SLASH", "^": "CARET", "%": "PERCENT", "&": "AMP",
    "(": "_LPAR", ")": "RPAR", "[": "_LBRACKET", "]": "RBRACKET", "{": "_LBRACE", "}": "_RBRACE",
    ",": "_COMMA", ";": "_COMMA", ".": "_DOT", ":": "_COLON", "|": "_PIPE",
    "（": "_LPAR", "）": "RPAR", "，": "_COMMA", "；": "_COMMA", "、": "_COMMA", "：": "_COLON", "［": "_LBRACKET",
    "］": "RBRACKET", "｛": "_LBRACE", "｝": "_RBRACE", "＝": "EQ", "＝＝": "EQ", "＞": "GT", "＜": "LT", "≥": "GE",
    "≤": "LE", "≠": "NE", "＞＝": "GE", "＜＝": "LE", "!＝": "NE", "＜＞": "NE", "％": "PERCENT", "＋": "PLUS",
    "－": "MINUS", "＊": "STAR", "×": "STAR", "／": "SLASH", "÷": "SLASH", "＆": "AMP",
}  # fmt: skip
_OPEN = frozenset(("_LPAR", "_LBRACKET", "_LBRACE"))
_CLOSE = frozenset(("RPAR", "RBRACKET", "_RBRACE"))
_PREFIX = frozenset(("NOT", "MINUS", "PERCENT", "_ARROW"))
# Terminals that hold a chain together or group: they make no node of their own.
_UNCOUNTED = _OPEN | _CLOSE | frozenset(("_COMMA", "_DOT", "PLUS", "STAR", "SLASH", "AND", "OR", "AMP", "CARET", "_NL"))
_ASCII_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DIGITS = re.compile(r"\d+")
_TABLE_LINE = re.compile(r"(?:table|决策表)(?!\w)", re.IGNORECASE)


class Lexeme:
    """One terminal with its text and place; what the grammar calls a token."""

    __slots__ = ("span", "text", "type", "value")

    def __init__(self, type: str, text: str, span: Span, value: str = "") -> None:
        self.type = type
        self.text = text
        self.span = span
        self.value = value


Vocabulary = Callable[[], Container[str]]


def scan(text: str, *, lines: bool, vocabulary: Vocabulary, accepts: Callable[[], Container[str]]) -> Iterator[Lexeme]:
    """Yield the lexemes of `text`.

    `lines`: a new line ends the statement (blocks); `vocabulary` gives the labels of the environment, asked for only
    where Chinese text must be cut; `accepts` gives the terminals that may come next.
    Raises RuleError for text that cannot be cut, and for the limits on nesting and size.
    """
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise RuleError([finding("too_long", "规则超过 8 KiB", "The rule is longer than 8 KiB", Span())])
    layout = _Layout(text) if lines else None
    position, line, line_start, nodes, prefixes = 0, 1, 0, 0, 0
    outer: list[int] = []  # for each open bracket: how many prefix operators stood before it, brackets outside included
    size = len(text)
    pending: list[int] = []  # ends of the pieces that a Chinese run was cut into
    while position < size:
        if pending:
            end = pending.pop(0)
            kind, word = "word", text[position:end]
        else:
            match = _TOKEN.match(text, position)
            if match is None:
                raise RuleError([_bad_character(text, Span(line, position - line_start + 1, position, 1))], text)
            kind, word, end = match.lastgroup or "", match.group(), match.end()
        if kind == "blank":
            position = end
            continue
        if kind == "newline":
            position, line, line_start = end, line + 1, end
            continue
        span = Span(line, position - line_start + 1, position, end - position)
        if layout is not None and not outer:
            separator = layout.separator(position, line, line_start)
            if separator:
                yield Lexeme(separator, "\n", span)
                prefixes = 0
        value = ""
        if kind == "word":
            if not pending and not word.isascii():
                pieces = cut(word, vocabulary)
                if len(pieces) > 1:
                    pending = [position + offset for offset in pieces]
                    continue
            terminal, end = _word(text, position, end, word, accepts())
            while pending and pending[0] <= end:
                pending.pop(0)
            if pending and text[end].isdigit():
                pending = []
        elif kind == "operator":
            terminal = _OPERATORS[word]
        elif kind == "number":
            terminal, end, value = _number(text, position, end, span)
        elif kind == "date" and len(word) != 10:
            raise RuleError([_ambiguous_date(word, span)], text)
        else:
            terminal = {"string": "STRING", "quoted": "QUOTED", "date": "DATE", "datetime": "DATETIME"}[kind]
        word = text[position:end]
        if terminal in _OPEN:
            outer.append(prefixes)
        elif terminal in _CLOSE:
            prefixes = outer.pop() if outer else 0
        elif terminal in _PREFIX:
            prefixes += 1
        else:
            prefixes = outer[-1] if outer else 0
        if terminal not in _UNCOUNTED:
            nodes += 1
        span = Span(line, position - line_start + 1, position, end - position)
        if len(outer) + prefixes > MAX_NESTING:
            raise RuleError([finding("too_deep", "嵌套超过 64 层", "Nested deeper than 64 levels", span)], text)
        if nodes > MAX_NODES:
            zh, en = "规则超过 2000 个部分", "The rule has more than 2,000 parts"
            raise RuleError([finding("too_complex", zh, en, span)], text)
        yield Lexeme(terminal, word, span, value)
        newlines = word.count("\n")
        if newlines:
            line, line_start = line + newlines, position + word.rindex("\n") + 1
        position = end


class _Layout:
    """Says where a statement ends: at a line that is not indented deeper; in a table each line of rows ends one."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.seen_line = 0
        self.indent: int | None = None
        self.row_indent: int | None = None
        self.in_table = False

    def separator(self, position: int, line: int, line_start: int) -> str:
        """The separator to put before the lexeme at `position`, or ""."""
        if line == self.seen_line:
            return ""
        first = self.indent is None
        continued = self.seen_line
        self.seen_line = line
        indent = len(self.text[line_start:position].expandtabs(4)) if not self.text[line_start:position].strip() else 0
        if first or self.indent is None or indent <= self.indent:
            self.indent = indent
            self.row_indent = None
            self.in_table = _TABLE_LINE.match(self.text, position) is not None
            return "" if first else "_NL"
        if self.in_table and continued:
            if self.row_indent is None or indent <= self.row_indent:
                self.row_indent = indent
                return "_ROW"
        return ""


def cut(run: str, vocabulary: Vocabulary) -> list[int]:
    """Cut a run of Chinese text by longest match; the ends of its pieces, or one end when it is one name.

    Pieces are labels of the environment, Chinese keywords, ASCII words, numbers and numbers with a unit.
    """
    if run in CHINESE_WORDS:
        return [len(run)]
    labels = vocabulary()
    if run in labels:
        return [len(run)]
    size = len(run)
    dead: set[int] = set()
    ends: list[int] = []
    trails: list[Iterator[int]] = [_pieces(run, 0, labels)]
    while trails:
        end = next(trails[-1], None)
        if end is None:
            trails.pop()
            if ends:
                dead.add(ends.pop())
            continue
        if end in dead:
            continue
        ends.append(end)
        if end == size:
            return ends
        trails.append(_pieces(run, end, labels))
    return [size]


def _pieces(run: str, start: int, labels: Container[str]) -> Iterator[int]:
    for pattern in (CHINESE_QUANTITY, _DIGITS, _ASCII_WORD):
        match = pattern.match(run, start)
        if match:
            yield match.end()
    for end in range(min(len(run), start + 40), start, -1):
        if run[start:end] in labels or run[start:end] in CHINESE_WORDS:
            yield end


def _word(text: str, start: int, end: int, word: str, accepted: Container[str]) -> tuple[str, int]:
    # `AND(a, b)` is the function; a bare `and` where a value is due is a mistake that the error should name.
    called = text[end : end + 1] in ("(", "（")
    for pattern, terminal in BY_FIRST_WORD.get(word.lower(), ()):
        misplaced = terminal in _ALWAYS and not called and ("NUMBER" in accepted or "NAME" not in accepted)
        if terminal in accepted or misplaced:
            if word.isascii():
                match = pattern.match(text, start)
                if match:
                    return terminal, match.end()
            elif pattern.match(word):
                return terminal, end
    return "NAME", end


# Words that are never names: when they cannot stand here the error should speak of the word.
_ALWAYS = frozenset(("OR", "AND", "NOT", "IN", "WHEN", "_THEN", "OTHERWISE", "BETWEEN", "CONTAINS"))


def _number(text: str, start: int, end: int, span: Span) -> tuple[str, int, str]:
    unit = UNIT.match(text, end)
    if unit:
        return "DURATION", unit.end(), unit_of(unit)
    following = text[end : end + 1]
    dangling = following == "." and text[end : end + 2] != ".."
    if dangling or (following.isascii() and (following.isalpha() or following == "_")):
        zh = f"数字写成 12 或 12.5，不能写成 {text[start : end + 1]}…"
        en = f"Numbers are written 12 or 12.5, not {text[start : end + 1]}…"
        raise RuleError([finding("bad_number", zh, en, span)], text)
    return "NUMBER", end, ""


def _ambiguous_date(word: str, span: Span) -> Finding:
    year, month, day = word.split("-")
    fixed = f"{year}-{month:0>2}-{day:0>2}"
    zh, en = f"日期要写全: {fixed}", f"Write dates in full: {fixed}"
    return finding("ambiguous_date", zh, en, span, fixed)


def _bad_character(text: str, span: Span) -> Finding:
    character = text[span.start]
    if character in "\"'`“‘":
        zh, en = f"{character} 没有配对", f"The {character} is not closed"
        return finding("unclosed_text", zh, en, span)
    if character == "!":
        return finding("syntax", "这里用 not 或 非", "Write not here", span, "not")
    zh, en = f"这里不能有 {character!r}", f"{character!r} cannot stand here"
    return finding("syntax", zh, en, span)
