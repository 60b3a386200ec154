// <record-form>: keeps computed values, visibility and fills of a record's form live by asking the server,
// which alone decides; and keeps what was typed until it is saved.
import { choose, makePickers } from "./pickers.js";

const WAIT = 250;
const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";
const isField = (name) => /^f\d+/.test(name ?? "");
const field = (name) => /^f\d+/.exec(name)?.[0];

class RecordForm extends HTMLElement {
  #touched = new Set();
  #timer;
  #asked = 0;

  connectedCallback() {
    this.form = this.querySelector("form");
    this.key = `formwright:typed:${this.dataset.member}:${this.form.getAttribute("action") ?? location.pathname}`;
    makePickers(this);
    this.addEventListener("input", (event) => this.#changed(event.target));
    this.addEventListener("change", (event) => this.#changed(event.target));
    this.addEventListener("files-changed", (event) => this.#mark(event.detail.name));
    this.addEventListener("rows-changed", (event) => this.#mark(event.target.getAttribute("name")));
    this.addEventListener("click", (event) => this.#click(event));
    this.form.addEventListener("submit", () => this.#leaveOutBlankRows());
    if ("rejected" in this.dataset) for (const each of this.form.elements) if (isField(each.name)) this.#touched.add(each.name);
    this.#offer();
    document.querySelector("[data-focus]")?.focus();
  }

  #changed(input) {
    if (!isField(input.name)) return;
    this.#mark(input.name);
  }

  #mark(name) {
    this.#touched.add(name);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#keep();
      this.#compute();
    }, WAIT);
  }

  // A new row in which nothing was typed is none, whatever defaults it shows.
  #leaveOutBlankRows() {
    for (const row of this.querySelectorAll("tr[data-row]")) {
      if (row.querySelector('input[name$="-row"]')) continue;
      const fields = [...row.querySelectorAll("[name]")];
      if (row.parentElement.rows.length > 1 && !fields.some((each) => this.#touched.has(each.name))) row.remove();
    }
  }

  // ── asking the server

  async #compute() {
    const asked = ++this.#asked;
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(this.form)) if (typeof value === "string") body.append(name, value);
    const rows = new Set([...this.#touched].map(field));
    const touched = [...this.#touched, ...[...rows]];
    for (const each of this.form.querySelectorAll('input[name$="-row"]')) touched.push(each.name);
    body.set("touched", touched.join(" "));
    try {
      const answer = await fetch(this.dataset.compute, { method: "POST", body, headers: { "X-CSRF-Token": token() } });
      if (!answer.ok || asked !== this.#asked) return;
      this.#apply((await answer.json()).cells);
    } catch {
      // Without the server the form still saves later; what is computed is then computed there.
    }
  }

  #apply(cells) {
    for (const [name, cell] of Object.entries(cells)) {
      const live = this.querySelector(`[data-live="${name}"]`);
      if (live && cell.html !== undefined && live.innerHTML !== cell.html) live.innerHTML = cell.html;
      const holder = this.querySelector(`[data-field="${name}"]`);
      if (holder) {
        holder.hidden = !cell.visible;
        const must = holder.querySelector(".must");
        if (must) must.hidden = !cell.required;
      }
      const inputs = [...this.form.querySelectorAll(`[name="${name}"]`)].filter((each) => each.type !== "hidden");
      for (const input of inputs) {
        input.disabled = !(cell.visible && cell.editable);
        if (input.tomselect) cell.visible && cell.editable ? input.tomselect.enable() : input.tomselect.disable();
        if (cell.required) input.setAttribute("aria-required", "true");
        else input.removeAttribute("aria-required");
        if (!this.#touched.has(name) && input !== document.activeElement && cell.value !== undefined) this.#put(input, cell.value, cell.text);
      }
    }
  }

  #put(input, value, text) {
    if (input.dataset.picker) {
      if (input.value !== value) choose(input, value, text);
    } else if (input.type === "checkbox") input.checked = Array.isArray(value) ? value.includes(input.value) : value === "true";
    else if (input.type !== "file" && input.value !== value) input.value = value;
  }

  // ── what was typed and not saved

  #keep() {
    const values = [];
    for (const input of this.form.elements) {
      if (!isField(input.name) || input.type === "file") continue;
      if (input.type === "checkbox" && !input.checked) continue;
      values.push([input.name, input.value, input.dataset.picker ? (input.selectedOptions[0]?.text ?? "") : ""]);
    }
    try {
      localStorage.setItem(this.key, JSON.stringify({ at: Date.now(), version: this.dataset.version, touched: [...this.#touched], values }));
    } catch {
      // No room or no storage: typing goes on.
    }
  }

  #offer() {
    const box = this.querySelector("[data-offer]");
    let kept;
    try {
      kept = JSON.parse(localStorage.getItem(this.key));
    } catch {
      return;
    }
    if (!kept || !box || "rejected" in this.dataset) return;
    box.querySelector("[data-offer-time]").textContent = new Date(kept.at).toLocaleString(document.documentElement.lang);
    box.hidden = false;
  }

  #restore() {
    const kept = JSON.parse(localStorage.getItem(this.key));
    for (const [name] of kept.values) this.#makeRow(name);
    for (const name of kept.touched) this.#touched.add(name);
    for (const box of this.form.querySelectorAll("input[type=checkbox]")) if (this.#touched.has(box.name)) box.checked = false;
    for (const [name, value, text] of kept.values) {
      if (!this.#touched.has(name)) continue;
      for (const input of this.form.querySelectorAll(`[name="${name}"]`)) {
        if (input.type === "hidden") continue;
        if (input.type === "checkbox") input.checked ||= input.value === value;
        else this.#put(input, value, text);
      }
    }
    this.#compute();
  }

  #makeRow(name) {
    const found = /^(f\d+)-(\d+)-/.exec(name);
    const table = found && this.querySelector(`rows-table[name="${found[1]}"]`);
    while (table && !table.querySelector(`[data-row="${found[2]}"]`) && Number(table.dataset.last ?? -1) < Number(found[2])) if (!table.add()) break;
  }

  #click(event) {
    const box = this.querySelector("[data-offer]");
    if (event.target.closest("[data-restore]")) {
      box.hidden = true;
      this.#restore();
    }
    if (event.target.closest("[data-discard]")) {
      box.hidden = true;
      localStorage.removeItem(this.key);
    }
  }
}

customElements.define("record-form", RecordForm);

// A save said so: nothing typed there is owed to anybody any more.
for (const told of document.querySelectorAll("[data-saved]")) {
  for (const key of Object.keys(localStorage)) if (key.startsWith("formwright:typed:") && key.endsWith(`:${told.dataset.saved}`)) localStorage.removeItem(key);
}
for (const told of document.querySelectorAll("#toasts > *")) setTimeout(() => told.remove(), 6000);

// The drawing opens where the record is.
for (const drawing of document.querySelectorAll("aside .flow-drawing")) {
  const here = drawing.querySelector(".is-current, .is-waiting")?.getBoundingClientRect();
  const frame = drawing.getBoundingClientRect();
  const middle = here ?? drawing.querySelector("svg")?.getBoundingClientRect();
  if (middle) drawing.scrollLeft = middle.left + middle.width / 2 - frame.left - frame.width / 2;
  if (here) drawing.scrollTop = here.top + here.height / 2 - frame.top - frame.height / 2;
}

// "Take theirs" in the notice about a clash.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-take]");
  if (!button) return;
  const theirs = document.querySelector(`[data-theirs="${button.dataset.take}"]`);
  const input = document.querySelector(`#record-form [name="${button.dataset.take}"]:not([type=hidden])`);
  if (!theirs || !input) return;
  if (input.dataset.picker) choose(input, theirs.dataset.value, theirs.dataset.text);
  else input.value = theirs.dataset.value;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  button.disabled = true;
});
