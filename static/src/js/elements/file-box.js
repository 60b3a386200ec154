// <file-box>: sends files as they are chosen and keeps their ids in the form.
class FileBox extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", (event) => event.target.type === "file" && this.#send(event.target));
    this.addEventListener("click", (event) => {
      const button = event.target.closest("[data-remove-file]");
      if (!button) return;
      button.closest("li").remove();
      this.#tell();
    });
  }

  #tell() {
    this.dispatchEvent(new CustomEvent("files-changed", { bubbles: true, detail: { name: this.getAttribute("name") } }));
  }

  async #send(input) {
    const said = this.querySelector("[role=status]");
    for (const file of input.files) {
      said.textContent = `${this.dataset.sending} ${file.name}`;
      const body = new FormData();
      body.append("file", file);
      const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
      const answer = await fetch("/api/v1/files", { method: "POST", body, headers: { "X-CSRF-Token": token } });
      const told = await answer.json().catch(() => ({}));
      if (answer.ok) this.#list(told);
      said.textContent = answer.ok ? "" : (told.detail ?? told.title ?? String(answer.status));
    }
    input.value = "";
    this.#tell();
  }

  #list(file) {
    const item = document.createElement("li");
    const kept = Object.assign(document.createElement("input"), { type: "hidden", name: this.getAttribute("name"), value: file.id });
    const link = Object.assign(document.createElement("a"), { href: `/api/v1/files/${file.id}`, textContent: file.name });
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "button plain small", textContent: this.dataset.remove });
    remove.dataset.removeFile = "";
    item.append(kept, link, remove);
    this.querySelector(".files").append(item);
  }
}

customElements.define("file-box", FileBox);
