"""`{mail: owner, subject: …, text: …}`: an e-mail to members, in each one's language, sent after the commit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from formwright.notify.operations import mail
from formwright.records.act_types.base import ActPlace, ActType, Effect, act_types
from formwright.records.act_types.notify import recipients
from formwright.texts import Text, both


class MailAct(ActType):
    """发送邮件: recipients by a people rule; without a subject the record's title is one."""

    name = "mail"
    label: ClassVar[Text] = both("发送邮件", "Send mail")
    keys = frozenset({"subject", "text"})

    def run(self, act: Mapping[str, Any], place: ActPlace) -> list[Effect]:
        people = recipients(act["mail"], place)
        if people:
            subject: Text = act.get("subject") or place.record.title
            mail(place.session, people, subject, act.get("text") or "", now=place.now)
        return []


act_types.add(MailAct.name, MailAct())
