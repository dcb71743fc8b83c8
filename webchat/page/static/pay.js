// The pay sheet. The demo provider's test card is filled in, so that paying is one tap.
import { Refused, get, insist, newId, post, t } from "./api.js";
import { el, icon } from "./dom.js";
import { locale, money } from "./format.js";
import { rememberPaid } from "./keyboard.js";
import { sheet, toast } from "./sheet.js";

const DONE_MS = 1100;
/** Pay an invoice of a link or of a message; one that is paid is shown as its receipt. */
export async function paySheet({ slug, messageId, paid: isReceipt = false }, onPaid) {
  let invoice;
  try {
    invoice = await insist(() => get(`invoice/${slug ?? "-"}${messageId ? `?message_id=${messageId}` : ""}`), 3);
  } catch (error) {
    toast(error instanceof Refused ? error.message : t("offline"));
    return;
  }
  if (isReceipt) {
    const total = money(invoice.total_amount, invoice.currency);
    sheet(t("receipt"), (body) => body.append(goods(invoice), lines(invoice, total), el("p", { class: "soft settled" }, t("paid", { amount: total }))));
    return;
  }
  sheet(t("checkout"), (body, close, dialog) => {
    const card = invoice.currency === "XTR" ? null : cardForm();
    const failure = el("p", { class: "error", role: "alert", dir: "auto" });
    const total = money(invoice.total_amount, invoice.currency);
    const pay = el("button", { type: "submit", class: "primary", autofocus: true }, t("pay", { amount: total }));
    const form = el("form", { class: "pay" },
      goods(invoice), lines(invoice, total),
      card?.node, failure, el("div", { class: "floor" }, pay));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (dialog.dataset.busy) return;
      busy(dialog, pay, t("paying"));
      failure.textContent = "";
      const wish = { client_id: newId(), slug, message_id: messageId, card: card?.number() ?? "" };
      try {
        const answer = await post("pay", wish);
        if (answer.ok === false) throw new Refused(answer.error);
        if (messageId) rememberPaid(messageId);
        paid(form, total, close, onPaid, dialog);
      } catch (error) {
        delete dialog.dataset.busy;
        pay.disabled = false;
        pay.removeAttribute("aria-busy");
        pay.textContent = t("pay", { amount: total });
        // A wish whose answer got lost may have been done: the chat says so, hence no second try without looking.
        failure.textContent = error instanceof Refused ? error.message : t("pay_unknown");
        failure.scrollIntoView({ block: "nearest" });
        pay.focus();
      }
    });
    body.append(form);
  });
}

function busy(dialog, pay, text) {
  dialog.dataset.busy = "1";
  pay.disabled = true;
  pay.setAttribute("aria-busy", "true");
  pay.replaceChildren(el("span", { class: "turning" }), text);
}

function paid(form, total, close, onPaid, dialog) {
  delete dialog.dataset.busy;
  form.replaceWith(el("div", { class: "success", role: "status" }, el("span", { class: "seal" }, icon("check")), el("strong", {}, t("paid", { amount: total }))));
  setTimeout(close, DONE_MS);
  onPaid?.();
}

function goods(invoice) {
  const source = invoice.photo_url && new URL(invoice.photo_url, location.href).origin === location.origin ? invoice.photo_url : null;
  return el("div", { class: "goods" },
    source ? el("img", { src: source, alt: "" }) : el("span", { class: "round" }, icon("bag")),
    el("div", {}, el("h3", { dir: "auto" }, invoice.title), el("p", { class: "soft", dir: "auto" }, invoice.description)));
}

function lines(invoice, total) {
  const line = (name, amount, kind) => el("tr", { class: kind }, el("th", { scope: "row", dir: "auto" }, name), el("td", {}, el("bdi", {}, amount)));
  return el("table", {}, el("tbody", {},
    ...invoice.prices.map(({ label, amount }) => line(label, money(amount, invoice.currency), amount < 0 ? "off" : "")),
    line(t("total"), total, "sum")));
}

function cardForm() {
  const year = String(new Date().getFullYear() + 3).slice(2);
  const number = el("input", { id: "card", inputMode: "numeric", autocomplete: "off", value: "4242 4242 4242 4242", maxLength: 23, required: true, dir: "ltr" });
  const until = el("input", { id: "until", inputMode: "numeric", autocomplete: "off", value: `12/${year}`, maxLength: 5, required: true, dir: "ltr" });
  const code = el("input", { id: "code", inputMode: "numeric", autocomplete: "off", value: "424", maxLength: 4, required: true, dir: "ltr" });
  number.addEventListener("input", () => {
    if (number.selectionStart !== number.value.length) return;
    number.value = number.value.replace(/\D/g, "").slice(0, 19).replace(/(.{4})(?=.)/g, "$1 ");
  });
  const field = (input, key, wide) => el("div", { class: wide ? "wide" : "" }, el("label", { htmlFor: input.id }, t(key)), input);
  const node = el("fieldset", { class: "cardform" }, el("legend", {}, t("card_demo")),
    field(number, "card", true), field(until, "card_until"), field(code, "card_code"), el("p", { class: "soft wide", lang: locale }, t("card_note")));
  return { node, number: () => number.value.replace(/\D/g, "") };
}
