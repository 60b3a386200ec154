"""A record on its way into the database: what the caller gave, and what fills, defaults and computed fields make of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from formwright.errors import Invalid
from formwright.records.compute import Path, reached
from formwright.records.context import StepContext
from formwright.records.model import Record
from formwright.records.parsing import Given, same
from formwright.records.rules import FieldRules, FormRules, Rule, empty_of
from formwright.records.values import RecordValues
from formwright.schema.field_types.base import field_types
from formwright.schema.field_types.numbers import DIGITS
from formwright.schema.model import Field
from formwright.storage.ids import new_id
from formwright.texts import both
from formwright_rules.values import is_empty

_ROUNDS = 5
"""Clearing a hidden field may hide another; rules that still move after so many rounds are left as they are."""


class Working:
    """`values` and `system` are what will be written; rules read them live through `view`. `before` is None at creation."""

    def __init__(
        self,
        rules: FormRules,
        context: StepContext,
        system: Mapping[str, Any],
        before: Record | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> None:
        self.rules = rules
        self.form = rules.form
        self.context = context
        self.before = before
        start: Mapping[str, Any] = before.values if before else values or {}
        self.values: dict[str, Any] = dict(rules.empties)
        self.values.update((each, start[each]) for each in rules.empties if each in start)
        self.system = dict(system)
        self.view = RecordValues(self.form, self.values, self.system, context.loader)

    # ---- what the caller gave, and what follows from it

    def take(self, given: Given) -> None:
        """Lay the caller's values over the record, then fill, default and compute whatever follows from them."""
        self.values.update(given.values)
        self.system.update(given.system)
        self.view.announce()
        changed = {cell.path for cell in given.cells} | {(each,) for each in given.system}
        if self.before is None:
            self._defaults(given, filled=False)
            self._fills(given, changed, created=True)
            self._defaults(given, filled=True)
            self._compute(self.rules.computed)
        else:
            new_rows = self._new_rows()
            self._default_rows(new_rows)
            changed |= self._fills(given, changed, created=False, new_rows=new_rows)
            self.compute_after(changed)

    def compute_after(self, changed: Collection[Path]) -> None:
        """Recompute what a change of these paths reaches."""
        self._compute(reached(self.rules.computed, self.rules.computed_reads, changed))

    def clear_hidden(self) -> None:
        """Empty the fields that are hidden now and say `when_hidden: clear`, and compute what that reaches."""
        clearing = [
            (each, each.visible)
            for each in self.rules.fields.values()
            if each.visible is not None and each.field.when_hidden == "clear"
        ]
        for _ in range(_ROUNDS if clearing else 0):
            cleared = {each.path for each, visible in clearing if self._clear_where_hidden(each, visible)}
            if not cleared:
                return
            self.compute_after(cleared)

    def changed_fields(self) -> frozenset[str]:
        """The fields, `owner` and `department` whose values differ from what is stored."""
        if self.before is None:
            return frozenset(field_id for field_id, value in self.values.items() if not is_empty(value))
        before = self.before
        system = before.system()
        return frozenset(
            [field_id for field_id, value in self.values.items() if not same(value, before.values.get(field_id))]
            + [name for name in ("owner", "department") if self.system[name] != system[name]]
        )

    # ---- places

    def places(self, path: Path) -> Iterator[tuple[Mapping[str, Any], dict[str, Any], str, int | None]]:
        """Wherever the field of `path` is in this record: (what rules see there, the mapping that holds it, its pointer, row)."""
        if len(path) == 1:
            yield self.view, self.values, f"/values/{path[0]}", None
            return
        rows = self.form.field(path[0])
        if rows is not None:
            for number, row in enumerate(self.values[path[0]] or ()):
                yield self.view.row(rows, row), row, f"/values/{path[0]}/{number}/{path[1]}", number

    def value_of(self, rule: Rule, each: FieldRules, view: Mapping[str, Any], at: str) -> Any:
        """What a rule gives, as a value that the field can hold."""
        return fitted(rule(view, self.context), each.field, self.context, at)

    # ---- the steps

    def _defaults(self, given: Given, *, filled: bool) -> None:
        """Defaults of fields that have a fill too wait until the fill has had its turn."""
        for each in self.rules.with_default:
            rows = each.field.type == "rows"
            if rows and not filled and (each.path[0],) not in given.written and each.field.settings.defaults:
                self.values[each.path[0]] = self._default_row_values(each.field)
            if each.default is None or (each.fill is not None) != filled:
                continue
            for view, holder, at, _ in self.places(each.path):
                name = each.path[-1]
                if is_empty(holder.get(name)) and not self._was_written(given, each.path, holder):
                    holder[name] = self.value_of(each.default, each, view, at)

    def _default_rows(self, new_rows: Collection[int]) -> None:
        for each in self.rules.with_default:
            if each.default is not None and len(each.path) > 1:
                for view, row, at, _ in self.places(each.path):
                    if row["id"] in new_rows and each.path[-1] not in row:
                        row[each.path[-1]] = self.value_of(each.default, each, view, at)

    def _default_row_values(self, rows: Field) -> tuple[dict[str, Any], ...]:
        columns = {column.id: column for column in rows.fields}
        return tuple(
            {
                "id": new_id(self.context.now),
                **{key: fitted(value, columns[key], self.context, "") for key, value in row.items() if key in columns},
            }
            for row in rows.settings.defaults
        )

    def _fills(
        self, given: Given, changed: Collection[Path], *, created: bool, new_rows: Collection[int] = ()
    ) -> set[Path]:
        """Copy from related records where the relation changed or, at creation, the target is empty; returns what was filled."""
        moved = set(changed)
        filled: set[Path] = set()
        for each in self.rules.with_fill:
            if each.fill is None:
                continue
            for view, holder, at, row in self.places(each.path):
                name = each.path[-1]
                if created or (row is not None and holder["id"] in new_rows):
                    if not is_empty(holder.get(name)):
                        continue
                elif self._was_written(given, each.path, holder) or not self._moved(
                    each.fill, moved, given, each.path, holder
                ):
                    continue
                value = self.value_of(each.fill, each, view, at)
                if not same(value, holder.get(name)):
                    holder[name] = value
                    filled.add(each.path)
            moved |= filled
        return filled

    def _moved(self, fill: Rule, moved: Collection[Path], given: Given, path: Path, holder: Mapping[str, Any]) -> bool:
        """Whether what the fill reads has changed; for a column, in this row."""
        for read in fill.reads:
            if read not in moved:
                continue
            if len(read) == 1 or len(path) == 1:
                return True
            if read[1] in given.written_columns.get((read[0], holder["id"]), ()) and self._column_changed(read, holder):
                return True
        return False

    def _column_changed(self, path: Path, row: Mapping[str, Any]) -> bool:
        before = self.before.values.get(path[0]) or () if self.before else ()
        old = next((each for each in before if each["id"] == row["id"]), None)
        return old is None or not same(old.get(path[1]), row.get(path[1]))

    def _was_written(self, given: Given, path: Path, holder: Mapping[str, Any]) -> bool:
        if len(path) == 1:
            return path in given.written
        return path[1] in given.written_columns.get((path[0], holder["id"]), ())

    def _new_rows(self) -> frozenset[int]:
        before = self.before.values if self.before else {}
        return frozenset(
            row["id"]
            for field_id in self.rules.has_row_rules
            for row in self.values[field_id] or ()
            if row["id"] not in {old["id"] for old in before.get(field_id) or ()}
        )

    def _compute(self, paths: Iterable[Path]) -> None:
        for path in paths:
            each = self.rules.fields[path]
            if each.compute is not None:
                for view, holder, at, _ in self.places(path):
                    holder[path[-1]] = self.value_of(each.compute, each, view, at)

    def _clear_where_hidden(self, each: FieldRules, visible: Rule) -> bool:
        cleared = False
        for view, holder, _, _ in self.places(each.path):
            if not is_empty(holder.get(each.path[-1])) and not visible(view, self.context):
                holder[each.path[-1]] = empty_of(each.field)
                cleared = True
        return cleared


def fitted(value: Any, field: Field, context: StepContext, at: str) -> Any:
    """What a rule gave as a value of `field`: rounded half away from zero to its places, a record as its id, a set as its first.

    Raises Invalid `out_of_range` for numbers that do not fit.
    """
    if is_empty(value):
        return empty_of(field)
    spec = field_types[field.type].column(field)
    if spec is None:
        return value
    if spec.kind in ("choices", "json"):
        return tuple(_id_of(each) for each in value) if isinstance(value, list | tuple) else (_id_of(value),)
    if isinstance(value, list | tuple):
        value = value[0]
    if spec.kind == "decimal":
        return _rounded(Decimal(value), spec.places, at)
    if spec.kind == "key":
        return int(_id_of(value))
    if spec.kind == "date" and isinstance(value, datetime):
        return value.astimezone(context.timezone).date()
    if spec.kind == "instant" and isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time(), context.timezone)
    if spec.kind == "text":
        return format(value, "f") if isinstance(value, Decimal) else str(_id_of(value))
    return value


def _id_of(value: Any) -> Any:
    return value["id"] if isinstance(value, Mapping) else value


def _rounded(value: Decimal, places: int, at: str) -> Decimal:
    if value and value.adjusted() >= DIGITS - places:
        raise Invalid("out_of_range", both("计算结果过大", "The computed number is too large"), at=at)
    if value and value.adjusted() < -places - 1:
        value = Decimal(0)
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
