"""Lists and figures of records: what the reader asks, over what the reader may see, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, false, true
from sqlalchemy.orm import Session

from formwright.accounts.model import Actor
from formwright.errors import Invalid, Missing, Problem
from formwright.records import query
from formwright.records.access import records_for
from formwright.records.context import StepContext
from formwright.records.guarding import VisibleLoader, authors_rule, guarded_rule
from formwright.records.model import Count, Page
from formwright.records.sql import condition
from formwright.records.visibility import Visible, visible
from formwright.schema.model import App, View
from formwright.texts import both
from formwright_rules import BOOLEAN, Checked, RuleError

LONGEST_PAGE = 200
COUNT_CAP = 10_000


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a reader asks for. `sort` holds field ids, a leading `-` means descending; `view` adds a saved view's filter and sort.

    `count`: none, capped (at 10,000) or exact. `q` is looked for in the title and in text fields.
    """

    filter: str | None = None
    sort: tuple[str, ...] = ()
    limit: int = 50
    cursor: str | None = None
    count: Literal["none", "capped", "exact"] = "capped"
    q: str | None = None
    view: str | None = None


@dataclass(frozen=True, slots=True)
class AggregateQuery:
    """Groups and figures: `measures` by name, each a rule over many records (`SUM(amount)`, `COUNT()`)."""

    measures: Mapping[str, str]
    group_by: tuple[str, ...] = ()
    filter: str | None = None
    sort: tuple[str, ...] = ()
    limit: int = 1000


def list_records(session: Session, app: App, form_id: str, asked: ListQuery, *, actor: Actor, now: datetime) -> Page:
    """One page of the records that `actor` may see. Raises Invalid (`unknown_field`, a rule's own findings, `bad_cursor`)."""
    seen = visible(session, app, form_id, actor=actor, now=now)
    if not 1 <= asked.limit <= LONGEST_PAGE:
        message = both(f"limit 应在 1 到 {LONGEST_PAGE} 之间", f"limit is 1 to {LONGEST_PAGE}")
        raise Invalid("out_of_range", message, at="limit")
    view = _view(seen, asked.view)
    narrowed = _narrowed(seen, asked, view)
    sort = asked.sort or tuple(key for key in (view.sort if view else ()) if seen.can_use(key.removeprefix("-")))
    seen.refuse_unknown([key.removeprefix("-") for key in asked.sort], "sort")
    ids, next_cursor = query.page(
        session,
        app,
        seen.layout,
        and_(seen.where, *narrowed),
        sort=sort,
        limit=asked.limit,
        cursor=asked.cursor,
        columns=seen.sort_column,
    )
    found = records_for(session, app, form_id, ids, actor=actor, now=now)
    return Page(
        records=tuple(record for record, _ in found.values()),
        rights={id: rights for id, (_, rights) in found.items()},
        next_cursor=next_cursor,
        count=_count(session, seen, narrowed, asked.count),
    )


def count_records(
    session: Session, app: App, form_id: str, asked: ListQuery, *, actor: Actor, now: datetime
) -> Count | None:
    """How many records a list has, without reading any."""
    seen = visible(session, app, form_id, actor=actor, now=now)
    return _count(session, seen, _narrowed(seen, asked, _view(seen, asked.view)), asked.count)


def aggregate(
    session: Session, app: App, form_id: str, asked: AggregateQuery, *, actor: Actor, now: datetime
) -> list[dict[str, Any]]:
    """Rows of group values and figures over the records that `actor` may see, drafts never among them."""
    seen = visible(session, app, form_id, actor=actor, now=now)
    if not asked.group_by and not asked.measures:
        words = both("至少要有一个指标或分组", "At least one measure or group is needed")
        raise Invalid("required", words, at="measures")
    where = seen.submitted
    if asked.filter:
        where = and_(where, _condition(seen, guarded_rule(seen.reader, asked.filter, at="filter", expect=BOOLEAN)))
    groups = [guarded_rule(seen.reader, text, at=f"/group_by/{n}") for n, text in enumerate(asked.group_by)]
    measures = {name: guarded_rule(seen.reader, text, at=f"/measures/{name}") for name, text in asked.measures.items()}
    try:
        return query.aggregate(
            session,
            seen.layout,
            where,
            group_by=groups,
            measures=measures,
            sort=asked.sort,
            limit=asked.limit,
            columns=seen.column,
            app=app,
            context=readers_context(seen),
        )
    except RuleError as error:
        raise _not_in_sql(error, "measures") from error


def readers_context(seen: Visible) -> StepContext:
    """What the reader's own rules may ask: other records only as the reader sees them."""
    reader = seen.reader
    if reader.unbounded:
        return reader.context
    return replace(reader.context, loader=VisibleLoader(reader.session, reader.app, reader.actor, reader))


def _narrowed(seen: Visible, asked: ListQuery, view: View | None) -> list[ColumnElement[bool]]:
    """What the reader asks for of what they may see."""
    conditions: list[ColumnElement[bool]] = []
    if view is not None and view.filter is not None:
        rule = authors_rule(seen.reader, view.filter)
        conditions.append(false() if rule is None else _condition(seen, rule))
    if asked.filter:
        conditions.append(_condition(seen, guarded_rule(seen.reader, asked.filter, at="filter", expect=BOOLEAN)))
    if asked.q and asked.q.strip():
        conditions.append(seen.search(asked.q))
    return conditions


def _condition(seen: Visible, rule: Checked) -> ColumnElement[bool]:
    reader = seen.reader
    try:
        return condition(
            rule,
            seen.layout,
            app=reader.app,
            session=reader.session,
            context=readers_context(seen),
            columns=seen.column,
        )
    except RuleError as error:
        raise _not_in_sql(error, "filter") from error


def _not_in_sql(error: RuleError, at: str) -> Invalid:
    """What no database can answer is said, never worked out in Python over all records."""
    return Invalid(problems=[Problem(at, each.code, each.message) for each in error.findings])


def _view(seen: Visible, view_id: str | None) -> View | None:
    if view_id is None:
        return None
    found = next((view for view in seen.reader.form.views if view.id == view_id), None)
    if found is None:
        raise Missing(at=view_id[:40])
    return found


def _count(session: Session, seen: Visible, narrowed: Sequence[ColumnElement[bool]], how: str) -> Count | None:
    if how == "none":
        return None
    cap = COUNT_CAP if how == "capped" else None
    return Count(*query.count(session, seen.layout, and_(true(), *narrowed), cap, parts=seen.parts))
