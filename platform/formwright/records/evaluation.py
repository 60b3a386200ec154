"""A rule tried out on values that are written as JSON: for the API, the command line and the editor's try-it box."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from formwright.accounts.calendar import WorkCalendar
from formwright.accounts.directory import Directory
from formwright.errors import Invalid, Problem
from formwright.schema.field_types.dates import dump_instant
from formwright.texts import both
from formwright_rules import Duration, Environment, Finding, PlainContext, RuleError, check, compile_python, infer

DEEPEST = 20


def evaluate(
    expression: str,
    values: Mapping[str, Any],
    *,
    now: datetime,
    timezone: tzinfo,
    people: Directory | None = None,
    calendar: WorkCalendar | None = None,
    me: int | None = None,
) -> dict[str, Any]:
    """`{value, type}` of an expression over JSON values, its names typed by what the values are.

    `{"$date"}`, `{"$datetime"}`, `{"$time"}`, `{"$duration"}` mark what JSON does not have, in and out. Raises RuleRefused.
    """
    typed = {str(name): read_json(value, f"/values/{name}") for name, value in values.items()}
    environment = infer(typed)
    context = PlainContext(now=now, timezone=timezone, me=me)
    if people is not None:
        context.people = people  # type: ignore[assignment]  # the directory knows no flow: handlers are nobody
    if calendar is not None:
        context.calendar = calendar
    try:
        checked = check(expression, environment)
        if not checked.ok:
            raise RuleError(checked.findings, expression)
        value = compile_python(checked.tree, environment)(typed, context)
    except RuleError as error:
        raise RuleRefused(error) from error
    return {"value": write_json(value), "type": str(checked.type)}


def check_json(expression: str, environment: Environment, language: str) -> dict[str, Any]:
    """`{ok, type, reads, errors, warnings}` of an expression, in the shape of `rules/check`."""
    try:
        checked = check(expression, environment)
    except RuleError as error:
        return {"ok": False, "type": None, "reads": [], "errors": _findings(error.findings, language), "warnings": []}
    errors = [each for each in checked.findings if each.severity == "error"]
    return {
        "ok": checked.ok,
        "type": str(checked.type) if checked.ok else None,
        "reads": sorted(".".join(path) for path in checked.reads),
        "errors": _findings(errors, language),
        "warnings": _findings([each for each in checked.findings if each.severity != "error"], language),
    }


def _findings(findings: Any, language: str) -> list[dict[str, Any]]:
    return [finding_json(each, language) for each in findings]


def finding_json(finding: Finding, language: str) -> dict[str, Any]:
    return {
        "line": finding.line,
        "column": finding.column,
        "length": finding.length,
        "code": finding.code,
        "message": finding.message.get(language) or finding.message["en"],
        "suggestion": finding.suggestion,
    }


class RuleRefused(Invalid):
    """A rule that cannot be used or evaluated; `rule` has the places."""

    def __init__(self, error: RuleError) -> None:
        self.rule = error
        super().__init__(
            error.code,
            problems=[
                Problem(f"{each.line}:{each.column}", each.code, each.message)
                for each in error.findings
                if each.severity == "error"
            ],
        )


def read_json(value: Any, at: str, depth: int = 0) -> Any:
    """A JSON value as the rules know it: numbers as Decimal, `{"$date": …}` as dates."""
    if depth > DEEPEST:
        raise Invalid("too_deep", both("值嵌套过深", "The values are nested too deeply"), at=at)
    if isinstance(value, bool) or value is None or isinstance(value, str | Decimal):
        return value
    if isinstance(value, int | float):
        return Decimal(str(value))
    if isinstance(value, list):
        return tuple(read_json(each, f"{at}/{index}", depth + 1) for index, each in enumerate(value))
    if isinstance(value, Mapping):
        if len(value) == 1 and (key := next(iter(value))) in _READERS:
            try:
                return _READERS[key](value[key])
            except (ValueError, TypeError, AttributeError):
                words = both(f"“{key}”的值不对", f'The value of "{key}" is not valid')
                raise Invalid("bad_value", words, at=at) from None
        return {str(name): read_json(each, f"{at}/{name}", depth + 1) for name, each in value.items()}
    raise Invalid("bad_value", both("不支持的值", "This value is not supported"), at=at)


def _read_datetime(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("a datetime needs an offset")
    return found


def read_duration(text: str) -> Duration | timedelta:
    """An ISO 8601 duration of days and time (`PT4H`, `P1DT30M`), or with years and months."""
    if not text.startswith("P"):
        raise ValueError(text)
    days, _, clock = text[1:].partition("T")
    amounts = {**_amounts(days, "YMWD"), **{f"T{unit}": each for unit, each in _amounts(clock, "HMS").items()}}
    if amounts.get("Y") or amounts.get("M"):
        raise ValueError("years and months have no fixed length")
    seconds = (
        amounts.get("W", Decimal(0)) * 604_800
        + amounts.get("D", Decimal(0)) * 86_400
        + amounts.get("TH", Decimal(0)) * 3600
        + amounts.get("TM", Decimal(0)) * 60
        + amounts.get("TS", Decimal(0))
    )
    return timedelta(seconds=float(seconds))


def _amounts(text: str, units: str) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    digits = ""
    for char in text:
        if char in units:
            found[char] = Decimal(digits)
            digits = ""
        else:
            digits += char
    if digits:
        raise ValueError(text)
    return found


_READERS: Mapping[str, Any] = {
    "$date": date.fromisoformat,
    "$datetime": _read_datetime,
    "$time": time.fromisoformat,
    "$duration": read_duration,
}


def write_json(value: Any) -> Any:
    """A value of a rule as JSON; decimals of more than 15 significant digits are texts."""
    if isinstance(value, Decimal):
        plain = value.normalize()
        return value if len(plain.as_tuple().digits) <= 15 and abs(plain.adjusted()) < 300 else format(plain, "f")
    if isinstance(value, datetime):
        return {"$datetime": dump_instant(value) if value.utcoffset() == timedelta(0) else value.isoformat()}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    if isinstance(value, time):
        return {"$time": value.isoformat()}
    if isinstance(value, timedelta):
        return {"$duration": write_duration(value)}
    if isinstance(value, Duration):
        return {"$duration": str(value)}
    if isinstance(value, Mapping):
        return str(value["id"]) if "id" in value else {str(name): write_json(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [write_json(each) for each in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


def write_duration(value: timedelta) -> str:
    """ISO 8601 with hours, minutes and seconds: four hours are `PT4H`, a day is `PT24H`."""
    sign = "-" if value < timedelta(0) else ""
    seconds = abs(value)
    whole, fraction = divmod(seconds, timedelta(seconds=1))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    tail = f"{left}.{fraction.microseconds:06d}".rstrip("0") if fraction else str(left)
    parts = (
        (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + (f"{tail}S" if left or fraction else "")
    )
    return f"{sign}PT{parts or '0S'}"
