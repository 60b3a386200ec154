// Inputs of the property panels. Each reads from an object of the draft and writes back through draft.change.
import { design, h, newKey, t } from "./dom.js";
import { call, draft } from "./draft.js";

function put(object, key, value) {
  if (value === undefined || value === null || value === "") delete object[key];
  else object[key] = value;
}

export function field(label, input, help) {
  const key = newKey();
  input.id ||= key;
  return h("div", { class: "field" }, h("label", { for: input.id }, label), input, help ? h("p", { class: "help" }, help) : null);
}

/** Writes as one types, without drawing the panel anew (the caret stays). */
export function text(label, object, key, { help, redraw, placeholder } = {}) {
  const input = h("input", { value: String(object()[key] ?? ""), placeholder, autocomplete: "off" });
  input.value = object()[key] ?? "";
  input.addEventListener("input", () => draft.change(() => put(object(), key, input.value), { quiet: !redraw }));
  return field(label, input, help);
}

export function number(label, object, key, { help, integer = false } = {}) {
  const input = h("input", { inputmode: integer ? "numeric" : "decimal", autocomplete: "off" });
  input.value = object()[key] ?? "";
  input.addEventListener("change", () => {
    const value = input.value.trim() === "" ? undefined : Number(input.value);
    if (Number.isNaN(value)) return;
    draft.change(() => put(object(), key, value), { quiet: true });
  });
  return field(label, input, help);
}

export function bilingual(label, object, key, { area = false } = {}) {
  const current = () => {
    const value = object()[key];
    return typeof value === "string" ? { zh: value, en: value } : (value ?? {});
  };
  const one = (language, word) => {
    const input = h(area ? "textarea" : "input", { "aria-label": `${label} ${word}`, placeholder: word, autocomplete: "off" });
    input.value = current()[language] ?? "";
    input.addEventListener("input", () =>
      draft.change(
        () => {
          const next = { ...current(), [language]: input.value };
          for (const each of ["zh", "en"]) if (!next[each]) delete next[each];
          put(object(), key, Object.keys(next).length ? next : undefined);
        },
        { quiet: true },
      ),
    );
    return input;
  };
  return h("fieldset", { class: "field" }, h("legend", { class: "label" }, label), h("div", { class: area ? "stack tight" : "pair" }, one("zh", "中文"), one("en", "English")));
}

export function toggle(label, object, key, { fallback = false, store } = {}) {
  const input = h("input", { type: "checkbox" });
  input.checked = object()[key] ?? fallback;
  input.addEventListener("change", () =>
    draft.change(() => {
      if (store) store(input.checked);
      else if (input.checked === fallback) delete object()[key];
      else object()[key] = input.checked;
    }),
  );
  return h("label", { class: "choice" }, input, label);
}

export function choice(label, object, key, options, { fallback = "", store, help } = {}) {
  const input = h("select");
  const value = object()[key] ?? fallback;
  for (const option of options) {
    const item = h("option", { value: option.id }, option.label);
    item.selected = option.id === value;
    input.append(item);
  }
  if (!options.some((option) => option.id === value)) input.append(h("option", { value, selected: true }, String(value || "—")));
  input.addEventListener("change", () =>
    draft.change(() => (store ? store(input.value) : input.value === fallback ? delete object()[key] : (object()[key] = input.value))),
  );
  return field(label, input, help);
}

/** A rule: text with completion; what the server's check finds stands below it. `scope` is {form} or {flow}. */
export function rule(label, object, key, pointer, scope, { help, rows = 1, start = "expression", placeholder } = {}) {
  const value = object()[key];
  const area = h("textarea", { rows: String(rows), spellcheck: "false", autocomplete: "off", placeholder, "data-pointer": pointer });
  area.value = value === undefined || value === null ? "" : String(value);
  const offers = h("ul", { class: "offers-list", role: "listbox", hidden: true });
  const findings = h("div", { class: "stack tight", "data-findings": pointer });
  let items = [];
  let chosen = -1;
  let timer = 0;

  const write = () => {
    const written = area.value.trim();
    const constant = { true: true, false: false }[written];
    draft.change(() => put(object(), key, constant ?? (written === "" ? undefined : area.value)), { quiet: true });
  };
  const close = () => {
    offers.hidden = true;
    chosen = -1;
  };
  const show = () => {
    offers.replaceChildren(
      ...items.map((item, index) =>
        h("li", { role: "option", "aria-selected": String(index === chosen), onmousedown: (event) => (event.preventDefault(), take(index)) },
          h("span", { class: "strong" }, item.label), h("span", { class: "quiet" }, item.help || item.text)),
      ),
    );
    offers.hidden = items.length === 0;
  };
  const take = (index) => {
    const item = items[index];
    const before = area.value.slice(0, area.selectionStart - item.replaces);
    const after = area.value.slice(area.selectionStart);
    area.value = before + item.text + after;
    area.selectionStart = area.selectionEnd = (before + item.text).length;
    close();
    write();
  };
  const ask = async () => {
    const answer = await call("POST", `/design/${design.app}/rules/complete`, { text: area.value, position: area.selectionStart, ...scope });
    items = area === document.activeElement ? answer.items : [];
    chosen = -1;
    show();
  };
  area.addEventListener("input", () => {
    write();
    clearTimeout(timer);
    close();
    if (/[\p{L}_."'`]$/u.test(area.value.slice(0, area.selectionStart))) timer = setTimeout(ask, 250);
  });
  area.addEventListener("keydown", (event) => {
    if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      ask();
    } else if (!offers.hidden && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : -1) + items.length) % items.length;
      show();
    } else if (!offers.hidden && event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      take(chosen);
    } else if (event.key === "Escape" && !offers.hidden) {
      event.stopPropagation();
      close();
    }
  });
  area.addEventListener("blur", close);
  const other = h("button", { type: "button", class: "button plain small", onclick: async () => {
    const next = area.dataset.language === "zh" ? "en" : "zh";
    const answer = await call("POST", `/design/${design.app}/rules/print`, { text: area.value, start, language: next, ...scope });
    if (answer.problem) return;
    area.dataset.language = next;
    area.value = answer.text;
    write();
  } }, "中 / EN");
  other.setAttribute("aria-label", t("换一种语言书写", "Write it in the other language"));
  return h("div", { class: "rule-box" }, field(label, area, help), h("div", { class: "row apart" }, findings, other), offers);
}

/** Fill in the findings of every rule on the page. */
export function showFindings(root) {
  for (const place of root.querySelectorAll("[data-findings]")) {
    const found = draft.findingsAt(place.dataset.findings);
    place.replaceChildren(
      ...found.map((each) => h("p", { class: each.severity === "error" ? "small late" : "small quiet", role: each.severity === "error" ? "alert" : "note" }, each.message)),
    );
    const input = root.querySelector(`[data-pointer="${CSS.escape(place.dataset.findings)}"]`);
    if (input) input.setAttribute("aria-invalid", String(found.some((each) => each.severity === "error")));
  }
}
