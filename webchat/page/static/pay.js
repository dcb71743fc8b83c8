// The pay sheet. The demo provider's test card is filled in, so that paying is one tap.
import { Refused, config, get, newId, post, t } from "./api.js";
import { el } from "./dom.js";
import { sheet, toast } from "./sheet.js";

const locale = config.language.replace("_", "-");

export function money(minor, currency) {
  if (currency === "XTR") return `⭐ ${new Intl.NumberFormat(locale).format(minor)}`;
  const format = new Intl.NumberFormat(locale, { style: "currency", currency });
  return format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
}

export async function paySheet({ slug, messageId }) {
  let invoice;
  try {
    invoice = await get(`invoice/${slug ?? "-"}${messageId ? `?message_id=${messageId}` : ""}`);
  } catch (error) {
    toast(error instanceof Refused ? error.message : t("offline"));
    return;
  }
  const total = money(invoice.total_amount, invoice.currency);
  sheet(t("checkout"), (body, close, dialog) => {
    const card = el("input", { id: "card", inputMode: "numeric", autocomplete: "off", value: "4242 4242 4242 4242", maxLength: 23 });
    const fields = invoice.needs.map((need) => [need, el("input", { id: `need-${need}`, required: true })]);
    const error = el("p", { class: "error", role: "alert", dir: "auto" });
    const pay = el("button", { type: "submit", class: "primary wide", autofocus: true }, t("pay", { amount: total }));
    const form = el("form", {},
      el("h3", { dir: "auto" }, invoice.title),
      el("p", { class: "quiet", dir: "auto" }, invoice.description),
      el("table", {}, el("tbody", {},
        ...invoice.prices.map((price) => el("tr", {}, el("td", { dir: "auto" }, price.label), el("td", {}, money(price.amount, invoice.currency)))),
        el("tr", { class: "sum" }, el("td", {}, t("total")), el("td", {}, total)))),
      ...fields.flatMap(([need, input]) => [el("label", { htmlFor: input.id }, t({ name: "name", phone_number: "phone", email: "email" }[need] ?? need)), input]),
      ...(invoice.currency === "XTR" ? [] : [el("label", { htmlFor: "card" }, t("card")), card, el("p", { class: "quiet" }, t("card_note"))]),
      error, pay);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (dialog.dataset.busy) return;
      dialog.dataset.busy = "1";
      pay.disabled = true;
      pay.textContent = t("paying");
      error.textContent = "";
      try {
        await post("pay", { client_id: newId(), slug, message_id: messageId, card: card.value, order_info: Object.fromEntries(fields.map(([need, input]) => [need, input.value])) });
        delete dialog.dataset.busy;
        close();
      } catch (refused) {
        delete dialog.dataset.busy;
        error.textContent = refused instanceof Refused ? refused.message : t("offline");
        pay.disabled = false;
        pay.textContent = t("pay", { amount: total });
        pay.focus();
      }
    });
    body.append(form);
  });
}
