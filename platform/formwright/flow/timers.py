"""What happens when a timer fires: the system takes a step, or finds that there is none to take any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from formwright.accounts.directory import directory
from formwright.accounts.model import SYSTEM
from formwright.errors import FormwrightError
from formwright.flow import engine
from formwright.flow.acts import add_task, hand_on, refuse_holders, replace_seat
from formwright.flow.deadlines import TIMER, due_at, entered_at, next_time, plan_of, set_again
from formwright.flow.hand import Hand, locked_transition
from formwright.flow.instances import Task, tasks_of
from formwright.flow.model import Act, Node, Status, TaskStatus
from formwright.flow.show import readers_by_title
from formwright.flow.transition import Transition
from formwright.jobs.handlers import handler
from formwright.notify.operations import inbox
from formwright.records import operations as records
from formwright.records.model import ALL_RIGHTS
from formwright.records.working import fitted
from formwright.records.writing import to_the_millisecond
from formwright.schema.field_types.base import field_types
from formwright.texts import both, show
from formwright_rules import DeadlineAct


@handler(TIMER)
def fire(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
    """One act of a deadline. An activation that is over, or an instance that is suspended, lets it pass."""
    now = to_the_millisecond(now)
    step = _step(session, payload, now)
    if step is None:
        return
    savepoint = session.begin_nested()
    try:
        if _fire(step, payload) and step.entries:
            step.save()
    except FormwrightError as refused:
        savepoint.rollback()
        session.info.pop("per_transaction", None)
        _into_error(session, payload, refused, now)
    else:
        savepoint.commit()


def _step(session: Session, payload: Mapping[str, Any], now: datetime) -> Transition | None:
    step = locked_transition(session, payload["instance"], actor=SYSTEM, now=now)
    if step is None or step.before.status is not Status.RUNNING:
        return None
    number = payload["activation"]
    return step if any(each.active and each.activation == number for each in step.state.marking.tokens) else None


def _fire(step: Transition, payload: Mapping[str, Any]) -> bool:
    number = payload["activation"]
    token = next(each for each in step.state.marking.tokens if each.active and each.activation == number)
    node = step.version.compiled.nodes[token.node]
    began = entered_at(step.session, step.before.id, number)
    if began is None or not node.deadline:
        return False
    plan = plan_of(step, node, None, began)
    if payload["place"] >= len(plan.acts):
        return False
    act = plan.acts[payload["place"]]
    open_tasks = [each for each in tasks_of(step.session, step.before.id, number) if each.status is TaskStatus.OPEN]
    _do(step, node, act, open_tasks, began)
    _again(step, act, payload, due_at(step.session, step.before.id, number), plan.due)
    return True


def _again(
    step: Transition, act: DeadlineAct, payload: Mapping[str, Any], due: datetime | None, planned: datetime | None
) -> None:
    """A repeated act has a next time, one in the future: after a standstill it does not fire for every time that it missed."""
    count = payload["count"] + 1
    if act.every is None or (act.at_most is not None and count > act.at_most):
        return
    still = any(each.activation == payload["activation"] and each.active for each in step.state.marking.tokens)
    when: datetime | None = act.when + (due - planned) if act.when and due and planned else step.now
    while when is not None and when <= step.now:
        when = next_time(step, act, when)
    if still and when is not None:
        set_again(step.session, step.before.id, payload["activation"], payload["place"], count, when)


def _do(step: Transition, node: Node, act: DeadlineAct, open_tasks: list[Task], began: datetime) -> None:
    compiled = step.version.compiled
    match act.kind:
        case "remind":
            _remind(step, node, act, open_tasks, began)
        case "cc":
            members = sorted({each for task in open_tasks for each in _people(step, act, task, began)})
            step.copy_to(node.id, members)
            step.note("cc", node=node.id, to=members)
        case "escalate" | "escalate_adding":
            for task in open_tasks:
                _escalate(step, node, act, task, began)
        case "approve" | "reject":
            step.note("deadline", node=node.id)
            step.take(engine.concluded(compiled, step.state, node.id, f"auto_{act.kind}", step.world))
        case "timeout":
            step.note("deadline", node=node.id)
            step.take(engine.concluded(compiled, step.state, node.id, "timeout", step.world))
        case "return":
            step.note("deadline", node=node.id)
            step.take(engine.returned(compiled, step.state, node.id, act.node or "", step.world, outcome="auto_return"))
        case "set":
            _set(step, node, act)


def _people(step: Transition, act: DeadlineAct, task: Task | None, began: datetime) -> tuple[int, ...]:
    if act.people is None:
        return ()
    context = step.world.context(assignee=task.assignee if task else None, arrived_at=began)
    found = act.people(step.world.values, context)
    return step.world.people.active(found)


def _remind(step: Transition, node: Node, act: DeadlineAct, open_tasks: list[Task], began: datetime) -> None:
    told: list[int] = []
    for task in open_tasks:
        told += [each for each in _people(step, act, task, began) if each not in told]
    _tell(step, told, node, "请处理", "Please handle")
    step.note("remind", node=node.id, to=told)


def _tell(step: Transition, members: list[int], node: Node, zh: str, en: str) -> None:
    place = (step.before.app, step.before.form, step.before.record)
    link = f"/apps/{place[0]}/forms/{place[1]}/records/{place[2]}"
    for title, told in readers_by_title(step.session, place, members, now=step.now).items():
        text = both(
            f"{zh}：{title}（{show(node.name, 'zh', node.id)}）", f"{en}: {title} ({show(node.name, 'en', node.id)})"
        )
        inbox(step.session, told, text, link, now=step.now)


def _escalate(step: Transition, node: Node, act: DeadlineAct, task: Task, began: datetime) -> None:
    """The task goes to, or gets company from, the first one whom the rule finds; nobody there: administrators are told."""
    found = [each for each in _people(step, act, task, began) if each != task.assignee]
    hand = Hand(step, task, node, Act(action="escalate"))
    if not found:
        _tell(
            step,
            list(step.world.people.administrators()),
            node,
            "超时且无人可升级",
            "Overdue and nobody to escalate to",
        )
        step.note("escalate", node=node.id, task=task.id, to=[])
        return
    taken = {each.assignee for each in hand.colleagues if each.status in (TaskStatus.OPEN, TaskStatus.PENDING)}
    if act.kind == "escalate_adding":
        for member in found:
            if member not in taken:
                seat = replace(replace_seat(hand, member, "parallel"), order=task.position + 1)
                add_task(hand, seat, parent=task.id)
        step.note("escalate", node=node.id, task=task.id, to=found)
    elif found[0] not in taken:
        refuse_holders(hand, found[0])
        hand_on(hand, found[0], "transfer", "escalate")


def _set(step: Transition, node: Node, act: DeadlineAct) -> None:
    field = step.app.forms[step.before.form].field(act.field or "")
    if field is None or act.value is None:
        return
    context = step.world.context()
    value = fitted(act.value(step.world.values, context), field, context, f"/values/{field.id}")
    records.update(
        step.session,
        step.app,
        step.before.form,
        step.before.record,
        {field.id: field_types[field.type].dump(value, field)},
        actor=SYSTEM,
        now=step.now,
        rights=ALL_RIGHTS.fields,
        complete=False,
    )
    step.note("set", node=node.id)


def _into_error(session: Session, payload: Mapping[str, Any], refused: FormwrightError, now: datetime) -> None:
    """Nobody could be told no: the instance stands still with what went wrong in its log, and administrators are told."""
    step = _step(session, payload, now)
    if step is None:
        return
    at = refused.problems[0].at
    step.state = replace(step.state, status=Status.ERROR)
    step.note(
        "error", node=at if at in step.version.compiled.nodes else None, comment=refused.say("zh"), code=refused.code
    )
    token = next(each for each in step.state.marking.tokens if each.activation == payload["activation"])
    node = step.version.compiled.nodes[token.node]
    _tell(step, list(directory(session).administrators()), node, "流程出错", "A flow has stopped with an error")
    step.save()
