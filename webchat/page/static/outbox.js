// What was said but has not arrived: kept over a reload, sent in order, again and again with the same client id.
import { Refused, newId, post, t, upload } from "./api.js";
import { local } from "./dom.js";
import { toast } from "./sheet.js";

const PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15_000;

export class Outbox {
  constructor(log, { onBack, onSent }) {
    Object.assign(this, { log, onBack, onSent, queue: [], pause: PAUSE_MS });
    this.prefix = `pindan.unsent.${log.me}.`;
    for (const wish of this.unsent()) this.show(wish);
    addEventListener("online", () => this.flush());
  }

  /** One entry of the storage each, so that several tabs never write over another's. */
  unsent() {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(this.prefix));
    return keys.map((key) => local.read(key)).filter(Boolean).sort((one, other) => one.at - other.at);
  }

  /** Say `{text}`, `{contact}`, `{location}`, `{forward}`, or `{files, pictures, caption}`. */
  add(wish) {
    const full = { ...wish, client_id: newId(), at: Date.now() };
    if (!wish.files) local.write(this.prefix + full.client_id, full);
    this.show(full);
    this.flush();
  }

  show(wish) {
    this.queue.push({ wish, row: this.log.pend(this.preview(wish)) });
  }

  preview({ client_id, text, contact, location, forward, pictures, caption, reply_to }) {
    const base = { from: { id: this.log.me }, date: Date.now() / 1000, reply_to_message: this.log.messages.get(reply_to) };
    if (pictures) return pictures.map((picture, place) => ({ ...base, media_group_id: client_id, photo: [picture], caption: place ? undefined : caption }));
    if (contact) return [{ ...base, contact: { first_name: t("you"), ...contact } }];
    if (forward) return [{ ...this.log.messages.get(forward), ...base, reply_markup: undefined }];
    return [{ ...base, text, location }];
  }

  async flush() {
    if (this.sending) return;
    clearTimeout(this.timer);
    this.sending = true;
    try {
      while (this.queue.length) if (!(await this.sendFirst())) return;
    } finally {
      this.sending = false;
    }
  }

  async sendFirst() {
    const entry = this.queue[0];
    try {
      const answer = await this.deliver(entry);
      this.pause = PAUSE_MS;
      this.done(entry);
      for (const message of answer.messages ?? [answer.message ?? answer]) this.log.add(message);
      this.onSent();
    } catch (error) {
      if (!(error instanceof Refused)) {
        this.timer = setTimeout(() => this.flush(), this.pause);
        this.pause = Math.min(this.pause * 1.7, LONGEST_PAUSE_MS);
        return false;
      }
      this.done(entry);
      toast(error.message);
      this.onBack(entry.wish);
    }
    return true;
  }

  deliver({ wish, row }) {
    const { at, files, pictures, ...rest } = wish;
    if (!files) return post("send", rest);
    const form = new FormData();
    form.append("client_id", wish.client_id);
    form.append("caption", wish.caption ?? "");
    for (const file of files) form.append("photo", file, file.name || "photo.jpg");
    const bar = row.querySelector("progress") ?? row.querySelector(".bubble").appendChild(document.createElement("progress"));
    bar.setAttribute("aria-label", t("sending"));
    return upload(form, (share) => { bar.value = share; });
  }

  done(entry) {
    this.queue.shift();
    local.write(this.prefix + entry.wish.client_id, null);
    entry.row.remove();
    for (const { url } of entry.wish.pictures ?? []) URL.revokeObjectURL(url);
  }

  /** The event of a message may overtake the answer of its POST: its waiting bubble goes at once. */
  claim(message) {
    const first = this.sending ? this.queue[0] : null;
    if (!first || !this.log.isMine(message)) return;
    const { wish, row } = first;
    if (wish.files ? message.photo : wish.text !== undefined ? wish.text === message.text : !message.text) row.remove();
  }
}
