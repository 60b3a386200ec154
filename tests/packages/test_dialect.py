"""The YAML of packages: what is text, what is refused and where, and one way to write everything."""

from __future__ import annotations

from decimal import Decimal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from formwright.errors import Invalid
from formwright.packages import dialect
from formwright.packages.dialect import dump, load
from formwright.packages.layout import FORM, RULE, SHAPES


def read(text: str) -> object:
    return load(text, "x.yaml")[0]


def refusal(text: str | bytes) -> tuple[str, str]:
    with pytest.raises(Invalid) as caught:
        load(text, "forms/quote.yaml")
    return caught.value.code, caught.value.problems[0].at


def test_only_constants_and_numbers_are_not_text() -> None:
    words = [
        "yes",
        "no",
        "on",
        "off",
        "007",
        "1_000",
        "2026-03-02",
        "09:30",
        "1e3",
        "0x1F",
        "+5",
        "12.",
        ".5",
        "NaN",
        "True",
    ]
    assert read("[" + ", ".join(words) + "]") == words
    assert read("[true, false, null, ~, 12, -3]") == [True, False, None, None, 12, -3]
    assert read("a:\nb: ''") == {"a": None, "b": ""}


def test_decimals_are_exact() -> None:
    assert read("a: 0.1234567890123456789") == {"a": Decimal("0.1234567890123456789")}
    assert read("a: 1.50") == {"a": Decimal("1.50")}


def test_keys_are_always_text() -> None:
    assert read("{1: a, true: b, on: c}") == {"1": "a", "true": "b", "on": "c"}


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a: 1\nb: 2\na: 3", "duplicate_key", 3),
        ("a: {b: 1, c: 2,\n b: 3}", "duplicate_key", 2),
        ("a: &x 1", "anchor", 1),
        ("a: 1\nb: *x", "alias", 2),
        ("a: !!str 1", "tag", 1),
        ("a: !python/object:os.system x", "tag", 1),
        ("a: {b: 1}\nc:\n  <<: {d: 1}", "merge_key", 3),
        ("a:\n\tb: 1", "tab", 2),
        ("a: 1\n---\nb: 2", "several_documents", 2),
        ("%YAML 1.2\n---\na: 1", "directive", 1),
        ("a: [1, 2", "bad_yaml", 1),
        ("? [a]\n: 1", "bad_key", 1),
        ("a: " + "9" * 200, "out_of_range", 1),
        ("a: 1\nb: " + "[" * 100 + "]" * 100, "too_deep", 2),
    ],
)
def test_a_refusal_names_file_and_line(text: str, code: str, line: int) -> None:
    assert refusal(text) == (code, f"forms/quote.yaml:{line}")


def test_files_that_are_too_large_or_no_utf8_are_refused() -> None:
    assert refusal("a: " + "x" * dialect.LARGEST)[0] == "too_large"
    assert refusal(b"a: \xff\xfe")[0] == "not_utf8"
    assert refusal("a: \ud800")[0] == "not_utf8"
    assert refusal(b"a: \x00")[0] == "bad_yaml"
    assert refusal('a: "\\0"')[0] == "bad_text"


def test_deep_nesting_is_refused_quickly_instead_of_overflowing() -> None:
    assert refusal("[" * 500_000)[0] in ("too_deep", "bad_yaml")


def test_an_unquoted_rule_is_pointed_out() -> None:
    with pytest.raises(Invalid) as caught:
        load("fields:\n- {id: a, where: status in [a, b] and x}", "x.yaml")
    assert "put the rule in quotes" in caught.value.say("en")


def test_every_value_knows_its_line() -> None:
    _, positions = load("id: a\nfields:\n  - {id: x}\n  - id: y\n    label:\n      zh: 字\n", "f.yaml")
    assert positions.line("/fields/0/id") == 3
    assert positions.line("/fields/1/label/zh") == 6
    assert positions.line("/fields/1/label") == 5
    assert positions.line("/fields/1/compute") == 4
    assert positions.line("/nothing/here") == 1


def test_rules_are_written_in_double_quotes_and_long_ones_as_blocks() -> None:
    form = {
        "title": 'number & " " & name',
        "fields": [
            {"compute": "a * 2", "id": "a", "default": 1, "label": {"zh": "甲", "en": "A"}, "type": "number"},
            {"id": "b", "type": "text", "visible": "when\n  a > 1\n"},
        ],
    }
    assert dump(form, FORM) == (
        'title: "number & \\" \\" & name"\n'
        "fields:\n"
        '  - {id: a, type: number, label: {zh: 甲, en: A}, default: 1, compute: "a * 2"}\n'
        "  - id: b\n"
        "    type: text\n"
        "    visible: |\n"
        "      when\n"
        "        a > 1\n"
    )


def test_texts_that_would_read_as_something_else_are_quoted() -> None:
    words = ["on", "12", "1.5", "null", "a: b", "", " a", "2026-03-02", "1.2.0", "form:quote", "-created_at", "#x"]
    assert dump({"w": words}) == (
        'w: ["on", "12", "1.5", "null", "a: b", "", " a", 2026-03-02, 1.2.0, form:quote, -created_at, "#x"]\n'
    )


texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=20) | st.text(
    "ab:#-?,[]{}&*!|>'\"%@` \n1.0~é字", max_size=12
)
numbers = st.integers(-(10**18), 10**18) | st.decimals(
    allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9
)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_what_is_written_reads_back_the_same(value: object) -> None:
    for shape in (RULE, *SHAPES.values()):
        written = dump(value, shape)
        assert read(written) == value
        assert dump(read(written), shape) == written


@given(values)
def test_the_parser_in_python_reads_the_same(value: object) -> None:
    written = dump(value)
    events = [type(event).__name__ for event in yaml.parse(written, Loader=yaml.SafeLoader)]
    assert events == [type(event).__name__ for event in yaml.parse(written, Loader=dialect._LOADER)]
