"""Packages: an app as a folder of text, read with places, written byte for byte, refused when it is a trap."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest

from formwright.errors import Invalid
from formwright.packages import archive
from formwright.packages.folder import Package, files_of, read_files, read_folder, read_zip, write_folder, write_zip
from formwright.schema.document import examine
from formwright.schema.json_text import from_json, to_json

QUOTE = Path(__file__).parent.parent / "apps" / "quote"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def zipped(*files: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files:
            made.writestr(name, content)
    return buffer.getvalue()


def refusal(files: dict[str, bytes]) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        read_files(files)
    return [(problem.code, problem.at) for problem in caught.value.problems]


APP = b"format: 1\nid: a\nversion: 1.0.0\nname: A\n"


def test_the_example_of_the_format_is_sound_and_canonical() -> None:
    package = read_folder(QUOTE)
    _, findings = examine(package.document)
    assert [finding for finding in findings if finding.severity == "error"] == []
    for path, content in files_of(package):
        assert (QUOTE / path).read_bytes() == content, path


def test_export_after_install_is_the_same_byte_for_byte(tmp_path: Path) -> None:
    exported = write_zip(read_folder(QUOTE))
    # What installation keeps is JSON text.
    kept = from_json(to_json(read_zip(exported).document))
    assert write_zip(Package(kept)) == exported
    write_folder(Package(kept), tmp_path)
    assert write_zip(read_folder(tmp_path)) == exported


def test_a_hand_written_file_is_brought_to_its_form_once() -> None:
    form = b"name: F\nid: f\nfields:\n  # the only one\n  - {type: text, id: x, visible: 'y > 1'}\n"
    once = dict(files_of(read_files({"app.yaml": APP, "forms/f.yaml": form})))
    assert once["forms/f.yaml"] == b'id: f\nname: F\nfields:\n  - {id: x, type: text, visible: "y > 1"}\n'
    assert dict(files_of(read_files(once))) == once


def test_what_lies_beside_the_document_is_kept() -> None:
    files = {
        "app.yaml": APP,
        "README.md": "# 应用\n".encode(),
        "assets/shot.png": PNG,
        "data/f.csv": b"name\nAcme\n",
        "data/f.map.yaml": b"columns:\n  name: {field: name}\nkey: [name]\n",
        "data/org.yaml": b"members:\n  - {email: a@example.com, name: A}\n",
        "rules/shared.rules": b"define one() = 1\n",
        "tests/overlays/v2/app.yaml": APP,
    }
    package = read_files(files)
    assert package.data == {"f": b"name\nAcme\n"}
    assert package.maps["f"]["key"] == ["name"]
    assert package.org["members"][0]["email"] == "a@example.com"
    assert package.document["rules"] == {"shared": "define one() = 1\n"}
    assert dict(files_of(package)) == files


def test_findings_name_file_and_line() -> None:
    form = b"id: f\nname: F\nfields:\n  - {id: x, type: text}\n  - id: y\n    type: number\n    compute: x * 2\n"
    package = read_files({"app.yaml": APP, "forms/f.yaml": form})
    problems = package.problems(examine(package.document)[1])
    assert [(problem.code, problem.at) for problem in problems] == [("rule_error", "forms/f.yaml:7")]


def test_every_unreadable_file_is_told_at_once() -> None:
    files = {
        "forms/a.yaml": b"a: 1\na: 2\n",
        "forms/b.yaml": b"- [\n",
        "froms/c.yaml": b"id: c\n",
        "assets/x.svg": b"<svg/>",
        "assets/y.png": b"GIF89a",
        "README.md": b"\xff",
    }
    assert refusal(files) == [
        ("missing_file", "app.yaml"),
        ("not_utf8", "README.md"),
        ("bad_asset", "assets/x.svg"),
        ("bad_asset", "assets/y.png"),
        ("duplicate_key", "forms/a.yaml:2"),
        ("bad_yaml", "forms/b.yaml:1"),
        ("unknown_file", "froms/c.yaml"),
    ]


def test_one_folder_around_everything_is_taken_off() -> None:
    package = read_zip(zipped(("crm/app.yaml", APP), ("crm/forms/f.yaml", b"id: f\nname: F\n"), ("__MACOSX/x", b"")))
    assert package.id == "a"
    assert list(package.document["forms"]) == ["f"]


def link() -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo("forms/x.yaml")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


@pytest.mark.parametrize("name", ["../app.yaml", "/etc/passwd", "a/../../b", "c:\\x", link()])
def test_an_entry_that_leaves_the_package_is_refused(name: Any) -> None:
    with pytest.raises(Invalid) as caught:
        read_zip(zipped(("app.yaml", APP), (name, b"x")))
    assert caught.value.code == "bad_package"


def test_what_is_no_zip_is_refused() -> None:
    whole = zipped(("app.yaml", APP * 50))
    for data in (b"", b"PK\x03\x04 no", whole[: len(whole) // 2], whole[:40] + b"\xff" * 20 + whole[60:]):
        with pytest.raises(Invalid) as caught:
            read_zip(data)
        assert caught.value.code == "bad_package"


def test_a_bomb_is_refused_before_it_unfolds() -> None:
    for files in (
        [("app.yaml", b"#" * (archive.LARGEST_TEXT + 1))],
        [(f"data/f{i}.csv", b"0" * (archive.LARGEST_TABLE - 1)) for i in range(3)],
        [(f"rules/r{i}.rules", b"") for i in range(archive.MOST_FILES + 1)],
    ):
        with pytest.raises(Invalid) as caught:
            read_zip(zipped(*files))
        assert caught.value.code == "too_large"


def test_a_zip_that_lies_about_its_sizes_is_counted_all_the_same() -> None:
    data = bytearray(zipped(("app.yaml", b"#" * (archive.LARGEST_TEXT * 2))))
    directory = data.rindex(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = (100).to_bytes(4, "little")
    with pytest.raises(Invalid):
        read_zip(bytes(data))


def test_a_symbolic_link_in_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_bytes(APP)
    (tmp_path / "README.md").symlink_to("/etc/hostname")
    with pytest.raises(Invalid) as caught:
        read_folder(tmp_path)
    assert caught.value.code == "bad_package"


def test_the_same_package_gives_the_same_bytes() -> None:
    assert write_zip(read_folder(QUOTE)) == write_zip(read_folder(QUOTE))
