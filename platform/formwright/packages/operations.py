"""Apps come, change and go: install, draft, check, publish, export, uninstall; each in the caller's one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from formwright.accounts import audit
from formwright.accounts.access import administrators_only
from formwright.accounts.directory import directory
from formwright.accounts.model import Actor
from formwright.accounts.operations import ensure_roles
from formwright.errors import Conflict, Invalid, Missing, Problem
from formwright.flow.proof import missing_people
from formwright.flow.versions import publish_flows
from formwright.packages import tables
from formwright.packages.canonical import with_ids
from formwright.packages.folder import Package, files_of, read_files
from formwright.packages.samples import Imported, import_samples
from formwright.schema import operations as schema_operations
from formwright.schema.access import Draft, app_for, apps, draft_for
from formwright.schema.diff import Change, changes
from formwright.schema.document import errors, examine
from formwright.schema.model import App, Finding
from formwright.storage import migrate
from formwright.texts import Text, both


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication did. `state` is done; long changes come with a later round of schema changes."""

    app: App
    changes: tuple[Change, ...]
    state: str = "done"
    lost: Mapping[str, int] = field(default_factory=dict)
    """Values of retyped fields that could not be converted, by place; they stay in the old column."""


@dataclass(frozen=True, slots=True)
class Installed:
    """What an installation did. `fresh` is False when the very same version was there already."""

    app: App
    fresh: bool
    samples: Sequence[Imported] = ()


def install(session: Session, package: Package, *, sample_data: bool = False, actor: Actor, now: datetime) -> Installed:
    """Install a package and publish it at once.

    The same id and version again changes nothing; another version is Conflict `installed`. Raises Invalid with every
    error of the package, each with file and line.
    """
    administrators_only(actor)
    app, findings = examine(package.document)
    if wrong := errors(findings):
        raise Invalid(problems=package.problems(wrong))
    known = {each.id: each for each in apps(session)}.get(app.id)
    if known is not None and known.publication:
        if known.version == app.version:
            return Installed(app_for(session, app.id), fresh=False)
        raise Conflict(
            "installed",
            both(
                f"应用“{app.id}”已安装 {known.version} 版",
                f'The app "{app.id}" is installed in version {known.version}',
            ),
        )
    document = with_ids(package.document)
    published = _put_in_force(session, document, None, actor=actor, now=now, note="")
    schema_operations.save_draft(session, app.id, document, actor=actor, now=now)
    _keep_files(session, package)
    audit.note(session, "app.installed", f"app:{app.id}", {"version": app.version}, actor=actor, now=now)
    samples = import_samples(session, published.app, package, actor=actor, now=now) if sample_data else ()
    return Installed(published.app, fresh=True, samples=samples)


def upgrade(session: Session, app_id: str, package: Package, *, actor: Actor, now: datetime) -> Published:
    """Put another version of a package in force in place of the installed one; records stay."""
    administrators_only(actor)
    if package.id != app_id:
        raise Invalid("wrong_app", both(f"应用包是“{package.id}”", f'The package is of "{package.id}"'), at="/app/id")
    _, findings = examine(package.document)
    if wrong := errors(findings):
        raise Invalid(problems=package.problems(wrong))
    document = with_ids(package.document)
    published = _put_in_force(session, document, app_for(session, app_id), actor=actor, now=now, note="")
    schema_operations.save_draft(session, app_id, document, actor=actor, now=now)
    _keep_files(session, package)
    audit.note(session, "app.upgraded", f"app:{app_id}", {"version": published.app.version}, actor=actor, now=now)
    return published


def new_app(session: Session, app_id: str, name: Text, *, actor: Actor, now: datetime) -> Draft:
    """An empty app with a draft; nothing of it is in force until it is published."""
    administrators_only(actor)
    made = schema_operations.new_app(session, app_id, name, actor=actor, now=now)
    audit.note(session, "app.created", f"app:{app_id}", actor=actor, now=now)
    return made


def save_draft(
    session: Session,
    app_id: str,
    document: Mapping[str, Any],
    *,
    revision: int | None,
    actor: Actor,
    now: datetime,
) -> Draft:
    """Keep the document as the app's draft, wrong as it may be; Conflict `stale` when it is past `revision`.

    Rules that name labels are kept by ids: the labels of this very document are what they were written against.
    """
    draft_for(session, app_id)
    _refuse_other_id(app_id, document)
    return schema_operations.save_draft(session, app_id, with_ids(document), revision=revision, actor=actor, now=now)


def check(session: Session, app_id: str) -> list[Finding]:
    """Every finding on the draft, errors first."""
    app, findings = examine(draft_for(session, app_id).document)
    people = directory(session)
    return [*missing_people(app, lambda email: people.find(email) is not None), *findings]


def publish(session: Session, app_id: str, *, actor: Actor, now: datetime, note: str = "") -> Published:
    """Check the draft, migrate the tables and put it in force. Raises Invalid with the findings when there are errors."""
    document = draft_for(session, app_id).document
    _refuse_other_id(app_id, document)
    _, findings = examine(document)
    if wrong := errors(findings):
        raise Invalid(problems=[Problem(finding.at, finding.code, finding.message) for finding in wrong])
    published = _put_in_force(session, document, in_force(session, app_id), actor=actor, now=now, note=note)
    audit.note(
        session, "app.published", f"app:{app_id}", {"publication": published.app.publication}, actor=actor, now=now
    )
    return published


def pending(session: Session, app_id: str) -> tuple[Change, ...]:
    """What publishing the draft would change."""
    app, _ = examine(draft_for(session, app_id).document)
    return tuple(changes(in_force(session, app_id), app))


def in_force(session: Session, app_id: str) -> App | None:
    """The published app, or None when it never was published."""
    try:
        return app_for(session, app_id)
    except Missing:
        return None


def upgrade_changes(session: Session, app_id: str, package: Package) -> tuple[Change, ...]:
    """What putting another version of the package in force would change."""
    new, findings = examine(package.document)
    if wrong := errors(findings):
        raise Invalid(problems=package.problems(wrong))
    return tuple(changes(app_for(session, app_id), new))


def export(session: Session, app_id: str) -> Package:
    """The published definition as a package, with the files that came with it."""
    app = app_for(session, app_id)
    rows = session.execute(
        select(tables.package_file.c.path, tables.package_file.c.content).where(tables.package_file.c.app == app_id)
    )
    beside = read_files({"app.yaml": b"format: 1\n", **{row.path: row.content for row in rows}})
    return Package(
        document=app.document,
        data=beside.data,
        maps=beside.maps,
        assets=beside.assets,
        overlays=beside.overlays,
        org=beside.org,
    )


def uninstall(session: Session, app_id: str, *, actor: Actor, now: datetime) -> None:
    """Take an app away: its definition stays in its publications, its records go to the recycle bin."""
    administrators_only(actor)
    installed = in_force(session, app_id)
    if installed is None:
        draft_for(session, app_id)
    else:
        migrate.apply(session, migrate.plan(session, installed, None), now=now)
    schema_operations.remove_app(session, app_id, now=now)
    audit.note(session, "app.uninstalled", f"app:{app_id}", actor=actor, now=now)


def _put_in_force(
    session: Session, document: Mapping[str, Any], old: App | None, *, actor: Actor, now: datetime, note: str
) -> Published:
    """Storage, flow versions and the publication move together or not at all."""
    app_id = document["app"]["id"]
    new = schema_operations.add_publication(session, app_id, document, actor=actor, now=now, note=note)
    ensure_roles(session, new.roles, actor=actor, now=now)
    lost = migrate.apply(session, migrate.plan(session, old, new), now=now)
    publish_flows(session, old, new, now=now)
    _refuse_missing_members(session, new)
    return Published(new, tuple(changes(old, new)), lost=lost)


def _refuse_missing_members(session: Session, app: App) -> None:
    """A fallback or a grant that names a member by e-mail needs that member to exist here."""
    people = directory(session)
    problems = [
        Problem(
            f"/forms/{form.id}/grants/{index}/member",
            "unknown_member",
            both(f"没有成员 {grant.value}", f"There is no member {grant.value}"),
        )
        for form in app.forms.values()
        for index, grant in enumerate(form.grants)
        if grant.who == "member" and people.find(grant.value) is None
    ]
    fallbacks = missing_people(app, lambda email: people.find(email) is not None)
    problems += [Problem(finding.at, finding.code, finding.message) for finding in fallbacks]
    if problems:
        raise Invalid(problems=problems)


def _keep_files(session: Session, package: Package) -> None:
    kept = tables.package_file
    session.execute(delete(kept).where(kept.c.app == package.id))
    rows = [
        {"app": package.id, "path": path, "content": content}
        for path, content in files_of(package)
        if path.startswith(("data/", "assets/", "tests/overlays/"))
    ]
    if rows:
        session.execute(insert(kept), rows)


def _refuse_other_id(app_id: str, document: Mapping[str, Any]) -> None:
    header = document.get("app")
    given = header.get("id") if isinstance(header, Mapping) else None
    if given != app_id:
        raise Invalid(
            "id_changed",
            both(f"应用的 id 必须是“{app_id}”", f'The id of this app must be "{app_id}"'),
            at="/app/id",
        )
