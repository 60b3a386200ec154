"""Rules as SQL conditions and expressions over the tables of a form, for lists, permissions and statistics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, FromClause
from sqlalchemy.orm import Session

from formwright.database import database_of
from formwright.records.sql_dialects import Value
from formwright.records.sql_fields import Columns
from formwright.records.sql_tests import Renderer
from formwright.schema.model import App
from formwright.storage.layout import FormLayout
from formwright_rules import Checked, Context
from formwright_rules.targets.sql import compile_sql
from formwright_rules.targets.sql_tree import Sql
from formwright_rules.tree import Expression

Rule = Checked | Expression | Sql


def condition(
    rule: Rule,
    layout: FormLayout,
    *,
    app: App,
    session: Session,
    context: Context,
    columns: Columns | None = None,
    table: FromClause | None = None,
    values: Mapping[str, Any] | None = None,
) -> ColumnElement[bool]:
    """Whether the rule holds for a record of `layout`, as a WHERE condition.

    `table` is an alias of the form's table where it has one; `values` are the names given beforehand (`record` in the
    `where` of a relation). Raises RuleError `not_in_sql` for what no database can answer.
    """
    renderer = Renderer(layout, app, session, context, columns, table, values or {})
    return renderer.truth(_compiled(rule, values, session))


def expression(
    rule: Rule,
    layout: FormLayout,
    *,
    app: App,
    session: Session,
    context: Context,
    columns: Columns | None = None,
    table: FromClause | None = None,
) -> Value:
    """The value of the rule for a record of `layout`: `.element` in SQL, and how it lies there (`.kind`, `.places`)."""
    renderer = Renderer(layout, app, session, context, columns, table, {})
    return renderer.plain(_compiled(rule, None, session))


def _compiled(rule: Rule, values: Mapping[str, Any] | None, session: Session) -> Sql:
    """The SQL tree; that of an app's own rule (a bare expression, kept with the app) is made once in a process."""
    known = frozenset(values or ())
    if isinstance(rule, Sql):
        return rule
    if isinstance(rule, Checked):
        tree = rule.require().tree
        if not isinstance(tree, Expression):
            raise TypeError("only an expression can be asked of the database")
        return compile_sql(tree, known=known)
    # The tree is kept beside what was made of it, so that its identity stays its own.
    key = ("records.sql", id(rule), known)
    return database_of(session).cached(key, lambda: (rule, compile_sql(rule, known=known)))[1]
