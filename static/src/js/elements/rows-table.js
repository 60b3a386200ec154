// <rows-table>: adds and removes rows, takes what is pasted from a spreadsheet, and moves with the keyboard like one.
import { chooseByText, makePickers } from "./pickers.js";

const inputs = (row) => [...row.querySelectorAll("td[data-cell]")].map((cell) => cell.querySelector("select, textarea, input:not([type=hidden])"));

class RowsTable extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => this.#click(event));
    this.addEventListener("paste", (event) => this.#paste(event));
    this.addEventListener("keydown", (event) => this.#key(event));
  }

  get #body() {
    return this.querySelector("tbody");
  }

  #next() {
    const numbers = [...this.#body.rows].map((row) => Number(row.dataset.row) || 0);
    return Math.max(-1, ...numbers, Number(this.dataset.last ?? -1)) + 1;
  }

  add() {
    const template = this.querySelector("template");
    if (!template) return null;
    const number = this.#next();
    this.dataset.last = String(number);
    const holder = document.createElement("template");
    holder.innerHTML = template.innerHTML.replaceAll("__n__", String(number));
    const row = holder.content.querySelector("tr");
    this.#body.append(row);
    this.querySelector(".rows-table").hidden = false;
    makePickers(row);
    this.dispatchEvent(new CustomEvent("rows-changed", { bubbles: true, detail: { added: number } }));
    return row;
  }

  remove(row) {
    const near = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    this.querySelector(".rows-table").hidden = this.#body.rows.length === 0;
    this.dispatchEvent(new CustomEvent("rows-changed", { bubbles: true }));
    const focus = near ? near.querySelector("[data-remove-row]") : this.querySelector("[data-add-row]");
    focus?.focus();
  }

  #click(event) {
    if (event.target.closest("[data-add-row]")) inputs(this.add() ?? this.#body.rows[0])[0]?.focus();
    const button = event.target.closest("[data-remove-row]");
    if (button) this.remove(button.closest("tr"));
  }

  async #paste(event) {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const start = event.target.closest("td[data-cell]");
    if (!start || !/[\t\n]/.test(text.trim())) return;
    event.preventDefault();
    const lines = text.replace(/\r/g, "").replace(/\n$/, "").split("\n").map((line) => line.split("\t"));
    const column = [...start.parentElement.querySelectorAll("td[data-cell]")].indexOf(start);
    let row = start.parentElement;
    for (const [number, line] of lines.entries()) {
      if (number > 0) row = row.nextElementSibling ?? this.add();
      if (!row) break;
      const cells = inputs(row);
      for (const [place, value] of line.entries()) await this.#put(cells[column + place], value.trim());
    }
    const told = this.querySelector("[role=status]");
    if (told) told.textContent = `${this.dataset.pasted} ${lines.length}`;
  }

  async #put(input, text) {
    if (!input || input.disabled) return;
    if (input.dataset.picker) await chooseByText(input, text);
    else if (input.tagName === "SELECT") {
      const option = [...input.options].find((each) => each.text.trim() === text || each.value === text);
      if (option) input.value = option.value;
    } else if (input.type === "checkbox") input.checked = /^(1|true|yes|y|是|√)$/i.test(text);
    else if (input.inputMode === "decimal") input.value = text.replace(/[,\s¥$€%]/g, "");
    else input.value = input.type === "date" ? text.replace(/[/.]/g, "-").replace(/\b(\d)\b/g, "0$1") : text;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  #key(event) {
    const cell = event.target.closest("td[data-cell]");
    if (!cell || event.isComposing || event.target.closest(".ts-wrapper")) return;
    const column = [...cell.parentElement.querySelectorAll("td[data-cell]")].indexOf(cell);
    const go = (row) => row && inputs(row)[column]?.focus();
    const plain = event.target.tagName === "INPUT" && !["date", "datetime-local", "time"].includes(event.target.type);
    if (event.key === "Enter" && plain) {
      event.preventDefault();
      go(cell.parentElement.nextElementSibling ?? this.add());
    } else if (event.key === "ArrowDown" && plain) go(cell.parentElement.nextElementSibling);
    else if (event.key === "ArrowUp" && plain) go(cell.parentElement.previousElementSibling);
  }
}

customElements.define("rows-table", RowsTable);
