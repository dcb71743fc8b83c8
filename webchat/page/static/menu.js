// The chat's menu: language, name, look, notices, stopping the bot, being forgotten.
import { Refused, config, post, t } from "./api.js";
import { $, button, el, icon, local } from "./dom.js";
import { languageName } from "./format.js";
import { ask, row, sheet, toast } from "./sheet.js";

const THEMES = ["auto", "light", "dark"];

export function applyTheme() {
  document.documentElement.dataset.theme = local.read("pindan.look", "auto");
}

export const wantsNotices = () => local.read("pindan.notices", false) && globalThis.Notification?.permission === "granted";

export function openMenu(me, onBlocked) {
  sheet(t("menu"), (body, close) => {
    body.append(
      field("globe", "language", languages()),
      field("person", "name", nameInput(me)),
      field("moon", "theme", themes(), "group"),
      notices(),
      el("hr"),
      row("block", t(me.blocked ? "unblock" : "block"), async () => {
        if (await tried(() => post("block", { blocked: !me.blocked }))) onBlocked(!me.blocked);
        close();
      }),
      row("trash", t("forget"), () => {
        close();
        ask(t("forget_text"), t("forget"), async () => { if (await tried(() => post("reset", {}))) location.reload(); }, { danger: true });
      }, { danger: true }));
  });
}

async function tried(request) {
  try {
    return await request();
  } catch (error) {
    toast(error instanceof Refused ? error.message : t("offline"));
    return null;
  }
}

function field(name, key, control, role) {
  if (role) control.setAttribute("aria-label", t(key));
  return el("div", { class: "setting" }, icon(name), role ? el("span", {}, t(key)) : el("label", { htmlFor: control.id }, t(key)), control);
}

function languages() {
  const select = el("select", { id: "language" }, ...config.languages.map((code) =>
    el("option", { value: code, selected: code === config.language, lang: code.replace("_", "-") }, languageName(code))));
  select.addEventListener("change", async () => { if (await tried(() => post("language", { language: select.value }))) location.reload(); });
  return select;
}

function nameInput(me) {
  const input = el("input", { id: "name", value: me.name, maxLength: 64, dir: "auto", autocomplete: "given-name" });
  input.addEventListener("change", async () => {
    const told = await tried(() => post("name", { name: input.value }));
    if (told) { me.name = told.name; toast(t("saved")); }
    input.value = me.name;
  });
  return input;
}

function themes() {
  const now = () => document.documentElement.dataset.theme;
  const group = el("div", { class: "choice", role: "group" });
  group.append(...THEMES.map((name) => button({
    "aria-pressed": String(name === now()),
    onclick: () => {
      local.write("pindan.look", name);
      applyTheme();
      for (const [place, node] of [...group.children].entries()) node.setAttribute("aria-pressed", String(THEMES[place] === name));
    },
  }, t(`theme_${name}`))));
  return group;
}

function notices() {
  const box = el("input", { id: "notices", type: "checkbox", role: "switch", checked: wantsNotices() });
  box.addEventListener("change", async () => {
    const allowed = box.checked && (await globalThis.Notification?.requestPermission()) === "granted";
    if (box.checked && !allowed) toast(t("notices_denied"));
    box.checked = allowed;
    local.write("pindan.notices", allowed);
  });
  return field("bell", "notices", box);
}

export function showBlocked(me, blocked) {
  me.blocked = blocked;
  $("composer").hidden = blocked;
  $("unblock").hidden = !blocked;
}
