"""A file belongs to its uploader until a record holds it, and from then on is read with that record's rights."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from formwright.database import Database
from formwright.errors import Invalid, Missing, TooLarge
from formwright.records.files import FileInfo, FileStore, content_type, file_for, sweep, upload
from tests.records.office import Office, codes, field, with_form

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20

CASE = {
    "id": "case",
    "name": "Case",
    "title": "name",
    "fields": [
        field("name", "text"),
        field("papers", "attachment", count=3, size=1, types=["pdf", "png"]),
        field("secret", "attachment"),
        field("proofs", "rows", fields=[field("scan", "attachment")]),
    ],
    "grants": [
        {"role": "sales_rep", "records": "owner = me", "actions": ["view", "create", "edit"], "fields": {"*": "edit"}},
        {"role": "finance", "records": True, "actions": ["view"], "fields": {"secret": "hidden", "*": "view"}},
    ],
}


@pytest.fixture
def office(database: Database, monkeypatch: pytest.MonkeyPatch) -> Office:
    office = Office.open(database, with_form(CASE))
    monkeypatch.setattr("formwright.records.files.app_for", lambda session, app_id: office.app)
    return office


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files", 3 * 1024 * 1024)


def put(office: Office, store: FileStore, who: str, name: str = "scan.png", content: bytes = PNG) -> str:
    with office.writing() as session:
        return upload(session, store, name, io.BytesIO(content), actor=office.actor(session, who), now=office.now).id


def get(office: Office, who: str, file_id: str) -> FileInfo:
    with office.database.read() as session:
        return file_for(session, file_id, actor=office.actor(session, who), now=office.now)


def test_a_file_is_its_uploaders_until_a_record_holds_it(office: Office, store: FileStore) -> None:
    scan = put(office, store, "rep")
    assert get(office, "rep", scan).type == "image/png"
    with pytest.raises(Missing):
        get(office, "fin", scan)
    record = office.create("rep", "case", {"name": "one", "papers": [scan]})
    assert get(office, "fin", scan).name == "scan.png"
    with pytest.raises(Missing):
        get(office, "rep2", scan)
    assert office.see("fin", record)["display"]["papers"] == "scan.png"
    assert store.path(scan).read_bytes() == PNG


def test_a_file_in_a_hidden_field_is_not_there(office: Office, store: FileStore) -> None:
    scan = put(office, store, "rep")
    office.create("rep", "case", {"name": "one", "secret": [scan]})
    assert get(office, "rep", scan).record is not None
    with pytest.raises(Missing):
        get(office, "fin", scan)


def test_a_file_is_bound_once_and_by_its_uploader(office: Office, store: FileStore) -> None:
    scan = put(office, store, "rep")
    with pytest.raises(Invalid) as stolen:
        office.create("rep2", "case", {"name": "theirs", "papers": [scan]})
    record = office.create("rep", "case", {"name": "mine", "papers": [scan]})
    with pytest.raises(Invalid) as again:
        office.create("rep", "case", {"name": "second", "papers": [scan]})
    assert codes(stolen.value) == codes(again.value) == [("unknown_file", "/values/papers")]
    more = put(office, store, "rep", "more.png")
    changed = office.update("rep", record, {"papers": [scan, more]})
    assert changed.values["papers"] == (scan, more)


def test_a_file_that_left_its_record_is_read_by_nobody(office: Office, store: FileStore) -> None:
    scan = put(office, store, "rep")
    record = office.create("rep", "case", {"name": "one", "papers": [scan]})
    office.update("rep", record, {"papers": []})
    with pytest.raises(Missing):
        get(office, "rep", scan)


def test_files_in_rows_are_bound_too(office: Office, store: FileStore) -> None:
    scan = put(office, store, "rep")
    office.create("rep", "case", {"name": "one", "proofs": [{"scan": [scan]}]})
    assert get(office, "fin", scan).record is not None


def test_a_field_takes_only_its_kinds_and_sizes(office: Office, store: FileStore) -> None:
    text, big = put(office, store, "rep", "notes.txt", b"hello"), put(office, store, "rep", "big.png", PNG * 60_000)
    with pytest.raises(Invalid) as refused:
        office.create("rep", "case", {"name": "one", "papers": [text, big, "f" * 32]})
    assert codes(refused.value) == [("unknown_file", "/values/papers")]
    with pytest.raises(Invalid) as refused:
        office.create("rep", "case", {"name": "one", "papers": [text, big]})
    assert codes(refused.value) == [("file_type", "/values/papers"), ("file_too_large", "/values/papers")]
    assert get(office, "rep", text).record is None, "a refused save binds nothing"


def test_a_file_that_is_too_large_leaves_nothing_behind(office: Office, store: FileStore) -> None:
    with pytest.raises(TooLarge):
        put(office, store, "rep", "big.bin", b"x" * (4 * 1024 * 1024))
    assert [path for path in store.folder.rglob("*") if path.is_file()] == []


def test_files_that_no_record_wanted_are_swept_after_a_day(office: Office, store: FileStore) -> None:
    kept, left = put(office, store, "rep"), put(office, store, "rep")
    office.create("rep", "case", {"name": "one", "papers": [kept]})
    stray = store.path("0" * 32)
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"rolled back")
    with office.writing() as session:
        assert sweep(session, store, now=office.now + timedelta(hours=23)) == 0
    with office.writing() as session:
        assert sweep(session, store, now=office.now + timedelta(days=4000)) == 2
    assert [store.path(each).exists() for each in (kept, left, "0" * 32)] == [True, False, False]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("C:\\Users\\me\\合同.pdf", "合同.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nb\u202e.txt", "ab.txt"),
        ("x" * 300 + ".pdf", "x" * 180 + ".pdf"),
    ],
)
def test_names_lose_paths_and_tricks(office: Office, store: FileStore, name: str, kept: str) -> None:
    assert get(office, "rep", put(office, store, "rep", name)).name == kept


@pytest.mark.parametrize("name", ["", "..", "a\x00b", "\ud800.txt"])
def test_a_file_without_a_usable_name_is_refused(office: Office, store: FileStore, name: str) -> None:
    with pytest.raises(Invalid):
        put(office, store, "rep", name)


@pytest.mark.parametrize(
    ("start", "name", "type"),
    [
        (PNG, "a.txt", "image/png"),
        (b"\xff\xd8\xff\xe0", "a", "image/jpeg"),
        (b"RIFF\x00\x00\x00\x00WEBP", "a.exe", "image/webp"),
        (b"%PDF-1.7", "a.html", "application/pdf"),
        (b"<svg onload=alert(1)>", "a.svg", "text/plain"),
        (b"<html>", "a.png", "text/plain"),
        (b"a,b\n", "a.csv", "text/csv"),
        ("中".encode()[:2], "a.txt", "text/plain"),
        (b"\x7fELF\x00", "a.png", "application/octet-stream"),
        (b"PK\x03\x04", "a.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (b"PK\x03\x04", "a.jar", "application/zip"),
    ],
)
def test_the_type_is_what_the_content_says(start: bytes, name: str, type: Any) -> None:
    assert content_type(start, name) == type
