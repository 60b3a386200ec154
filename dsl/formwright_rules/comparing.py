"""How comparisons are typed: `= <`, `in`, `between`, tests of texts; options by label, and names without quotes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .operators import column_rows, comparable, membership, ordered, scalar
from .tree import Between, Chain, Compare, Expression, ListLiteral, Literal, Name
from .types import ANY, BOOLEAN, DATE, DATETIME, MEMBER, NULL, NUMBER, RANGE, TEXT, Choice, Column, ListOf, Type
from .values import Duration
from .wording import cannot, mismatch, unknown

if TYPE_CHECKING:
    from .elaborate import Elaborator


class CompareRules:
    """The part of the elaborator that types comparisons."""

    def compare(self: Elaborator, node: Compare) -> Expression:  # type: ignore[misc]
        left, right = self._sides(node)
        operator = node.operator
        if operator in ("in", "not in"):
            return self._membership(node, left, right)
        rows = column_rows(self.type_of(left), self.type_of(right))
        one, other = scalar(self.type_of(left)), scalar(self.type_of(right))
        if operator in ("=", "!="):
            if isinstance(one, Choice):
                right = self.options(right, one)
            elif isinstance(other, Choice):
                left = self.options(left, other)
            fine = comparable(one, other)
        elif operator in ("<", "<=", ">", ">="):
            fine = ordered(one, other)
        else:
            right, fine = self._text_test(operator, left, right)
        self._exact_only(left, right)
        if not fine:
            hint = None
            if {one, other} == {TEXT, NUMBER}:
                hint = "VALUE(…)"
            elif {one, other} == {TEXT, MEMBER}:
                hint = 'member("…")'
            elif (
                operator in ("=", "!=")
                and MEMBER in (one, other)
                and (isinstance(one, ListOf) or isinstance(other, ListOf))
            ):
                hint = "in"
            self.findings.append(cannot(operator, one, other, node.span, hint))
        return replace(node, left=left, right=right, type=Column(BOOLEAN, rows[0]) if rows else BOOLEAN)

    def _sides(self: Elaborator, node: Compare) -> tuple[Expression, Expression]:  # type: ignore[misc]
        """Both sides; an unknown bare name beside a choice or a text is most likely an option without quotes."""
        sides: list[Expression | None] = []
        for side in (node.left, node.right):
            unquoted = isinstance(side, Name) and self.resolve(side) is None
            sides.append(None if unquoted else self.expression(side))
        for index, side in enumerate((node.left, node.right)):
            if sides[index] is not None:
                continue
            beside = sides[1 - index]
            other = scalar(self.type_of(beside)) if beside is not None else ANY
            if isinstance(side, Name) and (isinstance(other, Choice) or other == TEXT):
                fixed = '"' + side.id + '"'
                zh, en = f"选项要加引号: {fixed}", f"Options are quoted: {fixed}"
                self.report("unknown_field", zh, en, side.span, fixed)
                sides[index] = replace(side, type=ANY)
            else:
                sides[index] = self.expression(side)
        left, right = sides
        if left is None or right is None:
            raise AssertionError("both sides are elaborated above")
        return left, right

    def _membership(self: Elaborator, node: Compare, left: Expression, right: Expression) -> Expression:  # type: ignore[misc]
        one, other = self.type_of(left), self.type_of(right)
        if other == RANGE:
            if one not in (DATE, DATETIME, ANY, NULL):
                self.findings.append(mismatch(left.span, one, DATE))
            return replace(node, left=left, right=right, type=BOOLEAN)
        rows = column_rows(one)
        if rows and one != ANY and not (isinstance(one, ListOf) and one.element == MEMBER):
            one = scalar(one)
        else:
            rows = ()
        if isinstance(one, Choice):
            right = self.options(right, one)
        result = membership(one, self.type_of(right))
        if result is None:
            self.findings.append(cannot(node.operator, one, other, node.span))
            return replace(node, left=left, right=right, type=ANY)
        if isinstance(result, ListOf):
            if node.operator == "not in":
                self.findings.append(cannot(node.operator, one, other, node.span, "… - …"))
            if isinstance(right, Chain) and self.text[: right.span.start].rstrip()[-1:] not in ("(", "（"):
                zh = "in 比 + - 结合得松；用括号写明白"
                en = "`in` binds looser than + and -: write the brackets"
                self.warn("set_precedence", zh, en, node.span)
        return replace(node, left=left, right=right, type=Column(result, rows[0]) if rows else result)

    def _text_test(self: Elaborator, operator: str, left: Expression, right: Expression) -> tuple[Expression, bool]:  # type: ignore[misc]
        one, other = scalar(self.type_of(left)), self.type_of(right)
        if operator == "contains" and isinstance(one, ListOf):
            if isinstance(one.element, Choice):
                right = self.options(right, one.element)
            return right, comparable(one.element, self.type_of(right))
        if operator == "matches" and isinstance(right, Literal) and isinstance(right.value, str):
            self.pattern(right)
        return right, all(each in (TEXT, ANY, NULL) or isinstance(each, Choice) for each in (one, other))

    def between(self: Elaborator, node: Between) -> Expression:  # type: ignore[misc]
        operand, low, high = (self.expression(each) for each in (node.operand, node.low, node.high))
        self._exact_only(operand, low, high)
        one = scalar(self.type_of(operand))
        for end in (low, high):
            if not ordered(one, self.type_of(end)):
                self.findings.append(cannot("between", one, self.type_of(end), end.span))
        rows = column_rows(self.type_of(operand))
        type_: Type = Column(BOOLEAN, rows[0]) if rows else BOOLEAN
        return replace(node, operand=operand, low=low, high=high, type=type_)

    def _exact_only(self: Elaborator, *sides: Expression) -> None:  # type: ignore[misc]
        for side in sides:
            if isinstance(side, Literal) and isinstance(side.value, Duration):
                zh = "月、年和工作时间没有固定长度，不能比较；用 EDATE 或 NETWORKDAYS"
                en = "Months, years and working time have no fixed length: use EDATE or NETWORKDAYS"
                self.report("not_exact", zh, en, side.span)

    def options(self: Elaborator, node: Expression, choice: Type) -> Expression:  # type: ignore[misc]
        """Option labels become ids; a text that is no option is an error with the nearest one."""
        if isinstance(choice, ListOf):
            choice = choice.element
        if not isinstance(choice, Choice) or not choice.options:
            return node
        if isinstance(node, ListLiteral):
            return replace(node, items=tuple(self.options(item, choice) for item in node.items))
        if not isinstance(node, Literal) or not isinstance(node.value, str) or node.value == "":
            return node
        id = choice.option(node.value)
        if id is None:
            ids = [option.id for option in choice.options]
            labels = {option.id: dict(option.labels) for option in choice.options}
            self.findings.append(unknown("unknown_option", ("选项", "option"), node.value, ids, labels, node.span))
            return node
        return replace(node, value=id)
