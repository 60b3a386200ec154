"""The runner of scenarios: it says what went wrong, where and by how much, and changes nothing that was refused."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from formwright.packages.folder import Package, read_files, read_folder
from formwright.packages.scenarios import Report, Result, play
from formwright.schema.model import Finding
from formwright.schema.reading import Reader
from formwright.schema.scenario_script import duration, read_scenario
from formwright.texts import show

QUOTE = Path(__file__).parents[1] / "apps" / "quote"

APP = """
format: 1
id: small
version: 1.0.0
name: Small
roles: [{id: sales_rep, name: Rep}]
"""
FORM = """
id: request
name: Request
title: subject
fields:
  - {id: subject, type: text, label: Subject, required: true}
  - {id: amount, type: money, label: Amount}
  - {id: secret, type: text, label: Secret}
  - {id: day, type: date, label: Day}
  - {id: helper, type: member, label: Helper}
  - {id: parts, type: rows, label: Parts, fields: [{id: name, type: text, label: Name}, {id: count, type: number, label: Count}]}
grants:
  - {role: sales_rep, records: owner = me, actions: [view, create, edit], fields: {secret: hidden, "*": edit}}
"""
FLOW = """
id: approval
form: request
name: Approval
nodes:
  - {id: start, type: start, name: Start, fields: {secret: hidden, "*": edit}}
  - {id: boss, type: approve, name: Boss, assign: manager(initiator), deadline: "due 2 days\\napprove at due"}
  - {id: done, type: end, name: Done}
edges: [{from: start, to: boss}, {from: boss, to: done}]
"""
HEAD = "now: 2026-03-02T09:00:00+08:00\nsteps:\n"
SUBMIT = "  - {as: rep@example.com, submit: request, values: {subject: Chair, amount: 90}, save: r}\n"


def package(**scenarios: str) -> Package:
    """The small app with these scenarios: everything after the time and `steps:`."""
    files = {"app.yaml": APP, "forms/request.yaml": FORM, "flows/approval.yaml": FLOW}
    files |= {f"tests/{name}.yaml": HEAD + steps for name, steps in scenarios.items()}
    return read_files({path: text.encode() for path, text in files.items()})


def played(steps: str) -> Result:
    report = play(package(story=SUBMIT + steps))
    return report.results[0]


def said(result: Result, language: str = "en") -> str:
    return show(result.failure, language)


def test_a_story_that_holds_passes() -> None:
    result = played("""
  - {expect: {record: r, at: [boss], status: running, tasks: [{node: boss, member: li.na@example.com}], title: Chair, owner: rep@example.com}}
  - {as: li.na@example.com, act: approve, on: r}
  - {expect: {record: r, at: [], status: approved, tasks: [], cc: [], history: ["rep:submit", "li.na:approve@boss"]}}
""")
    assert result.passed, said(result)
    assert result.seconds < 5


def test_a_difference_shows_what_was_expected_and_what_was_found() -> None:
    result = played("  - {expect: {record: r, values: {amount: 100, subject: Chair}, status: approved}}\n")
    assert not result.passed
    assert said(result) == "\n".join(
        [
            "status",
            "    expected approved",
            "    found    running",
            'field "amount"',
            "    expected 100",
            "    found    90",
        ]
    )
    assert said(result, "zh").startswith("状态\n    应为")
    assert (result.at, result.where) == ("/tests/story/steps/1", "tests/story.yaml:4")


@pytest.mark.parametrize(
    ("expected", "what"),
    [
        ("at: [start]", "at"),
        ("tasks: [{node: boss, member: rep2@example.com}]", "open tasks"),
        ("tasks: []", "open tasks"),
        ("tasks: [{node: boss}, {node: boss}]", "open tasks"),
        ("cc: [{node: boss, member: boss@example.com}]", "cc"),
        ('history: ["rep:submit@start"]', "at the history"),
        ("exists: false", "whether the record exists"),
        ("title: Table", "title"),
        ("owner: rep2@example.com", 'field "owner"'),
        ("values: {day: 2026-01-01}", 'field "day"'),
        ("values: {nothing: 1}", 'field "nothing"'),
        ("values: {parts: [{name: x}]}", 'field "parts"'),
    ],
)
def test_whatever_is_not_as_written_fails(expected: str, what: str) -> None:
    result = played(f"  - {{expect: {{record: r, {expected}}}}}\n")
    assert not result.passed
    assert said(result).splitlines()[0] == what.replace("at the history", "history")


def test_values_are_compared_as_values_not_as_text() -> None:
    result = played("""
  - {as: rep@example.com, submit: request, save: s, values: {subject: A, amount: 1.50, day: 2026-01-02, helper: fin@example.com, parts: [{name: x, count: 2}, {name: y}]}}
  - {expect: {record: s, values: {amount: "1.5", day: "2026-01-02", helper: fin@example.com, parts: [{count: 2.0}, {name: y, count: null}], secret: null}}}
""")  # noqa: E501
    assert result.passed, said(result)


def test_a_refusal_is_expected_by_its_code_and_its_place() -> None:
    result = played("""
  - {as: rep@example.com, submit: request, values: {amount: 3}, expect_error: {code: required, at: subject}}
  - {as: rep@example.com, submit: request, values: {subject: A, secret: x}, expect_error: unknown_field}
  - {as: rep@example.com, act: approve, on: r, expect_error: not_assignee}
  - {as: rep2@example.com, view: r, expect_error: not_found}
  - {as: li.na@example.com, act: approve, on: r}
  - {as: li.na@example.com, act: approve, on: r, expect_error: task_closed}
""")
    assert result.passed, said(result)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("{as: li.na@example.com, act: approve, on: r, expect_error: task_closed}", "Expected task_closed, but it succeeded"),
        ("{as: rep@example.com, submit: request, values: {}, expect_error: unique}", "Expected unique, found required"),
        ("{as: rep@example.com, submit: request, values: {}, expect_error: {code: required, at: amount}}", "Expected it at amount"),
        ("{as: rep@example.com, submit: request, values: {}}", "Refused (required)"),
        ("{as: nobody@example.com, view: r}", "The organisation has no nobody@example.com"),
        ("{as: rep@example.com, view: q}", 'Nothing was saved as "q" (there is r)'),
        ("{as: admin@example.com, view: {form: request, $match: {subject: Table}}}", "There is no such record"),
        ("{wait_until: 2026-03-01T09:00:00+08:00}", "Time does not run backwards"),
        ("{upgrade: overlays/v9}", "There are no files in tests/overlays/v9"),
        ("{as: li.na@example.com, view: r, values: {subject: Table}}", 'field "subject"'),
        ("{as: li.na@example.com, view: r, hidden: [subject]}", 'field "subject"'),
    ],
)  # fmt: skip
def test_a_step_that_goes_another_way_says_so(step: str, message: str) -> None:
    assert message in said(played(f"  - {step}\n"))


def test_a_refused_step_changes_nothing() -> None:
    result = played("""
  - {as: li.na@example.com, act: approve, on: r, values: {amount: 1}, expect_error: field_forbidden}
  - {expect: {record: r, at: [boss], values: {amount: 90}, history: ["rep:submit"]}}
""")
    assert result.passed, said(result)


def test_time_passes_in_order_and_a_record_can_be_found_by_its_values() -> None:
    result = played("""
  - {wait: 1 day}
  - {as: rep@example.com, submit: request, values: {subject: Table}}
  - {wait: 1d}
  - {expect: {record: r, status: approved, history: ["rep:submit", "system:auto_approve@boss"]}}
  - {expect: {record: {form: request, $match: {subject: Table}}, status: running}}
  - {expect: {record: {form: request, $match: {subject: Stool}}, exists: false}}
""")
    assert result.passed, said(result)


def test_scenarios_do_not_see_each_other() -> None:
    alone = "  - {expect: {record: {form: request, $match: {subject: Other}}, exists: false}}\n"
    other = "  - {as: rep@example.com, submit: request, values: {subject: Other}}\n"
    report = play(package(a=other, b=alone, c=other))
    assert report.ok
    assert [result.id for result in play(package(a=other, b=alone), only=["b"]).results] == ["b"]


@pytest.mark.parametrize(
    ("step", "code", "at"),
    [
        ({"as": "a@x", "sumbit": "request"}, "unknown_step", ""),
        ({"as": "a@x", "submit": "request", "act": "approve"}, "unknown_step", ""),
        ({"as": "a@x", "submit": "request", "valeus": {}}, "unknown_key", "/valeus"),
        ({"submit": "request"}, "missing_key", "/as"),
        ({"wait": "a while"}, "bad_duration", "/wait"),
        ({"wait_until": "tomorrow"}, "bad_time", "/wait_until"),
        ({"expect": {"at": []}}, "missing_key", "/expect/record"),
        ({"expect": {"record": "r", "staus": "running"}}, "unknown_key", "/expect/staus"),
        ({"expect": {"record": "r", "at": "boss"}}, "wrong_type", "/expect/at"),
    ],
)
def test_a_script_that_cannot_be_read_is_named_at_its_place(step: dict[str, object], code: str, at: str) -> None:
    findings: list[Finding] = []
    read_scenario(Reader({"now": "2026-03-02T09:00:00+08:00", "steps": [step]}, "/tests/story", findings), "story")
    assert [(finding.code, finding.at) for finding in findings] == [(code, f"/tests/story/steps/0{at}")]


def test_a_script_that_cannot_be_read_is_not_played() -> None:
    result = played("  - {expect: {record: r, staus: running}}\n")
    assert '"status"' in said(result)
    assert result.where == "tests/story.yaml:4"


def test_durations_are_written_short_or_long() -> None:
    assert duration("3d") == duration("3 days") == timedelta(days=3)
    assert duration("1d 12h") == timedelta(hours=36)
    assert duration("30m") == timedelta(minutes=30)
    assert duration("1w") == timedelta(weeks=1)
    assert duration("soon") is None
    assert duration("3 months") is None
    assert duration("") is None


def test_the_report_reads_well_and_goes_to_build_servers() -> None:
    report: Report = play(package(good=SUBMIT, bad=SUBMIT + "  - {expect: {record: r, status: approved}}\n"))
    assert not report.ok
    lines = list(report.lines("en"))
    assert lines[0].startswith("✗ bad (")
    assert lines[1].strip() == "tests/bad.yaml:4"
    assert lines[-1] == "2 scenarios, 1 failed"
    assert list(report.lines("zh"))[-1] == "2 个场景，1 个失败"
    suite = ElementTree.fromstring(report.junit())  # noqa: S314 - our own text
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("small", "2", "1")
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert "tests/bad.yaml:4" in (failure.text or "")


def test_an_app_with_errors_says_them_instead_of_playing() -> None:
    broken = read_files(
        {
            "app.yaml": APP.encode(),
            "forms/request.yaml": FORM.replace("title: subject", "title: subjct").encode(),
            "tests/story.yaml": (HEAD + SUBMIT).encode(),
            "tests/other.yaml": (HEAD + SUBMIT).encode(),
        }
    )
    report = play(broken)
    assert all("subjct" in said(result) for result in report.results)


def test_the_example_of_the_format_plays() -> None:
    report = play(read_folder(QUOTE))
    assert report.ok, "\n".join(report.lines("en"))
    assert len(report.results) == 3
