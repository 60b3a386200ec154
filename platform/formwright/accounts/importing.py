"""Reads an organisation document against the organisation that is there and says what would change; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from formwright.accounts.model import Department, Role
from formwright.accounts.organisation import Organisation
from formwright.accounts.reading import Entry
from formwright.accounts.site import SiteSettings, read_settings
from formwright.errors import Problem
from formwright.registry import nearest

MEMBER_KEYS = ("email", "name", "password", "language", "manager", "departments", "roles", "admin", "active")


@dataclass(frozen=True, slots=True)
class MemberChange:
    """One member's new values; what is not among `given` stays as it is (or gets its default, for a new member)."""

    entry: Entry
    given: Mapping[str, Any]
    """name, language, admin, active: values of columns that differ or are new."""
    email: str
    manager: str | None = None
    departments: tuple[str, ...] | None = None
    roles: tuple[str, ...] | None = None
    password: str | None = None
    sets_manager: bool = False


@dataclass(frozen=True, slots=True)
class DepartmentChange:
    """`head` is an e-mail address or an id, and counts only when `sets_head`; the department's own is the one before."""

    entry: Entry
    department: Department
    head: str
    sets_head: bool


@dataclass(frozen=True, slots=True)
class ProxyChange:
    member: str
    proxy: str
    first: date
    last: date
    flows: tuple[str, ...]
    move_open: bool


@dataclass(slots=True)
class Plan:
    """What a document would change; nothing is to be done while there are problems."""

    problems: list[Problem] = field(default_factory=list)
    departments: list[DepartmentChange] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)
    members: list[MemberChange] = field(default_factory=list)
    proxies: list[ProxyChange] = field(default_factory=list)
    site: SiteSettings | None = None


def plan(document: Any, organisation: Organisation) -> Plan:
    """Everything that `document` would change, and everything that is wrong with it."""
    made = Plan()
    if not isinstance(document, Mapping):
        Entry({}, "", made.problems).problem("", "type_mismatch", "组织文档是一组键值", "An organisation is a mapping")
        return made
    top = Entry(document, "", made.problems)
    top.only("departments", "roles", "members", "proxies", "settings")
    made.departments = [read_department(entry, organisation) for entry in top.entries("departments")]
    made.roles = [read_role(entry, organisation) for entry in top.entries("roles")]
    made.members = [read_member(entry) for entry in top.entries("members")]
    made.proxies = [change for entry in top.entries("proxies") if (change := _read_proxy(entry))]
    if settings := top.entry("settings"):
        made.site = read_settings(settings, organisation.site)
    check(made, organisation, proxies=top.entries("proxies"))
    return made


def read_department(entry: Entry, organisation: Organisation) -> DepartmentChange:
    """Keys left out keep what the department has."""
    entry.only("id", "name", "parent", "head")
    id = entry.id()
    before = organisation.departments.get(id) or Department(id, id)
    parent = (entry.text("parent") or None) if "parent" in entry else before.parent
    return DepartmentChange(
        entry, Department(id, entry.name(before.name), parent, before.head), entry.text("head").lower(), "head" in entry
    )


def read_role(entry: Entry, organisation: Organisation) -> Role:
    entry.only("id", "name")
    id = entry.id()
    before = organisation.roles.get(id)
    return Role(id, entry.name(before.name if before else id))


def read_member(entry: Entry) -> MemberChange:
    """A member as `org import` and the API take it; the manager is named by e-mail or id."""
    entry.only(*MEMBER_KEYS)
    given: dict[str, Any] = {}
    if "name" in entry:
        given["name"] = entry.text("name", required=True)
    if "language" in entry:
        given["language"] = entry.choice("language", ("zh", "en"), "") or None
    for flag, default in (("admin", False), ("active", True)):
        if flag in entry:
            given[flag] = entry.flag(flag, default)
    password = entry.raw("password")
    if password is not None and not isinstance(password, str):
        entry.problem("password", "type_mismatch", "这里要写文字", "A text belongs here")
        password = None
    return MemberChange(
        entry,
        given,
        email=entry.email("email", required=True) or "",
        manager=(entry.text("manager").lower() or None) if "manager" in entry else None,
        departments=_unique(text for _, text in entry.texts("departments", [])) if "departments" in entry else None,
        roles=_unique(text for _, text in entry.texts("roles", [])) if "roles" in entry else None,
        password=password,
        sets_manager="manager" in entry,
    )


def check(made: Plan, organisation: Organisation, *, proxies: Iterable[Entry] = ()) -> None:
    """Everything between entries: names that nothing has, the same one twice, rings of departments or managers."""
    emails = set(organisation.by_email) | {change.email for change in made.members}
    departments = set(organisation.departments) | {change.department.id for change in made.departments}
    roles = set(organisation.roles) | {role.id for role in made.roles}
    _once([(change.entry, "email", change.email) for change in made.members])
    _once([(change.entry, "id", change.department.id) for change in made.departments])

    def member(entry: Entry, key: str, email: str | None) -> None:
        if email and email not in emails and not (email.isdigit() and int(email) in organisation.profiles):
            _unknown(entry, key, "unknown_member", "成员", "member", email, emails)

    for place in made.departments:
        if place.department.parent and place.department.parent not in departments:
            parent = place.department.parent
            _unknown(place.entry, "parent", "unknown_department", "部门", "department", parent, departments)
        member(place.entry, "head", place.head)
    for change in made.members:
        member(change.entry, "manager", change.manager)
        for index, id in enumerate(change.departments or ()):
            if id not in departments:
                _unknown(
                    change.entry, f"departments/{index}", "unknown_department", "部门", "department", id, departments
                )
        for index, id in enumerate(change.roles or ()):
            if id not in roles:
                _unknown(change.entry, f"roles/{index}", "unknown_role", "角色", "role", id, roles)
    for entry in proxies:
        for key in ("member", "proxy"):
            member(entry, key, entry.text(key).lower())
    _rings(made, organisation)


def _rings(made: Plan, organisation: Organisation) -> None:
    parents = {id: department.parent for id, department in organisation.departments.items()}
    parents.update({change.department.id: change.department.parent for change in made.departments})
    for place in made.departments:
        if _is_in_ring(place.department.id, parents.get):
            place.entry.problem(
                "parent", "cycle", "部门的上级不能是它自己或它的下级", "A department cannot lie below itself"
            )
    profiles = organisation.profiles
    managers = {p.email: profiles[p.manager].email if p.manager else None for p in profiles.values()}
    managers.update(
        {change.email: _email(change.manager, organisation) for change in made.members if change.sets_manager}
    )
    for change in made.members:
        if change.sets_manager and change.email and _is_in_ring(change.email, managers.get):
            change.entry.problem(
                "manager", "cycle", "主管不能是本人或本人的下属", "Nobody can report to themselves, directly or not"
            )


def _read_proxy(entry: Entry) -> ProxyChange | None:
    entry.only("member", "proxy", "from", "to", "flows", "move_open")
    member, proxy = entry.email("member", required=True), entry.email("proxy", required=True)
    first, last = entry.as_date("from", entry.raw("from")), entry.as_date("to", entry.raw("to"))
    flows = _unique(text for _, text in entry.texts("flows", []))
    move_open = entry.flag("move_open", False)
    if member and member == proxy:
        entry.problem("proxy", "same_member", "不能代理自己", "Nobody stands in for themselves")
    if first and last and last < first:
        entry.problem("to", "bad_period", "结束日期早于开始日期", "The period ends before it begins")
    if not (member and proxy and first and last):
        return None
    return ProxyChange(member, proxy, first, last, flows, move_open)


def _email(name: str | None, organisation: Organisation) -> str | None:
    if name and name.isdigit() and int(name) in organisation.profiles:
        return organisation.profiles[int(name)].email
    return name


def _is_in_ring(start: str, above: Callable[[str], str | None]) -> bool:
    seen: set[str] = set()
    current = above(start)
    while current is not None and current not in seen:
        if current == start:
            return True
        seen.add(current)
        current = above(current)
    return False


def _once(names: list[tuple[Entry, str, str]]) -> None:
    seen: set[str] = set()
    for entry, key, name in names:
        if name and name in seen:
            entry.problem(key, "duplicate", f"{name} 出现了两次", f"{name} is there twice")
        seen.add(name)


def _unknown(entry: Entry, key: str, code: str, zh: str, en: str, name: str, known: set[str]) -> None:
    near = nearest(name, known)
    hint_zh, hint_en = (f"，是不是 {near!r}？", f" Did you mean {near!r}?") if near else ("", "")
    entry.problem(key, code, f"没有{zh} {name!r}{hint_zh}", f"There is no {en} {name!r}.{hint_en}")


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
