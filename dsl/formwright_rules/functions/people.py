"""People: from the organisation to a set of members. A set is a tuple of member ids, in order, without doubles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from ..context import People
from .base import Evaluation, Nothing, function

Set = tuple[int, ...]
_ONE = Decimal(1)


def people_of(state: Evaluation) -> People:
    """The organisation; without one the result of any people function is empty, with a warning."""
    people = state.around.people
    if people is None:
        raise Nothing("no_context", "这里没有组织架构", "There is no organisation here")
    return people


def as_set(value: Any) -> Set:
    """A member, a set or nothing as a set: order kept, doubles dropped; members given as mappings count by id."""
    if value is None or value == "":
        return ()
    if isinstance(value, Mapping):
        return (value["id"],)
    if isinstance(value, str | int):
        return (value,)  # type: ignore[return-value]
    return tuple(dict.fromkeys(each["id"] if isinstance(each, Mapping) else each for each in value if each is not None))


def member_attribute(state: Evaluation, member: Any, name: str) -> Any:
    """An attribute of a member, who may be given as a mapping."""
    if member is None or member == "":
        return None
    if isinstance(member, Mapping):
        return member.get(name)
    return member if name == "id" else people_of(state).attribute(member, name)


def department_attribute(state: Evaluation, department: Any, name: str) -> Any:
    """An attribute of a department, which may be given as a mapping."""
    if department is None or department == "":
        return None
    if isinstance(department, Mapping):
        return department.get(name)
    return department if name == "id" else people_of(state).department_attribute(department, name)


def _id(value: Any) -> Any:
    return value.get("id") if isinstance(value, Mapping) else value


def _level(level: Decimal) -> int:
    if not 1 <= level <= 100:
        raise Nothing("out_of_range", "级数从 1 开始", "Levels count from 1")
    return int(level)


def _unique(members: Iterable[int]) -> Set:
    return tuple(dict.fromkeys(members))


@function("member(email: text)", "member", "按邮箱找成员", "The member with this e-mail", state=True)
def member(state: Evaluation, email: str) -> int | None:
    found = people_of(state).member(email)
    if found is None:
        raise Nothing("not_found", f"没有成员 {email}", f"There is no member {email}")
    return found


@function("role(id: role)", "people", "有这个角色的成员", "The members who hold this role", state=True, special=True)
def role(state: Evaluation, id: str) -> Set:
    return _unique(people_of(state).role(id))


@function("department(of: any)", "people", "部门（或某成员主部门）及其下级部门的成员",
          "The members of a department, or of a member's main department, those below included",
          state=True, special=True)  # fmt: skip
def department(state: Evaluation, of: Any) -> Set:
    if isinstance(of, str):
        id: Any = of
    elif isinstance(of, Mapping) and "department" not in of:
        id = of.get("id")
    else:
        id = _id(member_attribute(state, of, "department"))
    return _unique(people_of(state).department_members(id)) if id else ()


@function(
    "manager(member: member, level?: number)", "member", "上级（第几级）", "The manager, some levels up", state=True
)
def manager(state: Evaluation, of: Any, level: Decimal = _ONE) -> Any:
    if isinstance(of, Mapping) and level == 1 and "manager" in of:
        return of["manager"]
    return people_of(state).manager(_id(of), _level(level))


@function("head(department: department, level?: number)", "member", "部门负责人（向上第几级）", "The head of a department, some levels up",
          state=True)  # fmt: skip
def head(state: Evaluation, of: Any, level: Decimal = _ONE) -> int | None:
    return people_of(state).head(_id(of), _level(level))


@function("members(of: any)", "people", "部门的直属成员", "The members of a department itself", state=True)
def members(state: Evaluation, of: Any) -> Set:
    if isinstance(of, list | tuple):
        return _unique(each for one in of for each in people_of(state).members(_id(one)))
    return _unique(people_of(state).members(_id(of)))


@function("subordinates(member: member)", "people", "所有下级", "Everyone below, on all levels", state=True)
def subordinates(state: Evaluation, of: Any) -> Set:
    return _unique(people_of(state).subordinates(_id(of)))


@function(
    "departments_under(department: department)",
    "departments",
    "部门和所有下级部门",
    "The department and all below it",
    state=True,
)
def departments_under(state: Evaluation, of: Any) -> tuple[str, ...]:
    return tuple(people_of(state).departments_under(_id(of)))


@function(
    "handler(node: node)", "people", "处理过这个节点的人", "Those who handled this node", state=True, special=True
)
def handler(state: Evaluation, node: str) -> Set:
    return _unique(people_of(state).handler(node))


@function("chosen(node: node)", "people", "为这个节点选定的人", "Those chosen for this node", state=True, special=True)
def chosen(state: Evaluation, node: str) -> Set:
    return _unique(people_of(state).chosen(node))


@function("approved_by(set: people)", "boolean", "其中有人已同意", "Whether one of them has approved here", state=True)
def approved_by(state: Evaluation, of: Any) -> bool:
    return people_of(state).approved_by(as_set(of))


@function("round_robin(set: people, key?: text)", "people", "轮流取一人", "One of them, in turn", state=True)
def round_robin(state: Evaluation, of: Any, key: str = "") -> Set:
    return tuple(people_of(state).round_robin(as_set(of), key))


@function("least_loaded(set: people)", "people", "待办最少的一人", "The one with the fewest open tasks", state=True)
def least_loaded(state: Evaluation, of: Any) -> Set:
    return tuple(people_of(state).least_loaded(as_set(of)))


@function("chain(member: member, limit: any)", "people", "逐级上级，最近的在前", "The managers one by one, lowest first",
          state=True, special=True)  # fmt: skip
def chain(state: Evaluation, of: Any, limit: Any) -> Set:
    people, found = people_of(state), dict[int, None]()
    last: Sequence[Any] = () if isinstance(limit, Decimal) else as_set(limit)
    levels = _level(limit) if isinstance(limit, Decimal) else 100
    for level in range(1, levels + 1):
        above = people.manager(_id(of), level)
        if above is None or above in found:
            break
        found[above] = None
        if above in last:
            break
    return tuple(found)
