"""The flow designer's page, and the one drawing of a draft flow."""

from __future__ import annotations

from flask import Response, render_template

from formwright.errors import Missing
from formwright.flow.drawing import draw
from formwright.flow.model import Flow
from formwright.flow.node_types import node_types
from formwright.packages.operations import in_force
from formwright.schema.access import draft_for
from formwright.schema.document import read_app
from formwright.schema.model import App
from formwright.texts import show
from formwright.web.designer import pages
from formwright.web.designer.forms import design_data
from formwright.web.gate import Call, Policy, route


@route(pages, "/design/<app>/flows/<flow>", policy=Policy.DESIGNER)
def flow_page(call: Call, app: str, flow: str) -> str:
    shown, found = _draft_flow(call, app, flow)
    kinds = [
        {
            "id": name,
            "label": show(kind.label, call.language),
            "icon": kind.icon,
            "human": kind.human,
            "keys": sorted(kind.keys),
        }
        for name, kind in node_types.items()
        if kind.runnable
    ]
    return render_template(
        "designer/flow.html",
        app=shown,
        flow=found,
        design=design_data(call, shown, in_force(call.session, app), flow=flow, node_types=kinds),
        drawing=draw(shown, found, language=call.language),
    )


@route(pages, "/design/<app>/flows/<flow>/drawing", policy=Policy.DESIGNER)
def flow_drawing(call: Call, app: str, flow: str) -> Response:
    """The draft flow as the one drawing, an SVG element."""
    shown, found = _draft_flow(call, app, flow)
    return Response(draw(shown, found, language=call.language), content_type="image/svg+xml")


def _draft_flow(call: Call, app_id: str, flow_id: str) -> tuple[App, Flow]:
    shown, _ = read_app(draft_for(call.session, app_id).document)
    found = shown.parts.get("flows", {}).get(flow_id)
    if not isinstance(found, Flow):
        raise Missing(at=flow_id)
    return shown, found
