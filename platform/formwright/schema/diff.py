"""What changed between two definitions of an app, in words: for publishing, for designers, for whoever reviews a draft."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from formwright.schema.field_types.choices import ChoiceSettings
from formwright.schema.model import App, Field, Form
from formwright.schema.reading import pointer
from formwright.texts import Text, both, show


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: `at` points into the newer document (into the older one for what was removed).

    Kinds: `{form,field,view,parameter,role,option,entry}_{added,removed}`, `field_retyped`, `field_changed`, `renamed`,
    `rule_changed`, `checks_changed`, `layout_changed`, `view_changed`, `grants_changed`, `public_changed`,
    `parameter_changed`, `entry_changed` (an entry of another section: a flow, a dashboard …), `app_changed`.
    """

    kind: str
    at: str
    message: Text


_RULES: Mapping[str, tuple[str, str]] = {
    "required": ("必填规则", "when it is required"),
    "default": ("默认值", "its default"),
    "compute": ("计算公式", "how it is computed"),
    "fill": ("带出规则", "what fills it"),
    "visible": ("显示规则", "when it is visible"),
    "editable": ("可编辑规则", "when it is editable"),
}


def changes(old: App | None, new: App) -> list[Change]:
    """Every difference from `old` (None: nothing installed) to `new`, in the order of the document."""
    found = list(_header(old, new))
    old_forms = old.forms if old else {}
    for form_id, form in new.forms.items():
        before = old_forms.get(form_id)
        found += [_added("form", pointer("forms", form_id), form.name)] if before is None else _form(before, form)
    found += [
        _removed("form", pointer("forms", each), form.name) for each, form in old_forms.items() if each not in new.forms
    ]
    return [*found, *_sections(old, new)]


def _header(old: App | None, new: App) -> Iterator[Change]:
    if old is None:
        return
    if old.name != new.name:
        yield _renamed("/app/name", old.name, new.name)
    for key in ("version", "summary", "icon", "managers", "navigation"):
        if getattr(old, key) != getattr(new, key):
            zh, en = _APP_KEYS[key]
            yield Change("app_changed", f"/app/{key}", both(f"应用的{zh}有变化", f"The app's {en} changed"))
    yield from _by_id("role", "/app/roles", dict(old.roles), dict(new.roles))
    before, after = ({each.id: each for each in app.parameters} for app in (old, new))
    yield from _by_id("parameter", "/app/parameters", _names(before), _names(after))
    for i, parameter in enumerate(new.parameters):
        earlier = before.get(parameter.id)
        if earlier is not None and replace(earlier, label=parameter.label) != parameter:
            name = {language: show(parameter.label, language) for language in ("zh", "en")}
            message = both(f"参数“{name['zh']}”有变化", f'Parameter "{name["en"]}" changed')
            yield Change("parameter_changed", pointer("app", "parameters", i), message)


_APP_KEYS: Mapping[str, tuple[str, str]] = {
    "version": ("版本号", "version"),
    "summary": ("简介", "summary"),
    "icon": ("图标", "icon"),
    "managers": ("管理员规则", "managers"),
    "navigation": ("导航", "navigation"),
}


def _names(parameters: Mapping[str, Any]) -> dict[str, Text]:
    return {name: parameter.label for name, parameter in parameters.items()}


def _by_id(what: str, at: str, old: Mapping[str, Text], new: Mapping[str, Text]) -> Iterator[Change]:
    """Added, removed and renamed members of a list of things with an id."""
    for i, (name, label) in enumerate(new.items()):
        if name not in old:
            yield _added(what, f"{at}/{i}", label)
        elif old[name] != label:
            yield _renamed(f"{at}/{i}", old[name], label)
    yield from (_removed(what, f"{at}/{i}", label) for i, (name, label) in enumerate(old.items()) if name not in new)


def _form(old: Form, new: Form) -> Iterator[Change]:
    at = pointer("forms", new.id)
    if old.name != new.name:
        yield _renamed(at + "/name", old.name, new.name)
    if old.title != new.title:
        yield Change("rule_changed", at + "/title", _of(new.name, "数据标题有变化", "the title rule changed"))
    yield from _fields(old.fields, new.fields, at + "/fields")
    if old.checks != new.checks:
        yield Change("checks_changed", at + "/checks", _of(new.name, "校验有变化", "the checks changed"))
    if old.layout != new.layout:
        yield Change("layout_changed", at + "/layout", _of(new.name, "布局有变化", "the layout changed"))
    before = {view.id: view for view in old.views}
    yield from _by_id(
        "view", at + "/views", {each.id: each.name for each in old.views}, {each.id: each.name for each in new.views}
    )
    for i, view in enumerate(new.views):
        earlier = before.get(view.id)
        if earlier is not None and replace(earlier, name=view.name) != view:
            yield Change("view_changed", f"{at}/views/{i}", _of(view.name, "视图有变化", "the view changed"))
    if old.grants != new.grants:
        yield Change("grants_changed", at + "/grants", _of(new.name, "权限有变化", "the grants changed"))
    if old.public != new.public:
        yield Change("public_changed", at + "/public", _of(new.name, "外链设置有变化", "the public link changed"))


def _fields(old: tuple[Field, ...], new: tuple[Field, ...], at: str) -> Iterator[Change]:
    before = {field.id: field for field in old}
    after = {field.id for field in new}
    for i, field in enumerate(new):
        earlier = before.get(field.id)
        if earlier is None:
            yield _added("field", f"{at}/{i}", field.label)
        else:
            yield from _field(earlier, field, f"{at}/{i}")
    yield from (_removed("field", f"{at}/{i}", field.label) for i, field in enumerate(old) if field.id not in after)


def _field(old: Field, new: Field, at: str) -> Iterator[Change]:
    if old.label != new.label:
        yield _renamed(at + "/label", old.label, new.label)
    if old.type != new.type:
        message = _of(new.label, f"类型由 {old.type} 改为 {new.type}", f"type {old.type} becomes {new.type}")
        yield Change("field_retyped", at + "/type", message)
        return
    for rule, (zh, en) in _RULES.items():
        if getattr(old, rule) != getattr(new, rule):
            yield Change("rule_changed", f"{at}/{rule}", _of(new.label, f"{zh}有变化", f"{en} changed"))
    if isinstance(old.settings, ChoiceSettings) and isinstance(new.settings, ChoiceSettings):
        before, after = (
            {each.id: each.label for each in settings.options} for settings in (old.settings, new.settings)
        )
        yield from _by_id("option", at + "/options", before, after)
        others = replace(old.settings, options=new.settings.options) != new.settings
    else:
        others = old.settings != new.settings
    compared = ("help", "unique", "checks", "mask", "width", "when_hidden")
    if others or any(getattr(old, key) != getattr(new, key) for key in compared):
        changed = [key for key in compared if getattr(old, key) != getattr(new, key)]
        if others:
            changed += _changed_settings(old.settings, new.settings)
        listed = ", ".join(changed)
        yield Change("field_changed", at, _of(new.label, f"设置有变化（{listed}）", f"settings changed ({listed})"))
    yield from _fields(old.fields, new.fields, at + "/fields")


def _changed_settings(old: Any, new: Any) -> list[str]:
    names = [each.name for each in fields(new) if each.compare]
    return [name.rstrip("_") for name in names if getattr(old, name) != getattr(new, name)]


def _sections(old: App | None, new: App) -> Iterator[Change]:
    """Entries of the other sections, compared as documents: what they mean is for their own floor to say."""
    for section in ("flows", "rules", "dashboards", "automations", "prints", "life_cycles", "tests"):
        before, after = (_entries(app, section) for app in (old, new))
        for name, entry in after.items():
            at = pointer(section, name)
            if name not in before:
                yield _added("entry", at, _entry_name(entry, name))
            elif before[name] != entry:
                yield Change(
                    "entry_changed", at, _of(_entry_name(entry, name), f"{section} 有变化", f"changed ({section})")
                )
        for name, entry in before.items():
            if name not in after:
                yield _removed("entry", pointer(section, name), _entry_name(entry, name))


def _entries(app: App | None, section: str) -> Mapping[str, Any]:
    found = app.document.get(section) if app is not None else None
    return found if isinstance(found, Mapping) else {}


def _entry_name(entry: Any, default: str) -> Text:
    name = entry.get("name") if isinstance(entry, Mapping) else None
    return name if isinstance(name, str | Mapping) and name else default


_KINDS: Mapping[str, tuple[str, str]] = {
    "form": ("表单", "form"),
    "field": ("字段", "field"),
    "view": ("视图", "view"),
    "parameter": ("参数", "parameter"),
    "role": ("角色", "role"),
    "option": ("选项", "option"),
    "entry": ("条目", "entry"),
}


def _added(what: str, at: str, name: Text) -> Change:
    zh, en = _KINDS[what]
    return Change(f"{what}_added", at, both(f"新增{zh}“{show(name, 'zh')}”", f'New {en} "{show(name, "en")}"'))


def _removed(what: str, at: str, name: Text) -> Change:
    zh, en = _KINDS[what]
    return Change(f"{what}_removed", at, both(f"移除{zh}“{show(name, 'zh')}”", f'Removed {en} "{show(name, "en")}"'))


def _renamed(at: str, old: Text, new: Text) -> Change:
    zh = f"“{show(old, 'zh')}”改名为“{show(new, 'zh')}”"
    return Change("renamed", at, both(zh, f'"{show(old, "en")}" is now called "{show(new, "en")}"'))


def _of(name: Text, zh: str, en: str) -> Text:
    return both(f"“{show(name, 'zh')}”：{zh}", f'"{show(name, "en")}": {en}')
