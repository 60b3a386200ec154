// Small tools of the designers: elements, words in the reader's language.
export const language = document.documentElement.lang.startsWith("en") ? "en" : "zh";

export const t = (zh, en) => (language === "en" ? en : zh);

export const design = JSON.parse(document.getElementById("design")?.textContent ?? "{}");

/** h("div", {class: "x", onclick: f}, child, "text") */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** An author's text in the reader's language. */
export function shown(text, otherwise = "") {
  if (!text) return otherwise;
  if (typeof text === "string") return text;
  return text[language] || text.zh || text.en || otherwise;
}

export function typeIcon(type) {
  const kept = document.getElementById("type-icons")?.content.querySelector(`[data-type="${type}"]`);
  return kept ? kept.cloneNode(true) : h("span");
}

export const typeLabel = (type) => design.types.find((each) => each.id === type)?.label ?? type;

let counter = 0;
export const newKey = () => `k${++counter}`;

/** An id that nothing in `taken` has: text, text_2, text_3 … */
export function freeId(base, taken) {
  if (!taken.has(base)) return base;
  let number = 2;
  while (taken.has(`${base}_${number}`)) number += 1;
  return `${base}_${number}`;
}

let announcer;
export function announce(text) {
  announcer ??= document.body.appendChild(h("div", { class: "only-screen-readers", "aria-live": "polite" }));
  announcer.textContent = text;
}

/** On a narrow screen the panel lies below the drawing: lead there. */
export function comeIntoView(panel) {
  if (window.matchMedia("(max-width: 860px)").matches) panel.scrollIntoView({ block: "start" });
}
