// <flow-designer>: the one drawing, made by the server, where nodes and the plus on every line can be chosen; a panel in four tabs.
import { announce, comeIntoView, design, freeId, h, shown, t } from "./dom.js";
import { draft } from "./draft.js";
import { bilingual, choice, field, number, rule, showFindings, text, toggle } from "./inputs.js";
import { rightsTable } from "./rights.js";

const SVG = "http://www.w3.org/2000/svg";

class FlowDesigner extends HTMLElement {
  chosen = null; // node id
  tab = "who";

  connectedCallback() {
    this.drawing = this.querySelector("#drawing");
    this.panel = h("aside", { class: "panel card", "aria-label": t("属性", "Properties") });
    this.append(this.panel);
    draft.addEventListener("changed", () => this.drawPanel());
    draft.addEventListener("saved", () => this.fetchDrawing());
    draft.addEventListener("checked", () => this.mark());
    draft.load().then(() => {
      this.dress();
      const parts = location.hash.slice(1).split("/");
      if (parts[3] === "nodes") this.choose(this.flow.nodes[Number(parts[4])]?.id ?? null);
    });
  }

  get flow() {
    return draft.document.flows[design.flow];
  }

  get root() {
    return `/flows/${design.flow}`;
  }

  get form() {
    return draft.document.forms[this.flow.form];
  }

  node(id) {
    return this.flow.nodes.find((each) => each.id === id);
  }

  name(id) {
    const found = this.node(id);
    return found ? shown(found.name, id) : id;
  }

  // ── the drawing ──────────────────────────────────────────────────────────────────────────────

  async fetchDrawing() {
    const response = await fetch(`/design/${design.app}/flows/${design.flow}/drawing`);
    if (!response.ok) return;
    const parsed = new DOMParser().parseFromString(await response.text(), "image/svg+xml");
    this.drawing.replaceChildren(document.adoptNode(parsed.documentElement));
    this.dress();
  }

  dress() {
    for (const group of this.drawing.querySelectorAll("[data-node]")) {
      group.setAttribute("tabindex", "0");
      group.setAttribute("role", "button");
      const choose = () => this.choose(group.dataset.node);
      group.addEventListener("click", choose);
      group.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          choose();
        } else if (event.key === "Delete") this.remove(group.dataset.node);
      });
    }
    for (const line of this.drawing.querySelectorAll("g.edge[data-from]:not(.edge-back)")) {
      const path = line.querySelector("path");
      const { from, to } = line.dataset;
      if (!this.flow.edges.some((edge) => edge.from === from && edge.to === to)) continue;
      const length = path.getTotalLength();
      const middle = path.getPointAtLength(Math.max(length - 24, length / 2)); // near its end, clear of the condition
      const add = document.createElementNS(SVG, "g");
      add.setAttribute("class", "add");
      add.setAttribute("tabindex", "0");
      add.setAttribute("role", "button");
      add.setAttribute("aria-label", t(`在${this.name(from)}与${this.name(to)}之间添加节点`, `Add a node between ${this.name(from)} and ${this.name(to)}`));
      const circle = document.createElementNS(SVG, "circle");
      for (const [name, value] of [["cx", middle.x], ["cy", middle.y], ["r", 10]]) circle.setAttribute(name, String(value));
      const cross = document.createElementNS(SVG, "path");
      cross.setAttribute("d", `M${middle.x - 5} ${middle.y}h10M${middle.x} ${middle.y - 5}v10`);
      add.append(circle, cross);
      const open = () => this.offerTypes(from, to);
      add.addEventListener("click", open);
      add.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          open();
        }
      });
      this.drawing.querySelector("svg").append(add);
    }
    this.mark();
  }

  mark() {
    if (!draft.document) return;
    this.flow.nodes.forEach((node, index) => {
      const group = this.drawing.querySelector(`[data-node="${CSS.escape(node.id)}"]`);
      if (!group) return;
      const found = draft.findingsAt(`${this.root}/nodes/${index}`);
      group.classList.toggle("wrong", found.some((each) => each.severity === "error"));
      group.classList.toggle("selected", node.id === this.chosen);
    });
    showFindings(this.panel);
    const list = this.panel.querySelector("#flow-findings");
    list?.replaceChildren(...draft.findingsAt(this.root).map((each) => {
      const at = each.at.split("/");
      const node = at[3] === "nodes" ? this.flow.nodes[Number(at[4])]?.id : at[3] === "edges" ? this.flow.edges[Number(at[4])]?.from : null;
      return h("li", { class: "finding" }, h("span", { class: `badge ${each.severity === "error" ? "red" : "orange"}` }, each.severity === "error" ? t("错误", "Error") : t("提醒", "Warning")), h("span", {}, each.message),
        node ? h("button", { type: "button", class: "button plain small", onclick: () => this.choose(node) }, this.name(node)) : null);
    }));
  }

  choose(id) {
    this.chosen = id;
    this.drawPanel();
    this.mark();
    if (id) comeIntoView(this.panel);
  }

  // ── changing ─────────────────────────────────────────────────────────────────────────────────

  offerTypes(from, to) {
    const dialog = h("dialog", { "aria-label": t("添加节点", "Add a node") },
      h("h2", {}, t("在这里添加什么？", "What comes here?")),
      h("div", { class: "palette" }, design.node_types.filter((each) => each.id !== "start").map((each) =>
        h("button", { type: "button", onclick: () => { dialog.close(); this.insert(each.id, from, to); } }, each.label))),
      h("p", {}, h("button", { type: "button", class: "button", onclick: () => dialog.close() }, t("取消", "Cancel"))));
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  insert(type, from, to) {
    let id;
    draft.change(() => {
      const kind = design.node_types.find((each) => each.id === type);
      id = freeId(type, new Set(this.flow.nodes.map((each) => each.id)));
      const node = { id, type, name: { zh: kind.label, en: kind.id[0].toUpperCase() + kind.id.slice(1) } };
      if (kind.human || type === "cc") node.assign = "manager(initiator)";
      if (type === "end") node.status = "approved";
      if (type === "action") node.do = [{ set: {} }];
      if (type === "join") node.wait = "all";
      this.flow.nodes.splice(this.flow.nodes.findIndex((each) => each.id === to), 0, node);
      const edge = this.flow.edges.find((each) => each.from === from && each.to === to);
      if (type === "end") this.flow.edges.push({ from, to: id, when: "false" });
      else {
        edge.to = id;
        this.flow.edges.push({ from: id, to });
      }
    });
    announce(t("已添加节点", "Node added"));
    this.choose(id);
    draft.save();
  }

  remove(id) {
    const node = this.node(id);
    if (!node || node.type === "start") return;
    draft.change(() => {
      const out = this.flow.edges.filter((each) => each.from === id);
      this.flow.edges = this.flow.edges.filter((each) => each.from !== id);
      for (const edge of this.flow.edges) if (edge.to === id) edge.to = out[0]?.to ?? null;
      this.flow.edges = this.flow.edges.filter((each, index, all) => each.to && each.from !== each.to && all.findIndex((other) => other.from === each.from && other.to === each.to && other.when === each.when && other.outcome === each.outcome) === index);
      this.flow.nodes = this.flow.nodes.filter((each) => each.id !== id);
    });
    this.choose(null);
    draft.save();
  }

  // ── the panel ────────────────────────────────────────────────────────────────────────────────

  drawPanel() {
    const index = this.flow.nodes.findIndex((each) => each.id === this.chosen);
    if (index < 0) {
      this.panel.replaceChildren(...this.flowPanel());
      this.mark();
      return;
    }
    const object = () => this.flow.nodes[index];
    const at = `${this.root}/nodes/${index}`;
    const kind = design.node_types.find((each) => each.id === object().type);
    const human = kind?.human;
    const tabs = [["who", human ? t("谁来做", "Who") : t("设置", "Settings")], ...(human || object().type === "start" ? [["sees", t("看到什么", "Sees")]] : []), ...(human ? [["may", t("能做什么", "May do")], ["when", t("多久", "When")]] : []), ["next", t("去哪里", "Next")]];
    if (!tabs.some(([id]) => id === this.tab)) this.tab = "who";
    const bodies = {
      who: () => this.who(object, at, human),
      sees: () => [rightsTable(t("这一步的字段权限", "Fields at this step"), object, "fields", this.form?.fields ?? [], object().type === "start" ? "edit" : "view")],
      may: () => this.may(object, at),
      when: () => this.when(object, at),
      next: () => this.next(object()),
    };
    this.panel.replaceChildren(
      h("div", { class: "row apart" }, h("h2", {}, shown(object().name, object().id)), h("button", { type: "button", class: "button plain small", onclick: () => this.choose(null) }, t("整个流程", "Whole flow"))),
      h("p", { class: "small quiet" }, kind?.label ?? object().type, " · ", h("code", {}, object().id)),
      h("div", { class: "tabs", role: "tablist" }, tabs.map(([id, label]) => h("button", { type: "button", role: "tab", "aria-selected": String(this.tab === id), onclick: () => { this.tab = id; this.drawPanel(); } }, label))),
      ...bodies[this.tab](),
      h("div", { "data-findings": at }),
      object().type === "start" ? null : h("button", { type: "button", class: "button danger small", onclick: () => this.remove(object().id) }, t("删除节点", "Remove node")),
    );
    this.mark();
  }

  flowPanel() {
    const flow = () => this.flow;
    return [
      h("h2", {}, t("整个流程", "The whole flow")),
      h("p", { class: "small quiet" }, t("点图上的节点来修改它，点线上的 + 添加节点。", "Choose a node in the drawing to change it, or + on a line to add one.")),
      bilingual(t("名称", "Name"), flow, "name"),
      choice(t("怎么开始", "How it begins"), flow, "start", [["submit", t("提交表单时", "when the form is submitted")], ["created", t("记录新建时", "when a record is created")], ["updated", t("记录修改时", "when a record changes")], ["manual", t("手动", "by hand")]].map(([id, label]) => ({ id, label })), { fallback: "submit" }),
      choice(t("撤回", "Withdrawing"), flow, "withdraw", [["never", t("不允许", "never")], ["before_next_handled", t("下一步处理前", "until the next step is handled")], ["any_time", t("随时", "any time")]].map(([id, label]) => ({ id, label })), { fallback: "before_next_handled" }),
      choice(t("找不到负责人时", "When nobody is found"), flow, "no_assignee", [["error", t("拒绝提交", "refuse the step")], ["manager_up", t("找上级", "ask the manager above")], ["pass", t("跳过", "skip the step")], ["admin", t("给管理员", "give it to administrators")]].map(([id, label]) => ({ id, label })), { fallback: "error" }),
      choice(t("同一人重复审批", "The same person again"), flow, "repeat", [["off", t("照常审批", "approves again")], ["adjacent", t("相邻时跳过", "is skipped when adjacent")], ["anywhere", t("已批过就跳过", "is skipped anywhere")]].map(([id, label]) => ({ id, label })), { fallback: "off" }),
      choice(t("审批人就是发起人", "The initiator as approver"), flow, "self_approval", [["keep", t("照常审批", "approves")], ["pass", t("自动通过", "passes by itself")], ["manager", t("转给上级", "goes to the manager")], ["remove", t("去掉本人", "is left out")]].map(([id, label]) => ({ id, label })), { fallback: "keep" }),
      h("h3", {}, t("检查", "Findings")),
      h("ul", { class: "findings", id: "flow-findings" }),
    ];
  }

  who(object, at, human) {
    const node = object();
    const scope = { flow: design.flow };
    const parts = [bilingual(t("名称", "Name"), object, "name"), bilingual(t("操作标准：给处理人的说明", "Guide for whoever does it"), object, "guide", { area: true })];
    if (human || node.type === "cc") {
      parts.push(rule(t("负责人", "Assigned to"), object, "assign", `${at}/assign`, scope, { rows: 3, start: "assign", help: t('例如 manager(initiator)、role("finance")；多行：when … then … / otherwise …', 'e.g. manager(initiator), role("finance"); lines: when … then … / otherwise …') }));
    }
    if (human) {
      const pass = typeof node.pass === "object" ? Object.keys(node.pass)[0] : (node.pass ?? "any");
      parts.push(choice(t("几个人要同意", "How many must agree"), () => ({ pass }), "pass", [["any", t("或签：一人即可", "any one")], ["all", t("会签：全部同意", "all of them")], ["in_order", t("依次审批", "one after another")], ["percent", t("按比例", "a percentage")], ["count", t("按人数", "a number")]].map(([id, label]) => ({ id, label })), {
        fallback: "any",
        store: (value) => {
          if (value === "any") delete object().pass;
          else object().pass = value === "percent" ? { percent: 60 } : value === "count" ? { count: 2 } : value;
        },
      }));
      if (typeof node.pass === "object" && typeof Object.values(node.pass)[0] === "number") parts.push(number(t("需要", "Needed"), () => object().pass, pass, { integer: true }));
      parts.push(choice(t("怎么分配", "Handed out to"), object, "distribute", [["everyone", t("所有人", "everyone")], ["claim", t("先到先领", "whoever claims it")], ["round_robin", t("轮流", "each in turn")], ["least_loaded", t("待办最少的人", "whoever has least to do")], ["sticky", t("同上次", "the same as last time")]].map(([id, label]) => ({ id, label })), { fallback: "everyone" }));
      parts.push(choice(t("找不到负责人时", "When nobody is found"), object, "no_assignee", [["", t("按流程设置", "as the flow says")], ["error", t("拒绝提交", "refuse the step")], ["manager_up", t("找上级", "ask the manager above")], ["pass", t("跳过", "skip")], ["admin", t("给管理员", "administrators")]].map(([id, label]) => ({ id, label }))));
    }
    if (node.type === "join") parts.push(choice(t("等几条分支", "Waits for"), object, "wait", [["all", t("全部", "all branches")], ["any", t("任意一条", "any branch")]].map(([id, label]) => ({ id, label })), { fallback: "all" }));
    if (node.type === "end") {
      parts.push(choice(t("结束状态", "Ends as"), object, "status", [["approved", t("通过", "approved")], ["rejected", t("拒绝", "rejected")]].map(([id, label]) => ({ id, label })), { fallback: "approved" }));
      parts.push(this.sets(t("写回字段", "Writes back"), object, "set", `${at}/set`, this.form?.fields ?? []));
    }
    if (node.type === "action") parts.push(...(node.do ?? []).map((act, place) => this.act(object, act, place, `${at}/do/${place}`)), h("button", { type: "button", class: "button small", onclick: () => draft.change(() => object().do.push({ set: {} })) }, t("添加动作", "Add an act")), toggle(t("拒绝时撤销所写", "Undo when rejected later"), object, "undo"));
    if (human) parts.push(this.checklist(object));
    return parts;
  }

  act(object, act, place, at) {
    const verb = ["create", "update", "upsert", "delete", "for_each", "notify", "mail", "request", "start_flow"].find((each) => each in act) ?? "set";
    const current = () => object().do[place];
    const forms = Object.entries(draft.document.forms).map(([id, form]) => ({ id, label: shown(form.name, id) }));
    const verbs = [["set", t("写本记录", "write this record")], ["create", t("新建记录", "create a record")], ["update", t("修改记录", "change records")], ["notify", t("通知", "notify")]];
    const editable = verbs.some(([id]) => id === verb);
    const select = h("select", { "aria-label": t("动作", "Act") }, (editable ? verbs : [...verbs, [verb, verb]]).map(([id, label]) => h("option", { value: id, selected: id === verb }, label)));
    select.addEventListener("change", () => draft.change(() => {
      object().do[place] = { set: { set: {} }, create: { create: forms[0]?.id, set: {} }, update: { update: forms[0]?.id, where: "target.id = id", set: {} }, notify: { notify: "initiator", text: { zh: "", en: "" } } }[select.value];
    }));
    const target = verb === "set" ? this.form : draft.document.forms[act[verb]];
    return h("div", { class: "edge-line" }, field(t("做什么", "Do"), select),
      ["create", "update", "upsert", "delete"].includes(verb) ? choice(t("表单", "Form"), current, verb, forms) : null,
      ["update", "upsert", "delete"].includes(verb) ? rule(t("哪些记录（target. 是对方）", "Which records (target. is the other)"), current, "where", `${at}/where`, { flow: design.flow }) : null,
      ["set", "create", "update", "upsert"].includes(verb) ? this.sets(t("写入", "Writes"), current, "set", `${at}/set`, target?.fields ?? []) : null,
      verb === "notify" ? rule(t("通知谁", "Whom"), current, "notify", `${at}/notify`, { flow: design.flow }) : null,
      verb === "notify" ? bilingual(t("内容", "Text"), current, "text") : null,
      editable ? null : h("p", { class: "small quiet" }, t("这个动作在文本里编辑。", "This act is edited as text.")),
      h("button", { type: "button", class: "button danger small", onclick: () => draft.change(() => object().do.splice(place, 1)) }, t("删除动作", "Remove act")));
  }

  sets(label, object, key, at, fields) {
    const current = () => (object()[key] ??= {});
    const add = h("select", { "aria-label": t("添加字段", "Add a field") }, h("option", { value: "" }, t("添加字段…", "Add a field …")), fields.filter((each) => !(each.id in current())).map((each) => h("option", { value: each.id }, shown(each.label, each.id))));
    add.addEventListener("change", () => add.value && draft.change(() => (current()[add.value] = "null")));
    return h("div", { class: "stack tight" }, h("p", { class: "label strong" }, label),
      Object.keys(current()).map((id) => h("div", {}, rule(shown(fields.find((each) => each.id === id)?.label, id), current, id, `${at}/${id}`, { flow: design.flow }), h("button", { type: "button", class: "button plain small", onclick: () => draft.change(() => delete current()[id]) }, t("去掉", "Remove")))), add);
  }

  checklist(object) {
    const list = object().checklist ?? [];
    return h("div", { class: "stack tight" }, h("p", { class: "label strong" }, t("检查清单", "Checklist")),
      list.map((_, index) => h("div", { class: "row" }, bilingual(`${index + 1}`, () => object().checklist, index), h("button", { type: "button", class: "button plain small", "aria-label": t("删除", "Remove"), onclick: () => draft.change(() => object().checklist.splice(index, 1)) }, "×"))),
      h("button", { type: "button", class: "button small", onclick: () => draft.change(() => (object().checklist ??= []).push({ zh: "检查项", en: "Item" })) }, t("添加一项", "Add an item")));
  }

  may(object, at) {
    const actions = () => (object().actions ??= {});
    const earlier = this.flow.nodes.filter((each) => each.id !== object().id && design.node_types.find((kind) => kind.id === each.type && (kind.human || each.type === "start")));
    const back = (() => object().actions?.return ?? ["start"])();
    const mode = typeof back === "string" ? back : "list";
    return [
      choice(t("退回到", "Send back to"), () => ({ mode }), "mode", [["list", t("指定节点", "these steps")], ["previous", t("上一步", "the previous step")], ["any", t("任何经过的节点", "any step passed")]].map(([id, label]) => ({ id, label })), { fallback: "", store: (value) => (actions().return = value === "list" ? ["start"] : value) }),
      mode === "list" ? h("div", { class: "choices" }, earlier.map((each) => {
        const input = h("input", { type: "checkbox" });
        input.checked = back.includes(each.id);
        input.addEventListener("change", () => draft.change(() => (actions().return = input.checked ? [...back, each.id] : back.filter((id) => id !== each.id))));
        return h("label", { class: "choice" }, input, shown(each.name, each.id));
      })) : null,
      choice(t("退回后重新提交", "After a return"), object, "resubmit", [["rerun", t("重新走一遍", "runs the steps again")], ["direct", t("直接回到这里", "comes straight back here")], ["ask", t("由退回的人决定", "whoever returns it decides")]].map(([id, label]) => ({ id, label })), { fallback: "rerun" }),
      choice(t("意见", "Comment"), actions, "comment", [["none", t("不填", "none")], ["optional", t("选填", "optional")], ["required", t("必填", "required")], ["on_reject", t("拒绝或退回时必填", "required to reject or return")]].map(([id, label]) => ({ id, label })), { fallback: "optional" }),
      toggle(t("可以转交", "May transfer"), actions, "transfer", { fallback: true }),
      toggle(t("可以委派", "May delegate"), actions, "delegate"),
      toggle(t("可以批量处理", "May be done in batches"), actions, "batch", { fallback: true }),
      choice(t("拒绝后", "After a rejection"), () => ({ on: typeof object().on_reject === "object" ? "other" : (object().on_reject ?? "end") }), "on", [["end", t("流程结束", "the flow ends")], ["other", t("退回", "it goes back")]].map(([id, label]) => ({ id, label })), { store: (value) => (value === "end" ? delete object().on_reject : (object().on_reject = { return: "start" })) }),
      rule(t("审批规则（自动同意、自动拒绝、要求意见）", "Approval rule (approve, reject, require)"), object, "decide", `${at}/decide`, { flow: design.flow }, { rows: 2, start: "decide", placeholder: "approve when total < 500" }),
      h("p", { class: "label strong" }, t("自定义结果", "Own outcomes")),
      ...(object().outcomes ?? []).map((each, index) => h("div", { class: "edge-line" }, text(t("编号", "Id"), () => object().outcomes[index], "id"), bilingual(t("按钮", "Button"), () => object().outcomes[index], "label"),
        h("button", { type: "button", class: "button danger small", onclick: () => draft.change(() => object().outcomes.splice(index, 1)) }, t("删除", "Remove")))),
      h("button", { type: "button", class: "button small", onclick: () => draft.change(() => (object().outcomes ??= []).push({ id: freeId("outcome", new Set((object().outcomes ?? []).map((each) => each.id))), label: { zh: "新结果", en: "Outcome" } })) }, t("添加结果", "Add an outcome")),
    ];
  }

  when(object, at) {
    return [
      rule(t("限时与提醒，每行一条", "Deadline and reminders, one a line"), object, "deadline", `${at}/deadline`, { flow: design.flow }, { rows: 5, start: "deadline", placeholder: "due 2 workdays\nremind assignee 4 hours before\nescalate to manager(assignee) 1 day after" }),
      h("p", { class: "small quiet" }, t("due 定期限；remind 提醒；escalate to 转给；timeout at due 走超时分支。", "due sets the limit; remind, escalate to; timeout at due takes the timeout line.")),
      h("div", { class: "pair" }, number(t("目标小时", "Goal, hours"), () => (object().target ??= {}), "hours"), number(t("及时率目标", "On-time goal"), () => (object().target ??= {}), "on_time")),
    ];
  }

  next(node) {
    const lines = this.flow.edges.map((edge, index) => ({ edge, index })).filter(({ edge }) => edge.from === node.id);
    const targets = this.flow.nodes.filter((each) => each.type !== "start" && each.id !== node.id).map((each) => ({ id: each.id, label: shown(each.name, each.id) }));
    const outcomes = [{ id: "", label: t("任何结果", "any outcome") }, ...["approve", "reject", "submit", "timeout"].map((id) => ({ id, label: { approve: t("同意", "approved"), reject: t("拒绝", "rejected"), submit: t("提交", "submitted"), timeout: t("超时", "timed out") }[id] })), ...(node.outcomes ?? []).map((each) => ({ id: each.id, label: shown(each.label, each.id) }))];
    return [
      h("p", { class: "small quiet" }, t("从上到下，第一条成立的生效；没有条件的是“否则”。", "From the top, the first that holds is taken; the one without a condition is “otherwise”.")),
      ...lines.map(({ index }, order) => {
        const edge = () => this.flow.edges[index];
        return h("div", { class: "edge-line" },
          choice(t("去", "To"), edge, "to", targets),
          node.type === "parallel" ? null : rule(t("条件（空为否则）", "When (empty: otherwise)"), edge, "when", `${this.root}/edges/${index}/when`, { flow: design.flow }),
          node.type === "parallel" || node.type === "start" || node.type === "branch" ? null : choice(t("结果", "Outcome"), edge, "outcome", outcomes),
          h("div", { class: "row" },
            order > 0 ? h("button", { type: "button", class: "button plain small", onclick: () => draft.change(() => { const before = lines[order - 1].index; [this.flow.edges[before], this.flow.edges[index]] = [this.flow.edges[index], this.flow.edges[before]]; }) }, t("上移", "Move up")) : null,
            h("button", { type: "button", class: "button danger small", onclick: () => draft.change(() => this.flow.edges.splice(index, 1)) }, t("删除这条线", "Remove line"))));
      }),
      node.type === "end" ? null : h("button", { type: "button", class: "button small", onclick: () => draft.change(() => this.flow.edges.push({ from: node.id, to: targets[0].id, ...(lines.length && node.type !== "parallel" ? { when: "false" } : {}) })) }, t("添加一条线", "Add a line")),
    ];
  }
}

customElements.define("flow-designer", FlowDesigner);
