// Money, times and names of languages, in the chosen language.
import { config, t } from "./api.js";

export const locale = config.language.replace("_", "-");

const clockFormat = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
const dayFormat = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long" });
const yearFormat = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" });

export const clock = (date) => clockFormat.format(new Date(date * 1000));
export const dayOf = (date) => new Date(date * 1000).toDateString();

export function dayName(date) {
  const now = new Date();
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (dayOf(date) === now.toDateString()) return t("today");
  if (dayOf(date) === yesterday.toDateString()) return t("yesterday");
  const day = new Date(date * 1000);
  return (day.getFullYear() === now.getFullYear() ? dayFormat : yearFormat).format(day);
}

/** An amount in the currency's smallest unit, as people of this language write it; XTR are Telegram's stars. */
export function money(minor, currency) {
  if (currency === "XTR") return `⭐ ${new Intl.NumberFormat(locale).format(minor)}`;
  const format = new Intl.NumberFormat(locale, { style: "currency", currency });
  const told = format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
  // From right to left the sign of CN¥ would leave its letters and stand before them: a mark keeps it there.
  return document.dir === "rtl" ? told.replace(/(?<=[A-Z])[^\w\s]/, "$&\u200e") : told;
}

export function size(bytes) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const step = bytes ? Math.min(Math.floor(Math.log10(bytes) / 3), 3) : 0;
  return new Intl.NumberFormat(locale, { style: "unit", unit: units[step], unitDisplay: "short", maximumFractionDigits: 1 }).format(bytes / 1000 ** step);
}

export function languageName(code, speaker = code) {
  return new Intl.DisplayNames([speaker.replace("_", "-")], { type: "language" }).of(code.replace("_", "-"));
}
