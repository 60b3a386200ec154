// The panels of a whole form: its title and checks, its views, its permissions.
import { design, freeId, h, shown, t } from "./dom.js";
import { draft } from "./draft.js";
import { bilingual, choice, field, rule, text } from "./inputs.js";
import { rightsTable } from "./rights.js";

export function formPanel(designer) {
  const form = () => designer.form;
  return [
    bilingual(t("表单名称", "Form name"), form, "name"),
    rule(t("数据标题：记录在各处怎么称呼", "Title: how a record is called everywhere"), form, "title", `${designer.root}/title`, { form: design.form }),
    h("p", { class: "strong" }, t("提交时必须满足", "Must hold when submitted")),
    ...(designer.form.checks ?? []).map((_, index) => h("div", { class: "edge-line" },
      rule(t("规则", "Rule"), () => designer.form.checks[index], "rule", `${designer.root}/checks/${index}/rule`, { form: design.form }),
      bilingual(t("不满足时说", "Say otherwise"), () => designer.form.checks[index], "message"),
      h("button", { type: "button", class: "button danger small", onclick: () => draft.change(() => designer.form.checks.splice(index, 1)) }, t("删除", "Remove")))),
    h("button", { type: "button", class: "button small", onclick: () => draft.change(() => (designer.form.checks ??= []).push({ rule: "true", message: { zh: "请检查", en: "Please check" } })) }, t("添加校验", "Add a check")),
  ];
}

export function viewsPanel(designer) {
  const kinds = [["table", t("表格", "Table")], ["kanban", t("看板", "Kanban")], ["calendar", t("日历", "Calendar")], ["gantt", t("甘特图", "Gantt")], ["gallery", t("画廊", "Gallery")]].map(([id, label]) => ({ id, label }));
  const fields = designer.form.fields.map((each) => ({ id: each.id, label: shown(each.label, each.id) }));
  return [
    ...(designer.form.views ?? []).map((view, index) => {
      const object = () => designer.form.views[index];
      const columns = h("div", { class: "choices" }, fields.map((each) => {
        const input = h("input", { type: "checkbox" });
        input.checked = (view.columns ?? []).includes(each.id);
        input.addEventListener("change", () => draft.change(() => {
          const kept = (object().columns ?? []).filter((id) => id !== each.id);
          object().columns = input.checked ? [...kept, each.id] : kept;
        }));
        return h("label", { class: "choice" }, input, each.label);
      }));
      const sort = h("input", { "aria-label": t("排序", "Sort"), placeholder: "-created_at" });
      sort.value = (view.sort ?? []).join(", ");
      sort.addEventListener("change", () => draft.change(() => (object().sort = sort.value.split(",").map((each) => each.trim()).filter(Boolean))));
      return h("details", { open: index === 0 }, h("summary", {}, shown(view.name, view.id)), h("div", { class: "stack tight" },
        bilingual(t("名称", "Name"), object, "name"), choice(t("样式", "Kind"), object, "type", kinds),
        rule(t("只显示", "Only where"), object, "filter", `${designer.root}/views/${index}/filter`, { form: design.form }),
        view.type === "kanban" ? choice(t("按什么分列", "Columns by"), object, "group_by", fields) : null,
        h("div", { class: "field" }, h("span", { class: "label" }, t("排序（- 表示倒序）", "Sort (- is descending)")), sort),
        h("p", { class: "label strong" }, t("显示的列", "Columns shown")), columns,
        h("button", { type: "button", class: "button danger small", onclick: () => draft.change(() => designer.form.views.splice(index, 1)) }, t("删除视图", "Remove view"))));
    }),
    h("button", { type: "button", class: "button small", onclick: () => draft.change(() => {
      designer.form.views ??= [];
      designer.form.views.push({ id: freeId("view", new Set(designer.form.views.map((each) => each.id))), type: "table", name: { zh: "新视图", en: "New view" } });
    }) }, t("添加视图", "Add a view")),
  ];
}

export function grantsPanel(designer) {
  const who = [["role", t("角色", "Role")], ["department", t("部门及以下", "Department and below")], ["member", t("成员邮箱", "Member's e-mail")], ["everyone", t("所有人", "Everyone")], ["rule", t("规则", "Rule")]];
  const words = { view: t("查看", "view"), create: t("新建", "create"), edit: t("修改", "edit"), delete: t("删除", "delete"), import: t("导入", "import"), export: t("导出", "export"), print: t("打印", "print"), comment: t("评论", "comment"), share: t("分享", "share"), manage_flow: t("管理流程", "manage flows") };
  const grants = designer.form.grants ?? [];
  return [
    h("p", { class: "small quiet" }, t("多条权限取并集；没有一条适用，就看不到。", "Permissions add up; where none applies, a record cannot be seen.")),
    ...grants.map((grant, index) => {
      const object = () => designer.form.grants[index];
      const kind = who.map(([id]) => id).find((id) => id in grant) ?? "everyone";
      const kinds = h("select", { "aria-label": t("谁", "Who") }, who.map(([id, label]) => h("option", { value: id, selected: id === kind }, label)));
      kinds.addEventListener("change", () => draft.change(() => {
        delete object()[kind];
        designer.form.grants[index] = { [kinds.value]: kinds.value === "everyone" ? true : kinds.value === "role" ? (design.roles[0]?.id ?? "") : "", ...object() };
      }));
      const known = { role: design.roles, department: design.departments }[kind];
      const value = kind === "everyone" ? null : known ? choice(t("哪个", "Which"), object, kind, known) : kind === "rule" ? rule(t("规则", "Rule"), object, "rule", `${designer.root}/grants/${index}/rule`, { form: design.form }) : text(t("邮箱", "E-mail"), object, kind);
      const label = kind === "everyone" ? t("所有人", "Everyone") : (known?.find((each) => each.id === grant[kind])?.label ?? grant[kind]);
      return h("details", {}, h("summary", {}, `${label} · ${(grant.actions ?? []).map((each) => words[each] ?? each).join(t("、", ", "))}`), h("div", { class: "stack tight" },
        h("div", { class: "field" }, h("span", { class: "label" }, t("谁", "Who")), kinds), value,
        rule(t("哪些记录（true 为全部）", "Which records (true: all)"), object, "records", `${designer.root}/grants/${index}/records`, { form: design.form }),
        h("div", { class: "choices" }, design.actions.map((action) => {
          const input = h("input", { type: "checkbox" });
          input.checked = (grant.actions ?? []).includes(action);
          input.addEventListener("change", () => draft.change(() => {
            const kept = (object().actions ?? []).filter((each) => each !== action);
            object().actions = input.checked ? design.actions.filter((each) => each === action || kept.includes(each)) : kept;
          }));
          return h("label", { class: "choice" }, input, words[action] ?? action);
        })),
        rightsTable(t("字段", "Fields"), object, "fields", designer.form.fields, "hidden"),
        h("button", { type: "button", class: "button danger small", onclick: () => draft.change(() => designer.form.grants.splice(index, 1)) }, t("删除这条权限", "Remove this permission"))));
    }),
    h("button", { type: "button", class: "button small", onclick: () => draft.change(() => (designer.form.grants ??= []).push({ everyone: true, records: true, actions: ["view"], fields: { "*": "view" } })) }, t("添加权限", "Add a permission")),
  ];
}
