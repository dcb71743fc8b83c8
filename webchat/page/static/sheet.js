// Sheets and alerts on <dialog>: the browser keeps the focus inside, Escape closes, the focus goes back.
import { t } from "./api.js";
import { el, icon } from "./dom.js";

export function sheet(title, build, { alert = false } = {}) {
  const body = el("div", { class: "body" });
  const dialog = el("dialog", { class: alert ? "alert" : "sheet", "aria-label": title || t("menu") });
  const close = () => dialog.close();
  if (!alert) {
    dialog.append(el("div", { class: "top" },
      el("h2", {}, title),
      el("button", { type: "button", class: "icon", "aria-label": t("close"), onclick: close }, icon("close"))));
  }
  dialog.append(body);
  build(body, close, dialog);
  dialog.addEventListener("click", (event) => { if (event.target === dialog && !dialog.dataset.busy) close(); });
  dialog.addEventListener("cancel", (event) => { if (dialog.dataset.busy) event.preventDefault(); });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

export function say(text) {
  sheet("", (body, close) => body.append(
    el("p", { dir: "auto" }, text),
    el("div", { class: "actions" }, el("button", { type: "button", class: "primary", autofocus: true, onclick: close }, t("ok")))), { alert: true });
}

export function ask(text, yes, then) {
  sheet("", (body, close) => body.append(
    el("p", { dir: "auto" }, text),
    el("div", { class: "actions" },
      el("button", { type: "button", onclick: close }, t("cancel")),
      el("button", { type: "button", class: "primary", onclick: () => { close(); then(); } }, yes))), { alert: true });
}

export function toast(text) {
  const node = el("div", { class: "toast", dir: "auto" }, text);
  document.getElementById("toasts").append(node);
  setTimeout(() => node.classList.add("gone"), 3200);
  setTimeout(() => node.remove(), 3600);
}
