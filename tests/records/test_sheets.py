"""Files as people really have them: encodings, separators, workbooks; and files that want to hurt."""

from __future__ import annotations

import io
import time
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from formwright.errors import Invalid, TooLarge
from formwright.records import workbook
from formwright.records.mapping import parse_date
from formwright.records.sheets import read_table
from formwright.schema.field_types import BadValue


def table(data: bytes) -> tuple[tuple[str, ...], list[dict[str, str]]]:
    header, rows = read_table(data, "file.csv")
    return header, list(rows)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_csv_is_read_however_it_was_saved(encoding: str, separator: str) -> None:
    text = f"名称{separator}金额\r\n甲公司{separator}12\r\n\r\n乙公司{separator}\r\n"
    assert table(text.encode(encoding)) == (
        ("名称", "金额"),
        [{"名称": "甲公司", "金额": "12"}, {"名称": "乙公司", "金额": ""}],
    )


def test_quoted_cells_hold_separators_and_line_breaks() -> None:
    assert table(b'a,b\n"x, ""y""\nz",2\n')[1] == [{"a": 'x, "y"\nz', "b": "2"}]


def test_short_rows_leave_cells_out_and_long_ones_are_not_cut() -> None:
    assert table(b"a,b\n1\n1,2,3,4\n")[1] == [{"a": "1"}, {"a": "1", "b": "2", "": "3,4"}]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "bad_table"),
        (b"\n\n", "bad_table"),
        (b"a,a\n1,2\n", "bad_header"),
        (b"a,,b\n1,2,3\n", "bad_header"),
        (b'a\n"1', "bad_table"),
        (b"\xff\xff\xff\x80\n", "bad_table"),
        (b"PK\x03\x04 not a zip", "bad_table"),
    ],
)
def test_what_is_no_table_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        table(data)
    assert refused.value.code == code


def xlsx(*rows: tuple[object, ...]) -> bytes:
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheet.write(number, column, cell)
    book.close()
    return written.getvalue()


def test_a_workbook_gives_texts_as_one_would_type_them() -> None:
    data = xlsx(
        ("name", "amount", "share", "big", "on", "at", "yes"),
        ("甲", 550, 0.15, 123456789012, date(2026, 3, 1), datetime.fromisoformat("2026-03-01 09:30"), True),
        ("乙", None, None, None, None, None, None),
    )
    header, rows = table(data)
    assert header == ("name", "amount", "share", "big", "on", "at", "yes")
    assert list(rows[0].values()) == ["甲", "550", "0.15", "123456789012", "2026-03-01", "2026-03-01 09:30:00", "true"]
    assert rows[1]["name"] == "乙"
    assert set(rows[1].values()) == {"乙", ""}


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(Invalid):
        table(written.getvalue())


def test_a_bomb_is_refused_before_it_is_opened() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (100 * 1024 * 1024))
    started = time.monotonic()
    with pytest.raises(TooLarge):
        table(written.getvalue())
    assert time.monotonic() - started < 2


def test_a_bomb_that_lies_about_its_size_dies_alone() -> None:
    source = zipfile.ZipFile(io.BytesIO(xlsx(("a",), ("b",))))
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            start, end = source.read(name), b""
            if name.endswith("sharedStrings.xml"):
                start, end = start.split(b"</t>", 1)
                end = b"</t>" + end
            with archive.open(name, "w") as content:
                content.write(start)
                for _ in range(100 if end else 0):
                    content.write(b"A" * 1024 * 1024)
                content.write(end)
    data = bytearray(written.getvalue())
    # What the directory says about the size is only a word: cut it down to look harmless.
    entry = data.rindex(b"xl/sharedStrings.xml")
    data[entry - 46 + 24 : entry - 46 + 28] = (100_000).to_bytes(4, "little")
    with pytest.raises((TooLarge, Invalid)):
        table(bytes(data))


def test_the_reader_of_workbooks_knows_nothing_of_the_site() -> None:
    source = Path(workbook.__file__).read_text(encoding="utf-8")
    assert "import formwright" not in source
    assert "from formwright" not in source


@pytest.mark.parametrize(
    ("text", "format", "expected"),
    [
        ("3/1/2017", "M/d/yyyy", "2017-03-01T00:00:00"),
        ("10/20/2016", "M/d/yyyy", "2016-10-20T00:00:00"),
        ("20161020", "yyyyMMdd", "2016-10-20T00:00:00"),
        ("31.12.16", "dd.MM.yy", "2016-12-31T00:00:00"),
        ("2026年3月1日 9:05", "yyyy年M月d日 H:mm", "2026-03-01T09:05:00"),
    ],
)
def test_dates_are_read_as_the_file_writes_them(text: str, format: str, expected: str) -> None:
    assert parse_date(text, format).isoformat() == expected


@pytest.mark.parametrize("text", ["13/45/2016", "2/29/2017", "2017-03-01", "", "٣/١/2017", "3/1/2017 x"])
def test_what_is_no_date_in_that_format_is_refused(text: str) -> None:
    with pytest.raises(BadValue):
        parse_date(text, "M/d/yyyy")
