"""One record: filling, showing, saving, and what is said about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from formwright.accounts.directory import directory
from formwright.errors import Conflict, FormwrightError, Invalid, Missing, NotAllowed, Problem
from formwright.flow.operations import record_act
from formwright.records import operations
from formwright.records.access import record_for
from formwright.records.comments import comment
from formwright.records.model import Record, Rights
from formwright.records.parsing import may_write
from formwright.records.permissions import capped
from formwright.records.preview import preview
from formwright.records.reader import reader_for
from formwright.schema.model import App, FieldRights, Form
from formwright.texts import both
from formwright.web.gate import Call, Policy, route
from formwright.web.language import t
from formwright.web.runtime import pages
from formwright.web.runtime.filling import FilledForm, Filling
from formwright.web.runtime.frame import place, render
from formwright.web.runtime.inputs import Posted, posted
from formwright.web.runtime.merging import Merge, merge
from formwright.web.runtime.nodes import node_rights
from formwright.web.runtime.standing import has_flow, standing
from formwright.web.runtime.talk import talk
from formwright.web.runtime.widgets import widget

FORM = "/apps/<app>/forms/<form>"
RECORD = FORM + "/records/<record>"


# ── a new record ──────────────────────────────────────────────────────────────────────────────────


@route(pages, FORM + "/records/new", policy=Policy.MEMBER)
def new_record(call: Call, app: str, form: str) -> str:
    """An empty form; values in the address (`?account=123`) are filled in."""
    found, shape = place(call, app, form)
    rights = _creation(call, found, shape)
    values: dict[str, Any] = {
        each.id: [{}]
        for each in shape.fields
        if each.type == "rows"
        and each.settings.min
        and not each.settings.defaults
        and may_write(each, rights, (each.id,))
    }
    values |= {key: value for key, value in request.args.items() if shape.field(key) is not None}
    return _new_page(call, found, shape, _filled(call, found, shape, rights, values))


@route(pages, FORM + "/records/new", policy=Policy.MEMBER, methods=("POST",))
def create_record(call: Call, app: str, form: str) -> Any:
    found, shape = place(call, app, form)
    given = posted(found, shape, request.form)
    draft = request.form.get("action") == "draft"
    try:
        made = operations.create(
            call.session, found, shape.id, given.values, draft=draft, actor=call.actor, now=call.now
        )
    except (Invalid, NotAllowed) as error:
        call.session.rollback()
        filled = _filled(call, found, shape, _creation(call, found, shape), given.values, given, error.problems)
        return _new_page(call, found, shape, filled, rejected=True), error.status
    said = (
        t("草稿已保存", "Draft saved")
        if draft
        else t("已提交", "Submitted")
        if has_flow(found, shape)
        else t("已保存", "Saved")
    )
    flash(said, f"saved:{request.path}")
    try:
        record_for(call.session, found, shape.id, made.id, actor=call.actor, now=call.now)
    except Missing:  # whoever may create need not see what became of it
        return redirect(url_for("runtime.form_list", app=app, form=form))
    return redirect(url_for("runtime.record_page", app=app, form=form, record=made.id))


def _creation(call: Call, app: App, form: Form) -> FieldRights:
    rights = reader_for(call.session, app, form.id, actor=call.actor, now=call.now).creation()
    if rights is None:
        raise NotAllowed(message=both("没有新建的权限", "You may not create records here"))
    return rights


def _new_page(call: Call, app: App, form: Form, filled: FilledForm, *, rejected: bool = False) -> str:
    return render(
        call, "runtime/new_record.html", app=app, form=form, filled=filled, rejected=rejected,
        has_flow=has_flow(app, form),
        compute=url_for("runtime.compute", app=app.id, form=form.id),
    )  # fmt: skip


def _filled(
    call: Call,
    app: App,
    form: Form,
    rights: FieldRights,
    values: Mapping[str, Any],
    given: Posted | None = None,
    problems: Iterable[Problem] = (),
    *,
    record: str = "",
    may_edit: bool = True,
) -> FilledForm:
    shown = preview(
        call.session, app, form.id, values, actor=call.actor, now=call.now, language=call.language,
        record=record or None, rights=rights,
    )  # fmt: skip
    filling = Filling(call, app, form, rights, may_edit=may_edit, record=record)
    return filling.made(shown, given, problems)


# ── one record ────────────────────────────────────────────────────────────────────────────────────


@route(pages, RECORD, policy=Policy.MEMBER)
def record_page(call: Call, app: str, form: str, record: str) -> str:
    found, shape = place(call, app, form)
    kept, rights = record_for(call.session, found, shape.id, record, actor=call.actor, now=call.now)
    return _record_page(call, found, shape, kept, rights)


@route(pages, RECORD, policy=Policy.MEMBER, methods=("POST",))
def save_record(call: Call, app: str, form: str, record: str) -> Any:
    """Save, keep as a draft, or submit a draft; a save that came late is merged where the two do not touch the same fields."""
    found, shape = place(call, app, form)
    given = posted(found, shape, request.form)
    version = request.form.get("version", "")
    seen = int(version) if version.isdecimal() and len(version) < 10 else 0
    action = request.form.get("action", "save")
    try:
        if action == "submit":
            operations.submit_draft(call.session, found, shape.id, record, given.values, actor=call.actor, now=call.now)
            said = t("已提交", "Submitted")
        else:
            said = _save(call, found, shape, record, given, seen)
    except _Clash as clash:
        return _clashed(call, found, shape, record, given, clash.merge), 409
    except (Invalid, NotAllowed) as error:
        call.session.rollback()
        kept, rights = record_for(call.session, found, shape.id, record, actor=call.actor, now=call.now)
        return _record_page(call, found, shape, kept, rights, given, error.problems), error.status
    flash(said, f"saved:{request.path}")
    return redirect(url_for("runtime.record_page", app=app, form=form, record=record))


class _Clash(Exception):
    def __init__(self, merge: Merge) -> None:
        super().__init__()
        self.merge = merge


def _save(call: Call, app: App, form: Form, record: str, given: Posted, seen: int) -> str:
    current, rights = record_for(call.session, app, form.id, record, actor=call.actor, now=call.now, lock=True)
    values, said = given.values, t("已保存", "Saved")
    if seen and current.version != seen:
        merged = merge(call, app, form, values, seen, current, rights)
        if merged.clashes:
            raise _Clash(merged)
        values = dict(merged.mine)
        said = t("已保存，并与他人的修改合并", "Saved, together with what others changed meanwhile")
    operations.update(
        call.session, app, form.id, record, values, version=current.version, actor=call.actor, now=call.now
    )
    return said


def _clashed(call: Call, app: App, form: Form, record: str, given: Posted, merged: Merge) -> str:
    """My input over their record; beside each field that both changed stands theirs. Saving again takes what is in the form."""
    kept, rights = record_for(call.session, app, form.id, record, actor=call.actor, now=call.now)
    theirs = _filled(call, app, form, _writing(rights), {}, record=record, may_edit=False)
    clashing = [cell for group in theirs.groups for cell in group.cells if cell.field.id in merged.clashes]
    people = directory(call.session).show(merged.others)
    others = [people[each].name for each in merged.others if each in people]
    mine = Posted(dict(merged.mine), {}, {key: each for key, each in given.indexes.items() if key in merged.mine})
    return _record_page(call, app, form, kept, rights, mine, clashing=clashing, others=others)


def _writing(rights: Rights) -> FieldRights:
    return rights.fields if "edit" in rights.actions else capped(rights.fields, "view")


def _record_page(
    call: Call,
    app: App,
    form: Form,
    kept: Record,
    rights: Rights,
    given: Posted | None = None,
    problems: Iterable[Problem] = (),
    *,
    clashing: Iterable[Any] = (),
    others: Iterable[str] = (),
) -> str:
    fields = _writing(rights)
    may_edit = "edit" in rights.actions
    values = given.values if given else {}
    reader = reader_for(call.session, app, form.id, actor=call.actor, now=call.now)
    filled = _filled(call, app, form, fields, values, given, problems, record=str(kept.id), may_edit=may_edit)
    return render(
        call,
        "runtime/record.html",
        app=app,
        form=form,
        record=kept,
        title=reader.shown_title(kept, rights.fields),
        filled=filled,
        rights=rights,
        rejected=given is not None,
        clashing=list(clashing),
        others=list(others),
        standing=standing(call, app, form, kept),
        talk=talk(call, app, form, kept, rights),
        has_flow=has_flow(app, form),
        compute=url_for("runtime.compute", app=app.id, form=form.id, record=kept.id),
    )


@route(pages, RECORD + "/delete", policy=Policy.MEMBER, methods=("POST",))
def delete_record(call: Call, app: str, form: str, record: str) -> Response:
    found, shape = place(call, app, form)
    operations.delete(call.session, found, shape.id, record, actor=call.actor, now=call.now)
    flash(t("已移入回收站", "Moved to the recycle bin"))
    return redirect(url_for("runtime.form_list", app=app, form=form))


@route(pages, RECORD + "/comments", policy=Policy.MEMBER, methods=("POST",))
def say(call: Call, app: str, form: str, record: str) -> Response:
    found, shape = place(call, app, form)
    comment(call.session, found, shape.id, record, request.form.get("text", ""), actor=call.actor, now=call.now)
    flash(t("评论已发布", "Comment added"))
    task = request.form.get("task", "")
    if task.isdecimal():
        return redirect(url_for("runtime.task_page", task=task))
    return redirect(url_for("runtime.record_page", app=app, form=form, record=record))


@route(pages, RECORD + "/flow", policy=Policy.MEMBER, methods=("POST",))
def act_on_flow(call: Call, app: str, form: str, record: str) -> Response:
    """What initiators and administrators do with a running flow: withdraw, urge, submit again …"""
    found, shape = place(call, app, form)
    action = request.form.get("action", "")
    try:
        record_act(
            call.session, found, shape.id, record, action, reason=request.form.get("reason", ""),
            actor=call.actor, now=call.now,
        )  # fmt: skip
    except (Invalid, Conflict, NotAllowed) as error:
        call.session.rollback()
        flash(error.say(call.language), "bad")
    else:
        flash(t("已完成", "Done"))
    return redirect(url_for("runtime.record_page", app=app, form=form, record=record))


# ── the form while it is filled ───────────────────────────────────────────────────────────────────


@route(pages, FORM + "/compute", policy=Policy.MEMBER, methods=("POST",), writes=False)
def compute(call: Call, app: str, form: str) -> dict[str, Any]:
    """What the touched inputs make of the form: each input's value, text and state, by the rules that a save runs."""
    found, shape = place(call, app, form)
    record, task = request.args.get("record", ""), request.args.get("task", "")
    touched = request.form.get("touched")
    data: MultiDict[str, str] = request.form
    given = posted(found, shape, data, only=touched.split() if touched is not None else None)
    if task:
        rights = node_rights(call, task)
    elif record:
        rights = _writing(record_for(call.session, found, shape.id, record, actor=call.actor, now=call.now)[1])
    else:
        rights = _creation(call, found, shape)
    try:
        shown = preview(
            call.session, found, shape.id, given.values, actor=call.actor, now=call.now, language=call.language,
            record=record or None, rights=rights,
        )  # fmt: skip
    except FormwrightError as error:
        return {"cells": {}, "problem": error.say(call.language)}
    filling = Filling(call, found, shape, rights, may_edit=True, record=record, task=task)
    cells = {cell.name: _answer(cell) for cell in filling.cells(shown, given)}
    return {"cells": cells}


def _answer(cell: Any) -> dict[str, Any]:
    answer = {"visible": cell.state.visible, "editable": cell.state.editable, "required": cell.state.required}
    if cell.type != "rows":
        answer |= {"value": cell.value if isinstance(cell.value, list) else cell.input, "text": cell.text}
        if not cell.writable:
            answer["html"] = str(widget(cell.type).value(cell))
    return answer
