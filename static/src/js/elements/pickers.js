// Search boxes over relations, members and departments: any <select data-picker="address">. The library comes only with
// the first of them; until then, and without scripts, the select holds the value that was chosen before.
let library;
const tomSelect = () => (library ??= import("tom-select/base").then((module) => module.default));
const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

// Asks with the whole form, for what may be chosen depends on it.
async function find(select, text) {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(select.form)) if (typeof value === "string") body.append(name, value);
  body.set("q", text);
  body.set("row", select.closest("[data-row]")?.dataset.row ?? "");
  const answer = await fetch(select.dataset.picker, { method: "POST", body, headers: { "X-CSRF-Token": token() } });
  return answer.ok ? (await answer.json()).items : [];
}

export async function makePickers(root) {
  const selects = [...root.querySelectorAll("select[data-picker]:not(.tomselected)")];
  if (selects.length === 0) return;
  const TomSelect = await tomSelect();
  for (const select of selects) {
    if (select.tomselect || !select.isConnected || select.closest("template")) continue;
    const label = select.getAttribute("aria-label") ?? select.labels?.[0]?.firstChild?.textContent.trim() ?? "";
    const picker = new TomSelect(select, {
      valueField: "id",
      labelField: "text",
      searchField: [],
      maxOptions: 50,
      allowEmptyOption: false,
      placeholder: select.dataset.placeholder,
      preload: "focus",
      // A table that scrolls sideways would cut the list off.
      dropdownParent: select.closest(".rows-table") ? "body" : null,
      loadThrottle: 200,
      shouldLoad: () => true,
      load(text, done) {
        this.clearOptions((option) => this.items.includes(option.id));
        find(select, text).then(done, () => done());
      },
      score: () => () => 1,
      render: {
        option: (item, escape) => `<div>${escape(item.text)}${item.note ? `<span class="note">${escape(item.note)}</span>` : ""}</div>`,
        item: (item, escape) => `<div>${escape(item.text)}</div>`,
        no_results: () => null,
      },
      onDropdownOpen() {
        this.load(this.inputValue());
      },
    });
    select.setAttribute("aria-label", label);
    picker.control_input.setAttribute("aria-label", label);
    picker.control_input.removeAttribute("aria-labelledby");
    picker.dropdown_content.setAttribute("aria-label", label);
    if (select.getAttribute("aria-invalid")) picker.wrapper.classList.add("invalid-value");
  }
}

// Choose a value from outside: the server's fill, a draft, a pasted cell.
export function choose(select, value, text) {
  if (value && ![...select.options].some((option) => option.value === value)) select.add(new Option(text || value, value));
  if (select.tomselect) {
    if (value) select.tomselect.addOption({ id: value, text: text || value });
    select.tomselect.setValue(value ?? "", true);
  } else select.value = value ?? "";
}

export async function chooseByText(select, text) {
  const items = await find(select, text);
  const item = items.find((each) => each.text === text) ?? (items.length === 1 ? items[0] : undefined);
  if (item) choose(select, item.id, item.text);
  return Boolean(item);
}
