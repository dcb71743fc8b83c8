// What stands in a bubble: text, pictures, cards, the time, and the keys under it.
import { t } from "./api.js";
import { button, el, icon } from "./dom.js";
import { isJumbo, richText } from "./entities.js";
import { clock, money, size } from "./format.js";
import { keys } from "./keyboard.js";

const WIDEST = 420;
const TALLEST = 430;
const SMALLEST = 200;
const SHARE_OF_CARD = 0.34;

/** The inside of a row: one message, or the several of an album. `view` is `{mine, state, hands, images}`. */
export function bubble(messages, view) {
  const message = messages[0];
  if (message.successful_payment || message.refunded_payment) return service(message);
  const told = messages.find((one) => one.text ?? one.caption) ?? message;
  const text = told.text ?? told.caption ?? "";
  const pictured = Boolean(message.photo);
  const jumbo = !message.forward_origin && !message.reply_to_message && !message.reply_markup && isJumbo(message.text);
  const node = el("div", { class: `bubble${pictured ? " pictured" : ""}${jumbo ? " jumbo" : ""}${text ? "" : " textless"}` });
  if (message.forward_origin) node.append(el("p", { class: "forwarded" }, t("forwarded")));
  if (message.reply_to_message) node.append(quote(message.reply_to_message, view));
  if (pictured) node.append(pictures(messages, node, view));
  if (message.invoice) node.append(invoice(message.invoice));
  if (message.document) node.append(document_(message.document));
  if (message.venue) node.append(place(message.venue.location, view, message.venue));
  else if (message.location) node.append(place(message.location, view));
  if (message.contact) node.append(contact(message.contact, view));
  const when = stamp(told, view);
  if (text) node.append(el("div", { class: "text", dir: direction(text) }, ...richText(text, told.entities ?? told.caption_entities, view.hands), when));
  else node.append(when);
  const stack = el("div", { class: "stack" }, node, keys(message, view.hands));
  if (pictured) stack.style.maxWidth = node.style.width;
  return [stack];
}

/** One line of what a message says, for quotes and notifications. */
export function gist(message) {
  const kinds = { photo: "photo", location: "location", contact: "contact", document: "document" };
  const kind = Object.keys(kinds).find((name) => message[name]);
  return (message.text ?? message.caption ?? message.invoice?.title ?? (kind ? t(kinds[kind]) : "")).slice(0, 160);
}

/** A text with Arabic in it stands at the right for an Arabic reader, even where it begins with a name in Latin letters. */
const direction = (text) => (document.dir === "rtl" && /[\u0590-\u08ff]/.test(text) ? "rtl" : "auto");

function service(message) {
  const paid = message.successful_payment ?? message.refunded_payment;
  const key = message.successful_payment ? "paid" : "refunded";
  return [el("span", {}, t(key, { amount: money(paid.total_amount, paid.currency) }))];
}

function stamp(message, { mine, state }) {
  const facts = [];
  if (mine && message.edit_date) facts.push(`${t("edited")} `);
  facts.push(el("time", { dateTime: new Date(message.date * 1000).toISOString() }, clock(message.date)));
  if (mine) facts.push(el("span", { class: `mark ${state}`, role: "img", "aria-label": t(state === "sent" ? "sent" : "waiting") }, icon(state === "sent" ? "check" : "clock")));
  return el("span", { class: "when" }, ...facts);
}

function quote(message, { hands }) {
  return button({ class: "quote", onclick: () => hands.onGoTo(message.message_id) },
    el("strong", { dir: "auto" }, message.from.is_bot ? hands.botName : t("you")),
    el("span", { dir: "auto" }, gist(message)));
}

function pictures(messages, node, view) {
  if (messages.length > 1) return mosaic(messages, node, view);
  const { width, height } = messages[0].photo.at(-1);
  const scale = Math.min(WIDEST / width, TALLEST / height, Math.max(1, SMALLEST / Math.max(width, height)) * 2);
  const shown = Math.max(Math.round(width * scale), SMALLEST);
  const wide = messages[0].reply_markup || messages[0].caption ? Math.max(shown, 320) : shown;
  node.style.width = `${wide}px`;
  const picture = photo(messages[0], view);
  // A square picture of goods is cut a little, so that a phone shows it together with its text and keys.
  const square = messages[0].reply_markup && Math.abs(height / width - 1) < 0.1;
  const tallest = square ? Math.max(Math.round(innerHeight * SHARE_OF_CARD), SMALLEST) : TALLEST;
  picture.style.aspectRatio = `${wide} / ${Math.min(Math.round(shown * height / width), tallest)}`;
  return picture;
}

// Rows of an album, as many pictures in each; a row's pictures share its height by their ratios.
const ROWS = { 2: [2], 3: [1, 2], 4: [1, 3], 5: [2, 3], 6: [3, 3], 7: [1, 3, 3], 8: [2, 3, 3], 9: [3, 3, 3], 10: [2, 4, 4] };

function mosaic(messages, node, view) {
  node.style.width = `${WIDEST}px`;
  const ratio = ({ photo }) => Math.min(Math.max(photo.at(-1).width / photo.at(-1).height, 0.6), 1.8);
  let at = 0;
  const rows = (ROWS[messages.length] ?? [messages.length]).map((count) => {
    const part = messages.slice(at, (at += count));
    const line = el("div", {}, ...part.map((message) => {
      const picture = photo(message, view);
      picture.style.flexGrow = ratio(message);
      return picture;
    }));
    const sum = part.reduce((total, message) => total + ratio(message), 0);
    line.style.aspectRatio = String(Math.min(Math.max(sum, 1.3), 3.2));
    return line;
  });
  return el("div", { class: "mosaic", role: "group", "aria-label": t("album") }, ...rows);
}

function photo(message, { hands, images }) {
  const large = message.photo.at(-1);
  let image = images?.get(large.file_id);
  if (!image) {
    image = el("img", { alt: message.caption ? "" : t("photo"), decoding: "async", draggable: false });
    image.setAttribute("width", large.width);
    image.setAttribute("height", large.height);
    image.addEventListener("error", () => image.parentElement?.classList.add("broken"));
    image.src = large.url ?? `/chat/file/${large.file_id}`;
    images?.set(large.file_id, image);
  }
  return button({ class: "photo", "aria-label": t("photo_open"), onclick: () => large.file_id && hands.onPhoto(large.file_id) }, image);
}

function invoice(shown) {
  const source = shown.photo?.at?.(-1)?.file_id ? `/chat/file/${shown.photo.at(-1).file_id}` : shown.photo_url;
  // Another host's picture would tell it who looks; the page's policy forbids it anyway.
  const ours = source && new URL(source, location.href).origin === location.origin;
  return el("div", { class: "invoice" },
    ours ? el("img", { src: source, alt: "", loading: "lazy" }) : null,
    el("strong", { dir: "auto" }, shown.title),
    el("p", { dir: "auto" }, shown.description),
    el("p", { class: "amount" }, money(shown.total_amount, shown.currency)));
}

function document_(file) {
  const about = [file.file_size ? size(file.file_size) : "", (file.file_name?.match(/\.(\w{1,5})$/)?.[1] ?? "").toUpperCase()];
  return el("a", { class: "card", href: `/chat/file/${file.file_id}`, download: file.file_name ?? "" },
    el("span", { class: "round" }, icon("file")),
    el("span", { class: "about" }, el("strong", { dir: "auto" }, file.file_name ?? t("document")), el("small", {}, about.filter(Boolean).join(" · "))));
}

function place({ latitude, longitude }, { hands }, venue) {
  const point = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
  const open = () => hands.onLink(`https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`);
  return button({ class: "card", onclick: open },
    el("span", { class: "round pin" }, icon("pin")),
    el("span", { class: "about" },
      el("strong", { dir: "auto" }, venue?.title ?? t("location")),
      el("small", { dir: "auto" }, venue?.address ?? el("bdi", { dir: "ltr" }, point))));
}

function contact(person, { hands }) {
  const name = [person.first_name, person.last_name].filter(Boolean).join(" ");
  return button({ class: "card", onclick: () => hands.onCopy(person.phone_number) },
    el("span", { class: "round" }, [...name][0]?.toUpperCase() ?? ""),
    el("span", { class: "about" }, el("strong", { dir: "auto" }, name), el("small", {}, el("bdi", { dir: "ltr" }, person.phone_number))));
}
