// Times told as how far off they are, by the server's clock, and kept right while somebody looks.
import { aheadSeconds } from "./api.js";
import { el } from "./dom.js";
import { locale } from "./format.js";

const UNITS = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];
const format = new Intl.RelativeTimeFormat(locale);

/** "in 2 hours", "in 40 seconds", "5 minutes ago"; the exact time as its title. */
export function relativeTime(unix) {
  const exact = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(unix * 1000);
  return el("time", { dateTime: new Date(unix * 1000).toISOString(), title: exact, "data-relative": unix }, told(unix));
}

function told(unix) {
  const left = unix - Math.floor(Date.now() / 1000) - aheadSeconds;
  const [unit, seconds] = UNITS.find(([, length]) => Math.abs(left) >= length) ?? UNITS.at(-1);
  return format.format(Math.trunc(left / seconds), unit);
}

setInterval(() => {
  for (const node of document.querySelectorAll("[data-relative]")) {
    const now = told(Number(node.dataset.relative));
    if (node.textContent !== now) node.textContent = now;
  }
}, 1000);
