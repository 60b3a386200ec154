"""Who takes part in a record through its flows, and so sees it with the rights of the nodes where they did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, and_, bindparam, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from formwright.accounts.directory import directory
from formwright.accounts.model import Actor
from formwright.database import database_of, per_transaction
from formwright.flow.instances import Instance
from formwright.flow.tables import participant
from formwright.flow.versions import version_of
from formwright.prepared import Batch, Prepared
from formwright.records.model import Record
from formwright.records.participants import participations
from formwright.records.permissions import capped, narrowed, readable, united
from formwright.records.reader import creation_rights
from formwright.schema.access import app_for
from formwright.schema.model import App, FieldRights, Form
from formwright.storage.layout import FormLayout
from formwright.storage.rows import among, id_list

_ADD = {
    "sqlite": Prepared(sqlite.insert(participant).on_conflict_do_nothing(), participant.c.keys()),
    "postgresql": Prepared(postgresql.insert(participant).on_conflict_do_nothing(), participant.c.keys()),
}

Place = tuple[str, int, str]
"""Flow, version and node: what decides which rights a participant has."""


def add_participants(batch: Batch, instance: Instance, who: Iterable[tuple[int, str]]) -> None:
    """`who` are members with the nodes whose rights they get; those who have them already keep them."""
    rows = [
        {
            "member": member,
            "record": instance.record,
            "instance": instance.id,
            "node": node,
            "app": instance.app,
            "form": instance.form,
            "flow": instance.flow,
            "version": instance.version,
        }
        for member, node in sorted(who)
    ]
    batch.add(_ADD[database_of(batch.session).kind], rows)


class FlowParticipation:
    """Initiators, assignees past and present, members in copy: each sees the record with their nodes' view rights."""

    def condition(self, session: Session, layout: FormLayout, actor: Actor) -> ColumnElement[bool] | None:
        """Records of the form in whose flows `actor` takes part."""
        if actor.id is None or not _places(session, layout.app_id, layout.form.id, actor.id):
            return None
        return layout.table.c.id.in_(
            select(participant.c.record).where(
                participant.c.member == actor.id,
                participant.c.app == layout.app_id,
                participant.c.form == layout.form.id,
            )
        )

    def field_condition(
        self, session: Session, layout: FormLayout, actor: Actor, field_id: str
    ) -> ColumnElement[bool] | None:
        """Records where `actor` took part at a node that shows the field."""
        if actor.id is None:
            return None
        every = _places(session, layout.app_id, layout.form.id, actor.id)
        if not every:
            return None
        app = app_for(session, layout.app_id)
        places = [
            place for place in every if readable(_rights_at(session, app, layout.form, place, actor).of(field_id))
        ]
        if not places:
            return None
        if len(places) == len(every):
            return self.condition(session, layout, actor)
        return layout.table.c.id.in_(
            select(participant.c.record).where(
                participant.c.member == actor.id,
                participant.c.app == layout.app_id,
                participant.c.form == layout.form.id,
                or_(
                    *(
                        and_(participant.c.flow == flow, participant.c.version == version, participant.c.node == node)
                        for flow, version, node in places
                    )
                ),
            )
        )

    def rights(
        self, session: Session, app: App, form: Form, records: Sequence[Record], actor: Actor
    ) -> Mapping[int, FieldRights]:
        """What `actor` sees of each record, all their nodes in it together."""
        if actor.id is None or not records:
            return {}
        kind = database_of(session).kind
        rows = _OF_RECORDS[kind].rows(
            session,
            {
                "member": actor.id,
                "app": app.id,
                "form": form.id,
                "ids": id_list([record.id for record in records], kind),
            },
        )
        found: dict[int, list[FieldRights]] = {}
        for record_id, flow, version, node in rows:
            found.setdefault(record_id, []).append(_rights_at(session, app, form, (flow, version, node), actor))
        return {record_id: united(several) for record_id, several in found.items()}


_OF_RECORDS = {
    kind: Prepared(
        select(participant.c.record, participant.c.flow, participant.c.version, participant.c.node).where(
            participant.c.member == bindparam("member"),
            among(participant.c.record, kind),
            participant.c.app == bindparam("app"),
            participant.c.form == bindparam("form"),
        )
    )
    for kind in ("sqlite", "postgresql")
}
_PLACES = Prepared(
    select(participant.c.flow, participant.c.version, participant.c.node)
    .distinct()
    .where(
        participant.c.member == bindparam("member"),
        participant.c.app == bindparam("app"),
        participant.c.form == bindparam("form"),
    )
)


def _places(session: Session, app_id: str, form_id: str, member: int) -> list[Place]:
    def load() -> list[Place]:
        rows = _PLACES.rows(session, {"member": member, "app": app_id, "form": form_id})
        return [(flow, version, node) for flow, version, node in rows]

    return per_transaction(session, ("flow.places", app_id, form_id, member), load)


def _rights_at(session: Session, app: App, form: Form, place: Place, actor: Actor) -> FieldRights:
    def find() -> FieldRights:
        flow, number, node_id = place
        node = version_of(session, app, flow, number).compiled.nodes.get(node_id)
        if node is None:
            return FieldRights(rest="hidden")
        fields = node.fields
        if node.type == "start":
            # Starting shows nobody more than creating did: a field that the grants hide from the initiator stays hidden.
            fields = narrowed(fields, creation_rights(form, actor, directory(session)) or fields)
        return capped(fields, "view")

    return per_transaction(session, ("flow.rights", app.id, form.id, place, actor), find)


def register() -> None:
    """Let the records know; doing it twice does nothing."""
    if "flow" not in participations:
        participations.add("flow", FlowParticipation())
