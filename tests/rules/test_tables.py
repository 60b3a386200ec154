"""The parser's tables: kept beside the byte code, made anew whenever what is kept cannot be used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from formwright_rules import tables
from formwright_rules.lexer import Lexeme, scan
from formwright_rules.parser import STARTS
from formwright_rules.tables import Run, Tables


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package folder with the grammar and nothing kept."""
    grammar = Path(tables.__file__).parent / "grammar.lark"
    (tmp_path / "grammar.lark").write_bytes(grammar.read_bytes())
    monkeypatch.setattr(tables, "_HERE", str(tmp_path))
    return tmp_path


def reads_a_rule(made: Tables) -> bool:
    run = Run(made, "expression")
    for lexeme in scan("a + 1 > b", lines=False, vocabulary=frozenset, accepts=run.accepts):
        assert run.feed(lexeme)
    return run.finish() and len(run.values) == 1


def test_tables_are_made_once_and_kept(folder: Path) -> None:
    assert reads_a_rule(tables.load.__wrapped__(STARTS))
    (kept,) = (folder / "__pycache__").iterdir()
    written = kept.stat().st_mtime_ns
    assert reads_a_rule(tables.load.__wrapped__(STARTS))
    assert kept.stat().st_mtime_ns == written


@pytest.mark.parametrize("content", [b"", b"\x00garbage", b"(\x00\x00\x00\x00", b"i\x01\x00\x00\x00"])
def test_a_broken_file_is_made_anew(folder: Path, content: bytes) -> None:
    tables.load.__wrapped__(STARTS)
    (kept,) = (folder / "__pycache__").iterdir()
    kept.write_bytes(content)
    assert reads_a_rule(tables.load.__wrapped__(STARTS))
    assert len(kept.read_bytes()) > 1000


def test_where_nothing_can_be_kept_rules_are_read_all_the_same(folder: Path) -> None:
    (folder / "__pycache__").write_text("a file where the folder should be")
    assert reads_a_rule(tables.load.__wrapped__(STARTS))


def test_a_wrong_lexeme_is_told_before_anything_is_built(folder: Path) -> None:
    run = Run(tables.load.__wrapped__(STARTS), "expression")
    (first,) = scan("a", lines=False, vocabulary=frozenset, accepts=run.accepts)
    assert run.feed(first)
    assert not run.feed(Lexeme("NAME", "b", first.span))


def test_rules_are_read_without_loading_lark_or_the_platform() -> None:
    code = (
        "import sys, formwright_rules as rules\n"
        "rules.compile_python('a > 1', rules.Environment({'a': rules.NUMBER}))\n"
        "print(sorted({'lark', 'formwright', 'flask', 'sqlalchemy', 're2', 'pypinyin'} & set(sys.modules)))"
    )
    root = Path(tables.__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"
