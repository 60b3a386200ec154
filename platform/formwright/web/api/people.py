"""Members, departments, roles and API tokens."""

from __future__ import annotations

from typing import Any

from flask import Response

from formwright.accounts import access, operations, tokens
from formwright.accounts.directory import directory
from formwright.accounts.model import Department, Profile, Role
from formwright.errors import Missing
from formwright.texts import both
from formwright.web.api import pages
from formwright.web.api.bodies import arguments, body, whole_number
from formwright.web.api.idempotency import once
from formwright.web.api.replies import reply
from formwright.web.gate import Call, Policy, route

MEMBER_KEYS = (
    "email", "name", "password", "language", "manager", "departments", "roles", "admin", "active",
)  # fmt: skip


@route(pages, "/members", policy=Policy.MEMBER)
def members(call: Call) -> Response:
    """`?q&active&cursor&limit`: members in the order of their e-mail."""
    given = arguments("q", "active", "cursor", "limit")
    limit = whole_number(given.get("limit"), "limit", default=50, most=500)
    active = {"true": True, "false": False}.get(given.get("active", ""))
    found = access.members(
        call.session, search=given.get("q", ""), active=active, after=given.get("cursor", ""), limit=limit + 1
    )
    return reply(
        {
            "items": [_member(each) for each in found[:limit]],
            "next_cursor": found[limit - 1].email if len(found) > limit else None,
        }
    )


@route(pages, "/members/<member>", policy=Policy.MEMBER)
def member(call: Call, member: str) -> Response:
    return reply(_member(access.member_for(call.session, member)))


@route(pages, "/members", policy=Policy.ADMIN, methods=("POST",))
@once
def create_member(call: Call) -> Response:
    made = operations.create_member(call.session, body(*MEMBER_KEYS).values, actor=call.actor, now=call.now)
    return reply(_member(made), 201)


@route(pages, "/members/<member>", policy=Policy.MEMBER, methods=("PATCH",))
@once
def update_member(call: Call, member: str) -> Response:
    """Administrators change anyone, others their own name and language."""
    changed = operations.update_member(call.session, member, body(*MEMBER_KEYS).values, actor=call.actor, now=call.now)
    return reply(_member(changed))


@route(pages, "/members/<member>", policy=Policy.ADMIN, methods=("DELETE",))
@once
def deactivate_member(call: Call, member: str) -> Response:
    return reply(_member(operations.deactivate_member(call.session, member, actor=call.actor, now=call.now)))


def _member(each: Profile) -> dict[str, Any]:
    return {
        "id": str(each.id),
        "email": each.email,
        "name": each.name,
        "language": each.language,
        "manager": str(each.manager) if each.manager else None,
        "departments": list(each.departments),
        "roles": sorted(each.roles),
        "admin": each.admin,
        "active": each.active,
    }


@route(pages, "/departments", policy=Policy.MEMBER)
def departments(call: Call) -> Response:
    return reply({"items": [_department(each) for each in access.departments(call.session)], "next_cursor": None})


@route(pages, "/departments/<department>", policy=Policy.MEMBER)
def department(call: Call, department: str) -> Response:
    return reply(_department(access.department_for(call.session, department)))


@route(pages, "/departments", policy=Policy.ADMIN, methods=("POST",))
@once
def create_department(call: Call) -> Response:
    made = operations.save_department(
        call.session, body("id", "name", "parent", "head").values, actor=call.actor, now=call.now
    )
    return reply(_department(made), 201)


@route(pages, "/departments/<department>", policy=Policy.ADMIN, methods=("PATCH",))
@once
def update_department(call: Call, department: str) -> Response:
    known = access.department_for(call.session, department)
    values = {"id": known.id, **body("name", "parent", "head").values}
    return reply(_department(operations.save_department(call.session, values, actor=call.actor, now=call.now)))


@route(pages, "/departments/<department>", policy=Policy.ADMIN, methods=("DELETE",))
@once
def delete_department(call: Call, department: str) -> Response:
    operations.delete_department(call.session, department, actor=call.actor, now=call.now)
    return Response(status=204)


def _department(each: Department) -> dict[str, Any]:
    return {
        "id": each.id,
        "name": each.name,
        "parent": each.parent,
        "head": str(each.head) if each.head else None,
    }


@route(pages, "/roles", policy=Policy.MEMBER)
def roles(call: Call) -> Response:
    return reply({"items": [_role(each) for each in access.roles(call.session)], "next_cursor": None})


@route(pages, "/roles/<role>", policy=Policy.MEMBER)
def role(call: Call, role: str) -> Response:
    return reply(_role(access.role_for(call.session, role)))


@route(pages, "/roles", policy=Policy.ADMIN, methods=("POST",))
@once
def create_role(call: Call) -> Response:
    made = operations.save_role(call.session, body("id", "name").values, actor=call.actor, now=call.now)
    return reply(_role(made), 201)


@route(pages, "/roles/<role>", policy=Policy.ADMIN, methods=("PATCH",))
@once
def update_role(call: Call, role: str) -> Response:
    known = access.role_for(call.session, role)
    values = {"id": known.id, **body("name").values}
    return reply(_role(operations.save_role(call.session, values, actor=call.actor, now=call.now)))


@route(pages, "/roles/<role>", policy=Policy.ADMIN, methods=("DELETE",))
@once
def delete_role(call: Call, role: str) -> Response:
    operations.delete_role(call.session, role, actor=call.actor, now=call.now)
    return Response(status=204)


def _role(each: Role) -> dict[str, Any]:
    return {"id": each.id, "name": each.name}


@route(pages, "/tokens", policy=Policy.MEMBER, methods=("POST",))
@once
def create_token(call: Call) -> Response:
    """`{member, name}`: administrators for anyone, others for themselves; the secret is told this once."""
    given = body("member", "name")
    wanted = given.get("member", (str, int), call.actor.email)
    member = directory(call.session).find(wanted)
    if member is None:
        raise Missing(message=both(f"没有成员 {wanted}", f"There is no member {wanted}"), at="/member")
    id, secret = tokens.create_token(call.session, member, given.get("name", str, ""), actor=call.actor, now=call.now)
    return reply({"id": str(id), "token": secret}, 201)


@route(pages, "/tokens/<int:token>", policy=Policy.MEMBER, methods=("DELETE",))
@once
def revoke_token(call: Call, token: int) -> Response:
    tokens.revoke_token(call.session, token, actor=call.actor, now=call.now)
    return Response(status=204)
