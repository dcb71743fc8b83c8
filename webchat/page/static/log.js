// The conversation: bubbles, albums, keyboards, days; edits in place, history upward without a jump.
import { config, t } from "./api.js";
import { el, icon } from "./dom.js";
import { richText } from "./entities.js";
import { money } from "./pay.js";

const locale = config.language.replace("_", "-");
const clockFormat = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
const dayFormat = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long" });
const dayOf = (date) => new Date(date * 1000).toDateString();

export class Log {
  constructor(root, scroller, hands) {
    this.root = root; this.scroller = scroller; this.hands = hands;
    this.nodes = new Map(); this.messages = new Map(); this.me = null;
  }

  get atEnd() {
    return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < 80;
  }

  toEnd(smooth = false) {
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: smooth ? "smooth" : "instant" });
  }

  prepend(messages) {
    const before = this.scroller.scrollHeight - this.scroller.scrollTop;
    for (const message of [...messages].reverse()) this.put(message, true);
    this.tidy();
    this.scroller.scrollTop = this.scroller.scrollHeight - before;
  }

  add(message) {
    const follow = this.atEnd || this.isMine(message);
    this.put(message, false);
    this.tidy();
    if (follow) requestAnimationFrame(() => this.toEnd(!this.quiet));
    return follow;
  }

  edit(message) {
    const old = this.nodes.get(message.message_id);
    if (!old) return;
    const follow = this.atEnd;
    const focused = old.contains(document.activeElement) ? [...old.querySelectorAll("button")].indexOf(document.activeElement) : -1;
    const node = this.bubble(message);
    old.replaceWith(node);
    this.nodes.set(message.message_id, node);
    this.messages.set(message.message_id, message);
    this.tidy();
    if (focused >= 0) (node.querySelectorAll("button")[focused] ?? node.querySelector("button"))?.focus({ preventScroll: true });
    if (follow) this.toEnd();
  }

  remove(ids) {
    for (const id of ids) {
      this.nodes.get(id)?.remove();
      this.nodes.delete(id);
      this.messages.delete(id);
    }
    this.tidy();
  }

  put(message, first) {
    if (this.nodes.has(message.message_id)) return;
    const node = this.bubble(message);
    this.nodes.set(message.message_id, node);
    this.messages.set(message.message_id, message);
    const pending = this.root.querySelector(".pending");
    if (first) this.root.prepend(node);
    else if (pending && !this.isMine(message)) pending.before(node);
    else if (pending) pending.before(node);
    else this.root.append(node);
  }

  isMine(message) { return message.from.id === this.me; }

  tidy() {
    // Day lines, groups of one speaker, albums: derived from neighbours after every change.
    for (const line of this.root.querySelectorAll(".day")) line.remove();
    let last = null;
    for (const node of [...this.root.querySelectorAll(".row[data-id]")]) {
      const message = this.messages.get(Number(node.dataset.id));
      if (!last || dayOf(last.date) !== dayOf(message.date)) node.before(el("div", { class: "day" }, dayName(message.date)));
      const same = last && last.from.id === message.from.id && message.date - last.date < 600 && dayOf(last.date) === dayOf(message.date);
      node.classList.toggle("joined", Boolean(same));
      node.classList.toggle("album", Boolean(message.media_group_id && last?.media_group_id === message.media_group_id));
      last = message;
    }
  }

  bubble(message) {
    const mine = this.isMine(message);
    if (message.successful_payment) {
      const paid = message.successful_payment;
      return el("div", { class: "row service", "data-id": message.message_id }, el("span", {}, t("paid", { amount: money(paid.total_amount, paid.currency) })));
    }
    const content = el("div", { class: `bubble ${message.photo ? "pictured" : ""}` });
    if (message.forward_origin) content.append(el("p", { class: "forwarded" }, t("forwarded")));
    if (message.reply_to_message) content.append(el("p", { class: "quote", dir: "auto" }, (message.reply_to_message.text ?? message.reply_to_message.caption ?? t("photo")).slice(0, 120)));
    if (message.photo) content.append(this.photo(message));
    if (message.document) content.append(el("a", { class: "document", href: `/chat/file/${message.document.file_id}`, download: message.document.file_name }, `📄 ${message.document.file_name}`));
    if (message.venue) content.append(el("p", { dir: "auto" }, el("strong", {}, message.venue.title), el("br"), message.venue.address));
    if (message.location) content.append(this.place(message.location));
    if (message.contact) content.append(el("p", { dir: "auto" }, el("strong", {}, message.contact.first_name), el("br"), el("bdi", {}, message.contact.phone_number)));
    if (message.invoice) content.append(el("p", { dir: "auto" }, el("strong", {}, message.invoice.title), el("br"), message.invoice.description));
    const text = message.text ?? message.caption;
    if (text) content.append(el("div", { class: "text", dir: "auto" }, ...richText(text, message.entities ?? message.caption_entities, this.hands)));
    content.append(el("span", { class: "when" }, mine && message.edit_date ? `${t("edited")} ` : "", clockFormat.format(new Date(message.date * 1000))));
    const row = el("div", { class: `row ${mine ? "mine" : "theirs"}`, "data-id": message.message_id }, el("div", { class: "stack" }, content, this.keys(message)));
    if (!mine) content.addEventListener("contextmenu", (event) => { event.preventDefault(); this.hands.onMore(message); });
    return row;
  }

  photo(message) {
    const large = message.photo[message.photo.length - 1];
    const image = el("img", { src: `/chat/file/${large.file_id}`, alt: message.caption ? "" : t("photo"), loading: "lazy", decoding: "async" });
    image.setAttribute("width", large.width);
    image.setAttribute("height", large.height);
    return el("button", { type: "button", class: "photo", "aria-label": t("photo"), onclick: () => this.hands.onPhoto(large.file_id) }, image);
  }

  place({ latitude, longitude }) {
    const told = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
    return el("button", { type: "button", class: "place", onclick: () => this.hands.onLink(`https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`) }, icon("pin"), el("span", {}, t("location")), el("bdi", {}, told));
  }

  keys(message) {
    let rows = message.reply_markup?.inline_keyboard ?? [];
    if (message.invoice && !rows.length) rows = [[{ text: t("pay", { amount: money(message.invoice.total_amount, message.invoice.currency) }), pay: true }]];
    if (!rows.length) return null;
    return el("div", { class: "keys" }, ...rows.map((row) => el("div", {}, ...row.map((key) => this.key(message, key)))));
  }

  key(message, key) {
    const node = el("button", { type: "button", class: "key", dir: "auto" }, el("span", {}, key.text));
    if (key.url && !key.url.startsWith("https://t.me/$")) node.append(icon("link"));
    node.addEventListener("click", () => {
      if (key.pay) this.hands.onPay({ messageId: message.message_id });
      else if (key.url) this.hands.onLink(key.url);
      else if (key.copy_text) this.hands.onCopy(key.copy_text.text);
      else if (key.web_app) this.hands.onLink(key.web_app.url);
      else if (!node.classList.contains("busy")) this.hands.onPress(message.message_id, key.callback_data, node);
    });
    return node;
  }
}

function dayName(date) {
  const now = new Date();
  const yesterday = new Date(now.getTime() - 86400000);
  if (dayOf(date) === now.toDateString()) return t("today");
  if (dayOf(date) === yesterday.toDateString()) return t("yesterday");
  return dayFormat.format(new Date(date * 1000));
}
