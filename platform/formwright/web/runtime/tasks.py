"""One task: what is asked, the record at its node, and the acts that it offers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import flash, redirect, request, url_for

from formwright.errors import Conflict, Invalid, NotAllowed, Problem
from formwright.flow.access import task_for
from formwright.flow.access import tasks as my_tasks
from formwright.flow.explain import explain
from formwright.flow.model import Act, TaskStatus
from formwright.flow.operations import act
from formwright.records.access import record_for
from formwright.records.permissions import capped
from formwright.records.preview import preview
from formwright.texts import both
from formwright.web.gate import Call, Policy, route
from formwright.web.language import t
from formwright.web.runtime import pages
from formwright.web.runtime.filling import Filling
from formwright.web.runtime.frame import place, render
from formwright.web.runtime.inputs import Posted, posted
from formwright.web.runtime.nodes import task_and_node
from formwright.web.runtime.standing import instant, standing
from formwright.web.runtime.talk import talk
from formwright.web.runtime.widgets import act_word

TASK = "/tasks/<task>"
TO_PEOPLE = ("transfer", "delegate", "add_signer", "remove_signer", "cc")
WRITING = frozenset({"approve", "submit", "confirm", "save"})
"""Acts that take what was typed into the record along; the others leave the record as it is."""


@route(pages, TASK, policy=Policy.MEMBER, writes=True)
def task_page(call: Call, task: str) -> str:
    """Opening a task is noted as its having been read."""
    return _page(call, task)


@route(pages, TASK, policy=Policy.MEMBER, methods=("POST",))
def act_on_task(call: Call, task: str) -> Any:
    found, _ = task_and_node(call, task)
    app, form = place(call, found.app, found.form)
    given = posted(app, form, request.form)
    what = _act(given)
    try:
        act(call.session, found.id, what, actor=call.actor, now=call.now)
    except Conflict as conflict:
        call.session.rollback()
        if conflict.code != "stale":
            return _closed(call, task, conflict), 409
        problem = Problem(
            "",
            "stale",
            both("记录刚刚被他人修改，请核对后再处理", "The record was changed meanwhile; look again, then act"),
        )
        return _page(call, task, given, [problem]), 409
    except (Invalid, NotAllowed) as error:
        call.session.rollback()
        return _page(call, task, given, error.problems), error.status
    flash(_done(what), f"saved:{request.path}")
    return redirect(_next(call, found.id, what.action))


@route(pages, TASK + "/why", policy=Policy.MEMBER)
def why(call: Call, task: str) -> str:
    """Why I got this task: the rule, what it read, whom it found."""
    found, _ = task_and_node(call, task)
    app, form = place(call, found.app, found.form)
    answer = explain(
        call.session,
        app,
        form.id,
        found.record,
        f"task:{found.id}",
        actor=call.actor,
        now=call.now,
        language=call.language,
    )
    template = "runtime/why_answer.html" if request.headers.get("HX-Request-Type") == "partial" else "runtime/why.html"
    return render(call, template, app=app, form=form, answer=answer, task=task)


def _act(given: Posted) -> Act:
    """The button says the act: `approve`, or `outcome:accepted` for an outcome of the node's own."""
    action, _, outcome = request.form.get("action", "").partition(":")
    to: Any = tuple(each for each in request.form.getlist("to") if each) or None
    comment = request.form.get("comment", "").strip()
    ticked = tuple(int(each) for each in request.form.getlist("checklist") if each.isdecimal())
    version = request.form.get("version", "")
    return Act(
        action="submit" if action == "outcome" else action,
        values=given.values if (action in WRITING or action == "outcome") and given.values else None,
        comment=comment,
        to=to if action in TO_PEOPLE else request.form.get("return_to") or None if action == "return" else None,
        when=request.form.get("when") or None if action == "add_signer" else None,
        resubmit=request.form.get("resubmit") or None if action == "return" else None,
        outcome=outcome or None,
        checklist=ticked,
        version=int(version) if version.isdecimal() and len(version) < 10 else None,
    )


def _done(what: Act) -> str:
    if what.action == "save":
        return t("已保存", "Saved")
    if what.outcome:
        return t("已提交", "Submitted")
    return t(f"已{act_word(what.action)}", f"Done: {act_word(what.action)}")


def _next(call: Call, task: int, action: str) -> str:
    """After an act the next task that waits for me; a saved task stays open before me."""
    if action in ("save", "comment", "cc", "claim", "add_signer", "remove_signer"):
        return url_for("runtime.task_page", task=task)
    waiting = my_tasks(call.session, actor=call.actor, now=call.now, limit=1)["items"]
    if waiting and request.form.get("then") == "next":
        return url_for("runtime.task_page", task=waiting[0]["id"])
    return url_for("runtime.home")


def _closed(call: Call, task: str, conflict: Conflict) -> str:
    found, _ = task_and_node(call, task)
    app, form = place(call, found.app, found.form)
    kept, _ = record_for(call.session, app, form.id, found.record, actor=call.actor, now=call.now)
    return render(
        call, "runtime/task_closed.html", app=app, form=form, record=kept, problems=conflict.problems,
        standing=standing(call, app, form, kept),
    )  # fmt: skip


def _page(call: Call, task: str, given: Posted | None = None, problems: Iterable[Problem] = ()) -> str:
    shape = task_for(call.session, task, actor=call.actor, now=call.now, language=call.language)
    found, node = task_and_node(call, task)
    app, form = place(call, found.app, found.form)
    kept, rights = record_for(call.session, app, form.id, found.record, actor=call.actor, now=call.now)
    is_open = found.status is TaskStatus.OPEN
    fields = node.fields if is_open else capped(rights.fields, "view")
    shown = preview(
        call.session, app, form.id, given.values if given else {}, actor=call.actor, now=call.now, language=call.language,
        record=kept.id, rights=fields,
    )  # fmt: skip
    may_edit = is_open and "save" in shape["actions"]
    filling = Filling(call, app, form, fields, may_edit=may_edit, record=str(kept.id), task=task)
    due = instant(shape["due_at"], call)
    return render(
        call,
        "runtime/task.html",
        app=app,
        form=form,
        task=shape,
        record=kept,
        due=due,
        late=is_open and due is not None and due < call.now,
        opened=instant(shape["opened_at"], call),
        filled=filling.made(shown, given, problems),
        rejected=given is not None,
        given=request.form,
        standing=standing(call, app, form, kept),
        talk=talk(call, app, form, kept, rights),
        comment_rule=str(node.actions.comment),
        compute=url_for("runtime.compute", app=app.id, form=form.id, record=kept.id, task=task),
    )
