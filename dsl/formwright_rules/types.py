"""The types of the rule language: what a field holds and what an expression gives.

Values at run time: text `str`; number `Decimal`; date, datetime (aware), time of `datetime`; duration `timedelta` or
`values.Duration`; boolean `bool`; choice its option id; member its `int` id; department and role their `str` id;
a record a `Mapping` with the key `id`; rows and lists sequences. Empty is `None`, `""` or an empty sequence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

Labels = Mapping[str, str]
Fields = Mapping[str, "Type"]


class Type:
    """Base of all types; `str(type)` is how errors name it."""


@dataclass(frozen=True)
class Scalar(Type):
    """A type without parts."""

    name: str

    def __str__(self) -> str:
        return self.name


TEXT = Scalar("text")
NUMBER = Scalar("number")
BOOLEAN = Scalar("boolean")
DATE = Scalar("date")
DATETIME = Scalar("datetime")
TIME = Scalar("time")
DURATION = Scalar("duration")
MEMBER = Scalar("member")
DEPARTMENT = Scalar("department")
ROLE = Scalar("role")
IDENTITY = Scalar("id")  # the id of a record: compares with numbers, text and the record itself
RANGE = Scalar("date range")  # a pair (first day, last day), either may be None; only right of `in`
ANY = Scalar("any")  # not known before the run
NULL = Scalar("empty")  # the type of `null`


@dataclass(frozen=True)
class Option:
    """One option of a choice: its id and its labels as (language, label) pairs."""

    id: str
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Choice(Type):
    """One of a fixed set of options (any text when `options` is empty)."""

    options: tuple[Option, ...] = ()

    def __str__(self) -> str:
        return "choice"

    def option(self, text: str) -> str | None:
        """The id of the option that `text` names by id or by a label in any language, or None."""
        for option in self.options:
            if option.id == text:
                return option.id
        for option in self.options:
            if any(label == text for _, label in option.labels):
                return option.id
        return None


@dataclass(frozen=True, eq=False)
class Record(Type):
    """A record of a form. `source` is its fields or a function that gives them, so that forms may name each other."""

    source: Fields | Callable[[], Fields]
    form: str = ""
    label_source: Mapping[str, Labels] | Callable[[], Mapping[str, Labels]] | None = None

    def __str__(self) -> str:
        return f"record({self.form})" if self.form else "record"

    @cached_property
    def fields(self) -> Fields:
        """Field id → type, without the system fields."""
        return self.source() if callable(self.source) else self.source

    @cached_property
    def labels(self) -> Mapping[str, Labels]:
        """Field id → {"zh": …, "en": …}."""
        labels = self.label_source
        return (labels() if callable(labels) else labels) or {}

    def field(self, name: str) -> Type | None:
        """The type of a field, system fields included, or None."""
        own = self.fields.get(name)
        return own if own is not None else SYSTEM_FIELDS.get(name)


@dataclass(frozen=True)
class ListOf(Type):
    """A list. `list_of(MEMBER)` is a set of people, in order and without doubles."""

    element: Type

    def __str__(self) -> str:
        return f"list({self.element})"


@dataclass(frozen=True)
class Rows(ListOf):
    """The rows of a subform, a list of relations, or the records of another form; its element is a `Record`."""

    element: Record

    def __str__(self) -> str:
        return f"rows({self.element.form})" if self.element.form else "rows"


@dataclass(frozen=True)
class Column(ListOf):
    """One value for each row: a path into rows, or arithmetic over such paths of the same rows.

    `rows` is the path of the rows, so that two columns can be told to belong together.
    """

    rows: tuple[str, ...] = ()


SYSTEM_FIELDS: dict[str, Type] = {
    "id": IDENTITY,
    "version": NUMBER,
    "owner": MEMBER,
    "department": DEPARTMENT,
    "created_by": MEMBER,
    "created_at": DATETIME,
    "updated_by": MEMBER,
    "updated_at": DATETIME,
    "flow_status": TEXT,
    "flow_node": ListOf(TEXT),
}

MEMBER_ATTRIBUTES: dict[str, Type] = {
    "id": IDENTITY,
    "name": TEXT,
    "email": TEXT,
    "department": DEPARTMENT,
    "departments": ListOf(DEPARTMENT),
    "manager": MEMBER,
    "roles": ListOf(ROLE),
}

DEPARTMENT_ATTRIBUTES: dict[str, Type] = {"id": TEXT, "name": TEXT, "head": MEMBER, "parent": DEPARTMENT}

# How these are called in Chinese; a label of the form that reads alike wins.
SYSTEM_WORDS = {
    "版本": "version",
    "所属部门": "department",
    "创建人": "created_by",
    "创建时间": "created_at",
    "更新人": "updated_by",
    "更新时间": "updated_at",
    "流程状态": "flow_status",
    "当前节点": "flow_node",
}
MEMBER_WORDS = {
    "姓名": "name",
    "邮箱": "email",
    "部门": "department",
    "所有部门": "departments",
    "上级": "manager",
    "角色": "roles",
}
DEPARTMENT_WORDS = {"名称": "name", "负责人": "head", "上级部门": "parent"}


def choice(options: Iterable[tuple[str, Labels] | str] = ()) -> Choice:
    """A choice from (id, labels) pairs or bare ids; no options: any text."""
    built = (Option(each) if isinstance(each, str) else Option(each[0], tuple(each[1].items())) for each in options)
    return Choice(tuple(built))


def record(
    fields: Fields | Callable[[], Fields],
    form: str = "",
    labels: Mapping[str, Labels] | Callable[[], Mapping[str, Labels]] | None = None,
) -> Record:
    """A record (a relation holds one); pass functions where forms name each other in a ring."""
    return Record(fields, form, labels)


def rows(
    fields: Fields | Callable[[], Fields],
    form: str = "",
    labels: Mapping[str, Labels] | Callable[[], Mapping[str, Labels]] | None = None,
) -> Rows:
    """Rows of a subform, or the records of a form."""
    return Rows(Record(fields, form, labels))


def list_of(element: Type) -> ListOf:
    """A list of `element`; of records: rows."""
    return Rows(element) if isinstance(element, Record) else ListOf(element)


PEOPLE = ListOf(MEMBER)


def same_record(one: Record, other: Record) -> bool:
    """Whether two record types are of one form (records without a form match every record)."""
    return one is other or not one.form or not other.form or one.form == other.form


def assignable(actual: Type, expected: Type) -> bool:
    """Whether a value of type `actual` may stand where `expected` is asked for."""
    if actual in (expected, NULL) or ANY in (actual, expected):
        return True
    if isinstance(expected, Record):
        return actual == IDENTITY or (isinstance(actual, Record) and same_record(actual, expected))
    if isinstance(expected, ListOf):
        if isinstance(actual, ListOf):
            return assignable(actual.element, expected.element)
        return assignable(actual, expected.element) and expected.element != ANY
    if isinstance(expected, Choice):
        return actual == TEXT or isinstance(actual, Choice)
    if expected == TEXT:
        return isinstance(actual, Choice)
    return expected == IDENTITY and (actual in (NUMBER, TEXT) or isinstance(actual, Record))


def join(one: Type, other: Type) -> Type | None:
    """The type of "either of the two", or None when they have nothing in common."""
    if one == other or other == NULL:
        return one
    if one == NULL:
        return other
    if ANY in (one, other):
        return ANY
    if isinstance(one, Choice | Scalar) and isinstance(other, Choice | Scalar):
        return TEXT if {str(one), str(other)} <= {"text", "choice"} else None
    if isinstance(one, Record) and isinstance(other, Record):
        return one if same_record(one, other) else None
    if isinstance(one, ListOf) and isinstance(other, ListOf):
        element = join(one.element, other.element)
        return None if element is None else list_of(element)
    if isinstance(one, ListOf) and one.element == MEMBER and other == MEMBER:
        return one
    if isinstance(other, ListOf) and other.element == MEMBER and one == MEMBER:
        return other
    return None
