"""What the runtime's templates ask of the program: the macros of a field type, the words for acts, states and kinds of events."""

from __future__ import annotations

from typing import Any

from flask import current_app

from formwright.texts import Text, both
from formwright.web.language import shown
from formwright.web.runtime import pages

ACTS: dict[str, Text] = {
    "approve": both("同意", "Approve"),
    "reject": both("拒绝", "Reject"),
    "submit": both("提交", "Submit"),
    "confirm": both("确认", "Confirm"),
    "object": both("有异议", "Object"),
    "save": both("保存", "Save"),
    "return": both("退回", "Send back"),
    "transfer": both("转交", "Hand over"),
    "delegate": both("委托", "Delegate"),
    "add_signer": both("加签", "Add a signer"),
    "remove_signer": both("减签", "Remove a signer"),
    "claim": both("认领", "Claim"),
    "cc": both("抄送", "Send a copy"),
    "comment": both("评论", "Comment"),
    "recall": both("收回", "Take back"),
    "take_back": both("撤回处理", "Undo"),
    "withdraw": both("撤回", "Withdraw"),
    "urge": both("催办", "Urge"),
    "cancel": both("终止流程", "Terminate"),
    "reactivate": both("重新激活", "Reactivate"),
    "jump": both("跳转", "Jump"),
    "suspend": both("挂起", "Suspend"),
    "resume": both("恢复", "Resume"),
    "reassign": both("改派", "Reassign"),
    "start": both("发起", "Started"),
    "timeout": both("超时", "Timed out"),
    "read": both("已读", "Read"),
}

STATES: dict[str, tuple[Text, str]] = {
    "draft": (both("草稿", "Draft"), ""),
    "running": (both("进行中", "In progress"), "blue"),
    "approved": (both("已通过", "Approved"), "green"),
    "finished": (both("已完成", "Finished"), "green"),
    "rejected": (both("已拒绝", "Rejected"), "red"),
    "withdrawn": (both("已撤回", "Withdrawn"), "orange"),
    "terminated": (both("已终止", "Terminated"), "red"),
    "suspended": (both("已挂起", "Suspended"), "orange"),
    "error": (both("出错", "Error"), "red"),
    "open": (both("待办", "Open"), "blue"),
    "done": (both("已处理", "Done"), "green"),
    "pending": (both("等待中", "Waiting"), "orange"),
}

EVENTS: dict[str, Text] = {
    "create": both("新建", "created"),
    "update": both("修改", "changed"),
    "submit": both("提交", "submitted"),
    "delete": both("删除", "deleted"),
    "restore": both("恢复", "restored"),
    "import": both("导入", "imported"),
    "recalculate": both("重新计算", "recalculated"),
}

OUTCOMES: dict[str, Text] = {
    "approve": both("同意", "Approved"),
    "approved": both("同意", "Approved"),
    "reject": both("拒绝", "Rejected"),
    "rejected": both("拒绝", "Rejected"),
    "submit": both("提交", "Submitted"),
    "submitted": both("提交", "Submitted"),
    "return": both("退回", "Sent back"),
    "timeout": both("超时", "Timed out"),
}


@pages.app_template_global()
def widget(type_name: str) -> Any:
    """The macros `input(cell)` and `value(cell)` of a field type."""
    return current_app.jinja_env.get_template(f"fields/{type_name}.html").module


@pages.app_template_global()
def act_word(act: str) -> str:
    return shown(ACTS.get(act, act.replace("_", " ")))


@pages.app_template_global()
def state_word(state: str) -> str:
    return shown(STATES[state][0] if state in STATES else state)


@pages.app_template_global()
def state_colour(state: str) -> str:
    return STATES[state][1] if state in STATES else ""


@pages.app_template_global()
def event_word(kind: str) -> str:
    return shown(EVENTS.get(kind, kind))
