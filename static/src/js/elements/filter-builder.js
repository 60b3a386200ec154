// <filter-builder>: gives the value of a filter the control that fits its field.
const FITTING = {
  choices: ["is", "is_not", "empty", "filled"],
  numbers: ["at_least", "at_most", "is", "is_not", "empty", "filled"],
  texts: ["contains", "is", "is_not", "empty", "filled"],
};

class FilterBuilder extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("[name=add_field]");
    this.operator = this.querySelector("[name=add_operator]");
    this.field.addEventListener("change", () => this.#fit());
    this.operator.addEventListener("change", () => this.#blank());
    this.#fit();
  }

  get #value() {
    return this.querySelector("[name=add_value]");
  }

  #fit() {
    const { type, options } = this.field.selectedOptions[0].dataset;
    const choices = JSON.parse(options || "[]");
    const number = ["number", "money", "percent", "rating", "date", "datetime"].includes(type);
    const fitting = FITTING[choices.length || ["boolean", "member", "department", "status"].includes(type) ? "choices" : number ? "numbers" : "texts"];
    for (const option of this.operator.options) option.hidden = option.disabled = !fitting.includes(option.value);
    this.operator.value = fitting[0];
    const input = document.createElement(choices.length ? "select" : "input");
    input.name = "add_value";
    for (const [id, label] of choices) input.add(new Option(label, id));
    if (!choices.length) input.type = ["date", "datetime"].includes(type) ? "date" : "text";
    this.#value.replaceWith(input);
    this.#blank();
  }

  #blank() {
    this.#value.disabled = ["empty", "filled"].includes(this.operator.value);
  }
}

customElements.define("filter-builder", FilterBuilder);
