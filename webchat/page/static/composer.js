// The line to write in: drafts, long texts, commands while typing, and what a message answers.
import { config, t } from "./api.js";
import { $, button, el, icon, local, session } from "./dom.js";
import { gist } from "./bubble.js";

const LONGEST = 4096;
const TALLEST_PX = 168;

export class Composer {
  constructor({ chat, send, onFiles }) {
    Object.assign(this, { send, onFiles, commands: [], replyTo: null });
    this.draftKey = `pindan.draft.${chat}`;
    this.text = $("text");
    this.form = $("composer");
    this.suggest = $("suggest");
    this.text.value = session.read(this.draftKey) ?? local.read(this.draftKey, "");
    this.bind();
    this.grow();
  }

  bind() {
    const files = $("files");
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
    this.text.addEventListener("input", () => { this.grow(); this.keepDraft(); this.offer(); });
    this.text.addEventListener("keydown", (event) => this.onKey(event));
    this.text.addEventListener("blur", () => setTimeout(() => this.shut(), 150));
    $("attach").addEventListener("click", () => files.click());
    files.addEventListener("change", () => { this.onFiles([...files.files]); files.value = ""; });
    $("commands").addEventListener("click", () => { this.suggest.hidden ? this.offer(true) : this.shut(); this.text.focus(); });
    addEventListener("paste", (event) => {
      if (event.clipboardData?.files.length && !document.querySelector("dialog[open]")) { event.preventDefault(); this.onFiles([...event.clipboardData.files]); }
    });
    addEventListener("dragover", (event) => { event.preventDefault(); document.body.classList.toggle("dropping", [...event.dataTransfer.types].includes("Files")); });
    addEventListener("dragleave", (event) => event.relatedTarget === null && document.body.classList.remove("dropping"));
    addEventListener("drop", (event) => {
      event.preventDefault();
      document.body.classList.remove("dropping");
      if (event.dataTransfer.files.length) this.onFiles([...event.dataTransfer.files]);
    });
    // Writing begins wherever the focus is, unless it is somewhere where letters mean something.
    addEventListener("keydown", (event) => {
      const plain = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
      if (plain && !document.querySelector("dialog[open]") && !event.target.closest("input, textarea, select") && !this.form.hidden) this.text.focus();
    });
  }

  onKey(event) {
    if (event.isComposing) return;
    if (!this.suggest.hidden && this.onSuggestKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); this.submit(); }
    if (event.key === "Escape") this.answer(null);
  }

  onSuggestKey(event) {
    const options = [...this.suggest.children];
    const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.select((at + step + options.length) % options.length);
    else if (event.key === "Escape") this.shut();
    else if (event.key === "Tab" && at >= 0) this.fill(options[at].dataset.command);
    else if (event.key === "Enter" && !event.shiftKey && at >= 0) options[at].click();
    else return false;
    event.preventDefault();
    return true;
  }

  grow() {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight, TALLEST_PX)}px`;
    this.form.classList.toggle("full", this.text.value.trim() !== "");
  }

  keepDraft() {
    const draft = this.text.value || null;
    session.write(this.draftKey, draft ?? "");
    local.write(this.draftKey, draft);
  }

  fill(text) {
    this.text.value = text;
    this.grow();
    this.keepDraft();
    this.shut();
    this.text.focus();
  }

  submit() {
    const text = this.text.value.trim();
    if (!text) return;
    const reply = this.replyTo ? { reply_to: this.replyTo } : {};
    split(text).forEach((part, place) => this.send({ text: part, ...(place ? {} : reply) }));
    this.answer(null);
    this.fill("");
  }

  offer(all = false) {
    const wanted = all ? "" : /^\/(\w*)$/.exec(this.text.value)?.[1]?.toLowerCase();
    const fit = wanted === undefined ? [] : this.commands.filter(({ command }) => command.startsWith(wanted));
    this.suggest.replaceChildren(...fit.map(({ command, description }, place) =>
      el("div", { id: `command-${place}`, role: "option", "aria-selected": "false", "data-command": `/${command}`, onpointerdown: (event) => event.preventDefault(), onclick: () => this.choose(command) },
        el("span", { class: "what", dir: "auto" }, description), el("bdi", { dir: "ltr" }, `/${command}`))));
    this.suggest.hidden = !fit.length;
    this.text.setAttribute("aria-expanded", String(fit.length > 0));
    if (fit.length) this.select(0);
    else this.shut();
  }

  select(place) {
    [...this.suggest.children].forEach((option, at) => option.setAttribute("aria-selected", String(at === place)));
    this.suggest.children[place].scrollIntoView({ block: "nearest" });
    this.text.setAttribute("aria-activedescendant", `command-${place}`);
  }

  shut() {
    this.suggest.hidden = true;
    this.text.setAttribute("aria-expanded", "false");
    this.text.removeAttribute("aria-activedescendant");
  }

  choose(command) {
    if (this.text.value.startsWith("/")) this.fill("");
    this.shut();
    this.send({ text: `/${command}` });
  }

  /** Answer a message; none with null. */
  answer(message) {
    this.replyTo = message?.message_id ?? null;
    $("reply").replaceChildren(...(message ? [
      icon("reply"),
      el("div", {}, el("strong", { dir: "auto" }, message.from.is_bot ? config.bot.name : t("you")), el("span", { dir: "auto" }, gist(message))),
      button({ class: "icon", "aria-label": t("cancel"), onclick: () => this.answer(null) }, icon("close"))] : []));
    $("reply").hidden = !message;
    if (message) this.text.focus();
  }
}

/** Parts of at most 4096 UTF-16 units, cut at a line, else at a space, never within a letter. */
export function split(text) {
  const parts = [];
  let rest = text;
  while (rest.length > LONGEST) {
    const at = Math.max(rest.lastIndexOf("\n", LONGEST), rest.lastIndexOf(" ", LONGEST));
    let cut = at > LONGEST / 2 ? at : LONGEST;
    if (/[\uD800-\uDBFF]/.test(rest[cut - 1])) cut -= 1;
    parts.push(rest.slice(0, cut).trimEnd());
    rest = rest.slice(cut).trimStart();
  }
  return rest ? [...parts, rest] : parts;
}
