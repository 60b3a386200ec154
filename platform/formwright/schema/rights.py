"""Reads who may do what: field rights, as grants and flow nodes write them, and the grants of a form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from formwright.registry import nearest
from formwright.schema.model import ACTIONS, RIGHTS, Field, FieldRights, Finding, Form, Grant, Right, RowRights
from formwright.schema.reading import Reader, pointer
from formwright.texts import both

_WHO = ("role", "department", "member", "everyone", "rule")


def read_field_rights(reader: Reader, key: str, rest: Right) -> FieldRights:
    """`fields: {amount: view, lines: {rights: edit, add: false, fields: {…}}, "*": hidden}`; `rest` where `*` is not written.

    Whether the fields exist is for `check_field_rights` to say, which knows the form.
    """
    by_field: dict[str, Right] = {}
    rows: dict[str, RowRights] = {}
    if not reader.has(key):
        return FieldRights(by_field, rest, rows)
    written = reader.raw(key)
    inner = Reader({} if written is None else written, reader.place(key), reader.findings)
    for field_id, value in inner.value.items():
        if isinstance(value, Mapping):
            row_reader = Reader(value, inner.place(field_id), inner.findings)
            by_field[field_id] = row_reader.choice("rights", RIGHTS, "edit")
            rows[field_id] = RowRights(
                row_reader.boolean("add", True),
                row_reader.boolean("edit", True),
                row_reader.boolean("delete", True),
                read_field_rights(row_reader, "fields", by_field[field_id]),
            )
            row_reader.finish()
            continue
        right = _read_right(value, inner.place(field_id), inner.findings)
        if right is not None and field_id == "*":
            rest = right
        elif right is not None:
            by_field[field_id] = right
    return FieldRights(by_field, rest, rows)


def _read_right(value: Any, at: str, findings: list[Finding]) -> Right | None:
    if value in RIGHTS:
        return cast(Right, value)
    near = nearest(str(value), RIGHTS)
    hint_zh, hint_en = (f"，是不是“{near}”？", f'. Did you mean "{near}"?') if near else ("", "")
    listed = ", ".join(RIGHTS)
    message = both(f"权限应为 {listed} 之一{hint_zh}", f"A right is one of {listed}{hint_en}")
    findings.append(Finding("error", "unknown_value", at, message))
    return None


def check_field_rights(rights: FieldRights, form: Form, at: str) -> list[Finding]:
    """Every field that the rights name exists; `at` points at the mapping."""
    findings: list[Finding] = []
    for field_id in rights.by_field:
        field = form.field(field_id)
        if field is None:
            findings.append(unknown_field(field_id, [each.id for each in form.fields], at + pointer(field_id), form))
        elif field_id in rights.rows:
            findings += _check_row_rights(rights.rows[field_id], field, form, at + pointer(field_id))
    return findings


def _check_row_rights(rights: RowRights, field: Field, form: Form, at: str) -> list[Finding]:
    if field.type != "rows":
        message = both(
            f"“{field.id}”不是子表单，这里只写一种权限", f'"{field.id}" is no rows field: write one right here'
        )
        return [Finding("error", "wrong_type", at, message)]
    columns = [column.id for column in field.fields]
    return [
        unknown_field(column, columns, at + pointer("fields", column), form)
        for column in rights.fields.by_field
        if column not in columns
    ]


def unknown_field(field_id: str, known: list[str], at: str, form: Form) -> Finding:
    """The finding for a field that the form does not have."""
    near = nearest(field_id, known)
    hint_zh, hint_en = (f"，是不是“{near}”？", f'. Did you mean "{near}"?') if near else ("", "")
    message = both(
        f"表单“{form.id}”没有字段“{field_id}”{hint_zh}", f'Form "{form.id}" has no field "{field_id}"{hint_en}'
    )
    return Finding("error", "unknown_field", at, message)


def read_grant(reader: Reader) -> Grant:
    """One grant: exactly one of role, department, member, everyone, rule; then records, actions, fields."""
    written = [who for who in _WHO if reader.has(who)]
    if len(written) != 1:
        message = both(
            "授权要写明给谁：role、department、member、everyone、rule 中恰好一个",
            "A grant says to whom: exactly one of role, department, member, everyone, rule",
        )
        reader.error("grant_who", message)
    who = written[0] if written else "rule"
    if who == "everyone":
        value = ""
        if reader.raw("everyone") is not True:
            reader.error("wrong_type", both("这里只能写 true", "Only true can stand here"), "everyone")
    else:
        value = (reader.rule("rule") if who == "rule" else reader.string(who)) or ""
    grant = Grant(
        cast(Any, who),
        value,
        reader.rule("records") or "true",
        frozenset(reader.strings("actions", ("view",), allowed=ACTIONS)),
        read_field_rights(reader, "fields", "hidden"),
    )
    reader.finish()
    return grant
