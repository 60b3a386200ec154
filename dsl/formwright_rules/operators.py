"""What the operators do to types: the one table that the checker and every target share."""

from __future__ import annotations

from .types import (
    ANY,
    BOOLEAN,
    DATE,
    DATETIME,
    DEPARTMENT,
    DURATION,
    IDENTITY,
    MEMBER,
    NULL,
    NUMBER,
    ROLE,
    TEXT,
    TIME,
    Choice,
    Column,
    ListOf,
    Record,
    Type,
    join,
    list_of,
)

_ARITHMETIC: dict[tuple[str, Type, Type], Type] = {
    ("+", NUMBER, NUMBER): NUMBER,
    ("-", NUMBER, NUMBER): NUMBER,
    ("*", NUMBER, NUMBER): NUMBER,
    ("/", NUMBER, NUMBER): NUMBER,
    ("^", NUMBER, NUMBER): NUMBER,
    ("+", DATE, DURATION): DATE,
    ("+", DURATION, DATE): DATE,
    ("+", DATETIME, DURATION): DATETIME,
    ("+", DURATION, DATETIME): DATETIME,
    ("+", TIME, DURATION): TIME,
    ("-", TIME, DURATION): TIME,
    ("+", DURATION, DURATION): DURATION,
    ("-", DURATION, DURATION): DURATION,
    ("-", DATE, DURATION): DATE,
    ("-", DATETIME, DURATION): DATETIME,
    ("-", DATE, DATE): DURATION,
    ("-", DATETIME, DATETIME): DURATION,
    ("-", DATETIME, DATE): DURATION,
    ("-", DATE, DATETIME): DURATION,
    ("*", DURATION, NUMBER): DURATION,
    ("*", NUMBER, DURATION): DURATION,
    ("/", DURATION, NUMBER): DURATION,
    ("/", DURATION, DURATION): NUMBER,
}
ORDERED = (NUMBER, TEXT, DATE, DATETIME, TIME, DURATION)
# A text may stand for the id of these.
_NAMED_BY_TEXT = (DEPARTMENT, ROLE, IDENTITY)


def scalar(type_: Type) -> Type:
    """The type of one value of a column, or the type itself."""
    return type_.element if isinstance(type_, Column) else type_


def column_rows(*types: Type) -> tuple[tuple[str, ...], ...]:
    """The different rows that the columns among `types` belong to."""
    return tuple(dict.fromkeys(type_.rows for type_ in types if isinstance(type_, Column)))


def arithmetic(operator: str, left: Type, right: Type) -> Type | None:
    """The type of `left operator right` for one of + - * / ^, or None when it has no meaning.

    A column on either side makes a column. Sets of people (and other lists) know + and -.
    """
    rows = column_rows(left, right)
    if rows:
        element = arithmetic(operator, scalar(left), scalar(right))
        return None if element is None or len(rows) > 1 else Column(element, rows[0])
    if operator in "+-":
        found = _sets(operator, left, right)
        if found is not None:
            return found
    if left in (ANY, NULL) or right in (ANY, NULL):
        return _with_unknown(operator, left, right)
    return _ARITHMETIC.get((operator, left, right))


def _with_unknown(operator: str, left: Type, right: Type) -> Type | None:
    known = right if left in (ANY, NULL) else left
    if known in (ANY, NULL):
        return ANY
    results = {
        result
        for (symbol, one, other), result in _ARITHMETIC.items()
        if symbol == operator and known == (other if left in (ANY, NULL) else one)
    }
    if not results:
        return None
    return results.pop() if len(results) == 1 else ANY


def _sets(operator: str, left: Type, right: Type) -> Type | None:
    if isinstance(left, ListOf):
        if isinstance(right, ListOf):
            element = join(left.element, right.element)
        else:
            element = join(left.element, right)
        return None if element is None else list_of(left.element if operator == "-" else element)
    if isinstance(right, ListOf):
        element = join(left, right.element)
        return None if element is None else list_of(element)
    if left == MEMBER and right in (MEMBER, NULL):
        return ListOf(MEMBER)
    return None


def comparable(left: Type, right: Type) -> bool:
    """Whether `=` between the two means something."""
    if join(left, right) is not None or {left, right} == {DATE, DATETIME}:
        return True
    for one, other in ((left, right), (right, left)):
        if one in _NAMED_BY_TEXT and (other == TEXT or isinstance(other, Choice)):
            return True
        if one == IDENTITY and (other in (NUMBER, MEMBER) or isinstance(other, Record)):
            return True
        if isinstance(one, Record) and other in (TEXT, NUMBER, IDENTITY):
            return True
    return False


def ordered(left: Type, right: Type) -> bool:
    """Whether `<` between the two means something."""
    if ANY in (left, right) or NULL in (left, right):
        return True
    if {left, right} == {DATE, DATETIME}:
        return True
    plain = [TEXT if isinstance(type_, Choice) else type_ for type_ in (left, right)]
    return plain[0] == plain[1] and plain[0] in ORDERED


def membership(left: Type, right: Type) -> Type | None:
    """The type of `left in right`: a boolean, or people when the left side is a set of people; None: no meaning."""
    if not isinstance(right, ListOf):
        right = ListOf(right) if right == MEMBER else right
    if right == ANY:
        return BOOLEAN
    if not isinstance(right, ListOf):
        return None
    if isinstance(left, ListOf):
        return ListOf(MEMBER) if left.element == MEMBER and right.element in (MEMBER, ANY, NULL) else None
    return BOOLEAN if comparable(left, right.element) else None
