"""The command line: exit status 0 done, 1 failed with a sentence that names the place, 2 misused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from formwright.cli import main
from tests.web.office import QUOTES, STANDARD_ORG

Run = Callable[..., Result]


@pytest.fixture
def run(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("FORMWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FORMWRIGHT_DATABASE_URL", database_url)
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")

    def call(*arguments: str, status: int = 0) -> Result:
        result = CliRunner().invoke(main, list(arguments), catch_exceptions=False)
        assert result.exit_code == status, result.output + result.stderr
        return result

    return call


def test_from_nothing_to_a_token_that_works(run: Run) -> None:
    run("db", "upgrade")
    run("org", "import", str(STANDARD_ORG))
    token = run("token", "create", "--email", "rep@example.com").stdout

    assert token.startswith("fw_")
    assert token.count("\n") == 1


def test_importing_the_organisation_twice_changes_nothing(run: Run) -> None:
    run("org", "import", str(STANDARD_ORG))
    first = run("org", "export").stdout
    again = run("org", "import", str(STANDARD_ORG)).stdout

    assert "members 0" in again
    assert run("org", "export").stdout == first


def test_a_mistake_in_the_organisation_names_its_line(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "org.yaml"
    file.write_text("members:\n  - {email: a@example.com, name: A}\n  - {email: b@example.com, rolls: [x]}\n")

    result = run("org", "import", str(file), status=1)

    assert "org.yaml:3" in result.stderr
    assert "roles" in result.stderr


def test_an_app_goes_in_and_comes_out_the_same(run: Run, tmp_path: Path) -> None:
    run("app", "install", str(QUOTES))
    run("app", "export", "sales", str(tmp_path / "out"))

    for file in sorted(path for path in QUOTES.rglob("*") if path.is_file()):
        assert (tmp_path / "out" / file.relative_to(QUOTES)).read_bytes() == file.read_bytes(), file.name
    assert "sales\t1.2.0\t1" in run("app", "list").stdout


def test_a_broken_rule_is_refused_with_file_and_line(run: Run, tmp_path: Path) -> None:
    run("app", "install", str(QUOTES))
    run("app", "export", "sales", str(tmp_path / "app"))
    form = tmp_path / "app" / "forms" / "quote.yaml"
    lines = form.read_text().splitlines()
    place = next(number for number, line in enumerate(lines, 1) if "SUM(lines.amount)" in line)
    form.write_text(form.read_text().replace("SUM(lines.amount)", "SUM(lines.amout)"))

    checked = run("app", "check", str(tmp_path / "app"), status=1)
    installed = run("app", "install", str(tmp_path / "app"), status=1)

    assert f"forms/quote.yaml:{place}" in checked.stderr
    assert "amount" in checked.stderr
    assert f"forms/quote.yaml:{place}" in installed.stderr


def test_formatting_a_formatted_folder_changes_nothing(run: Run, tmp_path: Path) -> None:
    run("app", "install", str(QUOTES))
    run("app", "export", "sales", str(tmp_path / "app"))

    assert run("app", "format", str(tmp_path / "app")).stdout == "0 files rewritten\n"


def test_records_come_from_a_csv_and_every_bad_row_is_said(run: Run, tmp_path: Path) -> None:
    run("app", "install", str(QUOTES))
    file = tmp_path / "customers.csv"
    file.write_text("name,region\nAcme,east\nBeta,nowhere\n")

    result = run("records", "import", "sales", "customer", str(file), status=1)

    assert "1 inserted, 0 updated, 1 not taken" in result.stdout
    assert "customers.csv:3" in result.stderr
    out = tmp_path / "out.csv"
    run("records", "export", "sales", "customer", str(out))
    assert "Acme" in out.read_text(encoding="utf-8-sig")


def test_a_csv_with_a_wrong_column_is_refused_before_anything_is_read(run: Run, tmp_path: Path) -> None:
    run("app", "install", str(QUOTES))
    file = tmp_path / "customers.csv"
    file.write_text("name,colour\nAcme,red\n")

    result = run("records", "import", "sales", "customer", str(file), status=1)

    assert "colour" in result.stderr


def test_rules_are_evaluated_and_explained(run: Run) -> None:
    assert json.loads(run("rules", "eval", "ROUND(a * 1.15, 2)", "--values", '{"a": 1.005}').stdout) == 1.16
    broken = run("rules", "eval", "amout > 5", "--values", '{"amount": 1}', status=1)
    assert "amount" in broken.stderr
    assert "^" in broken.stderr
    assert "3" in run("rules", "explain", "a + 1", "--values", '{"a": 2}').stdout


def test_the_audit_log_is_whole(run: Run) -> None:
    run("org", "import", str(STANDARD_ORG))

    assert "whole" in run("audit", "verify").stdout


def test_misuse_is_status_two(run: Run) -> None:
    run("app", "install", status=2)
    run("app", "uninstall", "sales", status=2)
    run("nonsense", status=2)


def test_the_worker_runs_what_is_due_and_exits(run: Run) -> None:
    assert "done" in run("worker", "--until-idle").stdout


def test_every_command_has_help(run: Run) -> None:
    def walk(command: object, path: list[str]) -> None:
        run(*path, "--help")
        for name in getattr(command, "list_commands", lambda _: [])(None):
            inner = command.get_command(None, name)  # type: ignore[attr-defined]
            assert inner.help, [*path, name]
            walk(inner, [*path, name])

    walk(main, [])
