// The draft document: loaded once, changed in place, saved by itself a moment later, checked by the server after each saving.
import { design, t } from "./dom.js";

const csrf = () => document.querySelector('meta[name="csrf-token"]').content;

export async function call(method, path, body, headers = {}) {
  const response = await fetch(path, {
    method,
    headers: {
      "Content-Type": "application/json",
      "X-CSRF-Token": csrf(),
      "Accept-Language": design.language,
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  const answer = text ? JSON.parse(text) : null;
  if (!response.ok) throw Object.assign(new Error(answer?.detail ?? response.statusText), { status: response.status, answer });
  return answer;
}

class Draft extends EventTarget {
  document = null;
  findings = [];
  #undone = [];
  #done = [];
  #timer = 0;
  #saving = Promise.resolve();

  get path() {
    return `/api/v1/apps/${design.app}`;
  }

  async load() {
    this.document = await call("GET", `${this.path}/draft`);
    this.#tell("changed");
    this.check();
  }

  /** Change the document; `mutate` gets it and edits it in place. */
  change(mutate, { quiet = false } = {}) {
    this.#done.push(JSON.stringify(this.document));
    if (this.#done.length > 200) this.#done.shift();
    this.#undone = [];
    mutate(this.document);
    this.#later();
    this.#tell(quiet ? "touched" : "changed");
  }

  undo() {
    this.#step(this.#done, this.#undone);
  }

  redo() {
    this.#step(this.#undone, this.#done);
  }

  #step(from, to) {
    if (from.length === 0) return;
    const { revision } = this.document;
    to.push(JSON.stringify(this.document));
    this.document = { ...JSON.parse(from.pop()), revision };
    this.#later();
    this.#tell("changed");
  }

  findingsAt(pointer) {
    return this.findings.filter((each) => each.at === pointer || each.at.startsWith(`${pointer}/`));
  }

  #later() {
    this.#say(t("未保存…", "Unsaved …"));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.save(), 500);
  }

  save() {
    clearTimeout(this.#timer);
    this.#saving = this.#saving.then(() => this.#put());
    return this.#saving;
  }

  async #put() {
    this.#say(t("保存中…", "Saving …"));
    try {
      const answer = await call("PUT", `${this.path}/draft`, this.document, { "If-Match": String(this.document.revision) });
      this.document.revision = answer.revision;
      this.#say(t("草稿已保存", "Draft saved"));
      this.#tell("saved");
      await this.check();
    } catch (error) {
      this.#say(
        error.status === 409
          ? t("别人改了这份草稿：请刷新后再改", "Somebody else changed this draft: reload and change it again")
          : error.message,
        true,
      );
    }
  }

  async check() {
    const answer = await call("POST", `${this.path}/check`, {});
    this.findings = answer.findings;
    this.#tell("checked");
  }

  #tell(what) {
    this.dispatchEvent(new Event(what));
  }

  #say(text, wrong = false) {
    const place = document.getElementById("save-state");
    if (!place) return;
    place.textContent = text;
    place.classList.toggle("late", wrong);
  }
}

export const draft = new Draft();

window.addEventListener("beforeunload", () => draft.document && draft.save());
document.getElementById("undo")?.addEventListener("click", () => draft.undo());
document.getElementById("redo")?.addEventListener("click", () => draft.redo());
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.target.closest("input, textarea")) return;
  if (event.key === "z" && !event.shiftKey) draft.undo();
  else if (event.key === "y" || (event.key === "z" && event.shiftKey)) draft.redo();
  else return;
  event.preventDefault();
});
