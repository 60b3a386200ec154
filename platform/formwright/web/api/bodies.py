"""Bodies of requests: readable JSON with known keys, or a clear error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
from flask import request

from formwright.errors import Invalid, Malformed, Problem
from formwright.registry import nearest
from formwright.schema.reading import bad_text
from formwright.texts import both

_decoder = msgspec.json.Decoder(float_hook=Decimal)
DEEPEST = 100


@dataclass(frozen=True, slots=True)
class Body:
    """One JSON object. Reading a key of the wrong type is Invalid `wrong_type` at its pointer."""

    values: Mapping[str, Any]

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def get(self, key: str, kind: type | tuple[type, ...], default: Any = None) -> Any:
        """The value at `key`, of this kind; `default` when it is missing or null."""
        value = self.values.get(key)
        if value is None:
            return default
        if not isinstance(value, kind) or (isinstance(value, bool) and bool not in _kinds(kind)):
            raise Invalid("wrong_type", both(f"“{key}”的类型不对", f'"{key}" has the wrong type'), at=f"/{key}")
        return value

    def need(self, key: str, kind: type | tuple[type, ...]) -> Any:
        """As `get`; missing is Invalid `required`."""
        value = self.get(key, kind)
        if value is None:
            raise Invalid("required", both(f"缺少“{key}”", f'"{key}" is missing'), at=f"/{key}")
        return value


def _kinds(kind: type | tuple[type, ...]) -> tuple[type, ...]:
    return kind if isinstance(kind, tuple) else (kind,)


def body(*keys: str) -> Body:
    """The request's JSON object with no keys but these. Raises Malformed, or Invalid `unknown_key` for each other key."""
    data = request.get_data()
    value = _decoded(data) if data else {}
    if not isinstance(value, dict):
        raise Malformed("malformed", both("请求体应为 JSON 对象", "The body must be a JSON object"))
    unknown = [key for key in value if key not in keys]
    if unknown:
        raise Invalid(problems=[_unknown(key, keys) for key in unknown])
    return Body(value)


def document() -> Mapping[str, Any]:
    """The request's JSON object, whatever its keys: a whole document that its own reader examines."""
    value = _decoded(request.get_data())
    if not isinstance(value, dict):
        raise Malformed("malformed", both("请求体应为 JSON 对象", "The body must be a JSON object"))
    return value


def _decoded(data: bytes) -> Any:
    _refuse_depth(data)
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, ArithmeticError, ValueError, RecursionError):
        raise Malformed("malformed", both("请求体不是有效的 JSON", "The body is not readable JSON")) from None


def _refuse_depth(data: bytes) -> None:
    depth = deepest = 0
    in_text = escaped = False
    if data.count(b"[") + data.count(b"{") <= DEEPEST:
        return
    for byte in data:
        if in_text:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                in_text = False
        elif byte == 0x22:
            in_text = True
        elif byte in (0x5B, 0x7B):
            depth += 1
            deepest = max(deepest, depth)
        elif byte in (0x5D, 0x7D):
            depth -= 1
    if deepest > DEEPEST:
        raise Malformed("malformed", both("JSON 嵌套过深", "The JSON is nested too deeply"))


def _unknown(key: str, keys: tuple[str, ...]) -> Problem:
    near = nearest(key, list(keys))
    said = repr(key) if bad_text(key) else key
    zh, en = (f"，是不是“{near}”？", f'. Did you mean "{near}"?') if near else ("", "")
    return Problem(f"/{said}", "unknown_key", both(f"没有“{said}”这个键{zh}", f'There is no key "{said}"{en}'))


def arguments(*keys: str) -> Mapping[str, str]:
    """The query string, with no arguments but these. Raises Invalid `unknown_key`."""
    unknown = [key for key in request.args if key not in keys]
    if unknown:
        raise Invalid(problems=[_unknown(key, keys) for key in unknown])
    bad = [key for key, value in request.args.items() if bad_text(value)]
    if bad:
        words = both("文本中有不允许的字符", "The text holds characters that are not allowed")
        raise Invalid(problems=[Problem(key, "bad_text", words) for key in bad])
    return request.args


def whole_number(text: str | None, name: str, *, default: int, most: int) -> int:
    """An argument that is a whole number from 1 to `most`."""
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= most and len(text) < 9):
        raise Invalid("out_of_range", both(f"“{name}”应为 1 到 {most}", f'"{name}" is between 1 and {most}'), at=name)
    return int(text)


def expected_version() -> int | None:
    """`If-Match`, with or without quotes."""
    text = request.headers.get("If-Match")
    if text is None:
        return None
    text = text.strip().removeprefix("W/").strip('"')
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        raise Malformed("malformed", both("If-Match 应为版本号", "If-Match takes a version number"))
    return int(text)
