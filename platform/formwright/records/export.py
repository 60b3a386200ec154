"""Records out, as people read them: one line a record, rows fields as their number of rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from formwright.accounts.model import Actor
from formwright.records.lists import LONGEST_PAGE, ListQuery, list_records
from formwright.records.show import PageNames, Sight
from formwright.schema.model import App, Field
from formwright.texts import show

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export_rows(
    session: Session,
    app: App,
    form_id: str,
    *,
    actor: Actor,
    now: datetime,
    language: str,
    asked: ListQuery | None = None,
    fields: Sequence[str] | None = None,
) -> Iterator[list[str]]:
    """A heading and then one list of texts a record, of those that `asked` finds and `actor` may see.

    What a spreadsheet would take for a formula is written as text.
    """
    form = app.forms[form_id]
    wanted = [field for field in form.fields if fields is None or field.id in fields]
    yield [*(show(field.label, language, field.id) for field in wanted), *_SYSTEM[language]]
    query = asked or ListQuery()
    cursor: str | None = None
    while True:
        page = list_records(
            session,
            app,
            form_id,
            ListQuery(query.filter, query.sort, LONGEST_PAGE, cursor, "none", query.q, query.view),
            actor=actor,
            now=now,
        )
        names = PageNames(session, app, actor=actor, now=now, language=language)
        names.learn_from(form, page.records, page.rights)
        for record in page.records:
            sight = Sight(form.fields, wanted, page.rights[record.id])
            shown = sight.display(record, names)
            owner = names.person(record.owner if "owner" in sight.system else None)
            yield [
                *(_cell(field, shown.get(field.id)) for field in wanted),
                guarded(owner["name"] if owner else ""),
                record.created_at.astimezone(names.timezone).strftime("%Y-%m-%d %H:%M")
                if "created_at" in sight.system
                else "",
            ]
        if page.next_cursor is None:
            return
        cursor = page.next_cursor


_SYSTEM = {"zh": ("负责人", "创建时间"), "en": ("Owner", "Created at")}


def _cell(field: Field, value: object) -> str:
    if isinstance(value, list):
        return str(len(value)) if value else ""
    text = str(value or "")
    return text if field.type in ("number", "money", "percent", "date", "datetime") else guarded(text)


def guarded(text: str) -> str:
    """A text that no spreadsheet runs as a formula."""
    return "'" + text if text.startswith(_FORMULA) else text
