"""Field types whose settings are understood but which no form may use yet; using one is a finding, never a surprise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from formwright.schema.reading import Reader
from formwright.texts import Text, both


@dataclass(frozen=True, slots=True)
class LaterType:
    """How the type is called, and which settings it will have: `read` asks a field's reader for them."""

    label: Text
    read: Callable[[Reader], None]


def _richtext(reader: Reader) -> None:
    reader.integer("max", min=1)


def _people(reader: Reader) -> None:
    reader.rule("from")


def _relations(reader: Reader) -> None:
    reader.string("form", required=True)
    reader.rule("where")
    reader.strings("show")
    reader.boolean("create")


def _lookup(reader: Reader) -> None:
    reader.string("path", required=True)


def _rollup(reader: Reader) -> None:
    reader.string("of", required=True)
    reader.rule("value")
    reader.choice("function", ("sum", "count", "average", "min", "max"), "sum")
    reader.rule("where")
    reader.integer("places", min=0, max=8)


def _address(reader: Reader) -> None:
    reader.raw("level")


def _location(reader: Reader) -> None:
    reader.raw("within")


def _image(reader: Reader) -> None:
    reader.integer("count", min=1, max=100)
    reader.integer("size", min=1, max=1024)
    reader.strings("types")


def _signature(reader: Reader) -> None:
    """A signature has no settings."""


later_types: dict[str, LaterType] = {
    "richtext": LaterType(both("富文本", "Rich text"), _richtext),
    "members": LaterType(both("成员（多选）", "Members"), _people),
    "departments": LaterType(both("部门（多选）", "Departments"), _people),
    "relations": LaterType(both("关联数据（多选）", "Related records"), _relations),
    "lookup": LaterType(both("关联查询", "Lookup"), _lookup),
    "rollup": LaterType(both("汇总", "Rollup"), _rollup),
    "address": LaterType(both("地址", "Address"), _address),
    "location": LaterType(both("定位", "Location"), _location),
    "image": LaterType(both("图片", "Images"), _image),
    "signature": LaterType(both("手写签名", "Signature"), _signature),
}
