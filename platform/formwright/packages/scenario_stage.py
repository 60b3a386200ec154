"""Plays the steps of one scenario on its own throw-away site, through the same operations that the API calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from formwright.accounts.directory import directory
from formwright.accounts.model import SYSTEM, Actor
from formwright.accounts.operations import import_org
from formwright.clock import Clock
from formwright.database import Database
from formwright.errors import FormwrightError, Invalid, NotAllowed
from formwright.flow.access import task_for
from formwright.flow.model import Act
from formwright.flow.operations import act as act_on_task
from formwright.flow.operations import record_act
from formwright.flow.standing import open_tasks_of, task_of
from formwright.jobs.model import State
from formwright.jobs.operations import jobs, next_due
from formwright.jobs.worker import Worker
from formwright.packages.folder import Package, files_of, read_files
from formwright.packages.operations import upgrade
from formwright.packages.scenario_expect import Difference, compare, compare_view
from formwright.records.access import record_for
from formwright.records.lookups import RecordReferences
from formwright.records.operations import create, submit_draft, update
from formwright.schema.access import app_for
from formwright.schema.model import App
from formwright.schema.scenario_script import Scenario, Step
from formwright.settings import Settings
from formwright.texts import Text, both, show

RECORD_ACTS = frozenset({"withdraw", "urge", "cancel", "suspend", "resume", "jump", "reassign", "reactivate"})
"""Acts on the instance rather than on a task."""

Place = tuple[str, int]
"""A record: its form and id."""


class StepFailed(Exception):
    """A step that did not go as its author wrote."""

    def __init__(self, step: Step, message: Text) -> None:
        self.step, self.message = step, message
        super().__init__(show(message, "en"))


class Stage:
    """One site at one time of its own clock, with the records that the scenario has named."""

    def __init__(self, database: Database, package: Package, scenario: Scenario) -> None:
        self.database = database
        self.package = package
        self.scenario = scenario
        self.now = scenario.now.astimezone(UTC)
        self.saved: dict[str, Place] = {}
        self._worker = Worker(database, Clock(Settings()))

    def play(self) -> None:
        """Everything in order; raises StepFailed at the first step that goes wrong."""
        for step in (*self.scenario.given, *self.scenario.steps):
            try:
                self._play(step)
            except FormwrightError as error:
                raise StepFailed(step, _unexpected(error)) from error
            self._let_due_happen(step, self.now)

    def _play(self, step: Step) -> None:
        act = _STEPS.get(step.kind)
        if act is None:
            raise StepFailed(step, both(f"“{step.kind}”还不能运行", f'"{step.kind}" cannot run yet'))
        if step.refused is None:
            act(self, step)
            return
        try:
            act(self, step)
        except FormwrightError as error:
            _compare_refusal(step, error)
        else:
            code = step.refused.code
            raise StepFailed(step, both(f"应被拒绝（{code}），却成功了", f"Expected {code}, but it succeeded"))

    # ---- time

    def _let_due_happen(self, step: Step, until: datetime) -> None:
        """What falls due up to `until` happens in order, each at its own time."""
        while True:
            with self.database.read() as session:
                due = next_due(session)
            if due is None or due > until:
                break
            self.now = max(self.now, due)
            if self._worker.run_due(self.now) == 0:
                break
        self.now = until
        with self.database.read() as session:
            troubled = [job for job in jobs(session, limit=50) if job.last_error and job.state is not State.DONE]
        if troubled:
            error = troubled[0].last_error
            raise StepFailed(step, both(f"后台任务出错：{error}", f"A background job failed: {error}"))

    def wait(self, step: Step) -> None:
        self._let_due_happen(step, self.now + step.subject)

    def wait_until(self, step: Step) -> None:
        until = step.subject.astimezone(UTC)
        if until < self.now:
            raise StepFailed(step, both("时间不能倒退", "Time does not run backwards"))
        self._let_due_happen(step, until)

    # ---- records

    def given(self, step: Step) -> None:
        """A record that is there from the start: no permission is asked and no flow of submissions starts."""
        with self._acting(step) as (session, app, actor):
            record = create(
                session,
                app,
                step.subject,
                step.keys["values"],
                actor=actor,
                now=self.now,
                draft=step.keys["draft"],
                submit=step.actor is not None,
            )
        self._save(step, (step.subject, record.id))

    def submit(self, step: Step) -> None:
        with self._acting(step) as (session, app, actor):
            if step.subject not in app.forms:
                raise StepFailed(step, both(f"没有表单“{step.subject}”", f'There is no form "{step.subject}"'))
            record = create(
                session,
                app,
                step.subject,
                step.keys.get("values") or {},
                actor=actor,
                now=self.now,
                draft=bool(step.keys.get("draft")),
            )
        self._save(step, (step.subject, record.id))

    def edit(self, step: Step) -> None:
        with self._acting(step) as (session, app, actor):
            form, record = self._place(session, app, step, step.subject)
            update(session, app, form, record, step.keys.get("values") or {}, actor=actor, now=self.now)

    def view(self, step: Step) -> None:
        with self._acting(step) as (session, app, actor):
            form, record = self._place(session, app, step, step.subject)
            found, rights = record_for(session, app, form, record, actor=actor, now=self.now)
            _refuse_differences(step, compare_view(session, app, found, rights, step.keys, actor=actor, now=self.now))

    def read(self, step: Step) -> None:
        with self._acting(step) as (session, app, actor):
            form, record = self._place(session, app, step, step.subject)
            found = task_of(session, app.id, form, record, _id(actor), node=step.keys.get("node"))
            if found is None:
                raise NotAllowed("not_assignee")
            task_for(session, found.id, actor=actor, now=self.now)

    # ---- acts

    def act(self, step: Step) -> None:
        keys = step.keys
        with self._acting(step) as (session, app, actor):
            form, record = self._place(session, app, step, keys.get("on"))
            if step.subject in RECORD_ACTS:
                self._act_on_record(session, app, form, record, step, actor)
                return
            picked = task_of(
                session, app.id, form, record, _id(actor), node=keys.get("node"), pending=step.subject == "recall"
            )
            if step.subject == "submit" and (picked is None or picked.status != "open"):
                if self._submitted(session, app, form, record, step, actor):
                    return
            if picked is None:
                raise NotAllowed("not_assignee")
            written = Act(
                action=step.subject,
                values=keys.get("values"),
                comment=str(keys.get("comment") or keys.get("reason") or ""),
                to=_to(keys.get("to")),
                when=keys.get("when"),
                resubmit=keys.get("resubmit"),
                outcome=keys.get("outcome"),
                checklist=tuple(keys.get("checklist") or ()),
                signature=keys.get("signature"),
            )
            act_on_task(session, picked.id, written, actor=actor, now=self.now)

    def _submitted(self, session: Session, app: App, form: str, record: int, step: Step, actor: Actor) -> bool:
        """Submits a draft, or anew what was withdrawn or rejected; False when an instance is at work."""
        found, _ = record_for(session, app, form, record, actor=SYSTEM, now=self.now)
        values = step.keys.get("values") or {}
        if found.draft:
            submit_draft(session, app, form, record, values, actor=actor, now=self.now)
        elif not found.in_flow:
            record_act(session, app, form, record, "submit", values=values, actor=actor, now=self.now)
        else:
            return False
        return True

    def _act_on_record(self, session: Session, app: App, form: str, record: int, step: Step, actor: Actor) -> None:
        keys = step.keys
        more: dict[str, Any] = {}
        if step.subject == "reassign":
            candidates = [
                each for each in open_tasks_of(session, app.id, form, record) if keys.get("node") in (None, each.node)
            ]
            if len(candidates) != 1:
                message = both("用 node 指明是哪一个任务", "Say with node which task is meant")
                raise StepFailed(step, message)
            more = {"task": candidates[0].id, "to": _to(keys.get("to"))}
        elif keys.get("node") is not None:
            more = {"node": keys["node"]}
        reason = str(keys.get("reason") or keys.get("comment") or "")
        record_act(session, app, form, record, step.subject, reason=reason, actor=actor, now=self.now, **more)

    # ---- the site

    def org(self, step: Step) -> None:
        with self.database.write() as session:
            import_org(session, step.subject, actor=SYSTEM, now=self.now)

    def upgrade(self, step: Step) -> None:
        """Puts the app in force with the files of an overlay laid over it."""
        with self._acting(step) as (session, app, actor):
            laid = overlaid(self.package, str(step.subject))
            upgrade(session, app.id, laid, actor=actor if step.actor else SYSTEM, now=self.now)

    def expect(self, step: Step) -> None:
        with self._acting(step) as (session, app, _):
            place = self._place_or_none(session, app, step, step.subject["record"])
            _refuse_differences(step, compare(session, app, place, step.subject, now=self.now))

    # ---- what steps need

    @contextmanager
    def _acting(self, step: Step) -> Iterator[tuple[Session, App, Actor]]:
        with self.database.write() as session:
            app = app_for(session, self.package.id)
            yield session, app, self._actor(session, step)

    def _actor(self, session: Session, step: Step) -> Actor:
        if step.actor is None:
            return SYSTEM
        people = directory(session)
        member = people.find(step.actor)
        if member is None:
            raise StepFailed(step, both(f"组织中没有 {step.actor}", f"The organisation has no {step.actor}"))
        return people.actor(member)

    def _save(self, step: Step, place: Place) -> None:
        if step.keys.get("save"):
            self.saved[str(step.keys["save"])] = place

    def _place(self, session: Session, app: App, step: Step, named: Any) -> Place:
        found = self._place_or_none(session, app, step, named)
        if found is None:
            raise StepFailed(step, both(f"没有这样的记录：{named}", f"There is no such record: {named}"))
        return found

    def _place_or_none(self, session: Session, app: App, step: Step, named: Any) -> Place | None:
        """The record that a step means: a saved name, or `{form, $match: {…}}`."""
        if isinstance(named, Mapping):
            form = str(named.get("form"))
            references = RecordReferences(session, app, SYSTEM, self.now)
            try:
                found = references.record(form, dict(named.get("$match") or {}))
            except FormwrightError as error:
                if error.code == "no_match":
                    return None
                raise
            return None if found is None else (form, found)
        if str(named) not in self.saved:
            known = ", ".join(self.saved) or "-"
            raise StepFailed(
                step, both(f"没有保存过“{named}”（有 {known}）", f'Nothing was saved as "{named}" (there is {known})')
            )
        return self.saved[str(named)]


_STEPS: Mapping[str, Callable[[Stage, Step], None]] = {
    "given": Stage.given,
    "submit": Stage.submit,
    "act": Stage.act,
    "expect": Stage.expect,
    "edit": Stage.edit,
    "view": Stage.view,
    "read": Stage.read,
    "wait": Stage.wait,
    "wait_until": Stage.wait_until,
    "org": Stage.org,
    "upgrade": Stage.upgrade,
}


def overlaid(package: Package, overlay: str) -> Package:
    """The package with the files of `tests/<overlay>/` laid over its own. Raises Invalid when there are none."""
    prefix = overlay.removeprefix("overlays/").strip("/") + "/"
    over = {path.removeprefix(prefix): content for path, content in package.overlays.items() if path.startswith(prefix)}
    if not over:
        raise Invalid("not_found", both(f"tests/{overlay} 中没有文件", f"There are no files in tests/{overlay}"))
    return read_files({**dict(files_of(package)), **over})


def _compare_refusal(step: Step, error: FormwrightError) -> None:
    wanted = step.refused
    if wanted is None:
        raise error
    if wanted.code != error.code:
        said = error.say("en")
        message = both(
            f"应被拒绝：{wanted.code}，实际是 {error.code}：{error.say('zh')}",
            f"Expected {wanted.code}, found {error.code}: {said}",
        )
        raise StepFailed(step, message)
    places = [problem.at for problem in error.problems]
    if wanted.at is not None and not any(_names(at, wanted.at) for at in places[:1]):
        found = places[0] if places else ""
        raise StepFailed(
            step, both(f"应在 {wanted.at} 处，实际在 {found}", f"Expected it at {wanted.at}, found it at {found}")
        )


def _names(at: str, wanted: str) -> bool:
    """Whether a pointer such as `/values/lines/0/price`, or a bare id, names the place that the author wrote."""
    plain = at.removeprefix("/values").strip("/")
    return wanted.strip("/") in (at.strip("/"), plain)


def _refuse_differences(step: Step, differences: Sequence[Difference]) -> None:
    if differences:
        raise StepFailed(
            step,
            both("\n".join(each.say("zh") for each in differences), "\n".join(each.say("en") for each in differences)),
        )


def _unexpected(error: FormwrightError) -> Text:
    return both(f"被拒绝（{error.code}）：{error.say('zh')}", f"Refused ({error.code}): {error.say('en')}")


def _to(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _id(actor: Actor) -> int:
    return -1 if actor.id is None else actor.id
