// What every page loads: htmx, the CSRF header, menus, and the custom elements of forms.
import htmx from "htmx.org";
import "./elements/record-form.js";
import "./elements/rows-table.js";
import "./elements/file-box.js";
import "./elements/filter-builder.js";

htmx.config.includeIndicatorCSS = false;
htmx.config.allowEval = false;
window.htmx = htmx;

export const csrfToken = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

document.addEventListener("htmx:config:request", (event) => {
  const headers = event.detail.ctx?.request?.headers ?? event.detail.headers;
  if (headers) headers["X-CSRF-Token"] = csrfToken();
});

document.addEventListener("click", (event) => {
  const toggle = event.target.closest("[data-toggle]");
  if (toggle) {
    const target = document.getElementById(toggle.dataset.toggle);
    const open = target?.classList.toggle("open") ?? false;
    toggle.setAttribute("aria-expanded", String(open));
    return;
  }
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    document.getElementById(opener.dataset.dialog)?.showModal();
    return;
  }
  if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary")?.focus();
  }
  document.getElementById("rail")?.classList.remove("open");
});
