// Where links lead: t.me links stay in this chat, all others say where they go before they go.
import { config, t } from "./api.js";
import { el } from "./dom.js";
import { paySheet } from "./pay.js";
import { ask, row, say, sheet, toast } from "./sheet.js";

const SAFE = new Set(["http:", "https:", "mailto:", "tel:"]);

export function openLink(url, { start, send }) {
  let link;
  try { link = new URL(url, location.href); } catch { return; }
  if (link.host === "t.me") {
    if (link.pathname.startsWith("/$")) { paySheet({ slug: link.pathname.slice(2) }); return; }
    if (link.pathname === "/share/url") { shareSheet(link.searchParams.get("url") ?? "", link.searchParams.get("text") ?? "", send); return; }
    if (link.pathname.slice(1).toLowerCase() === config.bot.username.toLowerCase()) { here(link, start); return; }
  }
  if (link.origin === location.origin && link.pathname === "/chat/") { here(link, start); return; }
  if (!SAFE.has(link.protocol)) return;
  if (link.origin === location.origin) { window.open(link.href, "_blank", "noopener"); return; }
  ask(`${t("open_link")}\n${link.href}`, t("open"), () => window.open(link.href, "_blank", "noopener,noreferrer"));
}

function here(link, start) {
  if (link.searchParams.has("start")) start(link.searchParams.get("start"));
}

/** A t.me link to this bot leads people without Telegram nowhere: what is copied leads to this page. */
const ownAddress = (url) => {
  const found = url.match(/^https:\/\/t\.me\/(\w+)\?start=([\w-]+)$/);
  return found && found[1].toLowerCase() === config.bot.username.toLowerCase() ? `${location.origin}/chat/?start=${found[2]}` : url;
};

function shareSheet(url, text, send) {
  const address = ownAddress(url);
  sheet(t("share"), (body, close) => {
    const choose = (then) => () => { close(); then(); };
    body.append(
      el("div", { class: "shared" }, text ? el("p", { dir: "auto" }, text) : null, el("p", { class: "soft" }, el("bdi", { dir: "ltr" }, address))),
      row("copy", t("copy"), choose(() => copy(address)), { primary: true }),
      row("forward", t("share_here"), choose(() => send({ text: `${text}\n${url}`.trim() }))));
    if (navigator.share) body.append(row("share", t("share_other"), choose(() => navigator.share({ text, url: address }).catch(() => {}))));
  });
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(t("copied"));
  } catch {
    say(text);
  }
}
