"""Types that point at something else: members, departments, records of other forms, files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from formwright.schema.field_types.base import (
    BadValue,
    ColumnSpec,
    FieldType,
    Lookup,
    Names,
    Types,
    field_types,
    is_empty,
)
from formwright.schema.field_types.choices import split_list
from formwright.schema.model import Field
from formwright.schema.reading import Reader, bad_text
from formwright.texts import Text, both
from formwright_rules import types as rule_types


@dataclass(frozen=True, slots=True)
class PeopleSettings:
    """`from_` is a people rule that narrows who may be chosen (`from` in the document)."""

    from_: str | None = None


def _reference(raw: Any, code: str, message: Mapping[str, str]) -> str:
    """A member, department, record or file as named in JSON: its text, its number, or an object with an `id`."""
    if isinstance(raw, Mapping) and "id" in raw:
        raw = raw["id"]
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        raise BadValue(code, message)
    text = str(raw).strip()
    if len(text) > 300 or bad_text(text):
        raise BadValue(code, message)
    return text


class MemberType(FieldType):
    """成员: one member, by e-mail or id."""

    name = "member"
    label: ClassVar[Text] = both("成员", "Member")

    def read_settings(self, reader: Reader) -> PeopleSettings:
        return PeopleSettings(reader.rule("from"))

    def column(self, field: Field) -> ColumnSpec:
        return ColumnSpec("key")

    def parse(self, raw: Any, field: Field, lookup: Lookup) -> int | None:
        if is_empty(raw):
            return None
        text = _reference(raw, "unknown_member", both("应为成员的邮箱或 id", "Expected a member's e-mail or id"))
        found = lookup.member(text)
        if found is None:
            raise BadValue("unknown_member", both(f"没有成员“{text}”", f'There is no member "{text}"'))
        return found

    def dump(self, value: int | None, field: Field) -> str | None:
        return None if value is None else str(value)

    def show(self, value: int | None, field: Field, language: str, names: Names) -> str:
        return "" if value is None else names.member(value)

    def rule_type(self, field: Field, types: Types) -> rule_types.Type:
        return rule_types.MEMBER


class DepartmentType(FieldType):
    """部门: one department, by id."""

    name = "department"
    label: ClassVar[Text] = both("部门", "Department")

    def read_settings(self, reader: Reader) -> PeopleSettings:
        return PeopleSettings(reader.rule("from"))

    def column(self, field: Field) -> ColumnSpec:
        return ColumnSpec("text")

    def parse(self, raw: Any, field: Field, lookup: Lookup) -> str | None:
        if is_empty(raw):
            return None
        text = _reference(raw, "unknown_department", both("应为部门 id", "Expected a department's id"))
        found = lookup.department(text)
        if found is None:
            raise BadValue("unknown_department", both(f"没有部门“{text}”", f'There is no department "{text}"'))
        return found

    def dump(self, value: str | None, field: Field) -> str | None:
        return value

    def show(self, value: str | None, field: Field, language: str, names: Names) -> str:
        return "" if value is None else names.department(value)

    def rule_type(self, field: Field, types: Types) -> rule_types.Type:
        return rule_types.DEPARTMENT


@dataclass(frozen=True, slots=True)
class RelationSettings:
    """`where` narrows the candidates (their fields bare, the current record as `record.`); `show` the fields shown in the
    chooser; `create` lets people add a record of the other form on the way.
    """

    form: str
    where: str | None = None
    show: tuple[str, ...] = ()
    create: bool = False


class RelationType(FieldType):
    """关联数据: one record of another form (or of the same)."""

    name = "relation"
    label: ClassVar[Text] = both("关联数据", "Related record")

    def read_settings(self, reader: Reader) -> RelationSettings:
        return RelationSettings(
            reader.string("form", required=True), reader.rule("where"), reader.strings("show"), reader.boolean("create")
        )

    def column(self, field: Field) -> ColumnSpec:
        return ColumnSpec("key")

    def parse(self, raw: Any, field: Field, lookup: Lookup) -> int | None:
        if is_empty(raw):
            return None
        reference: str | Mapping[str, Any]
        if isinstance(raw, Mapping) and set(raw) == {"$match"} and isinstance(raw["$match"], Mapping):
            reference = raw["$match"]
        else:
            message = both("应为记录的 id 或 {$match: {…}}", "Expected a record's id, or {$match: {…}}")
            reference = _reference(raw, "unknown_record", message)
        found = lookup.record(field.settings.form, reference)
        if found is None:
            raise BadValue("unknown_record", both("没有这条记录", "There is no such record"))
        return found

    def dump(self, value: int | None, field: Field) -> str | None:
        return None if value is None else str(value)

    def show(self, value: int | None, field: Field, language: str, names: Names) -> str:
        return "" if value is None else names.record(field.settings.form, value)

    def rule_type(self, field: Field, types: Types) -> rule_types.Type:
        return types.record(field.settings.form)


@dataclass(frozen=True, slots=True)
class FileSettings:
    """`count` files at most, each of `size` MiB at most; `types` are file name endings without the dot (empty: any)."""

    count: int = 20
    size: int = 50
    types: tuple[str, ...] = ()


class AttachmentType(FieldType):
    """附件: files, by the ids that uploading gave them."""

    name = "attachment"
    label: ClassVar[Text] = both("附件", "Files")

    def read_settings(self, reader: Reader) -> FileSettings:
        types = tuple(each.lower().lstrip(".") for each in reader.strings("types"))
        return FileSettings(
            reader.integer("count", 20, min=1, max=100), reader.integer("size", 50, min=1, max=1024), types
        )

    def column(self, field: Field) -> ColumnSpec:
        return ColumnSpec("json")

    def parse(self, raw: Any, field: Field, lookup: Lookup) -> tuple[str, ...]:
        if is_empty(raw):
            return ()
        message = both("应为文件 id", "Expected file ids")
        ids = dict.fromkeys(_reference(each, "unknown_file", message) for each in split_list(raw))
        count = field.settings.count
        if len(ids) > count:
            raise BadValue("too_many", both(f"最多 {count} 个文件", f"At most {count} files"))
        for each in ids:
            if lookup.file(each) is None:
                raise BadValue("unknown_file", both(f"没有文件“{each}”", f'There is no file "{each}"'))
        return tuple(ids)

    def dump(self, value: tuple[str, ...], field: Field) -> list[str]:
        return list(value or ())

    def show(self, value: tuple[str, ...], field: Field, language: str, names: Names) -> str:
        return ("、" if language == "zh" else ", ").join(names.file(each) for each in value or ())

    def rule_type(self, field: Field, types: Types) -> rule_types.Type:
        return rule_types.list_of(rule_types.TEXT)


for _type in (MemberType, DepartmentType, RelationType, AttachmentType):
    field_types.add(_type.name, _type())
