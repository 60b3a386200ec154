"""Tables that people bring along: csv and xlsx files as a header and rows of texts."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from formwright.errors import Invalid, TooLarge
from formwright.records.workbook import MEMORY, SECONDS, TOO_LARGE
from formwright.texts import both

MOST_COLUMNS = 1000
LONGEST_CELL = 1_000_000
SURPLUS = ""
"""The key under which a row has its cells beyond the header; no column is called so."""

ENCODINGS = ("utf-8-sig", "utf-16", "gb18030")
WORKBOOK = Path(__file__).with_name("workbook.py")


def read_table(data: bytes, name: str) -> tuple[tuple[str, ...], Iterator[dict[str, str]]]:
    """The header and the rows, each by column name. `name` is the file's; an xlsx is known by its content.

    Raises Invalid (`bad_table`, `bad_header`) and TooLarge.
    """
    lines = _xlsx(data) if data[:4] == b"PK\x03\x04" else _csv(data, name)
    header = next((row for row in lines if any(row)), None)
    if header is None:
        raise Invalid("bad_table", both("文件是空的", "The file is empty"), at=name)
    while header and not header[-1].strip():
        header = header[:-1]
    names = tuple(each.strip() for each in header)
    if "" in names or len(set(names)) < len(names):
        message = both("第一行应为列名，不能为空或重复", "The first line names the columns, each once and none empty")
        raise Invalid("bad_header", message, at=name)
    if len(names) > MOST_COLUMNS:
        raise TooLarge("too_many_columns", both(f"最多 {MOST_COLUMNS} 列", f"At most {MOST_COLUMNS} columns"), at=name)
    return names, _rows(names, lines)


def _rows(names: Sequence[str], lines: Iterator[list[str]]) -> Iterator[dict[str, str]]:
    width = len(names)
    for line in lines:
        if not any(line):
            continue
        row = dict(zip(names, line, strict=False))
        if any(line[width:]):
            row[SURPLUS] = ",".join(line[width:])
        yield row


def _csv(data: bytes, name: str) -> Iterator[list[str]]:
    text = _decoded(data, name)
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count) if any(mark in first for mark in ",;\t") else ","
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        yield from reader
    except csv.Error as error:
        message = both(f"第 {reader.line_num} 行读不懂", f"Line {reader.line_num} cannot be read: {error}")
        raise Invalid("bad_table", message, at=name) from error


def _decoded(data: bytes, name: str) -> str:
    """UTF-8 first; what Chinese spreadsheets write else; UTF-16 only where it says so."""
    for encoding in ENCODINGS:
        if encoding == "utf-16" and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            continue
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid("bad_table", both("编码读不懂，请存为 UTF-8", "Unknown encoding; save the file as UTF-8"), at=name)


def _xlsx(data: bytes) -> Iterator[list[str]]:
    _refuse_bombs(data)
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(WORKBOOK)], input=data, capture_output=True, timeout=3 * SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise TooLarge("too_large", both("表格太大", "The workbook is too large")) from error
    if done.returncode == TOO_LARGE or done.returncode < 0 or b"MemoryError" in done.stderr:
        raise TooLarge("too_large", both("表格太大", "The workbook is too large"))
    if done.returncode != 0:
        raise Invalid("bad_table", both("不是可读的 xlsx 文件", "This is not a readable xlsx file"))
    for line in io.BytesIO(done.stdout):
        yield json.loads(line)


def _refuse_bombs(data: bytes) -> None:
    """What the archive itself admits to be unreasonable is not even opened."""
    try:
        entries = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except zipfile.BadZipFile as error:
        raise Invalid("bad_table", both("不是可读的 xlsx 文件", "This is not a readable xlsx file")) from error
    inflated = sum(entry.file_size for entry in entries)
    if len(entries) > 10_000 or inflated > MEMORY // 2 or inflated > 64 * 1024 * 1024 + 100 * len(data):
        raise TooLarge("too_large", both("表格太大", "The workbook is too large"))
