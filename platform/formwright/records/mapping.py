"""Which column of a csv or xlsx goes into which field, and how its texts are read (`data/<form>.map.yaml`)."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from formwright.errors import Invalid, Problem
from formwright.records.parsing import SETTABLE
from formwright.registry import nearest
from formwright.schema.field_types import BadValue
from formwright.schema.model import App, Field, Form
from formwright.schema.reading import pointer
from formwright.texts import LANGUAGES, both, show

MEMBER_MATCHES = ("name", "email", "id")


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """One column: its field, texts to replace first, the field of the other form (or of the member) to find it by, the date format."""

    field: str
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    match: str | None = None
    format: str | None = None


@dataclass(frozen=True, slots=True)
class ImportMap:
    """`columns` by the name in the header; `key` are the fields that tell whether a record is there already."""

    columns: Mapping[str, ColumnMap]
    key: tuple[str, ...] = ()
    skip: frozenset[str] = frozenset()


def read_map(document: Any, app: App, form_id: str) -> ImportMap:
    """The mapping from its document; raises Invalid with a problem for each place that is wrong."""
    form, problems = app.forms[form_id], list[Problem]()
    if not isinstance(document, Mapping):
        raise Invalid("wrong_type", both("映射应为一组键值", "A mapping file is a mapping"))
    _refuse_unknown_keys(document, ("columns", "key", "skip"), "", problems)
    columns = {}
    written = document.get("columns") or {}
    if not isinstance(written, Mapping):
        problems.append(Problem("/columns", "wrong_type", both("columns 应为一组键值", "columns is a mapping")))
        written = {}
    for name, entry in written.items():
        columns[str(name)] = _read_column(entry, pointer("columns", str(name)), app, form, problems)
    key = _texts(document.get("key"), "/key", problems)
    for position, field_id in enumerate(key):
        if form.field(field_id) is None:
            problems.append(_unknown_field(field_id, f"/key/{position}", form))
    skip = _texts(document.get("skip"), "/skip", problems)
    if problems:
        raise Invalid(problems=problems)
    return ImportMap(columns, key, frozenset(skip))


def guess_map(header: Sequence[str], app: App, form_id: str) -> ImportMap:
    """The columns whose names are a field's id or label; the others are left for a person to map or skip."""
    form = app.forms[form_id]
    known = {name: name for name in SETTABLE}
    known |= {"负责人": "owner", "部门": "department"}
    for each in form.fields:
        if _importable(each):
            names = [each.id, *(show(each.label, language) for language in LANGUAGES)]
            known |= {_plain(name): each.id for name in names if name}
    columns = {}
    for name in header:
        field_id = known.get(_plain(name))
        if field_id is not None:
            target = form.field(field_id)
            match = _telling(app, target) if target is not None and target.type == "relation" else None
            columns[name] = ColumnMap(field_id, match=match)
    unique = next(
        (each.id for each in form.fields if each.unique and any(c.field == each.id for c in columns.values())), None
    )
    return ImportMap(columns, (unique,) if unique else ())


def refuse_unmapped(header: Iterable[str], mapping: ImportMap) -> None:
    """Raises Invalid when a column is neither mapped nor skipped, a mapped one is missing, or two fill one field."""
    names = list(header)
    problems = [
        Problem(
            pointer("columns", name),
            "unmapped_column",
            both(f"“{name}”列既没有对应字段，也没有跳过", f'Column "{name}" is neither mapped nor skipped'),
        )
        for name in names
        if name not in mapping.columns and name not in mapping.skip
    ]
    problems += [
        Problem(pointer("columns", name), "missing_column", both(f"没有“{name}”列", f'There is no column "{name}"'))
        for name in mapping.columns
        if name not in names
    ]
    fields = [column.field for column in mapping.columns.values()]
    problems += [
        Problem(
            "/columns", "double_field", both(f"有两列对应字段 {each}", f"Two columns are mapped to the field {each}")
        )
        for each in dict.fromkeys(fields)
        if fields.count(each) > 1
    ]
    if problems:
        raise Invalid(problems=problems)


def _read_column(entry: Any, at: str, app: App, form: Form, problems: list[Problem]) -> ColumnMap:
    if not isinstance(entry, Mapping):
        problems.append(Problem(at, "wrong_type", both("应为 {field: …}", "Expected {field: …}")))
        return ColumnMap("")
    _refuse_unknown_keys(entry, ("field", "values", "match", "format"), at, problems)
    field_id = str(entry.get("field") or "")
    target = form.field(field_id)
    if field_id not in SETTABLE and (target is None or not _importable(target)):
        problems.append(_unknown_field(field_id, f"{at}/field", form))
    values = entry.get("values") or {}
    if not isinstance(values, Mapping):
        problems.append(Problem(f"{at}/values", "wrong_type", both("values 应为一组键值", "values is a mapping")))
        values = {}
    match = entry.get("match")
    if match is not None and match not in _matchable(app, field_id, target):
        known = ", ".join(_matchable(app, field_id, target))
        message = both(f"不能按 {match} 查找，可用：{known}", f"Cannot be found by {match}; possible: {known}")
        problems.append(Problem(f"{at}/match", "unknown_match", message))
    format = entry.get("format")
    if format is not None and (target is None or target.type not in ("date", "datetime") or not _is_format(format)):
        message = both(
            "format 只用于日期，如 M/d/yyyy 或 yyyy-MM-dd HH:mm",
            "format is for dates, such as M/d/yyyy or yyyy-MM-dd HH:mm",
        )
        problems.append(Problem(f"{at}/format", "bad_format", message))
        format = None
    return ColumnMap(field_id, {str(text): value for text, value in values.items()}, match, format)


def _matchable(app: App, field_id: str, target: Field | None) -> list[str]:
    if field_id == "owner" or (target is not None and target.type == "member"):
        return list(MEMBER_MATCHES)
    if field_id == "department" or (target is not None and target.type == "department"):
        return ["name", "id"]
    if target is not None and target.type == "relation" and target.settings.form in app.forms:
        return [each.id for each in app.forms[target.settings.form].fields if each.type != "rows"]
    return []


def _importable(field: Field) -> bool:
    """A file may bring the numbers that records had elsewhere, so serials too."""
    return field.type not in ("lookup", "rollup", "rows") and field.compute is None


def _telling(app: App, field: Field) -> str | None:
    """The field by which people call a record of the form that `field` points to."""
    form = app.forms.get(field.settings.form)
    texts = [each for each in form.fields if each.type in ("text", "serial")] if form else []
    found = next((each for each in texts if each.unique), texts[0] if texts else None)
    return found.id if found else None


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold().replace(" ", "_").rstrip("*：:")


def _texts(value: Any, at: str, problems: list[Problem]) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        problems.append(Problem(at, "wrong_type", both("应为文本列表", "Expected a list of texts")))
        return ()
    return tuple(value)


def _refuse_unknown_keys(entry: Mapping[Any, Any], known: tuple[str, ...], at: str, problems: list[Problem]) -> None:
    for key in entry:
        if key not in known:
            near = nearest(str(key), known)
            hint_zh, hint_en = (f"，是不是“{near}”？", f'; did you mean "{near}"?') if near else ("", "")
            message = both(f"没有键“{key}”{hint_zh}", f'There is no key "{key}"{hint_en}')
            problems.append(Problem(at + pointer(str(key)), "unknown_key", message))


def _unknown_field(field_id: str, at: str, form: Form) -> Problem:
    near = nearest(field_id, [each.id for each in form.fields])
    hint_zh, hint_en = (f"，是不是“{near}”？", f'; did you mean "{near}"?') if near else ("", "")
    message = both(f"没有可导入的字段“{field_id}”{hint_zh}", f'There is no field "{field_id}" to import into{hint_en}')
    return Problem(at, "unknown_field", message)


# ── dates as a file writes them ───────────────────────────────────────────────────────────────────

_PARTS = {
    "yyyy": r"(?P<year>\d{4})", "yy": r"(?P<short>\d\d)", "MM": r"(?P<month>\d\d)", "M": r"(?P<month>\d\d?)",
    "dd": r"(?P<day>\d\d)", "d": r"(?P<day>\d\d?)", "HH": r"(?P<hour>\d\d)", "H": r"(?P<hour>\d\d?)",
    "mm": r"(?P<minute>\d\d)", "ss": r"(?P<second>\d\d)",
}  # fmt: skip
_PART = re.compile("|".join(_PARTS) + "|.", re.DOTALL)


@lru_cache(maxsize=256)
def _pattern(format: str) -> re.Pattern[str]:
    return re.compile("".join(_PARTS.get(part, re.escape(part)) for part in _PART.findall(format)), re.ASCII)


def _is_format(format: Any) -> bool:
    if not isinstance(format, str) or len(format) > 40:
        return False
    try:
        groups = _pattern(format).groupindex
    except re.error:  # a part that is there twice
        return False
    return {"month", "day"} <= set(groups) and ("year" in groups or "short" in groups)


def parse_date(text: str, format: str) -> datetime:
    """The naive date and time that `text` says in `format`. Raises BadValue `bad_date`."""
    found = _pattern(format).fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError
        part = {name: int(digits) for name, digits in found.groupdict().items()}
        year = part["year"] if "year" in part else 2000 + part["short"]
        day = date(year, part["month"], part["day"])
        return datetime.combine(day, time(part.get("hour", 0), part.get("minute", 0), part.get("second", 0)))
    except ValueError as error:
        raise BadValue("bad_date", both(f"应为日期，格式 {format}", f"Expected a date as {format}")) from error
