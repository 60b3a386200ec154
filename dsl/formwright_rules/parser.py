"""Text to tree: feeds the lexemes to the LALR tables that Lark made and builds the nodes as the rules complete."""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING, Literal

from .errors import Finding, RuleError, finding
from .keywords import CHINESE, ENGLISH
from .lexer import Lexeme, scan
from .tables import Run, load
from .tree import Rules, Span, Tree

if TYPE_CHECKING:
    from .environment import Environment

Start = Literal["expression", "assign", "decide", "deadline", "rules"]
STARTS: tuple[Start, ...] = ("expression", "assign", "decide", "deadline", "rules")


def parse(text: str, start: Start = "expression", environment: Environment | None = None) -> Tree:
    """Parse a rule; `environment` gives the labels that Chinese text without spaces is cut by.

    Raises RuleError (`syntax`, `too_long`, `too_deep`, `too_complex`, `bad_number`, `ambiguous_date`, …).
    """
    run = Run(load(STARTS), start)

    def vocabulary() -> Container[str]:
        return environment.vocabulary if environment is not None else frozenset()

    previous: Lexeme | None = None
    try:
        for lexeme in scan(text, lines=start != "expression", vocabulary=vocabulary, accepts=run.accepts):
            if not run.feed(lexeme):
                raise RuleError([_unexpected(lexeme, previous, run.accepts())])
            previous = lexeme
        if previous is None and start == "rules":
            return Rules(())
        if not run.finish():
            raise RuleError([_unfinished(previous, run.accepts())])
    except RuleError as error:
        raise RuleError(error.findings, text) from None
    tree: Tree = run.values[-1]
    return tree


# ---- what to say about a lexeme that cannot stand where it stands ---------------------------------------------------

_WANTED = {
    "RPAR": ")", "RBRACKET": "]", "_RBRACE": "}", "_THEN": "then", "AND": "and", "_ARROW": "->", "EQ": "=",
    "_LPAR": "(", "_PIPE": "|",
}  # fmt: skip
_OPERAND = frozenset(("NUMBER", "STRING", "NAME"))
_DOUBLED = {"&": "and", "|": "or"}


def _unexpected(lexeme: Lexeme, previous: Lexeme | None, accepted: Container[str]) -> Finding:
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


def _unfinished(previous: Lexeme | None, accepted: Container[str]) -> Finding:
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
