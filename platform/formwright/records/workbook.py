"""Reads the first sheet of an xlsx, in a process of its own: started as a script, its memory and time bounded, no file or network.

The workbook comes on standard input; on standard output go rows as JSON lists of texts, one a line. Exit status 3 means that
it is too large. This file imports nothing of Formwright, so that the process starts in a moment and knows nothing.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineWorkbook

MEMORY = 512 * 1024 * 1024
SECONDS = 20
CELLS = 4_000_000
CHARACTERS = 128 * 1024 * 1024
TOO_LARGE = 3


def text(cell: object) -> str:
    """A cell as a person would have typed it into a csv."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ") if cell.time() != time() else cell.date().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        seconds = int(cell.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return str(cell)


def main() -> int:
    data = sys.stdin.buffer.read()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    # Nothing can be opened any more, neither a file nor a connection.
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    cells = characters = 0
    for row in sheet.iter_rows():
        line = json.dumps([text(cell) for cell in row], ensure_ascii=False)
        cells += len(row)
        characters += len(line)
        if cells > CELLS or characters > CHARACTERS:
            return TOO_LARGE
        sys.stdout.write(line + "\n")
    return 0


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.exit(main())
