"""Text to tree: feeds the lexemes to Lark's LALR tables and builds the nodes as the rules of the grammar complete."""

from __future__ import annotations

import os
import pickle
import tempfile
import zlib
from collections.abc import Callable, Container
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import lark

from .building import Builder
from .errors import Finding, RuleError, finding
from .keywords import CHINESE, ENGLISH
from .lexer import Lexeme, scan
from .tree import Span, Tree

if TYPE_CHECKING:
    from .environment import Environment

Start = Literal["expression", "assign", "decide", "deadline", "rules"]
STARTS: tuple[Start, ...] = ("expression", "assign", "decide", "deadline", "rules")
_HERE = Path(__file__).parent


def parse(text: str, start: Start = "expression", environment: Environment | None = None) -> Tree:
    """Parse a rule; `environment` gives the labels that Chinese text without spaces is cut by.

    Raises RuleError (`syntax`, `too_long`, `too_deep`, `too_complex`, `bad_number`, `ambiguous_date`, …).
    """
    state = _tables().parse_interactive("", start=start).parser_state
    states: dict[Any, dict[str, Any]] = state.parse_conf.parse_table.states
    stack: list[Any] = state.state_stack

    def accepts() -> Container[str]:
        return states[stack[-1]]

    def vocabulary() -> Container[str]:
        return environment.vocabulary if environment is not None else frozenset()

    previous: Lexeme | None = None
    try:
        for lexeme in scan(text, lines=start != "expression", vocabulary=vocabulary, accepts=accepts):
            try:
                state.feed_token(lexeme)
            except lark.UnexpectedToken:
                raise RuleError([_unexpected(lexeme, previous, states[stack[-1]], vocabulary)]) from None
            previous = lexeme
        try:
            tree: Tree = state.feed_token(Lexeme("$END", "", Span()), True)
        except lark.UnexpectedToken:
            raise RuleError([_unfinished(text, previous, states[stack[-1]])]) from None
    except RuleError as error:
        raise RuleError(error.findings, text) from None
    return tree


# ---- what to say about a lexeme that cannot stand where it stands ---------------------------------------------------

_WANTED = {
    "RPAR": ")", "RBRACKET": "]", "_RBRACE": "}", "_THEN": "then", "AND": "and", "_ARROW": "->", "EQ": "=",
    "_LPAR": "(", "_PIPE": "|",
}  # fmt: skip
_OPERAND = frozenset(("NUMBER", "STRING", "NAME"))
_DOUBLED = {"&": "and", "|": "or"}


def _unexpected(
    lexeme: Lexeme, previous: Lexeme | None, accepted: Container[str], vocabulary: Callable[[], Container[str]]
) -> Finding:
    shown = "\\n" if lexeme.type in ("_NL", "_ROW") else lexeme.text
    zh, en = f"这里不能有 {shown}", f"{shown} cannot stand here"
    suggestion = None
    if lexeme.type in ("_NL", "_ROW"):
        zh, en = "这一行没有写完", "This line is not complete"
    elif previous is not None and previous.text == lexeme.text and lexeme.text in _DOUBLED:
        suggestion = _DOUBLED[lexeme.text]
        zh, en = f"这里用 {suggestion}", f"Write {suggestion} here"
    elif lexeme.type == "NOT" and "STRING" in accepted:
        suggestion = "(not …)"
        zh, en = "这里的 not 要放进括号: (not …)", "Put this not in brackets: (not …)"
    elif "STRING" in accepted and "NAME" in accepted:
        zh, en = f"{shown} 前面缺少一个值", f"A value is missing before {shown}"
    elif lexeme.type in _OPERAND and previous is not None:
        zh = f"{previous.text} 和 {shown} 之间缺少运算符或逗号"
        en = f"An operator or a comma is missing between {previous.text} and {shown}"
        suggestion = _proposed_cut(previous, lexeme)
        if suggestion:
            zh, en = f"{zh}，是不是 {suggestion}?", f"{en}. Did you mean {suggestion}?"
    elif lexeme.type == "RPAR" and previous is not None:
        zh, en = "多了一个右括号", "There is a ) too many"
    wanted = [text for terminal, text in _WANTED.items() if terminal in accepted]
    if wanted and lexeme.type not in _OPERAND and "STRING" not in accepted:
        zh, en = f"{zh}（缺少 {wanted[0]}）", f"{en} ({wanted[0]} is missing)"
    return finding("syntax", zh, en, lexeme.span, suggestion)


def _proposed_cut(previous: Lexeme, lexeme: Lexeme) -> str | None:
    """`并且地区` as one name most likely misses a blank: propose to cut it behind or before the keyword."""
    for run in (lexeme.text, previous.text):
        for word in (*CHINESE.values(), *ENGLISH.values()):
            if word.isascii() or run == word:
                continue
            before, found, after = run.partition(word)
            if found and (before or after):
                return " ".join(part for part in (before, found, after) if part)
    return None


def _unfinished(text: str, previous: Lexeme | None, accepted: Container[str]) -> Finding:
    if previous is None:
        return finding("syntax", "规则是空的", "The rule is empty", Span(1, 1, 0, 1))
    span = previous.span
    end = Span(span.line, span.column + span.length, span.start + span.length, 1)
    missing = [text for terminal, text in _WANTED.items() if terminal in accepted and "STRING" not in accepted]
    if missing:
        zh, en = f"末尾缺少 {missing[0]}", f"{missing[0]} is missing at the end"
        return finding("syntax", zh, en, end, missing[0])
    zh, en = f"{previous.text} 后面没有写完", f"Something is missing after {previous.text}"
    return finding("syntax", zh, en, end)


# ---- Lark's tables, built once and kept beside the byte code --------------------------------------------------------


@lru_cache(maxsize=1)
def _tables() -> Any:
    """The parser, from the kept tables of this grammar and this Lark where there are any."""
    grammar = (_HERE / "grammar.lark").read_text("utf-8")
    stamp = zlib.crc32(f"{lark.__version__}\n{grammar}".encode())
    kept = _HERE / "__pycache__" / f"grammar-{stamp:08x}.tables"
    try:
        # As trustworthy as the byte code in the same folder: whoever may write there may change this module too.
        data = pickle.loads(kept.read_bytes())  # noqa: S301
        return lark.Lark.__new__(lark.Lark)._load(data, transformer=Builder())
    except Exception:
        # Missing, unreadable, cut short or from another version: whatever it is, building the tables anew is right.
        return _build(grammar, kept)


def _build(grammar: str, kept: Path) -> Any:
    parser = lark.Lark(grammar, parser="lalr", lexer="basic", start=list(STARTS), maybe_placeholders=False)
    buffer = BytesIO()
    parser.save(buffer)
    try:
        kept.parent.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=kept.parent, delete=False) as file:
            file.write(buffer.getvalue())
        os.replace(file.name, kept)  # noqa: PTH105
    except OSError:
        pass  # A read-only installation builds its tables at each start.
    return lark.Lark.__new__(lark.Lark)._load(pickle.loads(buffer.getvalue()), transformer=Builder())  # noqa: S301
