"""What a list's address asks for, and the filters that are built by pointing: a field, an operator, a value become a rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import urlencode

from formwright.accounts.directory import Directory
from formwright.records.lists import ListQuery
from formwright.schema.field_types.choices import option_label
from formwright.schema.model import App, Field, Form, View
from formwright.texts import Text, both, show

SYSTEM: dict[str, tuple[str, Text]] = {
    "owner": ("member", both("负责人", "Owner")),
    "department": ("department", both("部门", "Department")),
    "created_by": ("member", both("创建人", "Created by")),
    "created_at": ("datetime", both("创建时间", "Created")),
    "updated_by": ("member", both("修改人", "Changed by")),
    "updated_at": ("datetime", both("修改时间", "Changed")),
    "flow_status": ("status", both("流程状态", "Flow")),
    "flow_node": ("nodes", both("当前节点", "Node")),
}

OPERATORS: dict[str, Text] = {
    "is": both("是", "is"),
    "is_not": both("不是", "is not"),
    "contains": both("包含", "contains"),
    "at_least": both("至少", "is at least"),
    "at_most": both("至多", "is at most"),
    "empty": both("为空", "is empty"),
    "filled": both("不为空", "is not empty"),
}
_SIGNS = {"is": "=", "is_not": "!=", "at_least": ">=", "at_most": "<="}
_WORDS = {sign: name for name, sign in _SIGNS.items()}
_POINTED = re.compile(
    r"([a-z_][a-z0-9_]*)(?:\.[a-z_][a-z0-9_]*)? (=|!=|>=|<=|contains) (?:member\()?"
    r'(?:"((?:[^"\\]|\\.)*)"|DATE\((\d+), (\d+), (\d+)\)|(-?[0-9.]+|true|false|me))\)?'
)
_EMPTY = re.compile(r"([a-z_][a-z0-9_]*) is (not )?empty")


Called = Callable[[str], int | None]
"""The one member of a name."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A list's address: every part of it may be missing."""

    view: str = ""
    filters: tuple[str, ...] = ()
    sort: str = ""
    q: str = ""
    cursor: str = ""

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Asked:
        """From a werkzeug MultiDict."""
        filters: list[str] = given.getlist("filter")  # type: ignore[attr-defined]
        return cls(
            given.get("view", ""), tuple(each.strip() for each in filters if each.strip()),
            given.get("sort", ""), given.get("q", "").strip(), given.get("cursor", ""),
        )  # fmt: skip

    def address(self, **changes: Any) -> str:
        """The query of the list with these changes; without the cursor unless it is named."""
        new = replace(self, **{"cursor": "", **changes})
        pairs = [
            ("view", new.view),
            *(("filter", each) for each in new.filters),
            ("sort", new.sort),
            ("q", new.q),
            ("cursor", new.cursor),
        ]
        return "?" + urlencode([(key, value) for key, value in pairs if value])

    def without(self, number: int) -> str:
        return self.address(filters=tuple(each for place, each in enumerate(self.filters) if place != number))

    def query(self, *, limit: int = 50, count: Literal["none", "capped"] = "capped", also: str = "") -> ListQuery:
        rules = [f"({each})" for each in (*self.filters, also) if each]
        return ListQuery(
            filter=" and ".join(rules) or None,
            sort=tuple(each for each in self.sort.split(",") if each),
            limit=limit,
            cursor=self.cursor or None,
            count=count,
            q=self.q or None,
            view=self.view or None,
        )


def field_type(form: Form, field_id: str) -> str:
    """The type of a field or system field, as lists show it."""
    field = form.field(field_id)
    return field.type if field else SYSTEM[field_id][0] if field_id in SYSTEM else ""


def field_label(form: Form, field_id: str, language: str) -> str:
    field = form.field(field_id)
    return show(field.label if field else SYSTEM[field_id][1] if field_id in SYSTEM else field_id, language, field_id)


def rule_of(
    app: App, form: Form, field_id: str, operator: str, value: str, people: Directory, called: Called
) -> str | None:
    """The rule of one filter; None when the value does not fit the field."""
    kind = field_type(form, field_id)
    value = value.strip()
    if operator in ("empty", "filled"):
        return f"{field_id} is {'' if operator == 'empty' else 'not '}empty"
    if not kind or not value or operator not in ("contains", *_SIGNS):
        return None
    field = form.field(field_id)
    if kind == "relation" and field is not None:
        return _about_relation(app, field, operator, value)
    literal = _literal(field, kind, value, people, called)
    if literal is None:
        return None
    if kind == "multiselect" or (operator == "contains" and literal.startswith('"')):
        return f"{field_id} contains {literal}"
    return f"{field_id} {_SIGNS.get(operator, '=')} {literal}"


def _about_relation(app: App, field: Field, operator: str, value: str) -> str | None:
    """A related record is named by its title, where that is one of its fields."""
    target = app.forms[field.settings.form]
    title = target.title or ""
    if target.field(title) is None:
        return None
    return f"{field.id}.{title} {'contains' if operator == 'contains' else _SIGNS.get(operator, '=')} {quoted(value)}"


def _literal(field: Field | None, kind: str, value: str, people: Directory, called: Called) -> str | None:
    if kind in ("number", "money", "rating", "percent"):
        return _number(value, percent=kind == "percent")
    if kind in ("date", "datetime"):
        found = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", value)
        return "DATE({}, {}, {})".format(*(int(each) for each in found.groups())) if found else None
    if kind == "boolean":
        return "true" if value.lower() in ("true", "yes", "是", "1") else "false"
    if kind == "member":
        if value.lower() in ("me", "我"):
            return "me"
        id = people.find(value) or called(value)
        profile = people.profile(id) if id is not None else None
        return f"member({quoted(profile.email)})" if profile else None
    if kind in ("select", "multiselect") and field is not None:
        return quoted(field.settings.by_word.get(value, value))
    return quoted(value)


def _number(value: str, *, percent: bool) -> str | None:
    text = value.replace(",", "").rstrip("%％")
    if not re.fullmatch(r"-?\d+(\.\d+)?", text):
        return None
    return f"{text} / 100" if percent else text


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def chips(form: Form, asked: Asked, language: str) -> Iterator[tuple[str, str]]:
    """Each filter in words, with the address of the list without it."""
    for number, rule in enumerate(asked.filters):
        yield in_words(form, rule, language), asked.without(number)


def in_words(form: Form, rule: str, language: str) -> str:
    """A filter as people say it; any other rule as it is written."""
    empty = _EMPTY.fullmatch(rule)
    if empty:
        return f"{field_label(form, empty[1], language)} {show(OPERATORS['filled' if empty[2] else 'empty'], language)}"
    found = _POINTED.fullmatch(rule.removesuffix(" / 100"))
    if not found:
        return rule
    field = form.field(found[1])
    word = show(OPERATORS[_WORDS.get(found[2], "contains")], language)
    value = (
        found[3]
        if found[3] is not None
        else "-".join(f"{int(each):02}" for each in found.group(4, 5, 6))
        if found[4]
        else found[7]
    )
    if field is not None and field.type in ("select", "multiselect"):
        value = option_label(field.settings, value, language)
    if rule.endswith(" / 100"):
        value += "%"
    if value == "me":
        value = show(both("我", "me"), language)
    return f"{field_label(form, found[1], language)} {word} {value}"


def view_of(form: Form, asked: Asked) -> View | None:
    return next((view for view in form.views if view.id == asked.view), None)
