// What the visitor writes: drafts, a queue that survives a lost line, commands, photos, reply keyboards.
import { Refused, newId, post, t, upload } from "./api.js";
import { el } from "./dom.js";
import { sheet, toast } from "./sheet.js";

const LONGEST = 4096;
const store = {
  read(key, fallback) { try { return JSON.parse(localStorage.getItem(key)) ?? fallback; } catch { return fallback; } },
  write(key, value) { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* private mode: nothing is kept */ } },
};

export class Composer {
  constructor(log, chatId) {
    this.log = log;
    this.queueKey = `pindan.queue.${chatId}`;
    this.draftKey = `pindan.draft.${chatId}`;
    this.queue = store.read(this.queueKey, []);
    this.commands = [];
    this.text = document.getElementById("text");
    this.form = document.getElementById("composer");
    this.suggest = document.getElementById("suggest");
    this.keyboard = document.getElementById("keyboard");
    this.text.value = store.read(this.draftKey, "");
    this.bind();
    this.grow();
    for (const wish of this.queue) this.show(wish);
    this.flush();
  }

  bind() {
    const files = document.getElementById("files");
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
    this.text.addEventListener("input", () => { this.grow(); store.write(this.draftKey, this.text.value); this.offer(); });
    this.text.addEventListener("keydown", (event) => this.onKey(event));
    this.text.addEventListener("paste", (event) => { if (event.clipboardData?.files.length) { event.preventDefault(); this.photos(event.clipboardData.files); } });
    document.getElementById("attach").addEventListener("click", () => files.click());
    files.addEventListener("change", () => { this.photos(files.files); files.value = ""; });
    document.getElementById("commands").addEventListener("click", () => {
      if (!this.suggest.hidden) { this.suggest.hidden = true; return; }
      this.offer(true);
    });
    addEventListener("dragover", (event) => event.preventDefault());
    addEventListener("drop", (event) => { event.preventDefault(); if (event.dataTransfer.files.length) this.photos(event.dataTransfer.files); });
    addEventListener("online", () => this.flush());
  }

  onKey(event) {
    const options = [...this.suggest.querySelectorAll("[role=option]")];
    if (!this.suggest.hidden && options.length) {
      const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        const next = (at + (event.key === "ArrowDown" ? 1 : options.length - 1)) % options.length;
        options.forEach((option, place) => option.setAttribute("aria-selected", String(place === next)));
        options[next].scrollIntoView({ block: "nearest" });
        return;
      }
      if (event.key === "Escape") { this.suggest.hidden = true; return; }
      if (event.key === "Enter" && at >= 0) { event.preventDefault(); options[at].click(); return; }
    }
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.submit(); }
  }

  grow() {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight, 160)}px`;
    this.form.classList.toggle("full", this.text.value.trim() !== "");
  }

  submit() {
    const text = this.text.value.trim();
    if (!text) return;
    for (const part of split(text)) this.send({ text: part });
    this.text.value = "";
    store.write(this.draftKey, "");
    this.suggest.hidden = true;
    this.grow();
  }

  send(wish) {
    const queued = { ...wish, client_id: newId() };
    this.queue.push(queued);
    store.write(this.queueKey, this.queue);
    this.show(queued);
    this.log.toEnd();
    this.flush();
  }

  show(wish) {
    const told = wish.text ?? wish.contact?.phone_number ?? t(wish.location ? "location" : "forwarded");
    const node = el("div", { class: "row mine pending", "data-client": wish.client_id, title: t("waiting") },
      el("div", { class: "stack" }, el("div", { class: "bubble" }, el("div", { class: "text", dir: "auto" }, told), el("span", { class: "when" }, "🕓"))));
    this.log.root.append(node);
  }

  async flush() {
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.queue.length) {
        const wish = this.queue[0];
        try {
          const { message } = await post("send", wish);
          this.done(wish);
          this.log.add(message);
        } catch (error) {
          if (!(error instanceof Refused)) { setTimeout(() => this.flush(), 2000); return; }
          this.done(wish);
          toast(error.message);
          if (wish.text && !this.text.value) { this.text.value = wish.text; this.grow(); }
        }
      }
    } finally { this.busy = false; }
  }

  done(wish) {
    this.queue.shift();
    store.write(this.queueKey, this.queue);
    this.log.root.querySelector(`[data-client="${wish.client_id}"]`)?.remove();
  }

  offer(all = false) {
    const typed = this.text.value;
    const wanted = all ? "" : /^\/(\w*)$/.exec(typed)?.[1];
    const fit = wanted === undefined ? [] : this.commands.filter(({ command }) => command.startsWith(wanted));
    this.suggest.replaceChildren(...fit.map(({ command, description }, place) =>
      el("div", { role: "option", tabIndex: -1, "aria-selected": String(place === 0), onclick: () => this.choose(command) },
        el("bdi", {}, `/${command}`), el("span", { dir: "auto" }, description))));
    this.suggest.hidden = !fit.length;
    if (all) this.text.focus();
  }

  choose(command) {
    this.suggest.hidden = true;
    this.text.value = "";
    this.grow();
    this.send({ text: `/${command}` });
  }

  setKeyboard(keyboard) {
    const rows = keyboard?.keyboard ?? [];
    this.text.placeholder = keyboard?.input_field_placeholder ?? t("message");
    this.keyboard.hidden = !rows.length;
    this.keyboard.replaceChildren(...rows.map((row) => el("div", {}, ...row.map((key) =>
      el("button", { type: "button", class: "key", dir: "auto", onclick: () => this.pressKey(key, keyboard) }, key.text)))));
  }

  pressKey(key, keyboard) {
    if (keyboard.one_time_keyboard) this.keyboard.hidden = true;
    if (key.request_contact) this.askContact();
    else if (key.request_location) this.askLocation();
    else this.send({ text: key.text });
  }

  askContact() {
    sheet(t("phone"), (body, close) => {
      const phone = el("input", { id: "phone", type: "tel", autocomplete: "tel", required: true, dir: "ltr", value: store.read("pindan.phone", "") });
      const form = el("form", {}, el("label", { htmlFor: "phone" }, t("phone_ask")), phone, el("button", { type: "submit", class: "primary wide" }, t("phone_send")));
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        store.write("pindan.phone", phone.value);
        close();
        this.send({ contact: { phone_number: phone.value } });
      });
      body.append(form);
    });
  }

  askLocation() {
    sheet(t("location"), (body, close) => {
      const latitude = el("input", { id: "latitude", inputMode: "decimal", required: true, dir: "ltr" });
      const longitude = el("input", { id: "longitude", inputMode: "decimal", required: true, dir: "ltr" });
      const device = el("button", { type: "button", class: "wide", onclick: () => navigator.geolocation?.getCurrentPosition(({ coords }) => {
        latitude.value = coords.latitude.toFixed(5);
        longitude.value = coords.longitude.toFixed(5);
      }) }, t("location_device"));
      const form = el("form", {}, el("p", {}, t("location_ask")), device, el("label", { htmlFor: "latitude" }, t("latitude")), latitude, el("label", { htmlFor: "longitude" }, t("longitude")), longitude, el("button", { type: "submit", class: "primary wide" }, t("location_send")));
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        close();
        this.send({ location: { latitude: Number(latitude.value), longitude: Number(longitude.value) } });
      });
      body.append(form);
    });
  }

  photos(list) {
    const chosen = [...list].filter((file) => file.type.startsWith("image/")).slice(0, 10);
    if (!chosen.length) return;
    sheet(t(chosen.length > 1 ? "photos" : "photo"), (body, close, dialog) => {
      const caption = el("input", { id: "caption", maxLength: 1024, dir: "auto", placeholder: t("caption"), "aria-label": t("caption") });
      const urls = chosen.map((file) => URL.createObjectURL(file));
      const progress = el("progress", { hidden: true, "aria-label": t("send") });
      const go = el("button", { type: "submit", class: "primary wide" }, t("send"));
      const clientId = newId();
      const form = el("form", {}, el("div", { class: "previews" }, ...urls.map((url) => el("img", { src: url, alt: "" }))), caption, progress, go);
      form.addEventListener("submit", async (event) => {
        event.preventDefault();
        if (dialog.dataset.busy) return;
        dialog.dataset.busy = "1";
        progress.hidden = false;
        go.disabled = true;
        const data = new FormData();
        data.append("client_id", clientId);
        data.append("caption", caption.value);
        for (const file of chosen) data.append("photo", file);
        try {
          await upload(data);
          delete dialog.dataset.busy;
          close();
        } catch (error) {
          delete dialog.dataset.busy;
          progress.hidden = true;
          go.disabled = false;
          toast(error instanceof Refused ? error.message : t("offline"));
        }
      });
      dialog.addEventListener("close", () => urls.forEach((url) => URL.revokeObjectURL(url)));
      body.append(form);
    });
  }
}

function split(text) {
  const parts = [];
  let rest = text;
  while (rest.length > LONGEST) {
    const at = Math.max(rest.lastIndexOf("\n", LONGEST), rest.lastIndexOf(" ", LONGEST));
    let cut = at > LONGEST / 2 ? at : LONGEST;
    if (/[\uD800-\uDBFF]/.test(rest[cut - 1])) cut -= 1;
    parts.push(rest.slice(0, cut));
    rest = rest.slice(cut).trimStart();
  }
  return rest ? [...parts, rest] : parts;
}
