"""Compares what a scenario expects of a record with what is there, and says the differences clearly."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from formwright.accounts.model import SYSTEM, Actor
from formwright.errors import FormwrightError
from formwright.flow.standing import OpenTask, standing
from formwright.records.access import record_for
from formwright.records.lookups import RecordReferences
from formwright.records.model import Record, Rights
from formwright.records.show import dump_record
from formwright.schema.field_types.base import field_types
from formwright.schema.model import SYSTEM_FIELDS, App, Field
from formwright.texts import Text, both, show

_NOTHING = object()


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as expected; `what` names it."""

    what: Text
    expected: Any
    found: Any

    def say(self, language: str) -> str:
        labels = ("应为", "实际") if language == "zh" else ("expected", "found")
        what = show(self.what, language)
        return f"{what}\n    {labels[0]:<8} {_plain(self.expected)}\n    {labels[1]:<8} {_plain(self.found)}"


def compare(
    session: Session, app: App, place: tuple[str, int] | None, expected: Mapping[str, Any], *, now: datetime
) -> list[Difference]:
    """The differences between an `expect` and the record at `place` (None: there is no such record)."""
    there = place is not None and _exists(session, app, place, now)
    wanted = expected.get("exists", True)
    if place is None or not there or not wanted:
        return [] if there == wanted else [Difference(both("记录是否存在", "whether the record exists"), wanted, there)]
    record, _ = record_for(session, app, *place, actor=SYSTEM, now=now)
    found = _Found(session, app, record, now)
    differences = found.flow(expected)
    if "title" in expected and expected["title"] != record.title:
        differences.append(Difference(both("标题", "title"), expected["title"], record.title))
    if "owner" in expected:
        differences += found.values({"owner": expected["owner"]})
    return differences + found.values(expected.get("values") or {})


def compare_view(
    session: Session,
    app: App,
    record: Record,
    rights: Rights,
    expected: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
) -> list[Difference]:
    """The differences between `values` and what `actor` sees; fields under `hidden` must not be there for them."""
    found = _Found(session, app, record, now)
    shown = dump_record(session, app, record, rights, actor=actor, now=now, language="en")["values"]
    differences = found.values(expected.get("values") or {}, shown)
    return differences + [
        Difference(both(f"字段“{field}”", f'field "{field}"'), both("看不到", "not visible"), shown[field])
        for field in expected.get("hidden") or ()
        if field in shown
    ]


def _exists(session: Session, app: App, place: tuple[str, int], now: datetime) -> bool:
    try:
        record_for(session, app, *place, actor=SYSTEM, now=now)
    except FormwrightError:
        return False
    return True


class _Found:
    """What is there: one record and its standing."""

    def __init__(self, session: Session, app: App, record: Record, now: datetime) -> None:
        self.session, self.app, self.record, self.now = session, app, record, now
        self.form = app.forms[record.form]
        self.references = RecordReferences(session, app, SYSTEM, now)

    # ---- the flow

    def flow(self, expected: Mapping[str, Any]) -> list[Difference]:
        stands = standing(self.session, self.app.id, self.record.form, self.record.id, flow=expected.get("flow"))
        status = "draft" if self.record.draft else (str(stands.status) if stands else None)
        found: dict[str, tuple[Text, Any]] = {
            "status": (both("状态", "status"), status),
            "at": (both("所在节点", "at"), sorted(stands.at) if stands else []),
            "history": (both("经过", "history"), list(stands.history) if stands else []),
        }
        differences = []
        for key, (what, value) in found.items():
            if key in expected:
                wanted = sorted(map(str, expected[key] or ())) if key == "at" else expected[key]
                if wanted != value:
                    differences.append(Difference(what, wanted, value))
        if "tasks" in expected:
            tasks = [_task(each) for each in (stands.tasks if stands else ())]
            differences += _matched(both("待办", "open tasks"), expected["tasks"], tasks)
        if "cc" in expected:
            copies = [{"node": node, "member": member} for node, member in (stands.cc if stands else ())]
            differences += _matched(both("抄送", "cc"), expected["cc"], copies)
        return differences

    # ---- values

    def values(self, expected: Mapping[str, Any], shown: Mapping[str, Any] | None = None) -> list[Difference]:
        """`shown` are the values as JSON that a reader gets; without it, the record's own count."""
        differences = []
        for name, wanted in expected.items():
            what = both(f"字段“{name}”", f'field "{name}"')
            if name in SYSTEM_FIELDS and self.form.field(name) is None:
                found = self._system(name, wanted)
                if found is not _NOTHING:
                    differences.append(Difference(what, wanted, found))
                continue
            field = self.form.field(name)
            if field is None:
                differences.append(Difference(what, wanted, both("没有这个字段", "no such field")))
            elif shown is not None and name not in shown:
                if wanted is not None:
                    differences.append(Difference(what, wanted, both("看不到", "not visible")))
            else:
                value = self.record.values.get(name)
                whole = field_types[field.type].dump(value, field)
                seen = whole if shown is None else shown[name]
                # What is masked for the reader is no longer the value, only the text they see.
                if wanted != seen and not (seen == whole and self._same(field, wanted, value)):
                    differences.append(Difference(what, wanted, seen))
        return differences

    def _system(self, name: str, wanted: Any) -> Any:
        """What a system field holds where that is not what was wanted."""
        found = self.record.system()[name]
        if name in ("owner", "created_by", "updated_by") and isinstance(wanted, str):
            wanted = self.references.member(wanted)
        if name == "flow_node":
            return _NOTHING if sorted(wanted or ()) == sorted(found) else list(found)
        if name in ("created_at", "updated_at") and isinstance(wanted, str):
            wanted = datetime.fromisoformat(wanted)
        return _NOTHING if wanted == found or str(wanted) == str(found) else found

    def _same(self, field: Field, wanted: Any, found: Any) -> bool:
        """Whether a value is the one that was written; of rows, the columns that were written."""
        if field.type == "rows" and isinstance(wanted, list):
            rows = found or ()
            return len(rows) == len(wanted) and all(
                self._same_row(field, one, other) for one, other in zip(wanted, rows, strict=True)
            )
        try:
            parsed = field_types[field.type].parse(wanted, field, self.references)
        except FormwrightError:
            return False
        return bool(parsed == found) or (parsed in (None, "", ()) and found in (None, "", ()))

    def _same_row(self, field: Field, wanted: Any, found: Mapping[str, Any]) -> bool:
        columns = {column.id: column for column in field.fields}
        return isinstance(wanted, Mapping) and all(
            name in columns and self._same(columns[name], each, found.get(name)) for name, each in wanted.items()
        )


def _task(task: OpenTask) -> dict[str, Any]:
    return {"node": task.node, "member": task.member, "on_behalf_of": task.on_behalf_of}


def _matched(what: Text, wanted: Sequence[Any], found: Sequence[Mapping[str, Any]]) -> list[Difference]:
    """A difference unless each of `wanted` fits exactly one of `found` and none is left."""
    if len(wanted) == len(found) and _pair(list(wanted), list(found), ()):
        return []
    named = {key for each in wanted if isinstance(each, Mapping) for key in each} or {"node", "member"}
    shown = [{key: value for key, value in each.items() if key in named} for each in found]
    return [Difference(what, list(wanted), shown)]


def _pair(wanted: list[Any], found: list[Mapping[str, Any]], used: Collection[int]) -> bool:
    if not wanted:
        return True
    first = wanted[0] if isinstance(wanted[0], Mapping) else {"": wanted[0]}
    return any(
        all(each.get(key) == value for key, value in first.items()) and _pair(wanted[1:], found, (*used, i))
        for i, each in enumerate(found)
        if i not in used
    )


def _plain(value: Any) -> str:
    """A value as an author would write it in YAML."""
    if isinstance(value, Mapping):
        if set(value) == {"zh", "en"}:
            return f"({value['en']})"
        return "{" + ", ".join(f"{key}: {_plain(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_plain(each) for each in value) + "]"
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)
