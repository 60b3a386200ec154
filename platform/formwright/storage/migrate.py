"""From one publication of an app to the next: which tables, columns and indexes change, and how values move along."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Column, Table, func, insert, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from formwright.errors import Conflict, Invalid
from formwright.schema.model import App, Field, Form
from formwright.storage import ddl, names
from formwright.storage.access import keep_fresh, layout_for
from formwright.storage.ids import new_id
from formwright.storage.indexes import Index, indexes
from formwright.storage.layout import FormLayout, form_layout, needed_names, storage_kind
from formwright.storage.retype import Retype, convert
from formwright.storage.tables import schema_change
from formwright.texts import Text, both, show

MOST_FIELDS = 300
MOST_COLUMNS = 1200
"""Of one form, ever: PostgreSQL counts dropped columns for ever and takes 1,600."""
MOST_RETYPED = 20_000

StepKind = Literal[
    "create_form", "create_rows", "add_column", "show_column", "retype_column", "hide_column", "hide_form",
    "add_index", "drop_index", "remove_app",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One change: `at` points into the document, `words` say it to the admin, `sql` is what runs (empty: names only)."""

    kind: StepKind
    at: str
    words: Text
    sql: tuple[str, ...] = ()
    show: tuple[names.Name, ...] = ()
    hide: tuple[names.Name, ...] = ()
    index: Index | None = None
    retype: Retype | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """All steps in their order; every one is instant and runs in the caller's transaction."""

    app: App | None
    app_id: str
    from_publication: int
    steps: tuple[Step, ...]
    new_names: tuple[names.Name, ...] = ()
    layouts: tuple[FormLayout, ...] = field(default=())


def plan(session: Session, old: App | None, new: App | None) -> Plan:
    """What it takes to store `new` where `old` (None: nothing) is stored; reads only. `new` None takes the app away.

    Raises Invalid `too_many_fields`, `too_many_columns`, `too_many_records_to_retype`.
    """
    if new is None:
        if old is None:
            raise ValueError("nothing to plan")
        words = both("应用的数据移入回收站", "The app's data goes to the recycle bin")
        return Plan(None, old.id, old.publication, (Step("remove_app", "", words),))
    known: dict[str, list[names.Name]] = {}
    for name in names.names_of(session, new.id):
        known.setdefault(name.form, []).append(name)
    steps: list[Step] = []
    made: list[names.Name] = []
    layouts = []
    for form in new.forms.values():
        planner = _FormPlanner(session, old.forms.get(form.id) if old else None, form, known.get(form.id, []), new.id)
        steps += planner.steps()
        made += planner.made
        layouts.append(planner.layout)
    for form_id, form_names in known.items():
        shown = tuple(name for name in form_names if not name.hidden)
        if form_id not in new.forms and shown:
            words = both(f"表单 {form_id} 移入回收站", f"Form {form_id} goes to the recycle bin")
            steps.append(Step("hide_form", f"/forms/{form_id}", words, hide=shown))
    return Plan(new, new.id, old.publication if old else 0, tuple(steps), tuple(made), tuple(layouts))


class _FormPlanner:
    """Plans one form, given what of it is in the database already."""

    def __init__(self, session: Session, old: Form | None, form: Form, known: list[names.Name], app_id: str) -> None:
        self.session, self.old, self.form = session, old, form
        self.dialect = session.connection().dialect
        self.known = {(name.path, name.kind): name for name in known}
        self.made = [names.new_name(form.id, *each) for each in needed_names(form) if each not in self.known]
        self._refuse_too_many(len(known))
        physical = {each: name.physical for each, name in self.known.items()}
        physical |= {(name.path, name.kind): name.physical for name in self.made}
        self.layout = form_layout(app_id, form, physical)
        self.indexes = indexes(self.layout, self.dialect.name)

    def _refuse_too_many(self, known: int) -> None:
        at = f"/forms/{self.form.id}/fields"
        if sum(1 for _ in self.form.every_field()) > MOST_FIELDS:
            words = both(f"一个表单最多 {MOST_FIELDS} 个字段", f"A form has at most {MOST_FIELDS} fields")
            raise Invalid("too_many_fields", words, at=at)
        if known + len(self.made) > MOST_COLUMNS:
            words = both(
                "这个表单增删的字段太多，请复制为新表单",
                "Too many fields were ever added to this form; copy it to a new one",
            )
            raise Invalid("too_many_columns", words, at=at)

    def steps(self) -> Iterator[Step]:
        new_tables = {name.path for name in self.made if name.kind in ("table", "rows")}
        for path, table in self.layout.tables():
            if path in new_tables:
                yield self._create(path, table)
        yield from self._columns(new_tables)
        yield from self._hidden()
        yield from self._indexes({table.name for path, table in self.layout.tables() if path in new_tables})

    def _create(self, path: str, table: Table) -> Step:
        kind: StepKind = "create_rows" if path else "create_form"
        zh, en = self._labels(path)
        return Step(kind, self._at(path), both(f"新建{zh}", f"Create {en}"), (ddl.create_table(table, self.dialect),))

    def _columns(self, new_tables: set[str]) -> Iterator[Step]:
        made = {(name.path, name.kind) for name in self.made}
        for parts, each in self.form.every_field():
            path, kind = "/".join(parts), storage_kind(each)
            table_path = parts[0] if len(parts) > 1 else ""
            if kind is None or table_path in new_tables or (kind == "rows" and path in new_tables):
                continue
            name = self.known.get((path, kind))
            zh, en = self._labels(path)
            if kind == "rows":
                if name is not None and name.hidden:
                    yield Step("show_column", self._at(path), both(f"恢复{zh}", f"Restore {en}"), show=(name,))
                continue
            table = self.layout.rows[table_path].table if table_path else self.layout.table
            column = self.layout.column(parts)
            sql = (ddl.add_column(table, column, self.dialect),) if (path, kind) in made else ()
            if name is not None and not name.hidden:
                continue
            shown = (name,) if name is not None else ()
            retype = self._retype(parts, each, column, name.hidden_at if name else None)
            if retype is not None:
                words = both(f"更改{zh}的类型", f"Change the type of {en}")
                yield Step("retype_column", self._at(path), words, sql, show=shown, retype=retype)
            elif name is not None:
                yield Step("show_column", self._at(path), both(f"恢复{zh}", f"Restore {en}"), show=shown)
            else:
                yield Step("add_column", self._at(path), both(f"新增{zh}", f"Add {en}"), sql)

    def _retype(
        self, parts: tuple[str, ...], new: Field, column: Column[Any], hidden_at: datetime | None
    ) -> Retype | None:
        old = dict(self.old.every_field()).get(parts) if self.old else None
        kind = storage_kind(old) if old else None
        source = self.known.get(("/".join(parts), kind or ""))
        if old is None or source is None or kind == "rows" or source.hidden:
            return None
        count = self.session.execute(select(func.count()).select_from(column.table)).scalar_one()
        if count > MOST_RETYPED:
            words = both(
                f"该字段有 {count} 条数据，最多 {MOST_RETYPED} 条时才能更改类型；请新增一个字段",
                f"The field holds {count} records and can only be retyped up to {MOST_RETYPED}; add a new field instead",
            )
            raise Invalid("too_many_records_to_retype", words, at=self._at("/".join(parts)))
        return Retype(self.layout.table, old, source.physical, new, column, hidden_at)

    def _hidden(self) -> Iterator[Step]:
        needed = set(needed_names(self.form))
        replaced = {path for path, _ in needed}
        for each, name in self.known.items():
            if each in needed or name.hidden:
                continue
            zh, en = self._labels(name.path)
            words = both(f"{zh}移入回收站", f"{en} goes to the recycle bin")
            if name.path in replaced:
                words = both(f"保留{zh}原来的数据", f"Keep what {en} held before")
            yield Step("hide_column", self._at(name.path), words, hide=(name,))

    def _indexes(self, new_tables: set[str]) -> Iterator[Step]:
        tables = [table.name for _, table in self.layout.tables() if table.name not in new_tables]
        existing = ddl.existing_indexes(self.session.connection(), tables)
        wanted = {index.name: index for index in self.indexes}
        for found in existing.values():
            for name in found:
                if name not in wanted:
                    words = both("删除不再需要的索引", "Drop an index that is no longer needed")
                    yield Step("drop_index", self._at(""), words, (f"DROP INDEX {name}",))
        there = {name for found in existing.values() for name in found}
        for name, index in wanted.items():
            if name not in there:
                words = both("为视图和排序建立索引", "Add an index for views and sorting")
                if index.unique:
                    zh, en = self._labels(index.path)
                    words = both(f"{zh}不允许重复", f"{en} must be unique")
                yield Step("add_index", self._at(index.path), words, (index.sql,), index=index)

    def _labels(self, path: str) -> tuple[str, str]:
        if not path:
            name = self.form.name
            return f"表单「{show(name, 'zh', self.form.id)}」", f"form “{show(name, 'en', self.form.id)}”"
        fields = dict(self.old.every_field()) if self.old else {}
        fields |= dict(self.form.every_field())
        each = fields.get(tuple(path.split("/")))
        label: Text = each.label if each is not None else path
        return f"字段「{show(label, 'zh', path)}」", f"field “{show(label, 'en', path)}”"

    def _at(self, path: str) -> str:
        at, fields = f"/forms/{self.form.id}", self.form.fields
        for part in path.split("/") if path else ():
            position = next((i for i, each in enumerate(fields) if each.id == part), None)
            if position is None:
                return f"{at}/fields"
            at, fields = f"{at}/fields/{position}", fields[position].fields
        return at


def apply(session: Session, plan: Plan, *, now: datetime) -> Mapping[str, int]:
    """Carry the plan out in the caller's transaction; all of it or, with the transaction, nothing.

    Returns how many values of each retyped field (by `at`) could not be converted; they stay in the old column.
    Raises Invalid `not_unique` when a field that must become unique holds a value twice, Conflict `busy` when others
    keep a table locked.
    """
    if plan.app is None:
        names.remove(session, plan.app_id, now=now)
    names.add(session, plan.app_id, plan.new_names, now=now)
    lost: dict[str, int] = {}
    for step in plan.steps:
        if step.index is not None and step.index.unique:
            _refuse_duplicates(session, step)
        for statement in step.sql:
            _run(session, statement)
        if step.retype is not None:
            lost[step.at] = convert(session, step.retype)
        names.show(session, step.show)
        names.hide(session, step.hide, now=now)
    session.execute(
        insert(schema_change).values(
            id=new_id(now),
            app=plan.app_id,
            from_publication=plan.from_publication,
            to_publication=plan.app.publication if plan.app else 0,
            plan=[{"kind": s.kind, "at": s.at, "words": s.words, "lost": lost.get(s.at, 0)} for s in plan.steps],
            state="done",
            started_at=now,
            finished_at=now,
        )
    )
    for layout in plan.layouts:
        if plan.app is not None:
            keep_fresh(session, plan.app, layout)
    return lost


TRIES = 10


def _run(session: Session, statement: str) -> None:
    """On PostgreSQL a change that waits for a lock holds up everybody behind it, so it waits briefly and comes again."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(statement)
        return
    for attempt in range(TRIES):
        try:
            with connection.begin_nested():
                connection.exec_driver_sql("SET LOCAL lock_timeout = '300ms'")
                connection.exec_driver_sql(statement)
                connection.exec_driver_sql("SET LOCAL lock_timeout = DEFAULT")
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", "") != LOCK_NOT_AVAILABLE:
                raise
            time.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311 - no secret, only spread out
        else:
            return
    words = both("表单正被占用，请稍后再发布", "The form is in use just now; publish again in a moment")
    raise Conflict("busy", words)


LOCK_NOT_AVAILABLE = "55P03"


def _refuse_duplicates(session: Session, step: Step) -> None:
    index = step.index
    if index is None:
        return
    column = index.columns[0]
    found = session.connection().exec_driver_sql(
        f"SELECT {column} FROM {index.table} WHERE {column} IS NOT NULL AND {index.where}"  # noqa: S608 - own names
        f" GROUP BY {column} HAVING count(*) > 1 LIMIT 1"
    )
    if found.first() is not None:
        words = both("已有重复的值，先改好再设为不允许重复", "It holds a value twice; correct the records first")
        raise Invalid("not_unique", words, at=f"{step.at}/unique")


def check(session: Session, app: App) -> list[str]:
    """Where the database differs from what the published app needs, one sentence each; empty when all is well."""
    connection = session.connection()
    differences = []
    for form_id in app.forms:
        layout = layout_for(session, app, form_id)
        wanted = {index.name: index for index in indexes(layout, connection.dialect.name)}
        for path, table in layout.tables():
            place = f"{app.id}/{form_id}" + (f"/{path}" if path else "")
            existing = ddl.existing_columns(connection, table.name)
            if not existing:
                differences.append(f"{place}: table {table.name} is missing")
                continue
            for name, type in ddl.expected_columns(table, connection.dialect).items():
                if name not in existing:
                    differences.append(f"{place}: column {table.name}.{name} is missing")
                elif existing[name] != type:
                    differences.append(f"{place}: column {table.name}.{name} is {existing[name]}, not {type}")
            there = set(ddl.existing_indexes(connection, [table.name])[table.name])
            expected = {index.name for index in wanted.values() if index.table == table.name}
            differences += [f"{place}: index {name} is missing" for name in sorted(expected - there)]
            differences += [f"{place}: index {name} is not needed" for name in sorted(there - expected)]
    return differences
