// <form-designer>: palette, the form as it will be, properties of what is chosen; views and permissions beside it.
import Sortable from "sortablejs";
import { announce, comeIntoView, design, freeId, h, newKey, shown, t, typeIcon, typeLabel } from "./dom.js";
import { draft } from "./draft.js";
import { bilingual, choice, number, rule, showFindings, text, toggle } from "./inputs.js";
import { formPanel, grantsPanel, viewsPanel } from "./form-panels.js";

const INSIDE_ROWS = new Set(["text", "textarea", "number", "money", "percent", "date", "datetime", "boolean", "select", "multiselect", "member", "department", "relation", "phone", "email", "attachment", "url"]);
const COLOURS = ["", "grey", "blue", "teal", "green", "orange", "red", "purple"];

class FormDesigner extends HTMLElement {
  chosen = null; // {field} or {field, column} by id; null: the form itself
  tab = "fields";

  connectedCallback() {
    this.palette = h("nav", { class: "palette", "aria-label": t("字段类型", "Field types") });
    this.canvas = h("div", { class: "canvas", "aria-label": t("表单", "Form") });
    this.panel = h("aside", { class: "panel card", "aria-label": t("属性", "Properties") });
    this.replaceChildren(this.palette, this.canvas, this.panel);
    for (const type of design.types) {
      this.palette.append(h("button", { type: "button", "data-type": type.id, onclick: () => this.add(type.id) }, typeIcon(type.id), type.label));
    }
    new Sortable(this.palette, { group: { name: "fields", pull: "clone", put: false }, sort: false, forceFallback: true, delay: 120, delayOnTouchOnly: true });
    draft.addEventListener("changed", () => this.draw());
    draft.addEventListener("touched", () => this.drawCanvas());
    draft.addEventListener("checked", () => this.mark());
    draft.load().then(() => this.chooseFromAddress());
  }

  get form() {
    return draft.document.forms[design.form];
  }

  get root() {
    return `/forms/${design.form}`;
  }

  chooseFromAddress() {
    const parts = decodeURIComponent(location.hash.slice(1)).split("/");
    if (parts[3] !== "fields") return;
    const field = this.form.fields[Number(parts[4])];
    if (!field) return;
    const column = parts[5] === "fields" ? field.fields?.[Number(parts[6])] : null;
    this.choose({ field: field.id, column: column?.id });
  }

  layout() {
    const form = this.form;
    if (!form.layout?.length) form.layout = form.fields.map((each) => [each.id]);
    const placed = new Set(JSON.stringify(form.layout).match(/"[a-z][a-z0-9_]*"/g)?.map((each) => each.slice(1, -1)) ?? []);
    for (const each of form.fields) if (!placed.has(each.id)) form.layout.push([each.id]);
    return form.layout;
  }

  choose(what) {
    this.chosen = what;
    this.tab = "fields";
    this.draw();
    if (what) comeIntoView(this.panel);
  }

  // ── changing ─────────────────────────────────────────────────────────────────────────────────

  create(type, taken) {
    const made = { id: freeId(type, taken), type, label: { zh: typeLabel(type), en: type[0].toUpperCase() + type.slice(1) } };
    if (type === "select" || type === "multiselect") made.options = [{ id: "one", label: { zh: "选项一", en: "One" } }, { id: "two", label: { zh: "选项二", en: "Two" } }];
    if (type === "relation" || type === "relations") made.form = Object.keys(draft.document.forms).find((id) => id !== design.form) ?? design.form;
    if (type === "serial") made.parts = [{ date: "yyyyMMdd" }, { counter: 4, reset: "day" }];
    if (type === "rows") made.fields = [{ id: "item", type: "text", label: { zh: "项目", en: "Item" } }];
    return made;
  }

  add(type, row = null, index = 0) {
    let id;
    draft.change(() => {
      const taken = new Set([...this.form.fields.map((each) => each.id), "id", "version", "owner", "department", "title"]);
      const field = this.create(type, taken);
      id = field.id;
      const layout = this.layout();
      this.form.fields.push(field);
      if (row) row.splice(index, 0, id);
      else layout.push([id]);
    });
    announce(t(`已添加${typeLabel(type)}`, `Added ${typeLabel(type)}`));
    this.choose({ field: id });
  }

  remove(id) {
    draft.change(() => {
      this.form.fields = this.form.fields.filter((each) => each.id !== id);
      const strip = (items) => items.map((item) => (Array.isArray(item) ? item.filter((each) => each !== id) : item.rows ? { ...item, rows: strip(item.rows) } : item)).filter((item) => !Array.isArray(item) || item.length);
      this.form.layout = strip(this.layout());
    });
    this.choose(null);
  }

  rowsInOrder(items = this.layout()) {
    return items.flatMap((item) => (Array.isArray(item) ? [item] : item.rows ? this.rowsInOrder(item.rows) : []));
  }

  move(id, direction) {
    draft.change(() => {
      const rows = this.rowsInOrder();
      const at = rows.findIndex((row) => row.includes(id));
      const row = rows[at];
      const place = row.indexOf(id);
      if (direction === "left" || direction === "right") {
        const next = place + (direction === "left" ? -1 : 1);
        if (next < 0 || next >= row.length) return;
        [row[place], row[next]] = [row[next], row[place]];
      } else {
        const other = rows[at + (direction === "up" ? -1 : 1)];
        if (!other) return;
        row.splice(place, 1);
        if (direction === "up") other.push(id);
        else other.unshift(id);
        this.form.layout = this.form.layout.filter((item) => !Array.isArray(item) || item.length);
      }
    });
    announce(t("已移动", "Moved"));
    this.canvas.querySelector(`[data-field="${id}"]`)?.focus();
  }

  // ── drawing ──────────────────────────────────────────────────────────────────────────────────

  draw() {
    this.drawCanvas();
    this.drawPanel();
    this.mark();
  }

  drawCanvas() {
    const focused = document.activeElement?.dataset?.field;
    this.canvas.replaceChildren(...this.items(this.layout()),
      h("div", { class: "row" },
        h("button", { type: "button", class: "button small", onclick: () => draft.change(() => this.layout().push([])) }, t("添加一行", "Add a row")),
        h("button", { type: "button", class: "button small", onclick: () => draft.change(() => this.layout().push({ section: { zh: "新分组", en: "New section" }, rows: [[]] })) }, t("添加分组", "Add a section"))));
    if (focused) this.canvas.querySelector(`[data-field="${focused}"]`)?.focus();
  }

  items(items) {
    return items.map((item) => {
      if (Array.isArray(item)) return this.row(item);
      if (item.rows) {
        return h("section", { class: "canvas-section" },
          h("header", {}, shown(item.section),
            h("button", { type: "button", class: "button plain small push", onclick: () => this.editSection(item) }, t("改名", "Rename")),
            h("button", { type: "button", class: "button plain small", onclick: () => draft.change(() => items.splice(items.indexOf(item), 1, ...item.rows)) }, t("取消分组", "Ungroup"))),
          this.items(item.rows),
          h("button", { type: "button", class: "button plain small", onclick: () => draft.change(() => item.rows.push([])) }, t("添加一行", "Add a row")));
      }
      return h("p", { class: "quiet small" }, item.note ? shown(item.note) : t("分页", "Tabs"));
    });
  }

  editSection(item) {
    this.chosen = null;
    this.panel.replaceChildren(h("h2", {}, t("分组", "Section")), bilingual(t("标题", "Title"), () => item, "section"));
  }

  row(ids) {
    const row = h("div", { class: "canvas-row" }, ids.map((id) => this.card(id)).filter(Boolean));
    row.ids = ids;
    new Sortable(row, {
      group: "fields", forceFallback: true, animation: 120, delay: 120, delayOnTouchOnly: true,
      onAdd: (event) => {
        const type = event.item.dataset.type;
        const index = event.newIndex;
        if (type && !event.item.dataset.field) {
          event.item.remove();
          this.add(type, ids, index);
        } else {
          const from = event.from.ids;
          const id = event.item.dataset.field;
          draft.change(() => {
            from.splice(from.indexOf(id), 1);
            ids.splice(index, 0, id);
            this.form.layout = this.form.layout.filter((each) => !Array.isArray(each) || each.length);
          });
        }
      },
      onUpdate: (event) => draft.change(() => ids.splice(event.newIndex, 0, ...ids.splice(event.oldIndex, 1))),
    });
    return row;
  }

  card(id) {
    const field = this.form.fields.find((each) => each.id === id);
    if (!field) return null;
    const pressed = this.chosen?.field === id;
    const sample = field.compute !== undefined ? `= ${field.compute}` : field.type === "rows" ? (field.fields ?? []).map((each) => shown(each.label, each.id)).join(" · ")
      : field.options ? field.options.map((each) => shown(each.label, each.id)).join(" / ") : typeLabel(field.type);
    return h("button", {
      type: "button", class: "canvas-field", "data-field": id, "aria-pressed": String(pressed),
      onclick: () => this.choose({ field: id }),
      onkeydown: (event) => {
        const direction = event.altKey && { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right" }[event.key];
        if (direction) {
          event.preventDefault();
          this.move(id, direction);
        } else if (event.key === "Delete") this.remove(id);
      },
    },
      h("span", { class: "name" }, typeIcon(field.type), shown(field.label, id), field.required === true ? h("span", { class: "must" }, "*") : null),
      h("span", { class: "sample" }, sample));
  }

  mark() {
    if (!draft.document) return;
    this.form.fields.forEach((field, index) => {
      const wrong = draft.findingsAt(`${this.root}/fields/${index}`).some((each) => each.severity === "error");
      this.canvas.querySelector(`[data-field="${field.id}"]`)?.classList.toggle("wrong", wrong);
    });
    showFindings(this.panel);
  }

  drawPanel() {
    const scroll = this.panel.scrollTop;
    const tabs = [["fields", t("字段", "Fields")], ["form", t("表单", "Form")], ["views", t("视图", "Views")], ["grants", t("权限", "Permissions")]];
    const head = h("div", { class: "tabs", role: "tablist" }, tabs.map(([id, label]) =>
      h("button", { type: "button", role: "tab", "aria-selected": String(this.tab === id), onclick: () => { this.tab = id; this.drawPanel(); this.mark(); } }, label)));
    const body = { fields: () => this.fieldPanel(), form: () => formPanel(this), views: () => viewsPanel(this), grants: () => grantsPanel(this) }[this.tab]();
    this.panel.replaceChildren(head, ...body);
    this.panel.scrollTop = scroll;
  }

  fieldPanel() {
    const index = this.form.fields.findIndex((each) => each.id === this.chosen?.field);
    if (index < 0) return [h("p", { class: "quiet" }, t("点一个字段来修改它，或从左边添加。", "Choose a field to change it, or add one from the left."))];
    const at = `${this.root}/fields/${index}`;
    const outer = () => this.form.fields[index];
    if (this.chosen.column) {
      const column = outer().fields.findIndex((each) => each.id === this.chosen.column);
      if (column >= 0) {
        return [
          h("button", { type: "button", class: "button plain small", onclick: () => this.choose({ field: outer().id }) }, `← ${shown(outer().label, outer().id)}`),
          ...this.properties(() => outer().fields[column], `${at}/fields/${column}`, outer()),
        ];
      }
    }
    return this.properties(outer, at, null);
  }

  properties(object, at, rows) {
    const field = object();
    const scope = { form: design.form };
    const path = rows ? `${rows.id}.${field.id}` : field.id;
    const published = design.published[design.form]?.includes(path);
    const siblings = rows ? rows.fields : this.form.fields;
    const parts = [h("p", { class: "row" }, typeIcon(field.type), h("span", { class: "strong" }, typeLabel(field.type)), h("code", { class: "small quiet push" }, field.id))];
    parts.push(bilingual(t("名称", "Label"), object, "label"));
    if (!published) parts.push(this.idInput(object, siblings, rows));
    parts.push(bilingual(t("填写说明", "Help text"), object, "help"));
    parts.push(...this.settings(object, at, rows));
    if (field.type !== "serial") {
      parts.push(h("details", { open: field.compute !== undefined || field.default !== undefined || field.fill !== undefined },
        h("summary", {}, t("值从哪里来", "Where its value comes from")),
        h("div", { class: "stack tight" },
          field.type === "rows" ? null : rule(t("默认值", "Default"), object, "default", `${at}/default`, scope, { placeholder: t("例如 today()", "e.g. today()") }),
          field.type === "rows" ? null : rule(t("自动计算（填了就不能手填）", "Computed (nobody types it then)"), object, "compute", `${at}/compute`, scope, { placeholder: "quantity * price" }),
          rule(t("数据联动：从关联记录带出", "Filled from a related record"), object, "fill", `${at}/fill`, scope, { placeholder: "customer.region" }))));
      parts.push(h("details", { open: field.visible !== undefined || field.editable !== undefined || typeof field.required === "string" },
        h("summary", {}, t("什么时候", "When")),
        h("div", { class: "stack tight" },
          rule(t("必填（true 或条件）", "Required (true, or a condition)"), object, "required", `${at}/required`, scope),
          rule(t("什么时候显示", "Visible when"), object, "visible", `${at}/visible`, scope),
          rule(t("什么时候可改", "Editable when"), object, "editable", `${at}/editable`, scope),
          choice(t("隐藏时", "When hidden"), object, "when_hidden", [{ id: "keep", label: t("保留原值", "keep its value") }, { id: "clear", label: t("清空", "clear it") }], { fallback: "keep" }))));
    }
    parts.push(h("div", { class: "row apart" },
      ["text", "phone", "email", "number", "money", "serial", "url", "date"].includes(field.type) && !rows ? toggle(t("不允许重复", "No duplicates"), object, "unique") : h("span"),
      h("button", { type: "button", class: "button danger small", onclick: () => (rows ? this.removeColumn(rows, field.id) : this.remove(field.id)) }, t("删除字段", "Remove field"))));
    if (published) parts.push(h("p", { class: "help small quiet" }, t("删除已发布的字段只是隐藏：数据留着，可以恢复。", "Removing a published field only hides it: its data stays and can come back.")));
    return parts;
  }

  idInput(object, siblings, rows) {
    const key = newKey();
    const input = h("input", { id: key, autocomplete: "off", pattern: "[a-z][a-z0-9_]*" });
    input.value = object().id;
    input.addEventListener("change", () => {
      const next = input.value.trim();
      if (!/^[a-z][a-z0-9_]{0,39}$/.test(next) || siblings.some((each) => each !== object() && each.id === next)) {
        input.value = object().id;
        return;
      }
      const old = object().id;
      draft.change(() => {
        object().id = next;
        if (!rows) this.form.layout = JSON.parse(JSON.stringify(this.layout()).replaceAll(`"${old}"`, `"${next}"`));
      });
      this.choose(rows ? { field: rows.id, column: next } : { field: next });
    });
    return h("div", { class: "field" }, h("label", { for: key }, t("编号（发布后不再改变）", "Id (fixed once published)")), input);
  }

  removeColumn(rows, id) {
    draft.change(() => (rows.fields = rows.fields.filter((each) => each.id !== id)));
    this.choose({ field: rows.id });
  }

  settings(object, at, rows) {
    const field = object();
    const forms = Object.entries(draft.document.forms).map(([id, form]) => ({ id, label: shown(form.name, id) }));
    switch (field.type) {
      case "number": case "money": case "percent":
        return [h("div", { class: "pair" }, number(t("小数位", "Decimal places"), object, "places", { integer: true }), text(t("单位", "Unit"), object, "unit"), number(t("最小", "Minimum"), object, "min"), number(t("最大", "Maximum"), object, "max"))];
      case "text":
        return [h("div", { class: "pair" }, number(t("最多字数", "Longest"), object, "max", { integer: true }),
          choice(t("格式", "Format"), object, "format", [{ id: "", label: "—" }, { id: "email", label: t("邮箱", "E-mail") }, { id: "phone", label: t("电话", "Phone") }, { id: "url", label: t("网址", "Web address") }, { id: "id_card", label: t("身份证", "Chinese ID card") }, { id: "postcode", label: t("邮编", "Postcode") }]))];
      case "select": case "multiselect":
        return [this.options(object)];
      case "relation": case "relations":
        return [choice(t("关联到", "Relates to"), object, "form", forms), rule(t("只能选这些记录", "Only records where"), object, "where", `${at}/where`, { form: field.form })];
      case "rows": {
        const list = (field.fields ?? []).map((each) => h("li", {}, h("button", { type: "button", class: "button plain", onclick: () => this.choose({ field: field.id, column: each.id }) }, typeIcon(each.type), shown(each.label, each.id)), h("span", { class: "small quiet" }, typeLabel(each.type))));
        const add = h("select", { "aria-label": t("添加一列", "Add a column") }, h("option", { value: "" }, t("添加一列…", "Add a column …")),
          design.types.filter((each) => INSIDE_ROWS.has(each.id)).map((each) => h("option", { value: each.id }, each.label)));
        add.addEventListener("change", () => {
          if (!add.value) return;
          let id;
          draft.change(() => {
            const made = this.create(add.value, new Set(field.fields.map((each) => each.id)));
            id = made.id;
            field.fields.push(made);
          });
          this.choose({ field: field.id, column: id });
        });
        return [h("p", { class: "strong" }, t("列", "Columns")), h("ul", { class: "plain-list" }, list), add,
          h("div", { class: "pair" }, number(t("最少行数", "Fewest rows"), object, "min", { integer: true }), number(t("最多行数", "Most rows"), object, "max", { integer: true }))];
      }
      case "attachment":
        return [h("div", { class: "pair" }, number(t("最多几个文件", "Most files"), object, "count", { integer: true }), number(t("每个最大 MiB", "Largest, MiB"), object, "size", { integer: true }))];
      case "member": case "members":
        return [rule(t("只能选这些人", "Only these people"), object, "from", `${at}/from`, { form: design.form }, { placeholder: 'role("sales_rep")' })];
      default:
        return [];
    }
  }

  options(object) {
    const taken = () => new Set(object().options.map((each) => each.id));
    const line = (option, index) => {
      const label = typeof option.label === "string" ? { zh: option.label, en: option.label } : (option.label ?? {});
      const one = (value, name, write, attributes = {}) => {
        const input = h("input", { "aria-label": name, placeholder: name, ...attributes });
        input.value = value ?? "";
        input.addEventListener("input", () => draft.change(() => write(input.value), { quiet: true }));
        return input;
      };
      const colour = h("select", { "aria-label": t("颜色", "Colour") }, COLOURS.map((each) => h("option", { value: each, selected: (option.color ?? "") === each }, each || t("颜色", "colour"))));
      colour.addEventListener("change", () => draft.change(() => (colour.value ? (object().options[index].color = colour.value) : delete object().options[index].color)));
      return h("div", { class: "option-line" },
        one(option.id, t("编号", "id"), (value) => (object().options[index].id = value)),
        one(label.zh, "中文", (value) => (object().options[index].label = { ...label, zh: value })),
        one(label.en, "English", (value) => (object().options[index].label = { ...label, en: value })),
        colour,
        h("button", { type: "button", class: "button plain small icon-only", "aria-label": t("删除选项", "Remove option"), onclick: () => draft.change(() => object().options.splice(index, 1)) }, "×"));
    };
    return h("div", { class: "stack tight" }, h("p", { class: "strong" }, t("选项", "Options")), (object().options ?? []).map(line),
      h("button", { type: "button", class: "button small", onclick: () => draft.change(() => (object().options ??= []).push({ id: freeId("option", taken()), label: { zh: "新选项", en: "New option" } })) }, t("添加选项", "Add an option")));
  }
}

customElements.define("form-designer", FormDesigner);
