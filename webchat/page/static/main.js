// The page: one chat, its events, and who does what.
import { Events, config, get, insist, post, t } from "./api.js";
import { gist } from "./bubble.js";
import { Composer } from "./composer.js";
import { $, el } from "./dom.js";
import { answered, releaseAll } from "./keyboard.js";
import { copy, openLink } from "./links.js";
import { Log } from "./log.js";
import { applyTheme, openMenu, showBlocked, wantsNotices } from "./menu.js";
import { Outbox } from "./outbox.js";
import { paySheet } from "./pay.js";
import { previewPhotos } from "./photos.js";
import { ReplyKeys } from "./replykeys.js";
import { popup, toast } from "./sheet.js";
import { viewPhotos } from "./viewer.js";

const TYPING_MS = 5500;
const PATIENCE_MS = 1200;
const PAGE_AHEAD_PX = 900;
const RETRY_MS = 2000;
const RESTING_MS = 1200;

const chat = { more: false, loading: false, unread: 0, unseen: 0, connected: false };
const start = (payload) => chat.send({ text: payload ? `/start ${payload}` : "/start" });
const hands = {
  botName: config.bot.name,
  onCommand: (command) => chat.send({ text: command }),
  onLink: (url) => openLink(url, { start, send: chat.send }),
  onCopy: copy,
  onPhoto: (fileId) => viewPhotos(chat.log.photos(), fileId),
  onPay: ({ messageId, paid }) => paySheet({ messageId, paid }, () => redraw(messageId)),
  onGoTo: (id) => chat.log.goTo(id),
  onMore: moreOf,
};

dress();
begin();

function dress() {
  applyTheme();
  addEventListener("storage", (event) => event.key === "pindan.look" && applyTheme());
  document.querySelector("header h1").textContent = config.bot.name;
  document.querySelector("header .avatar").textContent = initial();
  const labels = { menu: "menu", down: "unread", commands: "commands", attach: "attach", send: "send", text: "message", log: "history", keys: "keys", keyboard: "keys", suggest: "commands" };
  for (const [id, key] of Object.entries(labels)) $(id).setAttribute("aria-label", t(key));
  $("text").placeholder = t("message");
  $("start").textContent = t("start");
  $("unblock").textContent = t("unblock");
  status();
  // Browsers without `interactive-widget` cover the page with their keyboard instead of shrinking it.
  const fit = () => document.documentElement.style.setProperty("--tall", `${Math.round(visualViewport.height)}px`);
  visualViewport?.addEventListener("resize", fit);
  if (globalThis.visualViewport) fit();
}

function initial() {
  return [...config.bot.name][0]?.toUpperCase() ?? "";
}

async function begin() {
  let history;
  try {
    history = await get("history");
  } catch {
    offline();
    setTimeout(begin, RETRY_MS);
    return;
  }
  const me = (chat.me = history.me);
  const log = (chat.log = new Log($("log"), $("scroll"), me.id, hands));
  chat.more = history.more;
  log.fill(history.messages);
  const outbox = (chat.outbox = new Outbox(log, {
    onBack: (wish) => { if (wish.text && !$("text").value) chat.composer.fill(wish.text); },
    onSent: () => { if (me.blocked) showBlocked(me, false); },
  }));
  chat.send = (wish) => { welcome(false); outbox.add(wish); };
  chat.composer = new Composer({ chat: me.id, send: chat.send, onFiles: (files) => previewPhotos(files, chat.composer.text.value, sendPhotos) });
  chat.composer.commands = history.commands ?? [];
  $("commands").hidden = !chat.composer.commands.length;
  chat.keys = new ReplyKeys(chat.send);
  chat.keys.set(history.reply_keyboard);
  welcome(!history.messages.length && !outbox.queue.length);
  if (me.blocked) showBlocked(me, true);
  arrive();
  bind();
  chat.events = new Events(history.seq, onEvent, connected);
  outbox.flush();
  log.toEnd();
  requestAnimationFrame(() => { $("log").setAttribute("aria-live", "polite"); document.body.classList.add("ready"); });
  if (matchMedia("(pointer: fine)").matches && !$("composer").hidden) $("text").focus();
}

/** A link's payload is sent at once to somebody who knows the shop; a newcomer presses Start, as on Telegram. */
function arrive() {
  if (!config.start || !$("start").hidden) return;
  forgetPayload();
  start(config.start);
}

function forgetPayload() {
  if (location.search) history.replaceState(null, "", location.pathname);
}

function bind() {
  $("start").addEventListener("click", () => { start(config.start); forgetPayload(); });
  $("unblock").addEventListener("click", async () => { await post("block", { blocked: false }).catch(() => toast(t("offline"))); showBlocked(chat.me, false); start(null); });
  $("menu").addEventListener("click", () => openMenu(chat.me, (blocked) => showBlocked(chat.me, blocked)));
  $("down").addEventListener("click", () => { chat.log.toEnd(true); seen(); });
  $("scroll").addEventListener("scroll", onScroll, { passive: true });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { chat.unseen = 0; title(); } });
  onScroll();
}

function sendPhotos(wish) {
  chat.composer.fill("");
  chat.send(wish);
}

function welcome(fresh) {
  $("start").hidden = !fresh;
  $("composer").hidden = fresh || Boolean(chat.me.blocked);
  $("log").querySelector(".welcome")?.remove();
  if (fresh) {
    $("log").append(el("div", { class: "welcome" },
      el("div", { class: "avatar", "aria-hidden": "true" }, initial()), el("h2", { dir: "auto" }, config.bot.name), el("h3", { dir: "auto" }, t("welcome")), el("p", { dir: "auto" }, t("welcome_text"))));
  }
}

function onEvent(event) {
  const { log } = chat;
  switch (event.type) {
    case "message": {
      if (!$("start").hidden) welcome(false);
      chat.outbox.claim(event.message);
      if (log.isMine(event.message)) chat.log.add(event.message);
      else arrived(event.message);
      break;
    }
    case "edit": log.edit(event.message); break;
    case "delete": log.remove(event.message_ids); break;
    case "reply_keyboard": chat.keys.set(event.reply_keyboard); break;
    case "action": typing(true); break;
    case "callback_answer": answered(event, hands); break;
    case "reload": anew(); break;
  }
}

/** Away for so long that the server forgot some of what happened: the history tells it all. */
async function anew() {
  const { log } = chat;
  const history = await insist(() => get("history"), 3).catch(() => null);
  if (!history) return chat.events.connect();
  log.remove([...log.messages.keys()]);
  log.fill(history.messages);
  for (const message of history.messages) chat.outbox.claim(message);
  chat.more = history.more;
  chat.keys.set(history.reply_keyboard);
  chat.events.from(history.seq);
}

function arrived(message) {
  typing(false);
  const known = chat.log.messages.has(message.message_id);
  const visible = chat.log.add(message);
  if (known) return;
  if (!visible) { chat.unread += 1; onScroll(); }
  if (!document.hidden) return;
  chat.unseen += 1;
  title();
  if (wantsNotices()) new Notification(config.bot.name, { body: gist(message), tag: "pindan", icon: "/chat/static/icon.svg" });
}

function redraw(messageId) {
  const row = chat.log.rows.get(messageId);
  if (row) chat.log.render(row);
}

function title() {
  document.title = chat.unseen ? `(${chat.unseen}) ${config.bot.name}` : config.bot.name;
}

function typing(on) {
  clearTimeout(chat.typing);
  chat.types = on;
  if (on) chat.typing = setTimeout(() => typing(false), TYPING_MS);
  status();
}

function connected(open) {
  clearTimeout(chat.patience);
  chat.connected = open;
  if (open) {
    releaseAll();
    chat.outbox.pause = 1000;
    chat.outbox.flush();
    document.body.classList.remove("offline");
    status();
  } else {
    // A line that is back within a moment is not worth a word.
    chat.patience = setTimeout(offline, PATIENCE_MS);
  }
}

function offline() {
  document.body.classList.add("offline");
  status();
}

function status() {
  const lost = document.body.classList.contains("offline");
  const text = lost ? t("connecting") : chat.types ? t("typing") : t("bot");
  const dots = !lost && chat.types ? [el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"))] : [];
  if ($("status").textContent !== text) $("status").replaceChildren(...dots, text);
  $("status").classList.toggle("live", lost || Boolean(chat.types));
}

function moreOf(message, point) {
  const text = message.text ?? message.caption;
  popup([
    ["reply", t("reply"), () => chat.composer.answer(message)],
    ...(text ? [["copy", t("copy_text"), () => copy(text)]] : []),
    ["forward", t("forward"), () => chat.send({ forward: message.message_id })],
  ], point);
}

function seen() {
  chat.unread = 0;
  onScroll();
}

async function onScroll() {
  const { log } = chat;
  const atEnd = log.measureEnd();
  // The day sticks to the top while one looks for it, and does not stand in the way afterwards.
  if (!atEnd) log.root.classList.add("scrolling");
  clearTimeout(chat.resting);
  chat.resting = setTimeout(() => log.root.classList.remove("scrolling"), RESTING_MS);
  if (atEnd) chat.unread = 0;
  $("down").hidden = atEnd;
  $("down").querySelector("span").textContent = chat.unread || "";
  if (!chat.more || chat.loading || $("scroll").scrollTop > PAGE_AHEAD_PX) return;
  chat.loading = true;
  try {
    const page = await get(`history?before=${log.oldest}`);
    chat.more = page.more;
    log.prepend(page.messages);
  } catch { /* the next scroll tries again */ } finally {
    chat.loading = false;
  }
}
