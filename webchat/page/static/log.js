// The conversation: where each row stands; edits in place and history upward without a jump.
import { t } from "./api.js";
import { bubble } from "./bubble.js";
import { calm, el } from "./dom.js";
import { clock, dayName, dayOf } from "./format.js";

const TOGETHER_S = 300;
const NEAR_PX = 90;
const PICTURE_WAIT_MS = 2000;
const HOLD_MS = 480;

export class Log {
  constructor(root, scroller, me, hands) {
    Object.assign(this, { root, scroller, me, hands });
    this.messages = new Map();
    this.rows = new Map();
    this.images = new Map();
    this.atEnd = true;
    scroller.addEventListener("scroll", () => { this.atEnd = this.measureEnd(); }, { passive: true });
    new ResizeObserver(() => this.atEnd && this.toEnd()).observe(scroller);
    root.addEventListener("keydown", (event) => this.walk(event));
    root.addEventListener("contextmenu", (event) => this.more(event));
    root.addEventListener("pointerdown", (event) => this.hold(event));
  }

  measureEnd() {
    return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < NEAR_PX;
  }

  toEnd(smooth = false) {
    this.atEnd = true;
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: smooth && !calm.matches ? "smooth" : "instant" });
  }

  get oldest() { return Math.min(...this.messages.keys()); }

  isMine(message) { return message.from.id === this.me; }

  /** Older messages, above: what is on the screen stays where it is. */
  prepend(messages) { this.still(() => { for (const message of messages) this.place(message); this.tidy(); }); }

  /** The first page of history. */
  fill(messages) {
    for (const message of messages) this.place(message);
    this.tidy();
    this.toEnd();
  }

  /** A new message; true when it can be seen at once. */
  add(message) {
    if (this.messages.has(message.message_id)) return true;
    const follow = this.atEnd || this.isMine(message);
    const row = this.place(message);
    row.classList.add("new");
    this.tidy();
    if (follow) this.toEnd();
    return follow;
  }

  /** A message that changed: its new picture is loaded first, so that the old one stays until it can be replaced. */
  async edit(message) {
    const row = this.rows.get(message.message_id);
    if (!row) return;
    this.messages.set(message.message_id, message);
    const version = (row.version = (row.version ?? 0) + 1);
    await this.loaded(message);
    if (row.version !== version || !row.isConnected) return;
    this.still(() => { this.render(row); this.tidy(); }, row);
  }

  loaded(message) {
    const large = message.photo?.at(-1);
    if (!large || this.images.has(large.file_id)) return null;
    const image = new Image();
    image.src = `/chat/file/${large.file_id}`;
    return Promise.race([image.decode().catch(() => {}), new Promise((resolve) => setTimeout(resolve, PICTURE_WAIT_MS))]);
  }

  remove(ids) {
    this.still(() => {
      for (const id of ids) {
        const row = this.rows.get(id);
        this.rows.delete(id);
        this.messages.delete(id);
        if (!row) continue;
        row.ids = row.ids.filter((one) => one !== id);
        row.ids.length ? this.render(row) : row.remove();
      }
      this.tidy();
    });
  }

  render(row) {
    const focused = row.contains(document.activeElement) ? [...row.querySelectorAll("button")].indexOf(document.activeElement) : -1;
    const messages = row.ids.map((id) => this.messages.get(id));
    const mine = this.isMine(messages[0]);
    row.replaceChildren(...bubble(messages, { mine, state: "sent", hands: this.hands, images: this.images }));
    row.setAttribute("aria-label", `${mine ? t("you") : this.hands.botName}, ${clock(messages[0].date)}`);
    const buttons = row.querySelectorAll("button");
    if (focused >= 0) (buttons[Math.min(focused, buttons.length - 1)] ?? row).focus({ preventScroll: true });
  }

  place(message) {
    const id = message.message_id;
    const known = this.rows.get(id);
    this.messages.set(id, message);
    const album = message.media_group_id && [...this.rows.values()].find((row) => row.album === message.media_group_id);
    if (known || album) {
      const row = known ?? album;
      if (!known) row.ids = [...row.ids, id].sort((one, other) => one - other);
      this.rows.set(id, row);
      this.render(row);
      return row;
    }
    const row = el("div", { role: "article", tabIndex: -1 });
    row.ids = [id];
    row.album = message.media_group_id;
    row.dataset.id = id;
    const service = message.successful_payment || message.refunded_payment;
    row.className = `row ${service ? "service" : this.isMine(message) ? "mine" : "theirs"}`;
    this.rows.set(id, row);
    this.render(row);
    this.insert(row, id);
    return row;
  }

  insert(row, id) {
    const rows = [...this.root.querySelectorAll(".row[data-id]")];
    const next = rows[0]?.ids[0] > id ? rows[0] : null;
    if (next) { next.before(row); return; }
    let before = rows.length - 1;
    while (before >= 0 && rows[before].ids[0] > id) before -= 1;
    if (before >= 0) rows[before].after(row);
    else this.root.prepend(row);
  }

  /** A bubble of what is not sent yet, at the end. */
  pend(messages) {
    const row = el("div", { class: "row mine pending new last" }, ...bubble(messages, { mine: true, state: "pending", hands: this.hands }));
    this.root.append(row);
    this.tidy();
    this.toEnd();
    return row;
  }

  /** Day lines and groups of one speaker follow from the neighbours after every change. */
  tidy() {
    let last = null, lastRow = null;
    const lines = new Map([...this.root.querySelectorAll(".day")].map((line) => [line.dataset.day, line]));
    for (const row of this.root.querySelectorAll(".row[data-id]")) {
      const message = this.messages.get(row.ids[0]);
      const day = dayOf(message.date);
      if (!last || dayOf(last.date) !== day) {
        const line = lines.get(day) ?? el("div", { class: "day", "data-day": day }, el("span", {}, dayName(message.date)));
        lines.delete(day);
        if (row.previousElementSibling !== line) row.before(line);
      }
      const joined = Boolean(last) && last.from.id === message.from.id && message.date - last.date < TOGETHER_S && dayOf(last.date) === day && !lastRow.classList.contains("service");
      row.classList.toggle("joined", joined);
      lastRow?.classList.toggle("last", !joined);
      [last, lastRow] = [message, row];
    }
    for (const line of lines.values()) line.remove();
    lastRow?.classList.add("last");
    const end = this.root.querySelector('.row[tabindex="0"]');
    if (lastRow && end !== document.activeElement) { if (end) end.tabIndex = -1; lastRow.tabIndex = 0; }
  }

  /** Change rows while what the reader looks at stays where it is on her screen. */
  still(change, changed = null) {
    if (this.atEnd) { change(); this.toEnd(); return; }
    const top = this.scroller.getBoundingClientRect().top;
    const anchor = [...this.root.querySelectorAll(".row")].find((row) => row.getBoundingClientRect().bottom > top + 4 && (row !== changed || row.getBoundingClientRect().top >= top));
    const before = anchor?.getBoundingClientRect().top ?? 0;
    change();
    if (anchor?.isConnected) this.scroller.scrollTop += anchor.getBoundingClientRect().top - before;
  }

  goTo(id) {
    const row = this.rows.get(id);
    if (!row) return;
    row.scrollIntoView({ block: "center", behavior: calm.matches ? "instant" : "smooth" });
    row.classList.add("flash");
    setTimeout(() => row.classList.remove("flash"), 1500);
  }

  walk(event) {
    const row = event.target;
    if (!row.classList?.contains("row")) return;
    if (event.key === "Enter") { event.preventDefault(); this.open(row, row.getBoundingClientRect()); return; }
    const rows = [...this.root.querySelectorAll(".row[data-id]")];
    const at = rows.indexOf(row);
    const to = { ArrowUp: rows[at - 1], ArrowDown: rows[at + 1], Home: rows[0], End: rows.at(-1) }[event.key];
    if (!to) return;
    event.preventDefault();
    row.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  }

  /** A long press: iPhones know no contextmenu event. */
  hold(event) {
    if (event.pointerType !== "touch" || event.target.closest(".key")) return;
    const timer = setTimeout(() => { if (!document.querySelector("dialog[open]")) this.more(event); }, HOLD_MS);
    const stop = new AbortController();
    for (const name of ["pointerup", "pointermove", "pointercancel"]) {
      addEventListener(name, (next) => {
        if (name === "pointermove" && Math.hypot(next.clientX - event.clientX, next.clientY - event.clientY) < 10) return;
        clearTimeout(timer);
        stop.abort();
      }, { signal: stop.signal });
    }
  }

  more(event) {
    const row = event.target.closest(".row[data-id]");
    if (!row || document.querySelector("dialog[open]") || !event.target.closest(".bubble, .row:focus") || String(getSelection())) return;
    event.preventDefault();
    this.open(row, { x: event.clientX, y: event.clientY });
  }

  open(row, point) {
    const message = this.messages.get(row.ids[0]);
    if (!row.classList.contains("service")) this.hands.onMore(message, point);
  }

  photos() {
    return [...this.messages.values()].filter((message) => message.photo).sort((one, other) => one.message_id - other.message_id);
  }
}
