// The page: one chat, its events, its menu.
import { Events, Refused, config, get, newId, post, t } from "./api.js";
import { Composer } from "./composer.js";
import { el } from "./dom.js";
import { Log } from "./log.js";
import { paySheet } from "./pay.js";
import { ask, say, sheet, toast } from "./sheet.js";

const $ = (id) => document.getElementById(id);
const waiting = new Map();
let composer, log, more = false, loading = false, unread = 0, typing;

theme(localStorage.getItem("pindan.theme") ?? "auto");
document.querySelector("header h1").textContent = config.bot.name;
document.querySelector(".avatar").textContent = [...config.bot.name][0] ?? "";
for (const [id, key] of [["menu", "menu"], ["down", "unread"], ["commands", "commands"], ["attach", "attach"], ["send", "send"], ["text", "message"], ["log", "history"]]) $(id).setAttribute("aria-label", t(key));
$("text").placeholder = t("message");
$("start").textContent = t("start");
state(false);
begin();

async function begin() {
  let history;
  try { history = await get("history"); } catch { setTimeout(begin, 2000); return; }
  log = new Log($("log"), $("scroll"), {
    onCommand: (command) => composer.send({ text: command }),
    onLink: openLink, onPress: press, onPhoto: viewPhoto, onPay: paySheet, onCopy: copy, onMore: moreOf,
  });
  log.me = history.me.id;
  log.quiet = true;
  more = history.more;
  for (const message of history.messages) log.add(message);
  composer = new Composer(log, history.me.id);
  composer.commands = history.commands;
  composer.setKeyboard(history.reply_keyboard);
  log.toEnd();
  log.quiet = matchMedia("(prefers-reduced-motion: reduce)").matches;
  new Events(history.seq, onEvent, state);
  const fresh = !history.messages.length && !composer.queue.length;
  welcome(fresh);
  if (config.start) {
    window.history.replaceState(null, "", "/chat/");
    if (!fresh) start(config.start);
    else $("start").onclick = () => start(config.start);
  }
  $("scroll").addEventListener("scroll", onScroll, { passive: true });
  $("down").addEventListener("click", () => log.toEnd(true));
  $("menu").addEventListener("click", () => menu(history.me));
  addEventListener("resize", () => { if (log.atEnd) log.toEnd(); });
}

function start(payload) {
  welcome(false);
  composer.send({ text: payload ? `/start ${payload}` : "/start" });
}

function welcome(fresh) {
  $("start").hidden = !fresh;
  $("composer").hidden = fresh;
  $("start").onclick = () => start(null);
  document.querySelector(".welcome")?.remove();
  if (fresh) $("log").append(el("div", { class: "welcome" }, el("div", { class: "avatar" }, [...config.bot.name][0] ?? ""), el("h2", {}, t("welcome")), el("p", {}, t("welcome_text"))));
}

function state(open) {
  $("status").textContent = open ? t("bot") : t("connecting");
  document.body.classList.toggle("offline", !open);
  if (open) composer?.flush();
}

function onEvent(event) {
  switch (event.type) {
    case "message": {
      if (!$("start").hidden) welcome(false);
      stopTyping();
      if (!log.add(event.message)) counted(unread + 1);
      break;
    }
    case "edit": log.edit(event.message); settle(event.message.message_id); break;
    case "delete": log.remove(event.message_ids); break;
    case "reply_keyboard": composer.setKeyboard(event.reply_keyboard); break;
    case "action":
      $("status").textContent = t("typing");
      clearTimeout(typing);
      typing = setTimeout(stopTyping, 5000);
      break;
    case "callback_answer": answered(event); break;
  }
}

function stopTyping() {
  clearTimeout(typing);
  $("status").textContent = t("bot");
}

async function press(messageId, data, node) {
  node.classList.add("busy");
  node.setAttribute("aria-busy", "true");
  const free = () => { node.classList.remove("busy"); node.removeAttribute("aria-busy"); };
  try {
    const { query_id } = await post("press", { client_id: newId(), message_id: messageId, data });
    const early = waiting.get(query_id);
    if (early?.event) { waiting.delete(query_id); free(); show(early.event); return; }
    waiting.set(query_id, { free, messageId });
    setTimeout(() => { if (waiting.delete(query_id)) { free(); toast(t("expired")); } }, 20000);
  } catch (error) {
    free();
    toast(error instanceof Refused ? error.message : t("offline"));
  }
}

function answered(event) {
  const pressed = waiting.get(event.query_id);
  if (!pressed) {
    // The answer may overtake the POST that told us the query's number; other tabs' answers fade away.
    waiting.set(event.query_id, { event });
    setTimeout(() => waiting.delete(event.query_id), 5000);
    return;
  }
  waiting.delete(event.query_id);
  pressed.free?.();
  show(event);
}

function show(event) {
  if (event.text) (event.show_alert ? say : toast)(event.text);
  if (event.url) openLink(event.url);
}

function settle(messageId) {
  for (const pressed of waiting.values()) if (pressed.messageId === messageId) pressed.free = null;
}

function openLink(url) {
  const link = new URL(url, location.href);
  if (link.host === "t.me") {
    if (link.pathname.startsWith("/$")) { paySheet({ slug: link.pathname.slice(2) }); return; }
    if (link.pathname === "/share/url") { shareSheet(link.searchParams.get("url") ?? "", link.searchParams.get("text") ?? ""); return; }
    if (link.pathname.slice(1).toLowerCase() === config.bot.username.toLowerCase()) { start(link.searchParams.get("start")); return; }
  }
  if (link.host === location.host && link.pathname === "/chat/") { start(link.searchParams.get("start")); return; }
  if (!["http:", "https:", "mailto:", "tel:"].includes(link.protocol)) return;
  if (link.host === location.host) { window.open(link.href, "_blank", "noopener"); return; }
  ask(`${t("open_link")}\n${link.href}`, t("open"), () => window.open(link.href, "_blank", "noopener,noreferrer"));
}

function shareSheet(url, text) {
  const web = url.replace(/^https:\/\/t\.me\/[^?]+\?start=/, `${location.origin}/chat/?start=`);
  sheet(t("share"), (body, close) => {
    body.append(el("p", { dir: "auto" }, text), el("p", { class: "quiet" }, el("bdi", {}, web)),
      el("button", { type: "button", class: "primary wide", onclick: () => { copy(web); close(); } }, t("copy")),
      el("button", { type: "button", class: "wide", onclick: () => { close(); composer.send({ text: `${text}\n${url}`.trim() }); } }, t("share_here")));
    if (navigator.share) body.append(el("button", { type: "button", class: "wide", onclick: () => { close(); navigator.share({ text, url: web }).catch(() => {}); } }, t("share_other")));
  });
}

async function copy(text) {
  try { await navigator.clipboard.writeText(text); toast(t("copied")); } catch { say(text); }
}

function moreOf(message) {
  sheet(t("menu"), (body, close) => body.append(
    el("button", { type: "button", class: "wide", onclick: () => { close(); composer.send({ forward: message.message_id }); } }, t("forward")),
    el("button", { type: "button", class: "wide", onclick: () => { close(); copy(message.text ?? message.caption ?? ""); } }, t("copy"))));
}

function viewPhoto(fileId) {
  const dialog = el("dialog", { class: "viewer", "aria-label": t("photo") });
  const image = el("img", { src: `/chat/file/${fileId}`, alt: t("photo") });
  dialog.append(el("button", { type: "button", class: "icon", "aria-label": t("close"), onclick: () => dialog.close() }, "✕"), image);
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  image.addEventListener("click", () => image.classList.toggle("zoomed"));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function counted(count) {
  unread = count;
  $("down").hidden = log.atEnd;
  $("down").querySelector("span").textContent = count || "";
}

async function onScroll() {
  counted(log.atEnd ? 0 : unread);
  if (!more || loading || $("scroll").scrollTop > 400) return;
  loading = true;
  try {
    const first = Math.min(...log.messages.keys());
    const page = await get(`history?before=${first}`);
    more = page.more;
    log.prepend(page.messages);
  } catch { /* the next scroll tries again */ } finally { loading = false; }
}

function theme(name) {
  localStorage.setItem("pindan.theme", name);
  document.documentElement.dataset.theme = name;
}

function menu(me) {
  const names = new Intl.DisplayNames([config.language.replace("_", "-")], { type: "language" });
  sheet(t("menu"), (body, close) => {
    const language = el("select", { id: "language" }, ...config.languages.map((code) => {
      const own = new Intl.DisplayNames([code.replace("_", "-")], { type: "language" }).of(code.replace("_", "-"));
      return el("option", { value: code, selected: code === config.language }, code === config.language ? own : `${own} · ${names.of(code.replace("_", "-"))}`);
    }));
    language.addEventListener("change", async () => { await post("language", { language: language.value }); location.reload(); });
    const name = el("input", { id: "name", value: me.name, maxLength: 64, dir: "auto" });
    name.addEventListener("change", async () => { try { me.name = (await post("name", { name: name.value })).name; } catch (error) { toast(error.message); } });
    const look = el("select", { id: "theme" }, ...["auto", "light", "dark"].map((mode) => el("option", { value: mode, selected: mode === document.documentElement.dataset.theme }, t(`theme_${mode}`))));
    look.addEventListener("change", () => theme(look.value));
    body.append(
      el("label", { htmlFor: "language" }, t("language")), language,
      el("label", { htmlFor: "name" }, t("name")), name,
      el("label", { htmlFor: "theme" }, t("theme")), look,
      el("button", { type: "button", class: "wide", onclick: async () => { me.blocked = !me.blocked; await post("block", { blocked: me.blocked }); close(); } }, t(me.blocked ? "unblock" : "block")),
      el("button", { type: "button", class: "wide danger", onclick: () => { close(); ask(t("forget_text"), t("forget"), async () => { await post("reset", {}); location.reload(); }); } }, t("forget")));
  });
}
