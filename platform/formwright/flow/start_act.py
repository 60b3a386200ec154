"""`{start_flow: flow}`: an act of flows and automations that sets other records on their way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from formwright.errors import Invalid
from formwright.flow.starting import start
from formwright.flow.versions import flows_of
from formwright.records.act_types.base import ActPlace, ActType, Effect, act_types
from formwright.records.act_types.targets import matching
from formwright.records.act_types.update import no_match
from formwright.texts import Text, both


class StartFlowAct(ActType):
    """发起流程: of the act's own form on its own record, of another form on the records that `where` finds."""

    name = "start_flow"
    label: ClassVar[Text] = both("发起流程", "Start a flow")
    keys = frozenset({"where"})

    def run(self, act: Mapping[str, Any], place: ActPlace) -> list[Effect]:
        flow = flows_of(place.app).get(str(act["start_flow"]))
        if flow is None:
            message = both(f"没有流程“{act['start_flow']}”", f'There is no flow "{act["start_flow"]}"')
            raise Invalid("data_action_failed", message)
        own = flow.form == place.record.form and act.get("where") is None
        found = [place.record] if own else matching(flow.form, act.get("where"), place)
        if not found:
            raise no_match(flow.form)
        for record in found:
            start(place.session, place.app, record, flow.id, actor=place.actor, now=place.now)
        return []


def register() -> None:
    """Bring the act in; doing it twice does nothing."""
    if StartFlowAct.name not in act_types:
        act_types.add(StartFlowAct.name, StartFlowAct())
