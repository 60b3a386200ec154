"""Reads the `forms` section of an app: fields, checks, layout, views, grants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from formwright.schema.field_types import field_types
from formwright.schema.field_types.later import later_types
from formwright.schema.model import App, Check, Field, Form, View
from formwright.schema.reading import RESERVED, Reader
from formwright.schema.rights import read_grant
from formwright.texts import Text, both

MOST_FIELDS = 300
"""Fields of one form, the columns of its rows included."""

VIEW_TYPES = ("table", "kanban", "calendar", "gantt", "gallery")
NOT_IN_ROWS = ("rows", "serial", "rollup", "lookup", "signature")


def read_forms(reader: Reader, app: App) -> Mapping[str, Form]:
    """Every form by id."""
    return {name: read_form(inner, name) for name, inner in reader.entries()}


def read_form(reader: Reader, name: str) -> Form:
    """One form; `name` is its file's name, which the id repeats."""
    form_id = reader.id("id", default=name, reserved=())
    if form_id != name:
        message = both(f"文件名“{name}”与 id“{form_id}”不同", f'The file is named "{name}" but the id is "{form_id}"')
        reader.error("id_mismatch", message, "id")
    title = reader.text("name", name, required=True) or name
    fields = tuple(read_field(inner, within_rows=False) for inner in reader.objects("fields"))
    form = Form(
        id=name,
        name=title,
        fields=_without_doubles(fields, reader),
        title=reader.rule("title"),
        checks=read_checks(reader, "checks"),
        layout=tuple(reader.raw("layout") or ())
        if isinstance(reader.raw("layout"), list | None)
        else _bad_layout(reader),
        views=tuple(_read_view(inner) for inner in reader.objects("views")),
        grants=tuple(read_grant(inner) for inner in reader.objects("grants")),
        public=_read_public(reader),
    )
    if sum(1 for _ in form.every_field()) > MOST_FIELDS:
        reader.error("too_many_fields", both(f"最多 {MOST_FIELDS} 个字段", f"At most {MOST_FIELDS} fields"), "fields")
    reader.finish()
    return form


def _bad_layout(reader: Reader) -> tuple[Any, ...]:
    reader.error("wrong_type", both("布局应为列表", "A layout is a list"), "layout")
    return ()


def _without_doubles(fields: tuple[Field, ...], reader: Reader, key: str = "fields") -> tuple[Field, ...]:
    seen: set[str] = set()
    kept: list[Field] = []
    for i, field in enumerate(fields):
        if field.id in seen:
            message = both(f"字段“{field.id}”重复", f'Field "{field.id}" is there twice')
            Reader({}, reader.place(key, i), reader.findings).error("duplicate_id", message, "id")
        elif field.id:
            kept.append(field)
        seen.add(field.id)
    return tuple(kept)


def read_field(reader: Reader, *, within_rows: bool) -> Field:
    """One field, or one column of rows. A field of an unknown or not yet usable type is kept as text, with a finding."""
    field_id = reader.id("id", reserved=RESERVED)
    written = reader.string("type", required=True)
    columns: tuple[Field, ...] = ()
    if within_rows and written in NOT_IN_ROWS:
        reader.error(
            "not_in_rows", both(f"子表单里不能有 {written}", f"Rows cannot hold a field of type {written}"), "type"
        )
    if written == "rows":
        columns = tuple(read_field(inner, within_rows=True) for inner in reader.objects("fields"))
        columns = _without_doubles(columns, reader)
        if not columns:
            reader.error("no_columns", both("子表单至少要有一个字段", "Rows need at least one field"), "fields")
    type_name, settings = _read_type(reader, written)
    field = Field(
        id=field_id,
        type=type_name,
        label=reader.text("label", field_id) or field_id,
        settings=settings,
        help=reader.text("help"),
        required=reader.rule("required"),
        unique=reader.boolean("unique"),
        default=reader.rule("default"),
        compute=reader.rule("compute"),
        fill=reader.rule("fill"),
        visible=reader.rule("visible"),
        editable=reader.rule("editable"),
        checks=read_checks(reader, "checks", field_id),
        mask=reader.string("mask") or None,
        width=reader.integer("width", min=1, max=24),
        when_hidden=reader.choice("when_hidden", ("keep", "clear"), "keep"),
        fields=columns,
    )
    if field.compute is not None and (field.default is not None or field.fill is not None):
        message = both("计算字段不能再有 default 或 fill", "A computed field has neither default nor fill")
        reader.error("computed_and_filled", message, "compute")
    reader.finish()
    return field


def _read_type(reader: Reader, written: str) -> tuple[str, Any]:
    field_type = field_types.get(written)
    if field_type is not None:
        return written, field_type.read_settings(reader)
    later = later_types.get(written)
    if later is not None:
        message = both(f"字段类型“{written}”暂不支持", f'Fields of type "{written}" are not supported yet')
        reader.error("unsupported_field_type", message, "type")
        later.read(reader)
    elif written:
        reader.choice("type", (*field_types, *later_types))
        for key in reader.value:
            reader.has(key)  # settings of a type that nobody knows are not worth a second finding
    reader_of_text = Reader({}, reader.at, reader.findings)
    return "text", field_types["text"].read_settings(reader_of_text)


def read_checks(reader: Reader, key: str, at: str = "") -> tuple[Check, ...]:
    """`checks`: each a rule that must hold, its message, and the field beside which it is shown (`at` when not said)."""
    checks = []
    for inner in reader.objects(key):
        rule = inner.rule("rule", required=True)
        message = inner.text("message", both("不符合要求", "This does not hold")) or ""
        checks.append(Check(rule or "true", message, inner.string("at", at)))
        inner.finish()
    return tuple(checks)


def _read_view(reader: Reader) -> View:
    view_id = reader.id("id", reserved=())
    color = reader.raw("color")
    view = View(
        id=view_id,
        type=reader.choice("type", VIEW_TYPES, "table"),
        name=reader.text("name", view_id) or view_id,
        filter=reader.rule("filter"),
        sort=reader.strings("sort"),
        columns=reader.strings("columns"),
        group_by=reader.rule("group_by"),
        color=color if isinstance(color, str) else None,
        settings={key: reader.raw(key) for key in _VIEW_SETTINGS if reader.has(key)},
    )
    reader.finish()
    return view


_VIEW_SETTINGS = ("start", "end", "title", "image", "progress")
"""Field ids by which a calendar, a gantt chart or a gallery lays records out."""


def _read_public(reader: Reader) -> Mapping[str, Any]:
    inner = reader.object("public")
    if inner is None:
        return {}
    inner.boolean("enabled")
    inner.string("link")
    inner.string("password")
    inner.raw("period")
    inner.raw("limits")
    inner.raw("fields")
    inner.finish()
    return dict(inner.value)


LayoutVisit = Callable[[str, str], None]


def walk_layout(layout: tuple[Any, ...] | list[Any], at: str, field: LayoutVisit, problem: LayoutVisit) -> None:
    """Visit a form's layout: `field(id, pointer)` for every field named, `problem(what, pointer)` for what is no layout."""
    for i, item in enumerate(layout):
        here = f"{at}/{i}"
        if isinstance(item, str):
            field(item, here)
        elif isinstance(item, list | tuple):
            for j, each in enumerate(item):
                if isinstance(each, str):
                    field(each, f"{here}/{j}")
                else:
                    problem("field", f"{here}/{j}")
        elif isinstance(item, Mapping) and "section" in item and set(item) <= {"section", "rows", "collapsed"}:
            walk_layout(_rows(item), f"{here}/rows", field, problem)
        elif isinstance(item, Mapping) and set(item) == {"tabs"} and isinstance(item["tabs"], list | tuple):
            for j, tab in enumerate(item["tabs"]):
                if isinstance(tab, Mapping) and len(set(tab) & _TAB_NAMES) == 1 and set(tab) <= {*_TAB_NAMES, "rows"}:
                    walk_layout(_rows(tab), f"{here}/tabs/{j}/rows", field, problem)
                else:
                    problem("tab", f"{here}/tabs/{j}")
        elif not (isinstance(item, Mapping) and set(item) == {"note"}):
            problem("item", here)


_TAB_NAMES = frozenset(("tab", "name", "label"))


def _rows(item: Mapping[str, Any]) -> list[Any]:
    rows = item.get("rows")
    return rows if isinstance(rows, list) else []


def layout_text(item: Mapping[str, Any]) -> Text:
    """The heading of a section or tab, or the text of a note."""
    return next((item[key] for key in ("section", "tab", "name", "label", "note") if key in item), "")
