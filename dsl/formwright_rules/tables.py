"""The LALR tables of grammar.lark: Lark makes them once, they are kept beside the byte code, a short loop runs them.

Lark itself is loaded only to make the tables, which a process that finds them kept never needs: half of the time to the
first rule was the loading of Lark.
"""

from __future__ import annotations

import marshal
import os
import zlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from .building import Builder
from .lexer import Lexeme

_HERE = os.path.dirname(__file__)  # noqa: PTH120  (pathlib would cost a tenth of the time to the first rule)
_FORMAT = 1  # of the kept file
# One rule: the name it makes, how many parts it takes off the stack, who builds it (None: its parts are passed on as a
# list), which parts are kept (and whether a list of parts is opened), whether a single part stands for itself.
_Rule = tuple[str, int, Callable[[list[Any]], Any] | None, tuple[tuple[int, bool], ...], bool]


class Tables:
    """`states`: one mapping a state, from symbol to the next state (0 and more) or to ~rule (below 0)."""

    def __init__(self, data: dict[str, Any]) -> None:
        builder = Builder()
        self.states: list[dict[str, int]] = data["states"]
        self.starts: dict[str, int] = data["starts"]
        self.ends: dict[str, int] = data["ends"]
        self.rules: list[_Rule] = [
            (origin, size, _maker(builder, maker, single), tuple(map(tuple, kept)), single)
            for origin, size, maker, kept, single in data["rules"]
        ]


def _maker(builder: Builder, name: str | None, single: bool) -> Callable[[list[Any]], Any] | None:
    """The method that builds a rule; a rule that only ever stands for its single part needs none."""
    if name is None or (single and not hasattr(builder, name)):
        return None
    made: Callable[[list[Any]], Any] = getattr(builder, name)
    return made


class Run:
    """One parse: lexemes are fed one by one; `accepts()` says which terminals may come next."""

    def __init__(self, tables: Tables, start: str) -> None:
        self.tables = tables
        self.stack = [tables.starts[start]]
        self.end = tables.ends[start]
        self.values: list[Any] = []

    def accepts(self) -> dict[str, int]:
        """The symbols that may come next, terminals in upper case."""
        return self.tables.states[self.stack[-1]]

    def feed(self, lexeme: Lexeme) -> bool:
        """Take the next lexeme; False when it cannot stand here."""
        states, rules, stack, values = self.tables.states, self.tables.rules, self.stack, self.values
        symbol = lexeme.type
        while True:
            action = states[stack[-1]].get(symbol)
            if action is None:
                return False
            if action >= 0:
                stack.append(action)
                values.append(lexeme)
                return True
            self._reduce(rules[~action])

    def finish(self) -> bool:
        """Take the end of the text; False when something is missing. `values[-1]` is then the tree."""
        states, rules, stack = self.tables.states, self.tables.rules, self.stack
        while stack[-1] != self.end:
            action = states[stack[-1]].get("$END")
            if action is None or action >= 0:
                return False
            self._reduce(rules[~action])
        return True

    def _reduce(self, rule: _Rule) -> None:
        origin, size, make, kept, single = rule
        stack, values = self.stack, self.values
        parts = values[-size:] if size else []
        if size:
            del stack[-size:], values[-size:]
        chosen: list[Any] = []
        for index, opened in kept:
            if opened:
                chosen += parts[index]
            else:
                chosen.append(parts[index])
        if single and len(chosen) == 1:
            made: Any = chosen[0]
        elif make is None:
            made = chosen
        else:
            made = make(chosen)
        stack.append(self.tables.states[stack[-1]][origin])
        values.append(made)


@lru_cache(maxsize=1)
def load(starts: tuple[str, ...]) -> Tables:
    """The tables, kept ones where they are of this grammar."""
    with open(f"{_HERE}/grammar.lark", encoding="utf-8") as file:  # noqa: PTH123
        grammar = file.read()
    kept = f"{_HERE}/__pycache__/grammar-{_FORMAT}-{zlib.crc32(grammar.encode()):08x}.tables"
    try:
        # As trustworthy as the byte code in the same folder: whoever may write there may change this module too.
        with open(kept, "rb") as file:  # noqa: PTH123
            return Tables(marshal.load(file))  # noqa: S302
    except (OSError, EOFError, ValueError, TypeError, KeyError, AttributeError):
        data = make(grammar, starts)
        _keep(kept, marshal.dumps(data))
        return Tables(data)


def make(grammar: str, starts: tuple[str, ...]) -> dict[str, Any]:
    """Let Lark compute the tables; plain data."""
    import lark
    from lark.grammar import Rule
    from lark.lexer import TerminalDef

    parser = lark.Lark(grammar, parser="lalr", lexer="basic", start=list(starts), maybe_placeholders=False)
    data, memo = parser.memo_serialize([TerminalDef, Rule])
    table: Any = data["parser"]["parser"]
    rules: list[tuple[str, int, str | None, list[tuple[int, bool]], bool]] = []
    position: dict[int, int] = {}
    for key, rule in memo.items():
        if rule["__type__"] != "Rule":
            continue
        position[int(key)] = len(rules)
        origin, symbols = rule["origin"]["name"], rule["expansion"]
        kept = [
            (index, symbol["__type__"] == "NonTerminal" and symbol["name"].startswith("_"))
            for index, symbol in enumerate(symbols)
            if not symbol.get("filter_out")
        ]
        maker = None if origin.startswith("_") else rule["alias"] or origin
        single = bool(rule["options"]["expand1"]) and not rule["alias"]
        rules.append((origin, len(symbols), maker, kept, single))
    numbers = {state: number for number, state in enumerate(table["states"])}
    tokens = table["tokens"]
    states: list[dict[str, int]] = [
        {
            tokens[token]: numbers[target] if kind == 0 else ~position[int(target["@"])]
            for token, (kind, target) in actions.items()
        }
        for actions in table["states"].values()
    ]
    return {
        "states": states,
        "rules": rules,
        "starts": {start: numbers[state] for start, state in table["start_states"].items()},
        "ends": {start: numbers[state] for start, state in table["end_states"].items()},
    }


def _keep(path: str, content: bytes) -> None:
    import tempfile
    from pathlib import Path

    try:
        folder = Path(path).parent
        folder.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            file.write(content)
        Path(file.name).replace(path)
    except OSError:
        return  # A read-only installation makes its tables at each start.
