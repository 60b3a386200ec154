"""`{notify: owner, text: {zh: …, en: …}}`: a line in somebody's inbox, with a link to the record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from formwright.accounts.directory import directory
from formwright.notify.operations import inbox
from formwright.records.act_types.base import ActPlace, ActType, Effect, act_types, rule_text
from formwright.texts import Text, both
from formwright_rules.values import is_empty


class NotifyAct(ActType):
    """站内通知: recipients by a people rule; nobody found is nobody told."""

    name = "notify"
    label: ClassVar[Text] = both("站内通知", "Notify")
    keys = frozenset({"text"})

    def run(self, act: Mapping[str, Any], place: ActPlace) -> list[Effect]:
        people = recipients(act["notify"], place)
        if people:
            text: Text = act.get("text") or place.record.title
            inbox(place.session, people, text, record_link(place), now=place.now)
        return []


def recipients(rule: Any, place: ActPlace) -> tuple[int, ...]:
    """The active members whom a people rule names."""
    found = place.ask(rule_text(rule))
    people = () if is_empty(found) else found if isinstance(found, list | tuple) else (found,)
    return directory(place.session).active(people)


def record_link(place: ActPlace) -> str:
    """Where the record is read in the browser."""
    return f"/apps/{place.app.id}/forms/{place.record.form}/records/{place.record.id}"


act_types.add(NotifyAct.name, NotifyAct())
