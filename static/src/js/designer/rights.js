// Field rights, as grants and nodes have them: one right a field, and `*` for the rest.
import { h, shown, t } from "./dom.js";
import { draft } from "./draft.js";

const WORDS = {
  hidden: t("看不到", "hidden"),
  mask: t("打码", "masked"),
  view: t("只看", "view"),
  edit: t("可改", "edit"),
  required: t("必填", "required"),
};

export function rightsTable(label, object, key, fields, otherwise) {
  const current = () => object()[key] ?? {};
  const right = (value) => (typeof value === "object" && value !== null ? value.rights : value);
  const line = (id, name, fallback) => {
    const select = h("select", { "aria-label": name });
    if (fallback) select.append(h("option", { value: "" }, `(${WORDS[fallback] ?? fallback})`));
    for (const [value, word] of Object.entries(WORDS)) {
      const option = h("option", { value }, word);
      option.selected = right(current()[id]) === value;
      select.append(option);
    }
    select.addEventListener("change", () =>
      draft.change(() => {
        const next = { ...current() };
        const rest = next["*"];
        delete next["*"];
        if (id === "*") object()[key] = { ...next, "*": select.value };
        else {
          if (select.value) next[id] = select.value;
          else delete next[id];
          object()[key] = rest === undefined ? next : { ...next, "*": rest };
          if (Object.keys(object()[key]).length === 0) delete object()[key];
        }
      }),
    );
    return h("tr", {}, h("td", {}, name), h("td", {}, select));
  };
  const rest = right(current()["*"]) ?? otherwise;
  return h("div", { class: "stack tight" }, h("p", { class: "label strong" }, label),
    h("table", { class: "rights-table" }, h("tbody", {},
      line("*", t("其余字段", "All other fields"), current()["*"] === undefined ? otherwise : null),
      fields.map((each) => line(each.id, shown(each.label, each.id), rest)))));
}
