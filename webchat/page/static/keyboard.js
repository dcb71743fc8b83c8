// Inline keyboards: rows of keys under a bubble, and what waits for the shop's answer.
import { Refused, insist, newId, post, t } from "./api.js";
import { button, el, icon, local } from "./dom.js";
import { money } from "./format.js";
import { say, toast } from "./sheet.js";

const PATIENCE_MS = 20_000;
const OVERTAKEN_MS = 5_000;

const busy = new Map();
const answers = new Map();

/** The keys of a message; an invoice without any gets its Pay key. */
export function keys(message, hands) {
  let rows = message.reply_markup?.inline_keyboard ?? [];
  if (message.invoice && !rows.flat().some((key) => key.pay)) rows = [[{ pay: true }], ...rows];
  if (!rows.length) return null;
  return el("div", { class: "keys" }, ...rows.map((row) => el("div", {}, ...row.map((key) => inlineKey(message, key, hands)))));
}

function inlineKey(message, key, hands) {
  const node = button({ class: "key", dir: "auto" }, el("span", {}, label(message, key)));
  const mark = markOf(key);
  if (mark) node.append(icon(mark));
  if (key.callback_data && busy.has(place(message.message_id, key.callback_data))) spin(node, true);
  if (key.callback_data) node.dataset.press = place(message.message_id, key.callback_data);
  node.addEventListener("click", () => {
    if (key.pay) hands.onPay({ messageId: message.message_id, paid: isPaid(message) });
    else if (key.url) hands.onLink(key.url);
    else if (key.copy_text) hands.onCopy(key.copy_text.text);
    else if (key.web_app) hands.onLink(key.web_app.url);
    else if (key.callback_data) press(message.message_id, key.callback_data, hands);
  });
  return node;
}

function label(message, key) {
  if (!key.pay) return key.text;
  if (isPaid(message)) return t("receipt");
  return key.text ?? t("pay", { amount: money(message.invoice.total_amount, message.invoice.currency) });
}

function markOf(key) {
  if (key.pay || key.url?.startsWith("https://t.me/$")) return "card";
  if (key.url?.startsWith("https://t.me/share/")) return "share";
  if (key.url || key.web_app) return "link";
  return key.copy_text ? "copy" : null;
}

/** Whether an invoice was paid: the server says so, or this browser remembers. */
export const isPaid = (message) => Boolean(message.invoice?.receipt_message_id) || local.read("pindan.paid", []).includes(message.message_id);

export function rememberPaid(messageId) {
  local.write("pindan.paid", [...local.read("pindan.paid", []), messageId].slice(-200));
}

async function press(messageId, data, hands) {
  const at = place(messageId, data);
  if (busy.has(at)) return;
  busy.set(at, null);
  spinAll(at, true);
  const wish = { client_id: newId(), message_id: messageId, data };
  try {
    const { query_id } = await insist(() => post("press", wish));
    const early = answers.get(query_id);
    if (early) { release(at); show(early, hands); return; }
    busy.set(at, query_id);
    setTimeout(() => { if (busy.get(at) === query_id) { release(at); toast(t("expired")); } }, PATIENCE_MS);
  } catch (error) {
    release(at);
    toast(error instanceof Refused ? error.message : t("offline"));
  }
}

/** The answer to a press of this tab, or of another one: then nothing is to be seen here. */
export function answered(event, hands) {
  const mine = [...busy].find(([, query]) => query === event.query_id);
  if (mine) {
    release(mine[0]);
    show(event, hands);
    return;
  }
  // It may have overtaken the POST that tells us the query's number.
  answers.set(event.query_id, event);
  setTimeout(() => answers.delete(event.query_id), OVERTAKEN_MS);
}

/** Answers leave no trace on the server: those that fell into a gap of the line never come. */
export function releaseAll() {
  for (const [at, query] of [...busy]) if (query) release(at);
}

function show(event, hands) {
  if (event.text) event.show_alert ? say(event.text, hands.botName) : toast(event.text);
  if (event.url) hands.onLink(event.url);
}

const place = (messageId, data) => `${messageId} ${data}`;

function release(at) {
  busy.delete(at);
  spinAll(at, false);
}

function spinAll(at, on) {
  for (const node of document.querySelectorAll(".key[data-press]")) if (node.dataset.press === at) spin(node, on);
}

function spin(node, on) {
  node.classList.toggle("busy", on);
  on ? node.setAttribute("aria-busy", "true") : node.removeAttribute("aria-busy");
}
