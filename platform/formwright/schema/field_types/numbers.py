"""Types whose value is an exact decimal: number, money, percent, rating."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, ClassVar

from formwright.schema.field_types.base import BadValue, ColumnSpec, FieldType, Lookup, Names, Types, field_types
from formwright.schema.model import Field
from formwright.schema.reading import Reader
from formwright.texts import Text, both, show
from formwright_rules import types as rule_types

DIGITS = 18
"""Significant digits that a stored number may have, its decimal places included."""

JSON_DIGITS = 15
"""Up to this many digits a JSON number survives every reader; longer ones go out as strings."""

_NUMBER = re.compile(r"[+-]?([0-9]{1,3}(,[0-9]{3})+|[0-9]+)?(\.[0-9]*)?")


@dataclass(frozen=True, slots=True)
class NumberSettings:
    """`places` 0-8; `min` and `max` included; `unit` is shown behind the number; `currency` is an ISO code, of money only."""

    places: int
    min: Decimal | None = None
    max: Decimal | None = None
    unit: Text | None = None
    currency: str = ""


def decimal_from(raw: Any) -> Decimal | None:
    """The number in JSON or text (`1,234.50`, full-width digits); None when empty. Raises BadValue `bad_number`."""
    if raw is None:
        return None
    if isinstance(raw, Decimal) or (isinstance(raw, int) and not isinstance(raw, bool)):
        number = Decimal(raw)
    elif isinstance(raw, float):
        # A caller that parsed JSON into floats: the shortest text that gives the float is what was written.
        number = Decimal(repr(raw))
    elif isinstance(raw, str):
        text = unicodedata.normalize("NFKC", raw[:100]).strip()
        if not text and len(raw) <= 100:
            return None
        if len(raw) > 100 or not _NUMBER.fullmatch(text) or not any(each.isdigit() for each in text):
            raise BadValue("bad_number", both("应为数字", "Expected a number"))
        number = Decimal(text.replace(",", ""))
    else:
        raise BadValue("bad_number", both("应为数字", "Expected a number"))
    if not number.is_finite():
        raise BadValue("bad_number", both("应为数字", "Expected a number"))
    return number


def fitted(number: Decimal, places: int, minimum: Decimal | None, maximum: Decimal | None) -> Decimal:
    """The number with exactly `places` decimal places. Raises BadValue `too_many_places` or `out_of_range`."""
    # The magnitude first: quantizing or printing 1e999999 takes half a minute.
    if number and number.adjusted() >= DIGITS - places:
        raise BadValue("out_of_range", both("数字过大", "The number is too large"))
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -places:
        if number and (number.adjusted() < -places or number != round(number, places)):
            raise BadValue("too_many_places", both(f"最多 {places} 位小数", f"At most {places} decimal places"))
        if not number:
            number = Decimal(0)
    number = number.quantize(Decimal(1).scaleb(-places))
    if not number:
        number = abs(number)
    if (minimum is not None and number < minimum) or (maximum is not None and number > maximum):
        low = "" if minimum is None else format(minimum, "f")
        high = "" if maximum is None else format(maximum, "f")
        raise BadValue("out_of_range", both(f"应在 {low} 到 {high} 之间", f"Must be within {low}..{high}"))
    return number


def json_number(value: Decimal) -> int | float | str:
    """A JSON number while every reader gets it right, else its digits as a string."""
    if value == value.to_integral_value():
        whole = int(value)
        return whole if abs(whole) < 10**JSON_DIGITS else str(whole)
    plain = value.normalize()
    return float(plain) if len(plain.as_tuple().digits) <= JSON_DIGITS else format(plain, "f")


class NumberType(FieldType):
    """数字: an exact decimal with a fixed number of places, never a float."""

    name: ClassVar[str] = "number"
    label: ClassVar[Text] = both("数字", "Number")
    default_places: ClassVar[int] = 2

    def read_settings(self, reader: Reader) -> NumberSettings:
        minimum, maximum = reader.decimal("min"), reader.decimal("max")
        if minimum is not None and maximum is not None and minimum > maximum:
            reader.error("out_of_range", both("min 大于 max", "min is greater than max"), "min")
        places = reader.integer("places", self.default_places, min=0, max=8)
        return NumberSettings(places, minimum, maximum, reader.text("unit"))

    def column(self, field: Field) -> ColumnSpec:
        return ColumnSpec("decimal", field.settings.places)

    def parse(self, raw: Any, field: Field, lookup: Lookup) -> Decimal | None:
        number = decimal_from(raw)
        settings: NumberSettings = field.settings
        return None if number is None else fitted(number, settings.places, settings.min, settings.max)

    def dump(self, value: Decimal | None, field: Field) -> int | float | str | None:
        return None if value is None else json_number(value)

    def show(self, value: Decimal | None, field: Field, language: str, names: Names) -> str:
        if value is None:
            return ""
        unit = show(field.settings.unit, language)
        return f"{value:,f}" + (f" {unit}" if unit else "")

    def rule_type(self, field: Field, types: Types) -> rule_types.Type:
        return rule_types.NUMBER


class MoneyType(NumberType):
    """金额: an exact amount in the field's or the site's currency."""

    name = "money"
    label = both("金额", "Money")

    def read_settings(self, reader: Reader) -> NumberSettings:
        base = super().read_settings(reader)
        currency = reader.string("currency")
        if currency and not (len(currency) == 3 and currency.isascii() and currency.isupper()):
            reader.error(
                "bad_currency",
                both("货币用三个大写字母，如 CNY", "A currency is three capitals, such as CNY"),
                "currency",
            )
        return NumberSettings(base.places, base.min, base.max, base.unit, currency)

    def show(self, value: Decimal | None, field: Field, language: str, names: Names) -> str:
        if value is None:
            return ""
        symbol = currency_symbol(field.settings.currency or names.currency, language)
        sign = "-" if value < 0 else ""
        return f"{sign}{symbol}{abs(value):,f}"


class PercentType(NumberType):
    """百分比: a fraction everywhere (15 % is 0.15); only screens and csv say `15%`."""

    name = "percent"
    label = both("百分比", "Percent")
    default_places = 4

    def parse(self, raw: Any, field: Field, lookup: Lookup) -> Decimal | None:
        if isinstance(raw, str) and raw.strip().endswith(("%", "％")):
            number = decimal_from(raw.strip()[:-1])
            if number is None:
                raise BadValue("bad_number", both("应为百分比，如 15%", "Expected a percentage, such as 15%"))
            raw = number.scaleb(-2)
        return super().parse(raw, field, lookup)

    def show(self, value: Decimal | None, field: Field, language: str, names: Names) -> str:
        if value is None:
            return ""
        text = f"{value.scaleb(2):,f}"
        return (text.rstrip("0").rstrip(".") if "." in text else text) + "%"


@dataclass(frozen=True, slots=True)
class RatingSettings:
    """`max` is the number of stars."""

    max: int = 5


class RatingType(FieldType):
    """评分: stars from 1 to `max`."""

    name = "rating"
    label: ClassVar[Text] = both("评分", "Rating")

    def read_settings(self, reader: Reader) -> RatingSettings:
        return RatingSettings(reader.integer("max", 5, min=2, max=10))

    def column(self, field: Field) -> ColumnSpec:
        return ColumnSpec("decimal", 0)

    def parse(self, raw: Any, field: Field, lookup: Lookup) -> Decimal | None:
        number = decimal_from(raw)
        return None if number is None else fitted(number, 0, Decimal(0), Decimal(field.settings.max))

    def dump(self, value: Decimal | None, field: Field) -> int | None:
        return None if value is None else int(value)

    def show(self, value: Decimal | None, field: Field, language: str, names: Names) -> str:
        return "" if value is None else f"{value:f} / {field.settings.max}"

    def rule_type(self, field: Field, types: Types) -> rule_types.Type:
        return rule_types.NUMBER


@lru_cache(maxsize=512)
def currency_symbol(currency: str, language: str) -> str:
    """`¥` for CNY; the code and a blank where the language has no symbol."""
    from babel.numbers import get_currency_symbol

    if not currency:
        return ""
    symbol: str = get_currency_symbol(currency, locale="zh_CN" if language == "zh" else "en")
    return f"{symbol} " if symbol == currency else symbol


for _type in (NumberType, MoneyType, PercentType, RatingType):
    field_types.add(_type.name, _type())
