"""Tests neither wait nor look away, and nothing committed is unfinished or knows where it was made."""

from __future__ import annotations

import ast
import re

from tests.house.sources import files, name_of, texts

WAITS = {"sleep", "wait_for_timeout"}
LOOKS_AWAY = {"skip", "skipif", "skipIf", "xfail", "importorskip"}
UNFINISHED = re.compile(r"\b(?:T[O]DO|F[I]XME|X[X]X)\b")
MADE_HERE = re.compile(r"(?<![\w.])/(?:root/|home/|work/(?:main|shared))")


def test_tests_never_sleep_and_are_never_skipped() -> None:
    found = []
    for path in files("tests", suffix=".py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Attribute | ast.Name):
                continue
            name = node.attr if isinstance(node, ast.Attribute) else node.id
            if name in WAITS | LOOKS_AWAY:
                found.append(f"{name_of(path)}:{node.lineno} {name}")
    assert found == []


def test_nothing_is_left_to_do() -> None:
    assert [name for name, text in texts() if UNFINISHED.search(text)] == []


def test_no_path_of_the_machine_it_was_made_on() -> None:
    assert [name for name, text in texts() if MADE_HERE.search(text)] == []
