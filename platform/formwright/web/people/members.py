"""Members, departments and roles, for administrators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import redirect, render_template, request, url_for
from wtforms import BooleanField, Form, PasswordField, SelectField, SelectMultipleField, StringField

from formwright.accounts import access
from formwright.accounts.directory import directory
from formwright.accounts.model import Profile
from formwright.accounts.operations import create_member, update_member
from formwright.errors import FormwrightError
from formwright.texts import show
from formwright.web.gate import Call, Policy, route
from formwright.web.people import pages

MOST = 10_000
"""Members on one page; an organisation of more than that is kept by `org import`."""


class MemberForm(Form):
    """What an administrator may say of a member; the operations validate it."""

    email = StringField()
    name = StringField()
    password = PasswordField()
    language = SelectField(choices=[("zh", "中文"), ("en", "English")])
    manager = SelectField()
    departments = SelectMultipleField()
    roles = SelectMultipleField()
    admin = BooleanField()
    active = BooleanField()


@route(pages, "/members", policy=Policy.ADMIN)
def members_page(call: Call) -> str:
    return _list(call)


@route(pages, "/members", policy=Policy.ADMIN, methods=("POST",))
def create_member_action(call: Call) -> Any:
    form = _form(call, request.form)
    try:
        create_member(call.session, _values(form, is_new=True), actor=call.actor, now=call.now)
    except FormwrightError as error:
        call.session.rollback()
        return _list(call, form=form, error=error), error.status
    return redirect(url_for("people.members_page"))


@route(pages, "/members/<int:member>", policy=Policy.ADMIN)
def member_page(call: Call, member: int) -> str:
    profile = access.member_for(call.session, member)
    return render_template("people/member.html", profile=profile, form=_form(call, _shown(call, profile)), error=None)


@route(pages, "/members/<int:member>", policy=Policy.ADMIN, methods=("POST",))
def update_member_action(call: Call, member: int) -> Any:
    form = _form(call, request.form)
    profile = access.member_for(call.session, member)
    try:
        update_member(call.session, member, _values(form, is_new=False), actor=call.actor, now=call.now)
    except FormwrightError as error:
        call.session.rollback()
        return render_template("people/member.html", profile=profile, form=form, error=error), error.status
    return redirect(url_for("people.members_page"))


def _list(call: Call, *, form: MemberForm | None = None, error: FormwrightError | None = None) -> str:
    everybody = access.members(call.session, active=None, limit=MOST)
    return render_template(
        "people/members.html",
        members=everybody,
        people=directory(call.session).show([profile.manager for profile in everybody]),
        departments={each.id: each.name for each in access.departments(call.session)},
        roles={each.id: each.name for each in access.roles(call.session)},
        form=form or _form(call, {"language": call.language, "active": True}),
        error=error,
    )


def _form(call: Call, data: Mapping[str, Any]) -> MemberForm:
    form = MemberForm(request.form) if data is request.form else MemberForm(data=data)
    form.manager.choices = [
        ("", "—"),
        *((each.email, f"{each.name} · {each.email}") for each in access.members(call.session, limit=MOST)),
    ]
    form.departments.choices = [(each.id, show(each.name, call.language)) for each in access.departments(call.session)]
    form.roles.choices = [(each.id, show(each.name, call.language)) for each in access.roles(call.session)]
    return form


def _shown(call: Call, profile: Profile) -> dict[str, Any]:
    manager = directory(call.session).show([profile.manager]).get(profile.manager or 0)
    return {
        "email": profile.email, "name": profile.name, "language": profile.language, "admin": profile.admin,
        "active": profile.active, "departments": list(profile.departments), "roles": sorted(profile.roles),
        "manager": manager.email if manager else "",
    }  # fmt: skip


def _values(form: MemberForm, *, is_new: bool) -> dict[str, Any]:
    values: dict[str, Any] = {
        "name": form.name.data, "language": form.language.data, "manager": form.manager.data or None,
        "departments": form.departments.data or [], "roles": form.roles.data or [], "admin": form.admin.data,
    }  # fmt: skip
    if form.password.data:
        values["password"] = form.password.data
    if is_new:
        values["email"] = form.email.data
    else:
        values["active"] = form.active.data
    return values
