"""Where a record stands in its flow: the drawing with "you are here", who has it, and the log in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from formwright.errors import Missing
from formwright.flow.access import instance_view
from formwright.flow.drawing import draw
from formwright.flow.instances import instance_by_id
from formwright.flow.versions import Version, flows_of, version_of
from formwright.records.model import Record
from formwright.schema.field_types.dates import parse_instant
from formwright.schema.model import App, Form
from formwright.texts import Text, show
from formwright.web.gate import Call
from formwright.web.runtime.widgets import ACTS, OUTCOMES


@dataclass(frozen=True, slots=True)
class Standing:
    """`view` is the API's flow; `lines` the log with names; `current` its nodes with instants instead of texts."""

    name: Text
    status: str
    drawing: Markup
    view: dict[str, Any]
    current: list[dict[str, Any]]
    lines: list[dict[str, Any]]


def standing(call: Call, app: App, form: Form, record: Record) -> Standing | None:
    """None where the record has never been in a flow."""
    try:
        view = instance_view(
            call.session, app, form.id, record.id, actor=call.actor, now=call.now, language=call.language
        )
    except Missing:
        return None
    instance = instance_by_id(call.session, int(view["instance"]))
    if instance is None:
        return None
    version = version_of(call.session, app, instance.flow, instance.version)
    current = [_current(each, call) for each in view["current"]]
    at = {each["node"] for each in current}
    passed = {line["node"] for line in view["log"] if line["node"]} - at
    late = {each["node"] for each in current if any(task["late"] for task in each["tasks"])}
    svg = draw(
        app, version.flow, language=call.language, marking=instance.state.marking, passed=passed, late=late,
        name=f"record-{record.id}",
    )  # fmt: skip
    return Standing(
        name=version.flow.name,
        status=view["status"],
        drawing=Markup(svg),  # noqa: S704 - made by the server, every text in it escaped
        view=view,
        current=current,
        lines=[_line(each, version, call) for each in view["log"]],
    )


def has_flow(app: App, form: Form) -> bool:
    """Whether submitting a record of the form sets a flow to work."""
    return any(flow.form == form.id for flow in flows_of(app).values())


def instant(text: str | None, call: Call) -> Any:
    return None if text is None else parse_instant(text, call.now.tzinfo)  # type: ignore[arg-type]  # `now` is aware


def _current(each: dict[str, Any], call: Call) -> dict[str, Any]:
    tasks = []
    for task in each["tasks"]:
        due = instant(task["due_at"], call)
        tasks.append({**task, "due": due, "late": due is not None and due < call.now})
    return {**each, "at": instant(each["since"], call), "tasks": tasks}


def _line(each: dict[str, Any], version: Version, call: Call) -> dict[str, Any]:
    node = version.compiled.nodes.get(each["node"] or "")
    outcome = each["outcome"]
    own = next((item.label for item in node.outcomes if item.id == outcome), None) if node and outcome else None
    said = own or OUTCOMES.get(outcome or "") or ACTS.get(each["act"]) or each["act"].replace("_", " ")
    return {
        **each,
        "instant": instant(each["at"], call),
        "node_name": show(node.name, call.language, node.id) if node else "",
        "said": show(said, call.language),
        "who": None if each["actor"] in (None, "system") else each["actor"]["name"],
        "to_names": [person["name"] for person in each["to"] if person],
    }
