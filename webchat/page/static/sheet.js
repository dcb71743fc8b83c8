// Sheets, alerts, menus and toasts on <dialog>: the browser keeps the focus inside, Escape closes, the focus goes back.
import { t } from "./api.js";
import { button, calm, el, icon } from "./dom.js";

const LEAVING_MS = 160;

/** A dialog with `build(body, close, dialog)` inside; while `dialog.dataset.busy` is set nothing but its maker closes it. */
export function sheet(title, build, { kind = "sheet", heading = true } = {}) {
  const body = el("div", { class: "body" });
  const dialog = el("dialog", { class: kind, "aria-modal": "true", "aria-label": title || t("menu") });
  const close = () => {
    if (kind === "popup" || calm.matches) { dialog.close(); return; }
    dialog.classList.add("leaving");
    setTimeout(() => dialog.close(), LEAVING_MS);
  };
  if (heading) {
    dialog.append(el("div", { class: "top" }, el("h2", { dir: "auto" }, title), button({ class: "icon", "aria-label": t("close"), onclick: close }, icon("close"))));
  }
  dialog.append(body);
  build(body, close, dialog);
  dialog.addEventListener("click", (event) => event.target === dialog && !dialog.dataset.busy && close());
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); if (!dialog.dataset.busy) close(); });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

export function say(text, title = "") {
  sheet(title || text, (body, close) => body.append(
    title ? el("h2", { dir: "auto" }, title) : "",
    el("p", { dir: "auto" }, text),
    el("div", { class: "actions" }, button({ class: "quietly", autofocus: true, onclick: close }, t("ok"))),
  ), { kind: "alert", heading: false });
}

export function ask(text, yes, then, { danger = false } = {}) {
  sheet(text, (body, close) => body.append(
    el("p", { dir: "auto" }, text),
    el("div", { class: "actions" },
      button({ class: "quietly", onclick: close }, t("cancel")),
      button({ class: danger ? "quietly danger" : "quietly", autofocus: true, onclick: () => { close(); then(); } }, yes)),
  ), { kind: "alert", heading: false });
}

/** A small menu at a point of the screen: items of `[icon, text, then]`. */
export function popup(items, { x, y }) {
  const dialog = sheet(t("menu"), (body, close) => {
    body.setAttribute("role", "menu");
    body.append(...items.map(([name, text, then], place) =>
      button({ role: "menuitem", autofocus: place === 0, onclick: () => { close(); then(); } }, icon(name), el("span", {}, text))));
    body.addEventListener("keydown", (event) => walk(event, [...body.children]));
  }, { kind: "popup", heading: false });
  const { width, height } = dialog.getBoundingClientRect();
  dialog.style.left = `${Math.max(8, Math.min(x, innerWidth - width - 8))}px`;
  dialog.style.top = `${Math.max(8, Math.min(y, innerHeight - height - 8))}px`;
}

function walk(event, items) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
}

/** A row of a sheet that is a button. */
export const row = (name, text, onclick, { danger = false, primary = false } = {}) =>
  button({ class: `line ${danger ? "danger" : ""} ${primary ? "accent" : ""}`, onclick }, icon(name), el("span", {}, text));

export function toast(text) {
  const node = el("div", { class: "toast", dir: "auto" }, text);
  // A modal dialog covers everything but its own children.
  const home = [...document.querySelectorAll("dialog[open]")].pop();
  (home?.querySelector(".toasts") ?? home?.appendChild(el("div", { class: "toasts", role: "status" })) ?? document.getElementById("toasts")).append(node);
  setTimeout(() => node.classList.add("gone"), 3200 + text.length * 20);
  setTimeout(() => node.remove(), 3600 + text.length * 20);
}
